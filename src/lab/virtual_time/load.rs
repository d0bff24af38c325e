//! What is simulated: who asks for what, and how long the parts take.

use std::time::Duration;

use crate::cache::policy::{DEFAULT_SAMPLES, PolicyKind};
use crate::lab::keys::{Distribution, UnusableKeys};

/// When reads come.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Arrivals {
    /// Independently of each other and of the answers.
    Poisson {
        /// Reads a second, on average.
        per_second: f64,
    },
    /// One after the other at equal distances, whatever the answers.
    Constant {
        /// Reads a second.
        per_second: f64,
    },
    /// A number of clients that each wait for their answer.
    Closed {
        /// How many.
        clients: u32,
        /// How long each waits before it asks again.
        think: Duration,
    },
}

/// The reads and writes of a run.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Load {
    /// When reads come.
    pub arrivals: Arrivals,
    /// How popularity is spread over the keys.
    pub distribution: Distribution,
    /// How many keys are asked for.
    pub keys: u64,
    /// How many of them, the least popular, have no rows in the database.
    pub absent: u64,
    /// Writes a second (Poisson). Each changes one key, drawn as reads are.
    pub writes_per_second: f64,
    /// Over how many tables the keys are spread. A write makes the results of
    /// its whole table old: with one table, all of them. With as many tables as
    /// keys, its own alone.
    pub tables: u64,
    /// A job that reads many keys once, through the same cache.
    pub scan: Option<Scan>,
    /// What happens before this does not count.
    pub warmup: Duration,
    /// How long reads come after the warm-up.
    pub duration: Duration,
}

/// A job that reads keys one after the other, the least popular ones, through
/// the cache that the readers use. What it asks for and what it is answered
/// does not count; what it does to the cache, and to the database's queue, the
/// readers feel.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Scan {
    /// From one beginning to the next. The first comes so long after the
    /// warm-up.
    pub every: Duration,
    /// How many keys it reads.
    pub keys: u64,
    /// How many of them a second, whatever the answers.
    pub per_second: f64,
}

/// How long the parts take, and when they do not work.
#[derive(Debug, Clone, PartialEq)]
pub struct Services {
    /// A command to the cache and its reply; it acts half-way.
    pub cache: Duration,
    /// A query, once the database begins with it. It sees what was committed
    /// when it begins.
    pub database: Duration,
    /// How many queries the database works on at a time; `None`: all of them.
    pub connections: Option<u32>,
    /// When the cache does not answer.
    pub outages: Vec<Outage>,
    /// How long one waits for a cache that does not answer.
    pub patience: Duration,
}

/// The cache server is down. It comes back empty.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Outage {
    /// From when, counted from the start of the warm-up.
    pub from: Duration,
    /// For how long.
    pub lasts: Duration,
}

/// What the cache holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CacheServer {
    /// Results at most; `None`: all of them.
    pub capacity: Option<u64>,
    /// What goes when it is full.
    pub policy: PolicyKind,
    /// How many results Redis's policies look at for each eviction.
    pub samples: usize,
}

impl Default for Load {
    /// 100 reads a second of 1,000 keys by Zipf 0.99, without writes, for a
    /// minute.
    fn default() -> Load {
        Load {
            arrivals: Arrivals::Poisson { per_second: 100.0 },
            distribution: Distribution::Zipf { alpha: 0.99 },
            keys: 1_000,
            absent: 0,
            writes_per_second: 0.0,
            tables: 1,
            scan: None,
            warmup: Duration::ZERO,
            duration: Duration::from_secs(60),
        }
    }
}

impl Default for Services {
    /// A cache of 0.1 ms and a query of 10 ms, any number at a time; nothing
    /// fails.
    fn default() -> Services {
        Services {
            cache: Duration::from_micros(100),
            database: Duration::from_millis(10),
            connections: None,
            outages: Vec::new(),
            patience: Duration::from_millis(100),
        }
    }
}

impl Default for CacheServer {
    /// LRU without a limit.
    fn default() -> CacheServer {
        CacheServer {
            capacity: None,
            policy: PolicyKind::Lru,
            samples: DEFAULT_SAMPLES,
        }
    }
}

/// A run that cannot be.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum Impossible {
    /// The keys cannot be drawn.
    #[error(transparent)]
    Keys(#[from] UnusableKeys),
    /// Nobody asks, or infinitely often.
    #[error("a rate is above 0 and at most 1,000,000 a second, not {0}")]
    Rate(f64),
    /// Nobody asks.
    #[error("a closed loop has 1 to 100,000 clients, not {0}")]
    Clients(u32),
    /// Time would stand still.
    #[error(
        "a closed loop whose answers take no time would never end: give the cache or the database a time"
    )]
    NoTime,
    /// The database does nothing.
    #[error("a database needs at least 1 connection, not 0")]
    NoConnections,
    /// The next job begins before the last one ends.
    #[error("a scan of {keys} keys at {per_second} a second has no end within {every:?}")]
    Scan {
        /// How many keys it reads.
        keys: u64,
        /// How fast.
        per_second: f64,
        /// When the next one begins.
        every: Duration,
    },
    /// A job over keys that there are not.
    #[error("a scan reads 1 to all {all} keys, not {keys}")]
    ScanKeys {
        /// How many it reads.
        keys: u64,
        /// How many there are.
        all: u64,
    },
    /// The cache holds nothing.
    #[error("a cache holds at least 1 result, not 0")]
    NoCapacity,
    /// The policy needs the future.
    #[error("opt knows the future, which a cache server does not: choose another policy")]
    Future,
    /// The clients of a benchmark write to the database themselves.
    #[error(
        "the clients of a benchmark write to the database themselves, which is no write-behind: \
         --strategy cache-aside"
    )]
    WriteBehind,
    /// Nobody would wait for it.
    #[error("so many reads are too many to simulate ({0:.0}): at most 1,000,000,000")]
    TooLong(f64),
}

fn usable(rate: f64) -> bool {
    rate.is_finite() && rate > 0.0 && rate <= 1e6
}

impl Scan {
    fn check(self, all: u64) -> Result<(), Impossible> {
        let Scan {
            every,
            keys,
            per_second,
        } = self;
        if !usable(per_second) {
            return Err(Impossible::Rate(per_second));
        }
        if keys == 0 || keys > all {
            return Err(Impossible::ScanKeys { keys, all });
        }
        if keys as f64 / per_second > every.as_secs_f64() {
            return Err(Impossible::Scan {
                keys,
                per_second,
                every,
            });
        }
        Ok(())
    }
}

impl Load {
    pub(super) fn check(&self, services: &Services, cache: CacheServer) -> Result<(), Impossible> {
        match self.arrivals {
            Arrivals::Poisson { per_second } | Arrivals::Constant { per_second } => {
                if !usable(per_second) {
                    return Err(Impossible::Rate(per_second));
                }
                let reads = per_second * (self.warmup + self.duration).as_secs_f64();
                if reads > 1e9 {
                    return Err(Impossible::TooLong(reads));
                }
            }
            Arrivals::Closed { clients, think } => {
                if clients == 0 || clients > 100_000 {
                    return Err(Impossible::Clients(clients));
                }
                let at_least = think + services.cache.min(services.database);
                if at_least.is_zero() {
                    return Err(Impossible::NoTime);
                }
            }
        }
        if self.writes_per_second != 0.0 && !usable(self.writes_per_second) {
            return Err(Impossible::Rate(self.writes_per_second));
        }
        if let Some(scan) = self.scan {
            scan.check(self.keys)?;
        }
        check_servers(services, cache)
    }
}

/// Whether there can be such a database and such a cache.
pub(super) fn check_servers(services: &Services, cache: CacheServer) -> Result<(), Impossible> {
    if services.connections == Some(0) {
        return Err(Impossible::NoConnections);
    }
    if cache.capacity == Some(0) {
        return Err(Impossible::NoCapacity);
    }
    if cache.policy == PolicyKind::Opt {
        return Err(Impossible::Future);
    }
    Ok(())
}
