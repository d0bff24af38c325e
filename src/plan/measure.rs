//! Runs a statement to see what its plan costs: once and again with nothing
//! but the free counters for the times, then once with every step measured.

use std::time::Duration;

use rusqlite::types::{Value, ValueRef};
use rusqlite::{Connection, Statement};

use super::error::Error;
use super::explanation::Elapsed;
use super::filters::Reading;
use super::scanstatus::{Scanned, Step};
use crate::clock::Clock;
use crate::sandbox::bindings;
use crate::sandbox::counters::{self, Counters};

/// How often to run a statement for its time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Repeat {
    /// No more runs than this; at least one is made.
    pub at_most: u32,
    /// No new run once so much time is spent.
    pub within: Duration,
}

impl Default for Repeat {
    /// Nine runs, or as many as begin within a second.
    fn default() -> Repeat {
        Repeat {
            at_most: 9,
            within: Duration::from_secs(1),
        }
    }
}

/// What the runs showed.
pub(super) struct Measured {
    pub(super) counters: Counters,
    pub(super) rows: u64,
    pub(super) elapsed: Elapsed,
    /// `None` in a build without scan statistics.
    pub(super) steps: Option<Vec<Step>>,
    /// What the statement's own `count(*)` counted.
    pub(super) counted: Option<u64>,
}

/// One run.
struct Run {
    /// Rows returned, or changed by a statement that returns none.
    rows: u64,
    /// The first row's value in the column asked for, if it is a whole number.
    counted: Option<u64>,
}

/// Runs `sql` with these values for its parameters, and leaves the database as it
/// was: what it changes is rolled back after each run.
pub(super) fn measure(
    conn: &Connection,
    sql: &str,
    values: &[Value],
    reading: Option<&Reading>,
    clock: &Clock,
    repeat: Repeat,
) -> Result<Measured, Error> {
    let count_column = reading
        .and_then(|it| it.scopes.first())
        .filter(|scope| scope.outermost)
        .and_then(|scope| scope.counts_rows);
    let undo = Undo::begin(conn)?;
    let free = timed_runs(conn, &undo, (sql, values), count_column, clock, repeat)?;
    let mut measured = Measured {
        counters: free.1,
        rows: free.0.rows,
        elapsed: Elapsed::of(free.2),
        steps: None,
        counted: free.0.counted,
    };
    if let Some(mut scanned) = Scanned::prepare(conn, sql)?
        && let Some(statement) = scanned.statement()
    {
        bindings::bind(statement, values)?;
        run(conn, statement, None)?;
        measured.steps = Some(scanned.steps());
    }
    drop(undo);
    Ok(measured)
}

/// What each step of `sql` did until it was stopped, or to its end; the
/// database is left as it was. `None` in a build without scan statistics.
pub(super) fn until_stopped(
    conn: &Connection,
    sql: &str,
    values: &[Value],
) -> Result<Option<Vec<Step>>, Error> {
    let _undo = Undo::begin(conn)?;
    let Some(mut scanned) = Scanned::prepare(conn, sql)? else {
        return Ok(None);
    };
    if let Some(statement) = scanned.statement() {
        bindings::bind(statement, values)?;
        match run(conn, statement, None) {
            Err(error)
                if error.sqlite_error_code() != Some(rusqlite::ErrorCode::OperationInterrupted) =>
            {
                return Err(error.into());
            }
            _ => {}
        }
    }
    Ok(Some(scanned.steps()))
}

/// The times of several runs of `sql`, a statement without parameters, each
/// rolled back. At least one.
pub(super) fn run_times(
    conn: &Connection,
    sql: &str,
    clock: &Clock,
    repeat: Repeat,
) -> Result<Vec<Duration>, Error> {
    let undo = Undo::begin(conn)?;
    let (_, _, times) = timed_runs(conn, &undo, (sql, &[]), None, clock, repeat)?;
    Ok(times)
}

fn timed_runs(
    conn: &Connection,
    undo: &Undo<'_>,
    (sql, values): (&str, &[Value]),
    count_column: Option<usize>,
    clock: &Clock,
    repeat: Repeat,
) -> Result<(Run, Counters, Vec<Duration>), Error> {
    let _unscanned = Unscanned::begin(conn)?;
    let mut statement = prepared(conn, sql, values)?;
    let changes_data = !statement.readonly();
    let mut times = Vec::new();
    let mut total = Duration::ZERO;
    loop {
        Counters::reset(&statement);
        let pages = counters::page_fetches(conn);
        let start = clock.now();
        let last = run(conn, &mut statement, count_column)?;
        let time = clock.now().since(start);
        let pages = counters::page_fetches(conn).saturating_sub(pages);
        let counted = Counters::of(&statement, pages);
        if changes_data {
            undo.take_back()?;
        }
        times.push(time);
        total += time;
        if times.len() >= repeat.at_most as usize || total >= repeat.within {
            return Ok((last, counted, times));
        }
        if changes_data {
            // In a transaction that has changed the schema, as an index that is
            // tried does, going back makes SQLite forget the schema: the next
            // run would read and prepare it all again while the clock runs.
            statement = prepared(conn, sql, values)?;
        }
    }
}

fn prepared<'conn>(
    conn: &'conn Connection,
    sql: &str,
    values: &[Value],
) -> Result<Statement<'conn>, Error> {
    let mut statement = conn.prepare(sql)?;
    bindings::bind(&mut statement, values)?;
    Ok(statement)
}

/// Runs a statement to its end and looks at every row, as a client would.
fn run(
    conn: &Connection,
    statement: &mut Statement<'_>,
    count_column: Option<usize>,
) -> rusqlite::Result<Run> {
    let returns_rows = statement.column_count() > 0;
    let mut result = Run {
        rows: 0,
        counted: None,
    };
    let mut rows = statement.raw_query();
    while let Some(row) = rows.next()? {
        result.rows += 1;
        if let Some(column) = count_column
            && let ValueRef::Integer(n) = row.get_ref(column)?
        {
            result.counted = u64::try_from(n).ok();
        }
    }
    if !returns_rows {
        result.rows = conn.changes();
    }
    Ok(result)
}

/// A savepoint that everything is taken back to. Outside a transaction it is
/// also the read transaction that spares each run the taking of a lock.
pub(super) struct Undo<'conn>(&'conn Connection);

impl<'conn> Undo<'conn> {
    pub(super) fn begin(conn: &'conn Connection) -> rusqlite::Result<Undo<'conn>> {
        conn.execute_batch("SAVEPOINT dbdojo_explain")?;
        let undo = Undo(conn);
        // The first statement to read begins the transaction, which fetches a
        // page more than each run after it.
        conn.execute_batch("SELECT 1 FROM sqlite_schema LIMIT 1")?;
        Ok(undo)
    }

    fn take_back(&self) -> rusqlite::Result<()> {
        self.0.execute_batch("ROLLBACK TO dbdojo_explain")
    }
}

impl Drop for Undo<'_> {
    fn drop(&mut self) {
        // Fails only if the statement itself ended the transaction (ON CONFLICT
        // ROLLBACK): then there is nothing left to take back.
        let _ = self
            .0
            .execute_batch("ROLLBACK TO dbdojo_explain; RELEASE dbdojo_explain");
    }
}

/// Scan statistics off, and back to what they were.
struct Unscanned<'conn> {
    conn: &'conn Connection,
    before: bool,
}

impl<'conn> Unscanned<'conn> {
    fn begin(conn: &'conn Connection) -> rusqlite::Result<Unscanned<'conn>> {
        let before = counters::scanstatus(conn)?;
        if before {
            counters::set_scanstatus(conn, false)?;
        }
        Ok(Unscanned { conn, before })
    }
}

impl Drop for Unscanned<'_> {
    fn drop(&mut self) {
        if self.before {
            // It was on a moment ago, so it can be turned on.
            let _ = counters::set_scanstatus(self.conn, true);
        }
    }
}

#[cfg(test)]
mod tests {
    use rusqlite::hooks::{AuthContext, Authorization};

    use super::*;

    const NINE: Repeat = Repeat {
        at_most: 9,
        within: Duration::from_secs(3600),
    };

    /// A clock that only preparing moves: by a second for all that SQLite asks
    /// about a statement.
    fn prepares(conn: &mut Connection) -> Clock {
        let clock = Clock::virtual_at(0);
        let ticks = clock.clone();
        conn.authorizer(Some(move |_: AuthContext<'_>| {
            ticks.advance(Duration::from_secs(1));
            Authorization::Allow
        }))
        .unwrap();
        clock
    }

    #[test]
    fn what_is_timed_was_prepared_before_also_where_the_schema_changed() {
        let mut conn = Connection::open_in_memory().unwrap();
        conn.execute_batch(
            "CREATE TABLE t(a, b); INSERT INTO t VALUES (1, 2), (3, 4);
             BEGIN; CREATE INDEX i ON t(b)",
        )
        .unwrap();
        let clock = prepares(&mut conn);
        for sql in ["SELECT * FROM t", "DELETE FROM t WHERE a = 1"] {
            let times = run_times(&conn, sql, &clock, NINE).unwrap();
            assert_eq!(times, [Duration::ZERO; 9], "{sql}");
        }
    }
}
