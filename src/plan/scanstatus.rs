//! What SQLite measured for each step of a plan: `sqlite3_stmt_scanstatus_v2`.
//!
//! # Safety
//!
//! `rusqlite` wraps none of this. Why the calls are sound:
//!
//! - The connection's handle is live: it comes from `&Connection`, which stays
//!   borrowed for as long as the [`Scanned`] lives. `Connection` is not `Sync`,
//!   so nobody else uses it meanwhile.
//! - The raw statement is taken from `sqlite3_next_stmt` right after it was
//!   prepared, among the connection's statements the newest one with
//!   this text. It belongs to the `Statement` that the same [`Scanned`] owns,
//!   which is finalized only when the [`Scanned`] is dropped; `rusqlite` never
//!   replaces the raw pointer in between. A re-prepare by SQLite keeps it, too.
//! - Out-pointers are to locals of the type that SQLite documents for each
//!   operation: `sqlite3_int64`, `double`, `int` or `const char*`.
//! - Texts are copied at once; SQLite keeps them until the statement is
//!   finalized or re-prepared. A null pointer is `None`.
#![cfg_attr(
    scanstatus,
    expect(
        unsafe_code,
        reason = "rusqlite does not wrap scan statistics; the argument is above"
    )
)]

/// Whether this build counts the rows that each step visits: SQLite was
/// compiled with `SQLITE_ENABLE_STMT_SCANSTATUS`.
pub const COUNTS_ROWS: bool = cfg!(scanstatus);

/// One entry of SQLite's list, in the order of its code generator.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Step {
    /// Its node's id in this program, or `None` for a loop without a node.
    pub(super) id: Option<i64>,
    /// The node's text.
    pub(super) detail: Option<String>,
    /// The table, or the index that stands for it.
    pub(super) name: Option<String>,
    /// Rows that the planner expects out of each turn of the loop.
    pub(super) estimated_rows: Option<f64>,
    /// Times the loop was started.
    pub(super) loops: Option<u64>,
    /// Rows looked at, over all turns.
    pub(super) visited: Option<u64>,
    /// Share of the run's time, 0 to 1.
    pub(super) time_share: Option<f64>,
}

#[cfg(scanstatus)]
pub(super) use measured::Scanned;
#[cfg(not(scanstatus))]
pub(super) use unmeasured::Scanned;

#[cfg(scanstatus)]
mod measured {
    use std::ffi::{CStr, c_char, c_int, c_void};

    use rusqlite::{Connection, Statement, ffi};

    use super::Step;
    use crate::sandbox::counters;

    /// A statement that is measured step by step. Until it is dropped, every
    /// statement prepared on the connection is.
    pub(in crate::plan) struct Scanned<'conn> {
        conn: &'conn Connection,
        before: bool,
        statement: Option<Statement<'conn>>,
        raw: *mut ffi::sqlite3_stmt,
    }

    impl<'conn> Scanned<'conn> {
        /// Prepares `sql` with scan statistics on.
        ///
        /// `None` in a build without them.
        pub(in crate::plan) fn prepare(
            conn: &'conn Connection,
            sql: &str,
        ) -> rusqlite::Result<Option<Scanned<'conn>>> {
            let mut scanned = Scanned {
                conn,
                before: counters::scanstatus(conn)?,
                statement: None,
                raw: std::ptr::null_mut(),
            };
            counters::set_scanstatus(conn, true)?;
            scanned.statement = Some(conn.prepare(sql)?);
            scanned.raw = newest_with_text(conn, sql);
            Ok((!scanned.raw.is_null()).then_some(scanned))
        }

        /// The statement, to run it.
        pub(in crate::plan) fn statement(&mut self) -> Option<&mut Statement<'conn>> {
            self.statement.as_mut()
        }

        /// What is known of each step: all of it after a run, the estimates
        /// and names before it.
        pub(in crate::plan) fn steps(&self) -> Vec<Step> {
            let total = self.int64(-1, ffi::SQLITE_SCANSTAT_NCYCLE);
            let mut steps = Vec::new();
            for index in 0.. {
                // Its only way to fail is an index past the last entry.
                let Some(id) = self.int(index, ffi::SQLITE_SCANSTAT_SELECTID) else {
                    break;
                };
                let cycles = self.int64(index, ffi::SQLITE_SCANSTAT_NCYCLE);
                let loops = self.int64(index, ffi::SQLITE_SCANSTAT_NLOOP);
                let visited = self.int64(index, ffi::SQLITE_SCANSTAT_NVISIT);
                let name = self.text(index, ffi::SQLITE_SCANSTAT_NAME);
                // An entry that is no loop has no estimate; SQLite says 1.
                let estimated_rows = self
                    .double(index, ffi::SQLITE_SCANSTAT_EST)
                    .filter(|_| name.is_some());
                steps.push(Step {
                    id: (id >= 0).then_some(i64::from(id)),
                    detail: self.text(index, ffi::SQLITE_SCANSTAT_EXPLAIN),
                    name,
                    estimated_rows,
                    loops: loops.and_then(|n| u64::try_from(n).ok()),
                    visited: visited.and_then(|n| u64::try_from(n).ok()),
                    time_share: share(cycles, total),
                });
            }
            steps
        }

        fn int(&self, index: c_int, operation: i32) -> Option<c_int> {
            let mut out: c_int = 0;
            self.read(index, operation, (&raw mut out).cast())
                .then_some(out)
        }

        fn int64(&self, index: c_int, operation: i32) -> Option<i64> {
            let mut out: ffi::sqlite3_int64 = 0;
            self.read(index, operation, (&raw mut out).cast())
                .then_some(out)
        }

        fn double(&self, index: c_int, operation: i32) -> Option<f64> {
            let mut out: f64 = 0.0;
            self.read(index, operation, (&raw mut out).cast())
                .then_some(out)
        }

        fn text(&self, index: c_int, operation: i32) -> Option<String> {
            let mut out: *const c_char = std::ptr::null();
            if !self.read(index, operation, (&raw mut out).cast()) || out.is_null() {
                return None;
            }
            // SAFETY: a NUL-terminated text that lives as long as the statement.
            let text = unsafe { CStr::from_ptr(out) };
            Some(text.to_string_lossy().into_owned())
        }

        /// Whether SQLite wrote the answer to `out`, which must point to the
        /// type of `operation`.
        fn read(&self, index: c_int, operation: i32, out: *mut c_void) -> bool {
            let complex = ffi::SQLITE_SCANSTAT_COMPLEX;
            // SAFETY: see the module.
            let code = unsafe {
                ffi::sqlite3_stmt_scanstatus_v2(self.raw, index, operation, complex, out)
            };
            code == 0
        }
    }

    impl Drop for Scanned<'_> {
        fn drop(&mut self) {
            self.raw = std::ptr::null_mut();
            self.statement = None;
            // It was read or set before, so it can be set now.
            let _ = counters::set_scanstatus(self.conn, self.before);
        }
    }

    fn share(cycles: Option<i64>, total: Option<i64>) -> Option<f64> {
        match (cycles, total) {
            (Some(part), Some(all)) if part >= 0 && all > 0 => {
                Some((part as f64 / all as f64).min(1.0))
            }
            _ => None,
        }
    }

    /// The connection's newest statement made from `sql` (SQLite keeps its text
    /// up to the semicolon). The newest of all
    /// need not be it: a virtual table may prepare statements of its own when
    /// it is first connected to.
    fn newest_with_text(conn: &Connection, sql: &str) -> *mut ffi::sqlite3_stmt {
        // SAFETY: see the module. `sqlite3_sql` gives a NUL-terminated text
        // that lives as long as its statement, or null.
        unsafe {
            let mut raw = ffi::sqlite3_next_stmt(conn.handle(), std::ptr::null_mut());
            while !raw.is_null() {
                let text = ffi::sqlite3_sql(raw);
                if !text.is_null() && sql.as_bytes().starts_with(CStr::from_ptr(text).to_bytes()) {
                    return raw;
                }
                raw = ffi::sqlite3_next_stmt(conn.handle(), raw);
            }
        }
        std::ptr::null_mut()
    }
}

#[cfg(not(scanstatus))]
mod unmeasured {
    use std::convert::Infallible;
    use std::marker::PhantomData;

    use rusqlite::{Connection, Statement};

    use super::Step;

    /// A build without scan statistics has no such statement.
    pub(in crate::plan) struct Scanned<'conn> {
        never: Infallible,
        conn: PhantomData<&'conn Connection>,
    }

    impl<'conn> Scanned<'conn> {
        /// Always `None`.
        pub(in crate::plan) fn prepare(
            _conn: &'conn Connection,
            _sql: &str,
        ) -> rusqlite::Result<Option<Scanned<'conn>>> {
            Ok(None)
        }

        /// Cannot be called.
        pub(in crate::plan) fn statement(&mut self) -> Option<&mut Statement<'conn>> {
            let _ = self.conn;
            match self.never {}
        }

        /// Cannot be called.
        pub(in crate::plan) fn steps(&self) -> Vec<Step> {
            match self.never {}
        }
    }
}
