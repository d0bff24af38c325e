//! What is known before anything is built: the candidates, the sets of them,
//! and which of those are worth building.

use std::time::Duration;

use rusqlite::Connection;
use rusqlite::types::Value;

use super::advice::Side;
use super::build::Built;
use super::candidate::Candidate;
use super::candidates;
use super::error::Error;
use super::price::{Breadth, Pricing, Set, Sets};
use super::recording::{self, Offer};
use super::schema::Schema;
use super::twin::Twin;
use super::written::Written;

/// Rows of a table, up to which every set worth it is built, for the learner to
/// compare; and up to which sets are tried for so long, as long as none is good.
const SMALL: u64 = 30_000;
const LARGE: u64 = 100_000;
const A_WHILE: Duration = Duration::from_millis(200);

/// Otherwise all of it shall take less than three times what building the
/// winner takes.
const TIMES_THE_BUILD: f64 = 2.8;

/// Time to put one row into an index, for a guess before one was built.
const A_ROW: Duration = Duration::from_nanos(400);

/// So many times fewer page fetches, or so few of them, are good enough not to
/// spend more time on something better.
const GOOD: u64 = 100;
const FEW: u64 = 4;

/// A set that is expected to cost so many times more than the best is not
/// built.
const TOO_DEAR: f64 = 4.0;

/// Sets that cost no more than so many times the cheapest are taken for as
/// cheap.
const NEARLY_AS_CHEAP: f64 = 2.0;

/// What is known before anything is built.
pub(super) struct Thought {
    /// What of it concerns the statement.
    pub(super) schema: Schema,
    pub(super) pricing: Pricing,
    /// Rows of the largest of its tables.
    most_rows: u64,
    /// Rows to insert into each table.
    pub(super) tables: Vec<(String, Vec<Vec<Value>>)>,
}

/// Thinks of indexes for `sql`, without building any.
pub(super) fn think(conn: &Connection, sql: &str) -> Result<Thought, Error> {
    let mut schema = Schema::of(conn)?.concerning(sql);
    let mut twin = Twin::of(&mut schema)?;
    let sql = &without_hints(sql);
    let offers: Vec<Offer> = recording::record(&schema, sql).map_err(elsewhere)?;
    let mut concerned = schema.tables.clone();
    concerned.retain(|table| offers.iter().any(|it| it.table == table.name));
    for table in &concerned {
        twin.sample(conn, table, concerned.len())?;
    }
    let written = Written::of(&schema, sql);
    let candidates = candidates::of(&schema, &offers, &written, &twin);
    let tables = twin.insertable(&schema);
    let rows = concerned.iter().map(|table| twin.rows(&table.name));
    let most_rows = rows.max().unwrap_or(0);
    let pricing = Pricing::new(twin, candidates)?;
    Ok(Thought {
        schema,
        pricing,
        most_rows,
        tables,
    })
}

/// What compiles in the practice database and not on copies of its tables.
fn elsewhere(error: rusqlite::Error) -> Error {
    let said = match &error {
        rusqlite::Error::SqlInputError { msg, .. } => msg,
        rusqlite::Error::SqliteFailure(_, Some(message)) => message,
        _ => return Error::Sqlite(error),
    };
    Error::Elsewhere(said.clone())
}

impl Thought {
    pub(super) fn candidate(&self, at: usize) -> &Candidate {
        &self.pricing.candidates[at].0
    }

    /// The rows that an index holds.
    fn entries(&self, candidate: &Candidate) -> f64 {
        let mut all = self.pricing.candidates.iter();
        let known = all.find(|it| it.0 == *candidate);
        known.map_or(0.0, |it| it.1.entries())
    }

    /// Whether building every set takes no time that anybody notices.
    pub(super) fn is_small(&self) -> bool {
        self.most_rows <= SMALL
    }

    /// The sets of candidates that are worth building for `sql`.
    pub(super) fn sets(&self, sql: &str, breadth: Breadth) -> Result<Sets, Error> {
        Ok(self.pricing.sets(&without_hints(sql), breadth)?)
    }

    /// Whether to build `set`, too, after those that are `built`. Where tables
    /// are small, yes. Where they are larger, only if the best so far can be
    /// bettered by much, and while little time is `spent`; where they are large,
    /// while all of it stays under so many times the time of building that.
    pub(super) fn pays(
        &self,
        set: &Set,
        built: &[Built<'_>],
        baseline: &Side,
        spent: Duration,
    ) -> bool {
        let best = built.iter().filter(|it| it.used);
        let Some(best) = best.min_by_key(|it| it.after.page_fetches) else {
            return built.is_empty() || spent < A_WHILE;
        };
        if self.is_small() {
            return true;
        }
        let rates = built.iter().map(|it| {
            let rows: f64 = it.set.iter().map(|one| self.entries(one)).sum();
            it.build().as_secs_f64() / rows.max(1.0)
        });
        let seconds_a_row = rates.fold(A_ROW.as_secs_f64(), f64::max);
        let rows: f64 = set.iter().map(|at| self.entries(self.candidate(*at))).sum();
        let next = Duration::from_secs_f64(seconds_a_row * rows);
        let soon = spent + next;
        !is_good(built, baseline)
            && (soon < at_most(best) || (self.most_rows <= LARGE && soon < A_WHILE))
    }

    /// The places in `set` of indexes without which the statement is not
    /// expected to cost much more.
    pub(super) fn dispensable(&self, sql: &str, set: &Set) -> Result<Vec<usize>, Error> {
        let mut places = Vec::new();
        if set.len() < 2 {
            return Ok(places);
        }
        let sql = &without_hints(sql);
        let all = self.pricing.price(sql, set)?.cost;
        for (place, at) in set.iter().enumerate() {
            let mut fewer = set.clone();
            fewer.remove(at);
            if self.pricing.price(sql, &fewer)?.cost <= TOO_DEAR * all {
                places.push(place);
            }
        }
        Ok(places)
    }

    /// The sets in the order in which to build them: a partial one that is as
    /// cheap, the cheapest, then the best plain one, then the others that are
    /// not far off. A plain one of which the cheapest holds more comes last:
    /// only with several indexes on one table (an OR) might it do better.
    pub(super) fn to_build(&self, sets: &Sets) -> Vec<Set> {
        let Some(first) = sets.priced.first() else {
            return Vec::new();
        };
        // A partial index that does the same is smaller, and built sooner.
        let partial = sets.priced.iter().find(|it| {
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
        tables.sort_unstable();
        tables.dedup();
        let several = tables.len() < first.set.len();
        let near = sets
            .priced
            .iter()
            .filter(|it| it.cost <= TOO_DEAR * first.cost);
        let near = near.map(|it| &it.set);
        let (soon, late): (Vec<&Set>, Vec<&Set>) = sets
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

/// Whether the best of what is `built` is good enough not to look for more.
pub(super) fn is_good(built: &[Built<'_>], baseline: &Side) -> bool {
    let used = built.iter().filter(|it| it.used);
    let fetches = used.map(|it| it.after.page_fetches).min();
    fetches.is_some_and(|it| it * GOOD < baseline.page_fetches || it <= FEW)
}

/// The time that all of the advice may take where `best` is the best of it.
pub(super) fn at_most(best: &Built<'_>) -> Duration {
    best.build().mul_f64(TIMES_THE_BUILD)
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
