//! Whether an index that a finding would propose is really used and fetches
//! fewer pages: tried on a copy in memory, so the database itself is left alone.
//!
//! The planner reads the schema and the statistics only, so a copy without rows
//! plans as the original does. Where the statement was run and the database is
//! small the copy holds all rows, and the statement is run on it, too.

use std::cell::{OnceCell, RefCell};
use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use rusqlite::backup::{Backup, StepResult};
use rusqlite::config::DbConfig;
use rusqlite::types::Value;
use rusqlite::{Connection, params_from_iter};

use super::capture;
use super::explanation::Explanation;
use super::verdict::{self, Cost, Verdict, Why};
use crate::sandbox::{bindings, counters};
use crate::units::{count, counted};

/// A database of more bytes is not copied whole: that would take longer than
/// most statements do.
const WHOLE_UP_TO: u64 = 32 << 20;

/// A run on the copy is given up after so many times the steps of the
/// original, and some more.
const PATIENCE: u64 = 4;
const AND_MORE: u64 = 100_000;

/// A statement of more steps is not run on the copy, where nobody could
/// interrupt it.
const LONG: u64 = 10_000_000;

/// What came of trying a proposal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Outcome {
    /// It could not be tried: a table in another file, a function of the
    /// original's own.
    Unknown,
    /// SQLite plans without it.
    Unused,
    /// SQLite uses it; nothing was run.
    Used,
    /// It was run and fetched so many pages.
    Ran(Verdict, u64),
    /// It was given up, so long did it take.
    GivenUp,
}

/// The room to try proposals for one statement in.
pub(super) struct Trial<'a> {
    original: &'a Connection,
    plan: &'a Explanation,
    values: &'a [Value],
    copy: OnceCell<Option<(Connection, bool)>>,
    steps_left: Arc<AtomicU64>,
    known: RefCell<HashMap<(String, Option<String>), Outcome>>,
}

impl<'a> Trial<'a> {
    /// Nothing is copied until something is tried.
    pub(super) fn of(
        original: &'a Connection,
        plan: &'a Explanation,
        values: &'a [Value],
    ) -> Trial<'a> {
        Trial {
            original,
            plan,
            values,
            copy: OnceCell::new(),
            steps_left: Arc::new(AtomicU64::new(u64::MAX)),
            known: RefCell::default(),
        }
    }

    /// Tries `proposal`: CREATE INDEX statements, and perhaps another way to
    /// write the statement. Each index has to be used, by the loop that reads
    /// `alias` if there is one.
    pub(super) fn outcome(&self, proposal: &[String], alias: Option<&str>) -> Outcome {
        let key = (proposal.concat(), alias.map(str::to_owned));
        if let Some(known) = self.known.borrow().get(&key) {
            return *known;
        }
        let copy = self.copy.get_or_init(|| {
            let whole = self.plan.was_run() && is_small(self.original);
            let whole_copy = whole.then(|| self.whole_copy().ok()).flatten();
            match whole_copy {
                Some(conn) => Some((conn, true)),
                None => empty_copy(self.original).ok().map(|conn| (conn, false)),
            }
        });
        let outcome = copy.as_ref().map_or(Outcome::Unknown, |(conn, whole)| {
            let tried = conn
                .execute_batch("SAVEPOINT dbdojo_trial")
                .and_then(|()| self.tried(conn, *whole, proposal, alias));
            let _ = conn.execute_batch("ROLLBACK TO dbdojo_trial; RELEASE dbdojo_trial");
            tried.unwrap_or(Outcome::Unknown)
        });
        self.known.borrow_mut().insert(key, outcome);
        outcome
    }

    /// Whether SQLite searches with what `ddl` makes to read `alias`; walking
    /// through it because it is narrower than the table is none.
    pub(super) fn searches(&self, ddl: &str, alias: Option<&str>) -> bool {
        if matches!(
            self.outcome(&[ddl.to_owned()], alias),
            Outcome::Unknown | Outcome::Unused
        ) {
            return false;
        }
        let Some(Some((conn, _))) = self.copy.get() else {
            return false;
        };
        let planned = conn
            .execute_batch("SAVEPOINT dbdojo_trial")
            .and_then(|()| conn.execute_batch(ddl))
            .and_then(|()| capture::nodes(conn, &self.plan.sql, self.values));
        let _ = conn.execute_batch("ROLLBACK TO dbdojo_trial; RELEASE dbdojo_trial");
        planned.is_ok_and(|nodes| {
            let mut loops = nodes.iter().filter_map(|node| node.operation.as_loop());
            // The copy's other indexes cannot serve better than they did.
            loops.any(|it| !it.is_walk() && it.index().is_some_and(|name| ddl.contains(name)))
        })
    }

    fn tried(
        &self,
        conn: &Connection,
        whole: bool,
        proposal: &[String],
        alias: Option<&str>,
    ) -> rusqlite::Result<Outcome> {
        let (indexes, pages) = (index_names(conn)?, page_count(conn)?);
        let mut sql = self.plan.sql.as_str();
        for statement in proposal {
            if is_index(statement) {
                conn.execute_batch(statement)?;
            } else {
                sql = statement.trim_end_matches(';');
            }
        }
        let mut built = index_names(conn)?;
        built.retain(|it| !indexes.contains(it));
        let nodes = capture::nodes(conn, sql, self.values)?;
        let used = |name: &String| {
            nodes.iter().any(|node| {
                let reads = alias.is_none_or(|alias| {
                    node.reads()
                        .is_some_and(|it| it.eq_ignore_ascii_case(alias))
                });
                reads && node.operation.uses(name)
            })
        };
        if !built.iter().all(used) {
            return Ok(Outcome::Unused);
        }
        let Some(before) = self.plan.counters.filter(|_| whole) else {
            return Ok(Outcome::Used);
        };
        if before.vm_steps > LONG {
            return Ok(Outcome::Used);
        }
        let index_pages = page_count(conn)?.saturating_sub(pages);
        let limit = before.vm_steps.saturating_mul(PATIENCE) + AND_MORE;
        let Some(after) = self.fetches(conn, sql, limit)? else {
            return Ok(Outcome::GivenUp);
        };
        let cost = |page_fetches| Cost {
            page_fetches,
            time: Duration::ZERO,
        };
        let verdict = verdict::of(cost(before.page_fetches), cost(after), true, index_pages);
        Ok(Outcome::Ran(verdict, after))
    }

    /// The pages that `sql` fetches; `None` after more than `limit` steps.
    fn fetches(&self, conn: &Connection, sql: &str, limit: u64) -> rusqlite::Result<Option<u64>> {
        self.steps_left.store(limit, Ordering::Relaxed);
        let run = || -> rusqlite::Result<u64> {
            let mut statement = conn.prepare(sql)?;
            bindings::bind(&mut statement, self.values)?;
            let before = counters::page_fetches(conn);
            let mut rows = statement.raw_query();
            while rows.next()?.is_some() {}
            Ok(counters::page_fetches(conn).saturating_sub(before))
        };
        let ran = run();
        self.steps_left.store(u64::MAX, Ordering::Relaxed);
        match ran {
            Ok(fetches) => Ok(Some(fetches)),
            Err(error)
                if error.sqlite_error_code() == Some(rusqlite::ErrorCode::OperationInterrupted) =>
            {
                Ok(None)
            }
            Err(error) => Err(error),
        }
    }

    /// All of the database, which stops a statement that takes too many steps.
    fn whole_copy(&self) -> rusqlite::Result<Connection> {
        const EACH: i32 = 1_000;
        let mut conn = blank(self.original)?;
        let backup = Backup::new(self.original, &mut conn)?;
        let done = backup.step(-1)?;
        drop(backup);
        if done != StepResult::Done {
            // Another connection, or a transaction of this one, is in the way.
            return Err(rusqlite::Error::QueryReturnedNoRows);
        }
        let left = Arc::clone(&self.steps_left);
        conn.progress_handler(
            EACH,
            Some(move || {
                let each = u64::from(EACH.unsigned_abs());
                left.fetch_sub(each.min(left.load(Ordering::Relaxed)), Ordering::Relaxed) < each
            }),
        )?;
        Ok(conn)
    }

    /// Why `proposal` is left out, in a sentence; `None` for one that holds, or
    /// that could not be tried.
    pub(super) fn refusal(&self, proposal: &[String], alias: Option<&str>) -> Option<String> {
        let keys: Vec<String> = proposal.iter().filter_map(|it| key(it)).collect();
        if keys.is_empty() {
            return None;
        }
        let (one, many) = (keys.len() == 1, super::findings::list(&keys, "and"));
        let what = if one {
            format!("An index {many} was tried")
        } else {
            format!("Indexes {many} were tried")
        };
        let it = if one { "it" } else { "all of them" };
        let before = self.plan.counters.map_or(0, |it| it.page_fetches);
        match self.outcome(proposal, alias) {
            Outcome::Unknown | Outcome::Used => None,
            Outcome::Unused => Some(format!("{what}: SQLite does not use {it} here.")),
            Outcome::GivenUp => Some(format!("{what}: the statement then takes far longer.")),
            Outcome::Ran(verdict, after) if spares(verdict, before, after) => None,
            Outcome::Ran(_, after) => {
                let instead = format!(
                    "{} instead of {}",
                    counted(after, "page fetch", "page fetches"),
                    count(before)
                );
                let so = if after > before {
                    "it would be slower"
                } else {
                    "that does not pay for keeping an index"
                };
                Some(format!("{what}: {instead}, so {so}."))
            }
        }
    }
}

/// Whether to propose it: a small statement may show what its data will need
/// once there is more of it, and so does one that needs half of its pages.
fn spares(verdict: Verdict, before: u64, after: u64) -> bool {
    match verdict {
        Verdict::Build => true,
        Verdict::Skip(Why::Small) => after < before,
        Verdict::Skip(_) => 2 * after <= before,
    }
}

fn is_index(statement: &str) -> bool {
    statement.starts_with("create index ")
}

/// `orders(status)` of `create index orders_status on orders(status);`
fn key(statement: &str) -> Option<String> {
    let (_, on) = statement
        .strip_prefix("create index ")?
        .split_once(" on ")?;
    Some(on.trim_end_matches(';').to_owned())
}

fn is_small(conn: &Connection) -> bool {
    let sql = "SELECT page_count * page_size FROM pragma_page_count, pragma_page_size";
    conn.query_row(sql, [], |row| row.get::<_, i64>(0))
        .is_ok_and(|bytes| bytes.unsigned_abs() <= WHOLE_UP_TO)
}

fn page_count(conn: &Connection) -> rusqlite::Result<u64> {
    conn.query_row("SELECT page_count FROM pragma_page_count", [], |row| {
        row.get::<_, i64>(0).map(i64::unsigned_abs)
    })
}

fn index_names(conn: &Connection) -> rusqlite::Result<Vec<String>> {
    conn.prepare("SELECT name FROM sqlite_schema WHERE type = 'index'")?
        .query_map([], |row| row.get(0))?
        .collect()
}

/// An empty database that reads SQL as `original` does.
fn blank(original: &Connection) -> rusqlite::Result<Connection> {
    let conn = Connection::open_in_memory()?;
    counters::set_scanstatus(&conn, false)?;
    let dqs = original.db_config(DbConfig::SQLITE_DBCONFIG_DQS_DML)?;
    conn.set_db_config(DbConfig::SQLITE_DBCONFIG_DQS_DML, dqs)?;
    let checks: bool =
        original.query_row("SELECT foreign_keys FROM pragma_foreign_keys", [], |row| {
            row.get(0)
        })?;
    conn.execute_batch(&format!("PRAGMA foreign_keys = {}", u8::from(checks)))?;
    let minds_case: bool = original.query_row("SELECT NOT 'a' LIKE 'A'", [], |row| row.get(0))?;
    if minds_case {
        conn.execute_batch("PRAGMA case_sensitive_like = ON")?;
    }
    Ok(conn)
}

/// The schema and what ANALYZE knows, without rows.
fn empty_copy(original: &Connection) -> rusqlite::Result<Connection> {
    let conn = blank(original)?;
    conn.execute_batch("BEGIN")?;
    let mut made = original.prepare(
        "SELECT sql FROM main.sqlite_schema
         WHERE sql IS NOT NULL AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' ORDER BY rowid",
    )?;
    let mut rows = made.query([])?;
    while let Some(row) = rows.next()? {
        // The tables behind a virtual one are there already when their own turn
        // comes, and a module may be unknown here.
        let _ = conn.execute_batch(&row.get::<_, String>(0)?);
    }
    conn.execute_batch("ANALYZE; DELETE FROM sqlite_stat1; DELETE FROM sqlite_stat4")?;
    for (table, holes) in [
        ("sqlite_stat1", "?, ?, ?"),
        ("sqlite_stat4", "?, ?, ?, ?, ?, ?"),
    ] {
        let Ok(mut known) = original.prepare(&format!("SELECT * FROM main.{table}")) else {
            continue;
        };
        let columns = known.column_count();
        let mut insert = conn.prepare(&format!("INSERT INTO {table} VALUES ({holes})"))?;
        let mut rows = known.query([])?;
        while let Some(row) = rows.next()? {
            let values: Vec<Value> = (0..columns)
                .map(|at| row.get(at))
                .collect::<rusqlite::Result<_>>()?;
            insert.execute(params_from_iter(values))?;
        }
    }
    conn.execute_batch("ANALYZE sqlite_schema; COMMIT")?;
    Ok(conn)
}
