//! A read through the cache: what it asks, and what came of it.

use std::fmt;
use std::time::Duration;

use crate::cache::cacheable::{StatementFacts, Uncacheable};
use crate::cache::connection::Fault;
use crate::sandbox::{ResultSet, Value};
use crate::units;

/// A statement to answer.
#[derive(Debug, Clone, Copy)]
pub struct Read<'a> {
    /// Its text.
    pub sql: &'a str,
    /// The values of its parameters, in order.
    pub params: &'a [Value],
    /// What SQLite says of it.
    pub facts: &'a StatementFacts,
}

/// An answer, and how it came about.
#[derive(Debug, Clone, PartialEq)]
pub struct Served {
    /// The answer.
    pub rows: ResultSet,
    /// Who gave it.
    pub outcome: Outcome,
    /// What it cost.
    pub times: Times,
}

/// Who answered a read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// The cache.
    Hit {
        /// How old the answer is.
        age: Duration,
        /// How much longer it may be given; `None`: no TTL.
        ttl_left: Option<Duration>,
        /// What the database took for it when it was stored.
        database: Duration,
    },
    /// The database, because the cache had nothing.
    Miss {
        /// Why the next read will not find it either, if so.
        not_stored: Option<NotStored>,
    },
    /// The cache, after its TTL: stale-while-revalidate.
    Stale {
        /// How old the answer is.
        age: Duration,
        /// For how long it has been stale.
        by: Duration,
        /// What the database took for it when it was stored.
        database: Duration,
    },
    /// Another reader's load of the same result, which this one waited for.
    Shared {
        /// For how long it waited.
        waited: Duration,
    },
    /// The database, before the cached result expired: XFetch.
    Early {
        /// How much longer that one would have lived.
        ttl_left: Duration,
        /// Why the next read will not find the new one, if so.
        not_stored: Option<NotStored>,
    },
    /// The database, because the statement may not be cached.
    Bypassed {
        /// The reason.
        why: Uncacheable,
    },
    /// The database, because the cache failed.
    Degraded {
        /// How.
        why: Degradation,
    },
}

/// Why an answer was not put into the cache.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NotStored {
    /// It takes this many bytes, more than an entry should.
    TooLarge(usize),
    /// The server did not take it.
    Failed(Fault),
}

/// How the cache failed a read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Degradation {
    /// It was asked in vain.
    Failed(Fault),
    /// It failed often, and is not asked for a while.
    Paused {
        /// Until it is tried again.
        left: Duration,
    },
}

impl fmt::Display for NotStored {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            NotStored::TooLarge(size) => {
                write!(
                    f,
                    "its {} are too much for one entry",
                    units::bytes(*size as u64)
                )
            }
            NotStored::Failed(fault) => fault.fmt(f),
        }
    }
}

impl fmt::Display for Degradation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Degradation::Failed(fault) => fault.fmt(f),
            Degradation::Paused { left } => write!(
                f,
                "the cache server failed repeatedly; asking it again in {} s",
                left.as_secs_f64().ceil()
            ),
        }
    }
}

/// What the parts of a read took; `None` for what was not done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Times {
    /// Asking the cache, decoding its answer included.
    pub get: Option<Duration>,
    /// The part of `get` that was decoding.
    pub decode: Option<Duration>,
    /// The database.
    pub database: Option<Duration>,
    /// Storing in the cache, encoding included.
    pub set: Option<Duration>,
    /// Asking for the lock.
    pub lock: Option<Duration>,
    /// Waiting for another reader.
    pub waited: Option<Duration>,
    /// Loading the result anew after a stale one was answered: no part of
    /// what the answer took.
    pub refresh: Option<Duration>,
}

impl Times {
    /// The sum of the parts.
    pub fn total(&self) -> Duration {
        [self.get, self.lock, self.waited, self.database, self.set]
            .into_iter()
            .flatten()
            .sum()
    }
}

/// What a write did to cached results.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Dropped {
    /// This many were deleted from the cache.
    Deleted(u64),
    /// Write-through: results were loaded and stored anew.
    Restored {
        /// How many.
        results: u64,
        /// How many others were deleted, or could not be stored.
        deleted: u64,
        /// What that took, which the writer waited for.
        took: Duration,
    },
    /// The cache could not be told; they will not be answered nevertheless.
    Unused {
        /// How many.
        results: u64,
        /// Why it could not be told.
        why: Degradation,
    },
}

impl Dropped {
    /// How many old results are out of use.
    pub fn results(&self) -> u64 {
        match self {
            Dropped::Deleted(results) | Dropped::Unused { results, .. } => *results,
            Dropped::Restored {
                results, deleted, ..
            } => results + deleted,
        }
    }
}
