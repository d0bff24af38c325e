//! Advice for many statements: the smallest set of indexes that is nearly as
//! good as the best, and what all of it costs to keep.

use std::time::Duration;

use rusqlite::types::Value;
use rusqlite::{Connection, ErrorCode};

use super::advice::Advice;
use super::build::{Ground, Inserting};
use super::candidate::Candidate;
use super::error::Error;
use super::one;
use super::parameters;
use super::redundant;
use super::schema::Schema;
use super::thought::Thought;
use crate::clock::Clock;
use crate::plan::error::Error as PlanError;
use crate::plan::what_if::Inserts;
use crate::sandbox::Bindings;

/// The smallest set is as good as the best when it fetches at most so many
/// times its pages.
const NEARLY: f64 = 1.05;

/// A statement and how often it is run.
#[derive(Debug, Clone, PartialEq)]
pub struct Weighted {
    /// The statement.
    pub sql: String,
    /// How often, in any unit; above 0.
    pub weight: f64,
}

/// What to do about a statement that fails.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Failing {
    /// There is no advice.
    Refused,
    /// It is left out: what worked once need not work twice.
    LeftOut,
}

/// Advice for all statements of a workload.
#[derive(Debug, Clone, PartialEq)]
pub struct Workload {
    /// Each statement, in the order given.
    pub statements: Vec<Weighed>,
    /// Those that fail when they are run, and why.
    pub left_out: Vec<(String, String)>,
    /// The statements that make the chosen indexes, without semicolons; none
    /// when no index is worth it.
    pub ddl: Vec<String>,
    /// Their names.
    pub indexes: Vec<String>,
    /// Page fetches of all statements, each times its weight: as it is now,
    /// with every index that was proposed, with the chosen ones.
    pub page_fetches: [f64; 3],
    /// How many indexes were proposed for one statement or another.
    pub proposed: usize,
    /// Time of building the chosen ones.
    pub build: Duration,
    /// Bytes of their pages.
    pub size_bytes: u64,
    /// For each table that gets indexes: what inserts take without and with
    /// all of them.
    pub inserts: Vec<(String, Result<Inserts, String>)>,
    /// Names of indexes that the chosen ones do the work of.
    pub makes_redundant: Vec<String>,
}

/// A statement of a workload, before and after.
#[derive(Debug, Clone, PartialEq)]
pub struct Weighed {
    /// The statement.
    pub sql: String,
    /// How often it is run.
    pub weight: f64,
    /// Page fetches of a run as it is now.
    pub before: u64,
    /// Page fetches of a run with the chosen indexes.
    pub after: u64,
}

/// Advises on each of `statements`, whose parameters have the values `given`,
/// then finds the smallest set that fetches at most 5% more pages than the best
/// one that was seen, and measures it whole.
///
/// The database must be one that may be written to; afterwards it is as it
/// was. It takes as long as advice on each statement, and then a build of each
/// index proposed and a run of every statement for each of them.
///
/// # Errors
/// The place of the statement (from 0) and what is wrong with it.
pub fn workload(
    conn: &Connection,
    statements: &[Weighted],
    given: &Bindings,
    failing: Failing,
    clock: &Clock,
) -> Result<Workload, (usize, Error)> {
    let mut proposed: Vec<Candidate> = Vec::new();
    let mut thoughts: Vec<Thought> = Vec::new();
    let mut before: Vec<Before> = Vec::new();
    let mut failed: Vec<(usize, Error)> = Vec::new();
    for (at, statement) in statements.iter().enumerate() {
        let values = parameters::values(conn, &statement.sql, given);
        let advised = values.and_then(|values| {
            let advised = one::advised(conn, &statement.sql, &values, clock)?;
            Ok((advised, values))
        });
        let ((advice, thought), params) = match advised {
            Ok(it) => it,
            Err(error) if failing == Failing::LeftOut && !was_stopped(&error) => {
                failed.push((at, error));
                continue;
            }
            Err(error) => return Err((at, error)),
        };
        for candidate in best_of(&advice, &thought) {
            add(&mut proposed, candidate);
        }
        before.push(Before {
            sql: advice.sql,
            params,
            weight: statement.weight,
            page_fetches: advice.baseline.page_fetches,
        });
        thoughts.push(thought);
    }
    if before.is_empty() {
        let first = failed.into_iter().next();
        return Err(first.unwrap_or((0, Error::NoStatement)));
    }
    let now = total(&before, before.iter().map(|it| it.page_fetches));
    let last = statements.len() - 1;
    let measure = || chosen(conn, clock, &before, &proposed, &thoughts);
    let it = measure().map_err(|error| (last, error))?;
    let schema = Schema::of(conn).map_err(|error| (last, error.into()))?;
    let after = total(&before, it.after.iter().copied());
    let weighed = before.into_iter().zip(&it.after);
    let left_out = failed.into_iter();
    Ok(Workload {
        statements: weighed
            .map(|(it, after)| Weighed {
                sql: it.sql,
                weight: it.weight,
                before: it.page_fetches,
                after: *after,
            })
            .collect(),
        left_out: left_out
            .map(|(at, error)| (statements[at].sql.clone(), error.to_string()))
            .collect(),
        ddl: it.kept.iter().map(|one| one.ddl()).collect(),
        indexes: it.kept.iter().map(|one| one.name.clone()).collect(),
        page_fetches: [now, it.with_all, after],
        proposed: proposed.len(),
        build: it.build,
        size_bytes: it.size_bytes,
        inserts: it.inserts,
        makes_redundant: redundant::made_redundant(&schema, &it.kept),
    })
}

fn best_of(advice: &Advice, thought: &Thought) -> Vec<Candidate> {
    let names = advice.best().map_or(&[] as &[String], |it| &it.indexes);
    let all = thought.pricing.candidates.iter().map(|it| &it.0);
    all.filter(|it| names.contains(&it.name)).cloned().collect()
}

/// Adds a candidate unless one like it is there, under a name that is free.
fn add(all: &mut Vec<Candidate>, mut candidate: Candidate) {
    if all.iter().any(|it| it.same(&candidate)) {
        return;
    }
    let base = candidate.name.clone();
    let mut n = 2;
    while all.iter().any(|it| it.name == candidate.name) {
        candidate.name = format!("{base}_{n}");
        n += 1;
    }
    all.push(candidate);
}

/// Whether it was stopped, or there is no more to be had from this database.
fn was_stopped(error: &Error) -> bool {
    let (Error::Sqlite(error) | Error::Statement(PlanError::Sqlite(error))) = error else {
        return matches!(error, Error::InTransaction);
    };
    let sqls_own = [
        ErrorCode::ConstraintViolation,
        ErrorCode::TypeMismatch,
        ErrorCode::TooBig,
        ErrorCode::Unknown,
    ];
    let code = error.sqlite_error_code();
    code.is_some_and(|code| !sqls_own.contains(&code))
}

/// A statement as things are.
struct Before {
    sql: String,
    params: Vec<Value>,
    weight: f64,
    page_fetches: u64,
}

fn total(statements: &[Before], pages: impl Iterator<Item = u64>) -> f64 {
    let each = pages.zip(statements);
    each.map(|(pages, it)| pages as f64 * it.weight).sum()
}

struct Chosen<'c> {
    kept: Vec<&'c Candidate>,
    after: Vec<u64>,
    with_all: f64,
    build: Duration,
    size_bytes: u64,
    inserts: Vec<(String, Result<Inserts, String>)>,
}

/// Builds all, then drops one after the other, always the one that is missed
/// least, as long as what is left is nearly as good as the best that was seen:
/// that may be fewer than all, where statements write what an index holds.
fn chosen<'c>(
    conn: &Connection,
    clock: &Clock,
    statements: &[Before],
    proposed: &'c [Candidate],
    thoughts: &[Thought],
) -> Result<Chosen<'c>, Error> {
    let ground = Ground::begin(conn, clock, "", &[])?;
    let mut inserting: Vec<Inserting> = Vec::new();
    for (table, rows) in thoughts.iter().flat_map(|it| &it.tables) {
        let concerned = proposed.iter().any(|it| it.table == *table);
        if concerned && !inserting.iter().any(|it| it.table == *table) {
            inserting.push(ground.inserting(table, rows.clone())?);
        }
    }
    let mut kept: Vec<(&Candidate, Duration)> = Vec::new();
    for candidate in proposed {
        let start = clock.now();
        conn.execute_batch(&candidate.ddl())?;
        kept.push((candidate, clock.now().since(start)));
    }
    let fetches = || -> Result<Vec<u64>, Error> {
        let each = statements.iter();
        each.map(|it| ground.fetches(&it.sql, &it.params)).collect()
    };
    let mut after = fetches()?;
    let with_all = total(statements, after.iter().copied());
    let mut best = with_all;
    loop {
        let mut fewer: Vec<Fewer> = Vec::new();
        for (at, (one, _)) in kept.iter().enumerate() {
            let after = ground.without(&one.name, fetches)?;
            let cost = total(statements, after.iter().copied());
            best = best.min(cost);
            fewer.push(Fewer {
                without: at,
                continued: kept.iter().any(|it| one.is_beginning_of(it.0)),
                cost,
                after,
            });
        }
        fewer.retain(|it| it.cost <= best * NEARLY);
        // One of which another is the continuation goes first.
        fewer.sort_by(|a, b| {
            let by_place = b.continued.cmp(&a.continued);
            by_place.then(a.cost.total_cmp(&b.cost))
        });
        let Some(it) = fewer.into_iter().next() else {
            break;
        };
        let (dropped, _) = kept.remove(it.without);
        conn.execute_batch(&format!(
            "DROP INDEX {}",
            super::schema::quoted(&dropped.name)
        ))?;
        after = it.after;
    }
    let candidates: Vec<&Candidate> = kept.iter().map(|it| it.0).collect();
    let mut size_bytes = 0;
    for candidate in &candidates {
        size_bytes += ground.size_bytes(&candidate.name)?;
    }
    inserting.retain(|it| candidates.iter().any(|one| one.table == it.table));
    let with: Vec<_> = inserting
        .iter()
        .map(|it| ground.insert_now(it))
        .collect::<Result<_, _>>()?;
    ground.take_back()?;
    let mut inserts = Vec::new();
    for (it, with) in inserting.iter().zip(&with) {
        ground.insert_again(it)?;
        inserts.push((it.table.clone(), it.beside(with)));
    }
    Ok(Chosen {
        build: kept.iter().map(|it| it.1).sum(),
        kept: candidates,
        after,
        with_all,
        size_bytes,
        inserts,
    })
}

/// What is left without one of the indexes.
struct Fewer {
    without: usize,
    /// Whether another one does all that it did.
    continued: bool,
    cost: f64,
    after: Vec<u64>,
}
