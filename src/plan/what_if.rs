//! What an index would change: a statement before and after, and what the
//! index costs, all of it measured and then taken back.
//!
//! Everything happens inside one transaction that ends in ROLLBACK, so each
//! page of the file is as it was. Two sides of an index cannot run at the same
//! time; they take turns instead. Each round runs the statement and a batch of
//! inserts without the index, builds it, runs both again, and drops it by going
//! back to a savepoint. So a machine that slows down for a moment does not
//! slow one side only. Slow statements and slow builds get fewer rounds.

pub(in crate::plan) mod inserts;
mod proposal;

use std::time::Duration;

use rusqlite::Connection;

use super::catalog::Catalog;
use super::error::Error as PlanError;
use super::explain::explain_run;
use super::explanation::{Elapsed, Explanation};
use super::measure::{self, Repeat};
use super::verdict::{self, Verdict};
use crate::clock::Clock;
use crate::sandbox::Trial;

pub use inserts::Inserts;
pub use proposal::create_index;

/// Rounds, and runs of the statement on each side in each: 9 runs in all.
const ROUNDS: u32 = 3;
const RUNS_A_ROUND: u32 = 3;

/// No new run of a side once its round has taken so long, and no new round
/// once all have.
const ROUND_WITHIN: Duration = Duration::from_millis(400);
const ROUNDS_WITHIN: Duration = Duration::from_millis(2_000);

/// An index, weighed on one statement.
#[derive(Debug, Clone, PartialEq)]
pub struct WhatIf {
    /// The statement that makes the index, without a semicolon.
    pub ddl: String,
    /// The index's name.
    pub index: String,
    /// The table it is on.
    pub table: String,
    /// The statement without the index: its plan, counters and times.
    pub before: Explanation,
    /// The same with the index.
    pub after: Explanation,
    /// Median time of building it.
    pub build: Duration,
    /// Bytes of its pages, from `dbstat`.
    pub size_bytes: u64,
    /// Bytes of all pages of the database before it was built.
    pub data_bytes: u64,
    /// What inserts into its table took, or why that could not be measured.
    pub inserts: Result<Inserts, String>,
    /// Worth it or not.
    pub verdict: Verdict,
}

/// Why an index could not be weighed.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Something other than CREATE INDEX.
    #[error("only an index can be tried: write create index NAME on TABLE(COLUMN, ..)")]
    NotAnIndex,
    /// Several statements.
    #[error("try one index at a time")]
    Several,
    /// `IF NOT EXISTS`, and it does.
    #[error("there is an index of this name already; .indexes lists them")]
    Exists,
    /// On a temporary or attached table.
    #[error("only an index on a table of the practice database itself can be tried")]
    Elsewhere,
    /// A transaction is open, which would be rolled back.
    #[error("a transaction is open: COMMIT or ROLLBACK first, then try the index")]
    InTransaction,
    /// A unique index on what is not unique.
    #[error("{0}")]
    NotUnique(String),
    /// What SQLite said about the index.
    #[error(transparent)]
    Index(rusqlite::Error),
    /// What is wrong with the statement it is weighed on.
    #[error(transparent)]
    Statement(PlanError),
    /// What SQLite said otherwise.
    #[error(transparent)]
    Sqlite(#[from] rusqlite::Error),
}

/// Weighs the index that `ddl` makes on the statement `sql`. The database must
/// be one that may be written to; afterwards it is as before.
///
/// It takes the time of up to eleven runs of the statement on each side and four
/// builds of the index; a few seconds at most where one of each is quick.
///
/// # Errors
/// When there is a mistake in either statement, when a transaction is open,
/// when a unique index meets equal rows, when it is interrupted.
pub fn what_if(conn: &Connection, ddl: &str, sql: &str, clock: &Clock) -> Result<WhatIf, Error> {
    if !conn.is_autocommit() {
        return Err(Error::InTransaction);
    }
    let ddl = create_index(conn, ddl)?;
    let indexes: Vec<String> = index_names(conn)?.into_iter().map(|it| it.0).collect();
    let trial = Trial::begin(conn)?;
    let data_bytes = data_bytes(conn)?;
    let mut before = explained(conn, sql, clock)?;

    let start = clock.now();
    let first_build = build(conn, ddl, clock)?;
    let (index, table) = newest_index(conn, &indexes)?;
    let size_bytes = size_bytes(conn, &index)?;
    let mut after = explained(conn, sql, clock)?;
    let batch = inserts::batch(conn, &table);
    trial.take_back()?;

    let mut turns = Turns {
        builds: vec![first_build],
        ..Turns::default()
    };
    let mut inserts = Err("the table is empty".to_owned());
    for round in 1..=ROUNDS {
        turns.now.extend(times(conn, sql, clock)?);
        let without = batch.as_ref().map(|batch| batch.insert(conn, clock));
        turns.builds.push(build(conn, ddl, clock)?);
        turns.with.extend(times(conn, sql, clock)?);
        let with = batch.as_ref().map(|batch| batch.insert(conn, clock));
        trial.take_back()?;
        inserts = match (without, with) {
            (Ok(without), Ok(with)) => turns.inserted(without?, with?),
            (Err(why), _) | (_, Err(why)) => Err(why.clone()),
        };
        if round < ROUNDS && clock.now().since(start) > ROUNDS_WITHIN {
            break;
        }
    }
    drop(trial);

    before.elapsed = Some(Elapsed::of(turns.now));
    after.elapsed = Some(Elapsed::of(turns.with));
    let pages = size_bytes / Catalog(conn).page_size()?;
    let verdict = verdict::of(before.cost(), after.cost(), after.uses(&index), pages);
    Ok(WhatIf {
        ddl: ddl.to_owned(),
        index,
        table,
        before,
        after,
        build: Elapsed::of(turns.builds).median,
        size_bytes,
        data_bytes,
        inserts,
        verdict,
    })
}

impl Explanation {
    /// Rows looked at by all steps of the plan; `None` where SQLite counts none
    /// of them (`count(*)` alone, a build without scan statistics).
    pub fn visited_rows(&self) -> Option<u64> {
        let mut counted = self.nodes.iter().filter_map(|node| node.visited_rows);
        counted.next().map(|first| first + counted.sum::<u64>())
    }
}

/// What the rounds measured.
#[derive(Default)]
struct Turns {
    now: Vec<Duration>,
    with: Vec<Duration>,
    builds: Vec<Duration>,
    inserts_now: Vec<Duration>,
    inserts_with: Vec<Duration>,
}

impl Turns {
    /// Takes in a round's inserts, and returns what all rounds say by now.
    fn inserted(
        &mut self,
        without: Result<inserts::Batched, String>,
        with: Result<inserts::Batched, String>,
    ) -> Result<Inserts, String> {
        let (without, with) = (without?, with?);
        self.inserts_now.push(without.time);
        self.inserts_with.push(with.time);
        Ok(Inserts {
            rows: without.rows,
            unchecked: with.unchecked,
            without: Elapsed::of(self.inserts_now.clone()).min,
            with: Elapsed::of(self.inserts_with.clone()).min,
        })
    }
}

fn explained(conn: &Connection, sql: &str, clock: &Clock) -> Result<Explanation, Error> {
    let once = Repeat {
        at_most: 1,
        within: Duration::ZERO,
    };
    explain_run(conn, sql, clock, once).map_err(Error::Statement)
}

fn times(conn: &Connection, sql: &str, clock: &Clock) -> Result<Vec<Duration>, Error> {
    let repeat = Repeat {
        at_most: RUNS_A_ROUND,
        within: ROUND_WITHIN,
    };
    measure::run_times(conn, sql, clock, repeat).map_err(Error::Statement)
}

fn build(conn: &Connection, ddl: &str, clock: &Clock) -> Result<Duration, Error> {
    let start = clock.now();
    match conn.execute_batch(ddl) {
        Ok(()) => Ok(clock.now().since(start)),
        Err(error) => {
            Err(proposal::not_unique(conn, &error).map_or(Error::Index(error), Error::NotUnique))
        }
    }
}

fn index_names(conn: &Connection) -> rusqlite::Result<Vec<(String, String)>> {
    conn.prepare("SELECT name, tbl_name FROM main.sqlite_schema WHERE type = 'index'")?
        .query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?
        .collect()
}

/// The index that was not there before, and its table.
fn newest_index(conn: &Connection, before: &[String]) -> Result<(String, String), Error> {
    let temporary: bool = conn.query_row(
        "SELECT EXISTS (SELECT 1 FROM temp.sqlite_schema WHERE type = 'index')",
        [],
        |row| row.get(0),
    )?;
    index_names(conn)?
        .into_iter()
        .find(|(name, _)| !before.contains(name))
        .ok_or(if temporary {
            Error::Elsewhere
        } else {
            Error::Exists
        })
}

fn data_bytes(conn: &Connection) -> rusqlite::Result<u64> {
    conn.query_row(
        "SELECT page_count * page_size FROM pragma_page_count, pragma_page_size",
        [],
        |row| row.get::<_, i64>(0).map(i64::unsigned_abs),
    )
}

fn size_bytes(conn: &Connection, index: &str) -> rusqlite::Result<u64> {
    conn.query_row(
        "SELECT coalesce(sum(pgsize), 0) FROM dbstat WHERE name = ?1",
        [index],
        |row| row.get::<_, i64>(0).map(i64::unsigned_abs),
    )
}
