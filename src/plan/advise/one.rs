//! Advice for one statement.

use std::time::Duration;

use rusqlite::Connection;
use rusqlite::types::Value;

use super::advice::{Advice, Recommendation, Side, Verdict, Why};
use super::build::{Built, Ground};
use super::candidate::Candidate;
use super::error::Error;
use super::price::{Priced, Pricing, Set};
use super::recording::{self, Offer};
use super::schema::{Schema, quoted};
use super::twin::Twin;
use super::written::Written;
use super::{candidates, verdict};
use crate::clock::Clock;
use crate::plan::capture;

/// All of it shall take less than three times what building the winner takes,
/// or this long, where that is next to nothing.
const TIMES_THE_BUILD: f64 = 2.2;
const AT_LEAST: Duration = Duration::from_millis(200);

/// No more sets than this are built.
const MOST_BUILT: usize = 6;

/// A set that is expected to cost so many times more than the best is not
/// built.
const TOO_DEAR: f64 = 4.0;

/// Sets that cost no more than so many times the cheapest are taken for as
/// cheap.
const NEARLY_AS_CHEAP: f64 = 2.0;

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
    let statement = conn.prepare(sql)?;
    if statement.parameter_count() > params.len() {
        let names = (params.len() + 1..=statement.parameter_count()).map(|at| {
            statement
                .parameter_name(at)
                .map_or_else(|| format!("?{at}"), str::to_owned)
        });
        return Err(Error::Statement(crate::plan::Error::Parameters(
            names.collect(),
        )));
    }
    drop(statement);
    let thought = think(conn, sql)?;
    let thinking = clock.now().since(start);

    let ground = Ground::begin(conn, clock, sql, params)?;
    let baseline = ground.side()?;
    let mut inserting = Vec::new();
    for (table, rows) in &thought.tables {
        inserting.push(ground.inserting(table, rows.clone())?);
    }
    let mut built: Vec<Built<'_>> = Vec::new();
    for (place, set) in thought.to_build().into_iter().enumerate() {
        let spent = clock.now().since(start);
        if place > 0 && (place >= MOST_BUILT || spent > allowed(&built)) {
            break;
        }
        let candidates: Vec<&Candidate> = set.iter().map(|at| thought.candidate(*at)).collect();
        built.extend(ground.measure(&candidates, &inserting, place == 0)?);
    }
    drop(ground);
    let advice = Advice {
        sql: sql.to_owned(),
        recommendations: thought.ranked(&baseline, built, page_size(conn)?),
        baseline,
        candidates: thought.pricing.candidates.len(),
        priced: thought.sets.len(),
        thought: thinking,
    };
    Ok((advice, thought))
}

/// What is known before anything is built.
pub(super) struct Thought {
    pub(super) schema: Schema,
    pub(super) pricing: Pricing,
    sets: Vec<Priced>,
    plain: Option<Set>,
    /// Rows to insert into each table.
    pub(super) tables: Vec<(String, Vec<Vec<Value>>)>,
}

fn think(conn: &Connection, sql: &str) -> Result<Thought, Error> {
    let mut schema = Schema::of(conn)?;
    let mut twin = Twin::of(&mut schema)?;
    let sql = &without_hints(sql);
    let offers: Vec<Offer> = recording::record(&schema, sql)?;
    let concerned = schema
        .tables
        .iter()
        .filter(|table| offers.iter().any(|it| it.table == table.name));
    for table in concerned {
        twin.sample(conn, table)?;
    }
    let written = Written::of(&schema, sql);
    let candidates = candidates::of(&schema, &offers, &written, &twin);
    let tables = twin.insertable(&schema);
    let pricing = Pricing::new(twin, candidates)?;
    let (sets, plain) = pricing.sets(sql)?;
    Ok(Thought {
        schema,
        pricing,
        sets,
        plain,
        tables,
    })
}

impl Thought {
    fn candidate(&self, at: usize) -> &Candidate {
        &self.pricing.candidates[at].0
    }

    /// The sets in the order in which to build them: a partial one that is as
    /// cheap, the cheapest, then the best plain one, then the others that are
    /// not far off. A plain one of which the cheapest holds more comes last:
    /// only with several indexes on one table (an OR) might it do better.
    fn to_build(&self) -> Vec<Set> {
        let Some(first) = self.sets.first() else {
            return Vec::new();
        };
        // A partial index that does the same is smaller, and built sooner.
        let partial = self.sets.iter().find(|it| {
            let mut all = it.set.iter().map(|at| self.candidate(*at));
            it.cost <= NEARLY_AS_CHEAP * first.cost && all.all(|it| it.condition.is_some())
        });
        let mut order: Vec<Set> = partial.iter().map(|it| it.set.clone()).collect();
        if !order.contains(&first.set) {
            order.push(first.set.clone());
        }
        let holds = |at: &usize| {
            let plain = self.candidate(*at);
            first.set.iter().map(|at| self.candidate(*at)).any(|it| {
                it.table == plain.table && it.condition.is_none() && it.key.starts_with(&plain.key)
            })
        };
        let mut tables: Vec<&str> = Vec::new();
        tables.extend(
            first
                .set
                .iter()
                .map(|at| self.candidate(*at).table.as_str()),
        );
        tables.dedup();
        let several = tables.len() < first.set.len();
        let near = self
            .sets
            .iter()
            .filter(|it| it.cost <= TOO_DEAR * first.cost);
        let near = near.map(|it| &it.set);
        let (soon, late): (Vec<&Set>, Vec<&Set>) = self
            .plain
            .iter()
            .partition(|set| several || !set.iter().all(holds));
        if several {
            // Each side of an OR finds rows, and reads them from the table.
            order.splice(0..0, soon.iter().map(|set| (*set).clone()));
        }
        for set in soon.into_iter().chain(near).chain(late) {
            order.push(set.clone());
        }
        let mut seen: Vec<Set> = Vec::new();
        order.retain(|set| {
            let new = !seen.contains(set);
            seen.push(set.clone());
            new
        });
        order
    }
}

/// How long all of it may have taken when another build begins.
fn allowed(built: &[Built<'_>]) -> Duration {
    let best = built.iter().min_by_key(|it| it.after.page_fetches);
    let one = best.map_or(Duration::ZERO, Built::build);
    // The next one takes about as long as the best did.
    one.mul_f64(TIMES_THE_BUILD - 1.0).max(AT_LEAST)
}

impl Thought {
    /// The best first: the fewest page fetches, or hardly more with less to
    /// keep. Never more than the best plain set of those that SQLite would
    /// think of.
    fn ranked(
        &self,
        before: &Side,
        mut built: Vec<Built<'_>>,
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
        let Some(fewest) = built.first().map(|it| it.after.page_fetches) else {
            return Vec::new();
        };
        let plain = built
            .iter()
            .filter(|it| it.set.iter().all(|one| one.is_plain()) && it.used)
            .map(|it| it.after.page_fetches)
            .min();
        let hardly_more = (fewest + fewest / 10).max(fewest + 2);
        let enough = hardly_more.min(plain.unwrap_or(u64::MAX)).max(fewest);
        let best = built
            .iter()
            .enumerate()
            .filter(|(_, it)| it.used && it.after.page_fetches <= enough)
            .min_by_key(|(_, it)| it.size_bytes())
            .map_or(0, |(at, _)| at);
        let best = built.remove(best);
        built.insert(0, best);
        let mut recommended: Vec<Recommendation> = Vec::new();
        for it in built {
            let pages = it.size_bytes() / page_size.max(1);
            let mut verdict = verdict::of(before, &it.after, it.used, pages);
            if verdict == Verdict::Build && !recommended.is_empty() {
                verdict = Verdict::Skip(Why::Surpassed);
            }
            recommended.push(recommendation(&self.schema, it, verdict));
        }
        recommended
    }
}

fn page_size(conn: &Connection) -> rusqlite::Result<u64> {
    conn.query_row("SELECT page_size FROM pragma_page_size", [], |row| {
        row.get::<_, i64>(0).map(i64::unsigned_abs)
    })
}

fn recommendation(schema: &Schema, it: Built<'_>, verdict: Verdict) -> Recommendation {
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
        makes_redundant: verdict::made_redundant(schema, &it.set),
        after: it.after,
        inserts: it.inserts,
    }
}

/// `sql` without INDEXED BY and NOT INDEXED: a table that listens has no
/// indexes, and advice must not be bound by an old choice.
fn without_hints(sql: &str) -> String {
    use crate::sql::{Token, lex};
    let tokens: Vec<Token> = lex(sql).filter(|it| !it.is_blank()).collect();
    let is = |at: usize, word: &str| {
        tokens
            .get(at)
            .is_some_and(|it| it.text(sql).eq_ignore_ascii_case(word))
    };
    let mut text = sql.to_owned();
    for at in (0..tokens.len()).rev() {
        let length = if is(at, "indexed") && is(at + 1, "by") {
            3
        } else if is(at, "not") && is(at + 1, "indexed") {
            2
        } else {
            continue;
        };
        if let Some(last) = tokens.get(at + length - 1) {
            text.replace_range(tokens[at].range.start..last.range.end, "");
        }
    }
    text
}
