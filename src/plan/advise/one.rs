//! Advice for one statement.

use rusqlite::Connection;
use rusqlite::types::Value;

use super::advice::{Advice, Recommendation, Side};
use super::build::{Built, Ground, Inserting};
use super::candidate::Candidate;
use super::error::Error;
use super::price::{Breadth, Set, Sets};
use super::redundant;
use super::schema::{Schema, quoted};
use super::thought::{self, Thought, think};
use crate::clock::Clock;
use crate::plan::capture;
use crate::plan::catalog::Catalog;
use crate::plan::verdict::{self, Verdict, Why};
use crate::sandbox::bindings;

/// No more sets than this are built.
const MOST_BUILT: usize = 6;

/// The best indexes for `sql`, one statement, whose parameters have the values
/// `params`: built, measured and taken back.
///
/// The database must be one that may be written to (the private copy);
/// afterwards each page is as it was. It takes less than three times the time
/// of building what it proposes, or a fraction of a second where that is
/// little.
///
/// # Errors
/// When there is a mistake in the statement, when it needs values that
/// `params` lacks, when a transaction is open, when it is interrupted.
pub fn one(conn: &Connection, sql: &str, params: &[Value], clock: &Clock) -> Result<Advice, Error> {
    Ok(advised(conn, sql, params, clock)?.0)
}

/// The advice, and what was known before anything was built.
pub(super) fn advised(
    conn: &Connection,
    sql: &str,
    params: &[Value],
    clock: &Clock,
) -> Result<(Advice, Thought), Error> {
    let start = clock.now();
    let sql = capture::only_statement(conn, sql).map_err(Error::Statement)?;
    let names = bindings::parameter_names(&conn.prepare(sql)?, sql);
    if names.len() > params.len() {
        let missing = names.into_iter().skip(params.len()).flatten().collect();
        return Err(Error::Statement(crate::plan::Error::Parameters(missing)));
    }
    // Inside one transaction a row is sampled in a quarter of the time: no lock
    // is taken for each.
    let ground = Ground::begin(conn, clock, sql, params)?;
    let thought = think(conn, sql)?;
    let mut sets = thought.sets(sql, Breadth::Kinds)?;
    let mut thinking = clock.now().since(start);

    let mut baseline = ground.side()?;
    let mut inserting = Vec::new();
    for (table, rows) in &thought.tables {
        inserting.push(ground.inserting(table, rows.clone())?);
    }
    let mut built: Vec<Built<'_>> = Vec::new();
    let mut tried: Vec<Set> = Vec::new();
    let untried = |sets: &Sets, tried: &[Set]| {
        let mut all = thought.to_build(sets).into_iter();
        all.find(|set| !tried.contains(set))
            .filter(|_| tried.len() < MOST_BUILT)
    };
    while let Some(set) = untried(&sets, &tried) {
        let is_first = tried.is_empty();
        if thought.pays(&set, &built, &baseline, clock.now().since(start)) {
            let candidates: Vec<&Candidate> = set.iter().map(|at| thought.candidate(*at)).collect();
            let without = thought.dispensable(sql, &set)?;
            built.extend(ground.measure(&candidates, &inserting, &without, is_first)?);
        }
        tried.push(set);
        if is_first && (thought.is_small() || !thought::is_good(&built, &baseline)) {
            let start = clock.now();
            sets = thought.sets(sql, Breadth::Rest)?;
            thinking += clock.now().since(start);
        }
    }
    if built.is_empty() && thought.is_small() {
        // Without ANALYZE a learner's SQLite may choose one all the same, so
        // what comes of that is measured, too.
        let mut all = thought.pricing.candidates.iter().map(|it| &it.0);
        if let Some(plain) = all.find(|it| it.is_plain()) {
            built = ground.measure(&[plain], &inserting, &[], false)?;
            built.retain(|it| it.used);
        }
    }
    let best = built.iter().filter(|it| it.used);
    if let Some(best) = best.min_by_key(|it| it.after.page_fetches) {
        let time = thought::at_most(best).saturating_sub(clock.now().since(start));
        ground.measure_again(&mut baseline, time)?;
    }
    drop(ground);
    let advice = Advice {
        sql: sql.to_owned(),
        recommendations: ranked(
            &thought.schema,
            &baseline,
            built,
            &inserting,
            Catalog(conn).page_size()?,
        ),
        baseline,
        candidates: thought.pricing.candidates.len(),
        priced: sets.priced.len(),
        thought: thinking,
    };
    Ok((advice, thought))
}

/// The best first: the fewest page fetches, or hardly more with less to keep,
/// but never more than the best plain set. What is not worth building comes
/// after what is.
fn ranked(
    schema: &Schema,
    before: &Side,
    mut built: Vec<Built<'_>>,
    inserting: &[Inserting],
    page_size: u64,
) -> Vec<Recommendation> {
    built.sort_by_key(|it| (!it.used, it.after.page_fetches, it.size_bytes()));
    let mut seen: Vec<Vec<&str>> = Vec::new();
    built.retain(|it| {
        let names: Vec<&str> = it.set.iter().map(|one| one.name.as_str()).collect();
        let new = !seen.contains(&names);
        seen.push(names);
        new
    });
    let verdict = |it: &Built<'_>| {
        let pages = it.size_bytes() / page_size;
        verdict::of(before.cost(), it.after.cost(), it.used, pages)
    };
    if let Some(best) = best(&built, |it| verdict(it) == Verdict::Build) {
        let best = built.remove(best);
        built.insert(0, best);
    }
    let all = built.into_iter().enumerate().map(|(place, it)| {
        let verdict = match verdict(&it) {
            Verdict::Build if place > 0 => Verdict::Skip(Why::Surpassed),
            other => other,
        };
        recommendation(schema, it, inserting, verdict)
    });
    all.collect()
}

/// The place of the best among those that are worth building, or among all
/// where none is; they are sorted by their page fetches.
fn best(built: &[Built<'_>], is_worth_it: impl Fn(&Built<'_>) -> bool) -> Option<usize> {
    let any = built.iter().any(&is_worth_it);
    let eligible = |it: &Built<'_>| it.used && (!any || is_worth_it(it));
    let fetches = |it: &Built<'_>| it.after.page_fetches;
    let fewest = built.iter().filter(|it| eligible(it)).map(fetches).min()?;
    let is_plain = |it: &&Built<'_>| it.used && it.set.iter().all(|one| one.is_plain());
    let plain = built.iter().filter(is_plain).map(fetches).min();
    let hardly_more = (fewest + fewest / 10).max(fewest + 2);
    let enough = hardly_more.min(plain.unwrap_or(u64::MAX)).max(fewest);
    let near = built.iter().enumerate();
    near.filter(|(_, it)| eligible(it) && fetches(it) <= enough)
        .min_by_key(|(_, it)| it.size_bytes())
        .map(|(place, _)| place)
}

fn recommendation(
    schema: &Schema,
    it: Built<'_>,
    inserting: &[Inserting],
    verdict: Verdict,
) -> Recommendation {
    let mut ddl: Vec<String> = it.set.iter().map(|one| one.ddl()).collect();
    ddl.extend(
        it.analyze
            .iter()
            .map(|table| format!("analyze {}", quoted(table))),
    );
    Recommendation {
        ddl,
        indexes: it.set.iter().map(|one| one.name.clone()).collect(),
        verdict,
        build: it.build(),
        size_bytes: it.size_bytes(),
        makes_redundant: match verdict {
            Verdict::Build => redundant::made_redundant(schema, &it.set),
            Verdict::Skip(_) => Vec::new(),
        },
        inserts: it.worst_inserts(inserting),
        after: it.after,
    }
}
