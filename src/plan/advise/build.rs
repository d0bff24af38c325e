//! The best sets, really built, measured and taken back.

use std::cell::{Cell, RefCell};
use std::time::Duration;

use rusqlite::types::Value;
use rusqlite::{Connection, Statement};

use super::advice::Side;
use super::candidate::Candidate;
use super::error::Error;
use super::schema::quoted;
use crate::clock::Clock;
use crate::plan::capture;
use crate::plan::explanation::{Elapsed, Explanation};
use crate::plan::what_if::Inserts;
use crate::plan::what_if::inserts::{self, Batch, Batched};
use crate::sandbox::counters;

/// Runs of the statement on each side, no new one once they have taken so long.
const RUNS: usize = 7;
const WITHIN: Duration = Duration::from_millis(5);
const WITHIN_AT_LEISURE: Duration = Duration::from_millis(15);

/// Batches of inserts on each side, in turns: without, with, with, without.
const TIMES: usize = 2;

/// The transaction that holds all of it. Dropped, it rolls back: also after an
/// error, also when SQLite has rolled back by itself (an interrupted build).
pub(super) struct Ground<'a> {
    conn: &'a Connection,
    clock: &'a Clock,
    sql: &'a str,
    params: &'a [Value],
}

/// Inserts into the table at a place, or why there are none.
type Inserted = (usize, Result<Batched, String>);

/// A set, built and measured.
#[derive(Debug, Clone)]
pub(super) struct Built<'c> {
    pub(super) set: Vec<&'c Candidate>,
    pub(super) after: Side,
    /// For each index of the set.
    pub(super) builds: Vec<Duration>,
    pub(super) sizes: Vec<u64>,
    /// The tables that need ANALYZE for it.
    pub(super) analyze: Vec<String>,
    /// Inserts with it into each table that it is on, by the table's place among
    /// those that rows are inserted into.
    with: Vec<Inserted>,
    /// Whether the plan reads each of its indexes.
    pub(super) used: bool,
}

impl Built<'_> {
    pub(super) fn build(&self) -> Duration {
        self.builds.iter().sum()
    }

    pub(super) fn size_bytes(&self) -> u64 {
        self.sizes.iter().sum()
    }

    /// The table on which inserts suffer most, or why none could be measured.
    pub(super) fn worst_inserts(&self, inserting: &[Inserting]) -> Result<Inserts, String> {
        let mut worst: Result<Inserts, String> = Err("no row could be inserted".to_owned());
        for (place, with) in &self.with {
            let Some(this) = inserting.get(*place).map(|it| it.beside(with)) else {
                continue;
            };
            match (&this, &worst) {
                (Ok(this), Ok(worst)) if this.slowdown() <= worst.slowdown() => {}
                (Err(_), Ok(_)) => {}
                _ => worst = this,
            }
        }
        worst
    }
}

/// Rows to insert into one table, and what that takes as it is now.
pub(super) struct Inserting {
    pub(super) table: String,
    batch: Result<Batch, String>,
    /// The best of so many times.
    without: RefCell<Result<Batched, String>>,
    times: Cell<usize>,
}

impl Inserting {
    /// Takes in one more time without any index.
    fn measured(&self, again: Result<Batched, String>) {
        self.times.set(self.times.get() + 1);
        let mut without = self.without.borrow_mut();
        *without = shorter(without.clone(), again);
    }

    /// Beside what the same takes `with` indexes.
    pub(super) fn beside(&self, with: &Result<Batched, String>) -> Result<Inserts, String> {
        let (without, with) = (self.without.borrow().clone()?, with.clone()?);
        Ok(Inserts {
            rows: with.rows,
            without: without.time,
            with: with.time,
            unchecked: with.unchecked,
        })
    }
}

/// The better of two: what disturbs only makes it longer.
fn shorter(
    first: Result<Batched, String>,
    second: Result<Batched, String>,
) -> Result<Batched, String> {
    let (first, second) = (first?, second?);
    Ok(if second.time < first.time {
        second
    } else {
        first
    })
}

impl<'a> Ground<'a> {
    pub(super) fn begin(
        conn: &'a Connection,
        clock: &'a Clock,
        sql: &'a str,
        params: &'a [Value],
    ) -> Result<Ground<'a>, Error> {
        if !conn.is_autocommit() {
            return Err(Error::InTransaction);
        }
        conn.execute_batch("BEGIN; SAVEPOINT dbdojo_advise")?;
        Ok(Ground {
            conn,
            clock,
            sql,
            params,
        })
    }

    /// The statement as things are.
    pub(super) fn side(&self) -> Result<Side, Error> {
        let nodes = capture::nodes(self.conn, self.sql, self.params)?;
        let (times, page_fetches) = self.runs(self.sql, self.params, RUNS, WITHIN)?;
        Ok(Side {
            page_fetches,
            elapsed: Elapsed::of(times),
            plan: Explanation {
                sql: self.sql.to_owned(),
                sqlite_version: rusqlite::version(),
                nodes,
                counters: None,
                rows: None,
                elapsed: None,
                findings: Vec::new(),
                notes: Vec::new(),
            },
        })
    }

    /// Measures the time of `side`, which is how things are, anew if there is
    /// `time` for a few more runs: its pages are in memory by now, as they were
    /// for the other side.
    pub(super) fn measure_again(&self, side: &mut Side, time: Duration) -> Result<(), Error> {
        let time = time.min(WITHIN_AT_LEISURE);
        let within = time.saturating_sub(side.elapsed.min);
        if (side.elapsed.runs as usize) < RUNS && !within.is_zero() {
            let (times, _) = self.runs(self.sql, self.params, RUNS, within)?;
            side.elapsed = Elapsed::of(times);
        }
        Ok(())
    }

    /// The times of up to so many runs, no new one once they have taken
    /// `within`, and the page fetches of the last.
    fn runs(
        &self,
        sql: &str,
        params: &[Value],
        at_most: usize,
        within: Duration,
    ) -> Result<(Vec<Duration>, u64), Error> {
        let mut statement = self.conn.prepare(sql)?;
        let changes_data = !statement.readonly();
        for (at, value) in (1..).zip(params) {
            statement.raw_bind_parameter(at, value)?;
        }
        if changes_data {
            self.conn.execute_batch("SAVEPOINT dbdojo_run")?;
        }
        let (mut times, mut total, mut page_fetches) = (Vec::new(), Duration::ZERO, 0);
        while times.len() < at_most && total < within {
            let pages = counters::page_fetches(self.conn);
            let start = self.clock.now();
            let ran = run(&mut statement);
            let time = self.clock.now().since(start);
            page_fetches = counters::page_fetches(self.conn).saturating_sub(pages);
            if changes_data {
                self.conn.execute_batch("ROLLBACK TO dbdojo_run")?;
            }
            ran?;
            times.push(time);
            total += time;
        }
        if changes_data {
            self.conn.execute_batch("RELEASE dbdojo_run")?;
        }
        Ok((times, page_fetches))
    }

    /// The page fetches of one run of another statement.
    pub(super) fn fetches(&self, sql: &str, params: &[Value]) -> Result<u64, Error> {
        // The first run after a change fetches a page more; a long one is not
        // made again for that.
        Ok(self.runs(sql, params, 2, WITHIN)?.1)
    }

    /// What `work` finds while the index `name` is gone.
    pub(super) fn without<T>(
        &self,
        name: &str,
        work: impl FnOnce() -> Result<T, Error>,
    ) -> Result<T, Error> {
        let drop_it = format!("SAVEPOINT dbdojo_fewer; DROP INDEX {}", quoted(name));
        self.conn.execute_batch(&drop_it)?;
        let found = work()?;
        self.conn
            .execute_batch("ROLLBACK TO dbdojo_fewer; RELEASE dbdojo_fewer")?;
        Ok(found)
    }

    /// Makes `rows` ready for inserting into `table`, and sees what that takes
    /// as things are: once before the first indexes and once after.
    pub(super) fn inserting(&self, table: &str, rows: Vec<Vec<Value>>) -> Result<Inserting, Error> {
        let batch = inserts::batch_of(self.conn, table, rows);
        let without = self.insert(&batch)?;
        Ok(Inserting {
            table: table.to_owned(),
            batch,
            without: RefCell::new(without),
            times: Cell::new(1),
        })
    }

    /// The second time without any index.
    pub(super) fn insert_again(&self, it: &Inserting) -> Result<(), Error> {
        if it.times.get() < TIMES {
            it.measured(self.insert(&it.batch)?);
        }
        Ok(())
    }

    /// What the same rows take as things are now.
    pub(super) fn insert_now(&self, it: &Inserting) -> Result<Result<Batched, String>, Error> {
        let mut best = self.insert(&it.batch)?;
        for _ in 1..TIMES {
            best = shorter(best, self.insert(&it.batch)?);
        }
        Ok(best)
    }

    /// What a batch of inserts takes as things are.
    fn insert(&self, batch: &Result<Batch, String>) -> Result<Result<Batched, String>, Error> {
        match batch {
            Ok(batch) => Ok(batch.insert(self.conn, self.clock)?),
            Err(why) => Ok(Err(why.clone())),
        }
    }

    /// Builds `set`, measures, and takes it back. For a set of several also
    /// what it would do without each of those at the `dispensable` places:
    /// dropping costs little.
    ///
    /// ANALYZE is tried where the planner does not choose what was expected of
    /// it, if `may_analyze`.
    pub(super) fn measure<'c>(
        &self,
        set: &[&'c Candidate],
        inserting: &[Inserting],
        dispensable: &[usize],
        may_analyze: bool,
    ) -> Result<Vec<Built<'c>>, Error> {
        let result = self.measure_here(set, inserting, dispensable, may_analyze);
        self.take_back()?;
        let built = result?;
        for it in concerned(set, inserting).map(|it| it.1) {
            self.insert_again(it)?;
        }
        Ok(built)
    }

    /// As all was in the beginning.
    pub(super) fn take_back(&self) -> Result<(), Error> {
        if !self.conn.is_autocommit() {
            self.conn.execute_batch("ROLLBACK TO dbdojo_advise")?;
        }
        Ok(())
    }

    fn measure_here<'c>(
        &self,
        set: &[&'c Candidate],
        inserting: &[Inserting],
        dispensable: &[usize],
        may_analyze: bool,
    ) -> Result<Vec<Built<'c>>, Error> {
        let mut builds = Vec::new();
        for candidate in set {
            let start = self.clock.now();
            self.conn.execute_batch(&candidate.ddl())?;
            builds.push(self.clock.now().since(start));
        }
        let sizes: Vec<u64> = set
            .iter()
            .map(|it| self.size_bytes(&it.name))
            .collect::<Result<_, _>>()?;
        let mut all = Vec::new();
        let mut after = self.side()?;
        let mut analyze = Vec::new();
        if !used(&after, set) && may_analyze {
            let mut tables: Vec<String> = inserting.iter().map(|it| it.table.clone()).collect();
            tables.dedup();
            let sql: String = tables
                .iter()
                .map(|it| format!("ANALYZE {};", quoted(it)))
                .collect();
            self.conn.execute_batch(&sql)?;
            let informed = self.side()?;
            if (informed.page_fetches as f64) < 0.8 * after.page_fetches as f64 {
                after = informed;
                analyze = tables;
            }
        }
        let is_used = used(&after, set);
        let whole = after.page_fetches;
        all.push(Built {
            set: set.to_vec(),
            after,
            builds: builds.clone(),
            sizes: sizes.clone(),
            analyze: analyze.clone(),
            with: self.inserts(set, inserting)?,
            used: is_used,
        });
        if set.len() > 1 {
            for &left_out in dispensable {
                let keep = |at: &usize| *at != left_out;
                let places: Vec<usize> = (0..set.len()).filter(keep).collect();
                let fewer: Vec<&'c Candidate> = places.iter().map(|at| set[*at]).collect();
                let (after, with) = self.without(&set[left_out].name, || {
                    let side = self.side()?;
                    let comes_near = side.page_fetches <= whole + whole / 10 + 2;
                    let with = if comes_near {
                        self.inserts(&fewer, inserting)?
                    } else {
                        let why = "the statement needs the other one, too";
                        vec![(0, Err(why.to_owned()))]
                    };
                    Ok((side, with))
                })?;
                all.push(Built {
                    used: used(&after, &fewer),
                    set: fewer,
                    after,
                    builds: places.iter().map(|at| builds[*at]).collect(),
                    sizes: places.iter().map(|at| sizes[*at]).collect(),
                    analyze: analyze.clone(),
                    with,
                });
            }
        }
        Ok(all)
    }

    fn inserts(&self, set: &[&Candidate], inserting: &[Inserting]) -> Result<Vec<Inserted>, Error> {
        let tables = concerned(set, inserting);
        tables
            .map(|(place, it)| Ok((place, self.insert_now(it)?)))
            .collect()
    }

    /// The size of an index.
    pub(super) fn size_bytes(&self, index: &str) -> Result<u64, Error> {
        Ok(self.conn.query_row(
            "SELECT pgsize FROM dbstat WHERE name = ?1 AND aggregate = 1",
            [index],
            |row| row.get::<_, i64>(0).map(i64::unsigned_abs),
        )?)
    }
}

impl Drop for Ground<'_> {
    fn drop(&mut self) {
        if !self.conn.is_autocommit() {
            // A rollback fails only where there is nothing to roll back.
            let _ = self.conn.execute_batch("ROLLBACK");
        }
    }
}

/// The tables that `set` is on, with their places.
fn concerned<'i>(
    set: &[&Candidate],
    inserting: &'i [Inserting],
) -> impl Iterator<Item = (usize, &'i Inserting)> {
    let all = inserting.iter().enumerate();
    all.filter(|(_, it)| set.iter().any(|candidate| candidate.table == it.table))
}

fn used(side: &Side, set: &[&Candidate]) -> bool {
    set.iter().all(|it| side.plan.uses(&it.name))
}

/// Runs a statement to its end.
fn run(statement: &mut Statement<'_>) -> rusqlite::Result<()> {
    let mut rows = statement.raw_query();
    while rows.next()?.is_some() {}
    Ok(())
}
