//! One statement, weighed.

use std::time::Duration;

use super::costs::{Costs, to_three_digits};
use super::keys::{Keys, NoKeys};
use super::measure::{Measured, Reads as Measurement};
use super::subject::Subject;
use super::trace::Reads;
use super::verdict::{Best, Verdict};
use crate::cache::layer::OpenError;
use crate::cache::{self, Choice, Ids, Layer, Server, StatementFacts, Uncacheable};
use crate::clock::Clock;
use crate::plan::advise::{self, Advice};
use crate::progress::{Progress, Watcher};
use crate::sandbox::{self, Budget, Practice};

/// The hit ratios that are told.
pub const HIT_RATIOS: [f64; 3] = [0.5, 0.8, 0.95];

/// The hit ratio that a verdict is about while nobody knows the real one.
const ASSUMED: f64 = 0.8;

/// How far away the servers are in what is computed: the round trips.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Distances {
    /// To the database.
    pub database: Duration,
    /// To the cache server.
    pub cache: Duration,
}

/// What to weigh with.
pub struct Options {
    /// Which cache server.
    pub choice: Choice,
    /// The dataset's name, for the keys in the cache.
    pub dataset: String,
    /// What each of the two parts, advice and measuring, may cost.
    pub budget: Budget,
    /// The wall clock.
    pub clock: Clock,
    /// How far away the servers are in what is computed.
    pub distances: Distances,
    /// How reads are spread, if that is known.
    pub reads: Option<Reads>,
    /// What the keys were drawn with.
    pub seed: u64,
}

/// How much the database's time differs from key to key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Spread {
    /// A tenth of the reads took less.
    pub p10: Duration,
    /// A tenth took more.
    pub p90: Duration,
}

/// The index that advice proposes, and what it does.
#[derive(Debug, Clone, PartialEq)]
pub struct Indexed {
    /// The statements that make it, without semicolons.
    pub ddl: Vec<String>,
    /// The database's time for one read with it: a median, to three digits.
    pub database: Duration,
    /// Bytes of its pages.
    pub size_bytes: u64,
    /// How many times longer an insert takes, where that was measured.
    pub insert_slowdown: Option<f64>,
}

/// Whether a cache would help a statement.
#[derive(Debug, Clone, PartialEq)]
pub struct Worth {
    /// The statement with its parameters.
    pub subject: Subject,
    /// The keys, and where they come from.
    pub keys: Keys,
    /// How many of the keys were read.
    pub keys_read: usize,
    /// How many reads of each kind were timed.
    pub reads: usize,
    /// The most rows of a result.
    pub most_rows: usize,
    /// The cache server that was measured.
    pub server: Server,
    /// What was measured: medians, to three digits.
    pub costs: Costs,
    /// How much the database's time differs.
    pub spread: Spread,
    /// The index that advice proposes, if one is worth building.
    pub indexed: Option<Indexed>,
    /// How far away the servers are in what is computed.
    pub distances: Distances,
    /// How reads are spread, if that is known.
    pub trace: Option<Reads>,
    /// What the keys were drawn with.
    pub seed: u64,
    /// What to do.
    pub verdict: Verdict,
}

/// Why a statement could not be weighed.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A transaction is open, which would be rolled back.
    #[error("a transaction is open: COMMIT or ROLLBACK first, then ask again")]
    InTransaction,
    /// The cache would never be asked.
    #[error("no cache answers this statement. Not cached: {0}")]
    Uncacheable(Uncacheable),
    /// There are no keys to read.
    #[error(transparent)]
    Keys(#[from] NoKeys),
    /// There is no cache server.
    #[error(transparent)]
    Open(#[from] OpenError),
    /// The cache server failed while it was measured.
    #[error("the cache server failed while it was measured: {0}")]
    CacheFailed(String),
    /// A result did not go into the cache.
    #[error("a result of this statement was not cached: {0}")]
    NotStored(String),
    /// No advice on an index.
    #[error(transparent)]
    Advice(advise::Error),
    /// What SQLite says of the statement.
    #[error(transparent)]
    Sqlite(#[from] rusqlite::Error),
    /// What the practice database says.
    #[error(transparent)]
    Practice(#[from] sandbox::Error),
}

/// What SQLite says of a statement that is to be cached.
///
/// # Errors
/// [`Error::Uncacheable`]; what is wrong with the statement.
pub fn facts(practice: &Practice, sql: &str) -> Result<StatementFacts, Error> {
    if practice.in_transaction() {
        return Err(Error::InTransaction);
    }
    let facts = StatementFacts::of(practice, practice.notes(sql)?)?;
    match Uncacheable::reason(sql, &facts) {
        Some(why) => Err(Error::Uncacheable(why)),
        None => Ok(facts),
    }
}

/// Weighs `subject` on the private copy: some hundred reads of each
/// kind, in turns. Afterwards the data is as it was.
///
/// # Errors
/// When the answer cannot be cached, when there is no cache server, when the
/// statement fails or is stopped.
pub fn weigh(
    practice: &mut Practice,
    subject: &Subject,
    keys: Keys,
    options: Options,
    watcher: Watcher<'_>,
) -> Result<Worth, Error> {
    let facts = facts(practice, &subject.sql)?;
    let ids = Ids {
        dataset: options.dataset.clone(),
        practice: practice.id(),
        schema_version: practice.schema_version()?.unsigned_abs(),
    };
    let clock = &options.clock;
    let mut layer = Layer::open(
        &options.choice,
        cache::Options::default(),
        clock.clone(),
        ids,
    )?;
    let advised = practice.with_budget(options.budget, |conn| {
        advise::one(conn, &subject.sql, &keys.tuples[0], clock)
    });
    let advice = match advised {
        Ok(advice) => Some(advice),
        // It reads what can have no index.
        Err(advise::Error::Elsewhere(_)) => None,
        Err(error) => return Err(Error::Advice(error)),
    };
    let best = advice.as_ref().and_then(Advice::best);
    let measured = practice.with_budget(options.budget, |conn| {
        let reads = Measurement {
            conn,
            sql: &subject.sql,
            facts: &facts,
            keys: &keys.tuples,
            ddl: best.map_or(&[], |it| &it.ddl),
            clock,
        };
        reads.measure(&mut layer, &mut |done, total| {
            watcher(Progress {
                what: "measuring",
                done,
                total,
            });
        })
    })?;
    let indexed = best.map(|it| Indexed {
        ddl: it.ddl.clone(),
        database: quantile(&measured.indexed, 0.5),
        size_bytes: it.size_bytes,
        insert_slowdown: it.insert_slowdown(),
    });
    let server = layer.server().clone();
    Ok(concluded(
        subject, keys, &measured, indexed, server, options,
    ))
}

fn concluded(
    subject: &Subject,
    keys: Keys,
    measured: &Measured,
    indexed: Option<Indexed>,
    server: Server,
    options: Options,
) -> Worth {
    let costs = Costs {
        database: quantile(&measured.database, 0.5),
        get: quantile(&measured.get, 0.5),
        set: quantile(&measured.set, 0.5),
    };
    // One key in the advice, all keys here: what does not help them is no index.
    let indexed = indexed.filter(|it| it.database < costs.database);
    let Distances { database, cache } = options.distances;
    let hit_ratio = options.reads.as_ref().map_or(ASSUMED, |it| it.hit_ratio);
    let of = |costs, indexed| Best::of(costs, indexed, hit_ratio);
    let time = indexed.as_ref().map(|it| it.database);
    Worth {
        subject: subject.clone(),
        keys,
        keys_read: measured.keys,
        reads: measured.database.len(),
        most_rows: measured.most_rows,
        server,
        costs,
        spread: Spread {
            p10: quantile(&measured.database, 0.1),
            p90: quantile(&measured.database, 0.9),
        },
        indexed,
        distances: options.distances,
        trace: options.reads,
        seed: options.seed,
        verdict: Verdict {
            hit_ratio,
            here: of(costs, time),
            away: of(costs.away(database, cache), time.map(|it| it + database)),
        },
    }
}

/// The quantile of `times`, to three digits; zero if there are none.
fn quantile(times: &[Duration], q: f64) -> Duration {
    let mut times = times.to_vec();
    times.sort_unstable();
    let at = (times.len().saturating_sub(1)) as f64 * q;
    times
        .get(at.round() as usize)
        .copied()
        .map_or(Duration::ZERO, to_three_digits)
}

impl Worth {
    /// What a read costs with both servers as far away as was said.
    pub fn away(&self) -> Costs {
        self.costs
            .away(self.distances.database, self.distances.cache)
    }

    /// The same here with the index; `None` without one.
    pub fn with_index(&self) -> Option<Costs> {
        let indexed = self.indexed.as_ref()?;
        Some(self.costs.with_database(indexed.database))
    }

    /// The same away with the index; `None` without one.
    pub fn with_index_away(&self) -> Option<Costs> {
        let here = self.with_index()?;
        Some(here.away(self.distances.database, self.distances.cache))
    }
}
