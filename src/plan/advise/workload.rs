//! Advice for many statements: the smallest set of indexes that is nearly as
//! good as the best, and what all of it costs to keep.

use std::time::Duration;

use rusqlite::Connection;

use super::advice::Advice;
use super::build::{Ground, Inserting};
use super::candidate::Candidate;
use super::error::Error;
use super::one;
use super::redundant;
use super::schema::Schema;
use super::thought::Thought;
use crate::clock::Clock;
use crate::plan::what_if::Inserts;

/// The smallest set is as good as the best when it fetches at most so many
/// times its pages.
const NEARLY: f64 = 1.05;

/// A statement and how often it is run.
#[derive(Debug, Clone, PartialEq)]
pub struct Weighted {
    /// The statement, without parameters.
    pub sql: String,
    /// How often, in any unit; above 0.
    pub weight: f64,
}

/// Advice for all statements of a workload.
#[derive(Debug, Clone, PartialEq)]
pub struct Workload {
    /// Each statement, in the order given.
    pub statements: Vec<Weighed>,
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

/// Advises on each of `statements`, then finds the smallest set that fetches
/// at most 5% more pages than all that was proposed, and measures it whole.
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
    clock: &Clock,
) -> Result<Workload, (usize, Error)> {
    if statements.is_empty() {
        return Err((0, Error::NoStatement));
    }
    let mut proposed: Vec<Candidate> = Vec::new();
    let mut thoughts: Vec<Thought> = Vec::new();
    let mut before = Vec::new();
    for (at, statement) in statements.iter().enumerate() {
        let advised = one::advised(conn, &statement.sql, &[], clock);
        let (advice, thought) = advised.map_err(|error| (at, error))?;
        before.push((advice.sql.clone(), advice.baseline.page_fetches));
        for candidate in best_of(&advice, &thought) {
            add(&mut proposed, candidate);
        }
        thoughts.push(thought);
    }
    let sqls: Vec<&str> = before.iter().map(|it| it.0.as_str()).collect();
    let weights: Vec<f64> = statements.iter().map(|it| it.weight).collect();
    let now = total(&before.iter().map(|it| it.1).collect::<Vec<_>>(), &weights);
    let last = statements.len() - 1;
    let measure = || chosen(conn, clock, &sqls, &weights, &proposed, &thoughts);
    let it = measure().map_err(|error| (last, error))?;
    let schema = Schema::of(conn).map_err(|error| (last, error.into()))?;
    let weighed = before.into_iter().zip(&weights).zip(&it.after);
    Ok(Workload {
        statements: weighed
            .map(|(((sql, before), weight), after)| Weighed {
                sql,
                weight: *weight,
                before,
                after: *after,
            })
            .collect(),
        ddl: it.kept.iter().map(|one| one.ddl()).collect(),
        indexes: it.kept.iter().map(|one| one.name.clone()).collect(),
        page_fetches: [now, it.with_all, total(&it.after, &weights)],
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

fn total(pages: &[u64], weights: &[f64]) -> f64 {
    let each = pages.iter().zip(weights);
    each.map(|(pages, weight)| *pages as f64 * weight).sum()
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
/// least, as long as what is left is nearly as good.
fn chosen<'c>(
    conn: &Connection,
    clock: &Clock,
    sqls: &[&str],
    weights: &[f64],
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
    let fetches =
        || -> Result<Vec<u64>, Error> { sqls.iter().map(|sql| ground.fetches(sql)).collect() };
    let mut after = fetches()?;
    let with_all = total(&after, weights);
    loop {
        let mut least: Option<(usize, Vec<u64>, (bool, f64))> = None;
        for at in 0..kept.len() {
            let without = ground.without(&kept[at].0.name, fetches)?;
            let cost = total(&without, weights);
            let others = kept.iter().map(|it| it.0);
            let is_double = others.clone().any(|it| kept[at].0.is_beginning_of(it));
            // One of which another is the continuation goes first.
            let missed = (!is_double, cost);
            let better = least.as_ref().is_none_or(|it| missed < it.2);
            if cost <= with_all * NEARLY && better {
                least = Some((at, without, missed));
            }
        }
        let Some((at, without, _)) = least else { break };
        let (dropped, _) = kept.remove(at);
        conn.execute_batch(&format!(
            "DROP INDEX {}",
            super::schema::quoted(&dropped.name)
        ))?;
        after = without;
    }
    let candidates: Vec<&Candidate> = kept.iter().map(|it| it.0).collect();
    let mut size_bytes = 0;
    for candidate in &candidates {
        size_bytes += ground.size_bytes(&candidate.name)?;
    }
    let mut inserts = Vec::new();
    for it in &inserting {
        if candidates.iter().any(|one| one.table == it.table) {
            inserts.push((it.table.clone(), ground.inserts(it)?));
        }
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
