//! What SQLite counts for free while it runs a statement.
//!
//! These counters are the same on every run of the same statement on the same
//! data, unlike times. They cost nothing measurable, because SQLite keeps them
//! anyway.
//!
//! # Safety
//!
//! `rusqlite` does not wrap `sqlite3_db_status64`, so `db_status` calls it
//! itself. The handle comes from a live `&Connection`, which cannot be closed
//! during the call and is used by one thread at a time (`Connection` is not
//! `Sync`); the two out-pointers are to locals; the call only reads counters.
#![expect(
    unsafe_code,
    reason = "rusqlite does not wrap sqlite3_db_status64; the argument is above"
)]

use rusqlite::config::DbConfig;
use rusqlite::{Connection, Statement, StatementStatus, ffi};

/// What one run of a statement cost, in SQLite's own counters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Counters {
    /// Steps of SQLite's virtual machine.
    pub vm_steps: u64,
    /// Steps from row to row in full scans: one less than the rows of each
    /// scan that was not stopped early. Scans of a whole index and of rows
    /// made on the way (a materialized view) count, too; `count(*)` alone is
    /// one instruction and does not.
    pub fullscan_steps: u64,
    /// Sorts of rows in memory or in a temporary file.
    pub sorts: u64,
    /// Rows put into indexes that SQLite built for this run alone.
    pub auto_indexes: u64,
    /// Pages asked for, from memory or from the file. Temporary tables made
    /// for sorting and grouping are not in it.
    pub page_fetches: u64,
}

impl Counters {
    /// What `statement` counted since it was prepared or last
    /// [`reset`](Counters::reset), with `page_fetches` counted by the caller:
    /// the difference of [`page_fetches`] before and after the run.
    pub fn of(statement: &Statement<'_>, page_fetches: u64) -> Counters {
        let read = |status| u64::from(statement.get_status(status).cast_unsigned());
        Counters {
            vm_steps: read(StatementStatus::VmStep),
            fullscan_steps: read(StatementStatus::FullscanStep),
            sorts: read(StatementStatus::Sort),
            auto_indexes: read(StatementStatus::AutoIndex),
            page_fetches,
        }
    }

    /// Sets the counters of `statement` back to zero.
    pub fn reset(statement: &Statement<'_>) {
        for status in [
            StatementStatus::VmStep,
            StatementStatus::FullscanStep,
            StatementStatus::Sort,
            StatementStatus::AutoIndex,
        ] {
            statement.reset_status(status);
        }
    }
}

/// Pages that this connection has asked for since it was opened, over all its
/// attached databases. Only differences mean something: subtract with
/// [`u64::saturating_sub`].
///
/// With `mmap_size` above 0 SQLite goes past its page cache and this counts
/// almost nothing.
pub fn page_fetches(conn: &Connection) -> u64 {
    db_status(conn, ffi::SQLITE_DBSTATUS_CACHE_HIT) + page_reads(conn)
}

/// Those of the [`page_fetches`] that were not in memory: read from the file.
pub fn page_reads(conn: &Connection) -> u64 {
    db_status(conn, ffi::SQLITE_DBSTATUS_CACHE_MISS)
}

fn db_status(conn: &Connection, op: i32) -> u64 {
    let (mut current, mut highest) = (0, 0);
    // SAFETY: see the module.
    let code =
        unsafe { ffi::sqlite3_db_status64(conn.handle(), op, &mut current, &mut highest, 0) };
    if code == ffi::SQLITE_OK {
        u64::try_from(current).unwrap_or(0)
    } else {
        0
    }
}

/// Turns SQLite's measurement of each step of a plan on or off, for statements
/// prepared from now on. A build that has it turns it on for each new
/// connection, and then statements take 1.8 to 3 times as long: turn it off
/// when opening.
///
/// # Errors
/// What SQLite says; nothing is known that makes it fail. Without scan
/// statistics in the build there is nothing to turn off.
pub fn set_scanstatus(conn: &Connection, on: bool) -> rusqlite::Result<()> {
    if cfg!(scanstatus) {
        conn.set_db_config(DbConfig::SQLITE_DBCONFIG_STMT_SCANSTATUS, on)?;
    }
    Ok(())
}

/// Whether statements prepared now measure each step of their plan.
///
/// # Errors
/// As [`set_scanstatus`].
pub fn scanstatus(conn: &Connection) -> rusqlite::Result<bool> {
    if cfg!(scanstatus) {
        conn.db_config(DbConfig::SQLITE_DBCONFIG_STMT_SCANSTATUS)
    } else {
        Ok(false)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn numbers(rows: i64) -> Connection {
        let conn = Connection::open_in_memory().unwrap();
        conn.execute_batch("CREATE TABLE t(a INTEGER, b TEXT)")
            .unwrap();
        conn.execute(
            "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?1)
             INSERT INTO t SELECT i, hex(zeroblob(40)) FROM n",
            [rows],
        )
        .unwrap();
        conn
    }

    fn run(conn: &Connection, sql: &str) -> Counters {
        let mut statement = conn.prepare(sql).unwrap();
        let before = page_fetches(conn);
        let mut rows = statement.raw_query();
        while rows.next().unwrap().is_some() {}
        drop(rows);
        Counters::of(&statement, page_fetches(conn).saturating_sub(before))
    }

    #[test]
    fn a_full_scan_counts_one_step_less_than_its_rows() {
        let conn = numbers(500);
        let counted = run(&conn, "SELECT b FROM t WHERE a = 7");
        assert_eq!(counted.fullscan_steps, 499);
        assert_eq!(counted.sorts, 0);
        assert!(counted.vm_steps > 500 && counted.page_fetches > 10);
    }

    #[test]
    fn the_same_statement_counts_the_same_again() {
        let conn = numbers(500);
        let sql = "SELECT b FROM t ORDER BY a DESC";
        let warm = run(&conn, sql);
        assert_eq!(run(&conn, sql), warm);
        assert_eq!(warm.sorts, 1);
    }

    #[test]
    fn resetting_forgets() {
        let conn = numbers(50);
        let mut statement = conn.prepare("SELECT sum(a) FROM t").unwrap();
        statement.query_row([], |row| row.get::<_, i64>(0)).unwrap();
        Counters::reset(&statement);
        assert_eq!(Counters::of(&statement, 0), Counters::default());
    }

    #[test]
    fn scanstatus_is_on_from_birth_and_can_be_turned_off() {
        let conn = Connection::open_in_memory().unwrap();
        assert_eq!(scanstatus(&conn).unwrap(), cfg!(scanstatus));
        set_scanstatus(&conn, false).unwrap();
        assert!(!scanstatus(&conn).unwrap());
    }
}
