//! What was measured, and the figures of each side.

use std::time::Duration;

use super::Machine;
use crate::cache::stats::CostModel;
use crate::lab::bench::{Arm, Indexes, Measured, ServerCounts, Tally};
use crate::lab::simulate::{BadLines, CurvePoint};
use crate::lab::workload::{Load, Workload};

/// What was really run: the workload and what a flag changed of it.
#[derive(Debug, Clone, PartialEq)]
pub struct Used {
    /// With the clients, requests, rounds and warm-up that were used.
    pub workload: Workload,
    /// How many different results there were.
    pub keys: u64,
    /// The seed of the requests.
    pub seed: u64,
    /// The label of the data, such as `shop@small`.
    pub data: String,
    /// Where it ran.
    pub machine: Machine,
    /// The trace that it played, if it played one.
    pub trace: Option<Traced>,
}

/// What was made of a trace.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Traced {
    /// Requests that were played, or could have been.
    pub requests: u64,
    /// Writes that the workload has no statement for.
    pub left_out: u64,
    /// Lines that could not be read.
    pub bad: BadLines,
    /// Whether its requests came at its times.
    pub is_open: bool,
    /// Whether its keys are values of the data; else they stand for those, in
    /// the order in which they first come.
    pub by_name: bool,
}

impl Used {
    /// Whether requests came at their times, however long the others took.
    pub fn is_open(&self) -> bool {
        let at_its_times = self.trace.as_ref().is_some_and(|trace| trace.is_open);
        at_its_times || matches!(self.workload.load, Load::Open { .. })
    }
}

/// The cache server and how full it was.
#[derive(Debug, Clone, PartialEq)]
pub struct CacheUsed {
    /// `redis`, `valkey` or `builtin`.
    pub name: String,
    /// Its own version.
    pub version: String,
    /// Where it listens.
    pub address: String,
    /// What it evicts when it is full, as `allkeys-lru`; `None` if it does not say.
    pub policy: Option<String>,
    /// Whether it tells an object's age in whole seconds only.
    pub coarse_clock: bool,
    /// How many results it was to hold; `None` when its size was not ours to set.
    pub wanted: Option<u64>,
    /// How many results it held, on average over the ends of the rounds.
    pub held: Option<u64>,
    /// Bytes it was bounded to; `None` if it was not.
    pub maxmemory: Option<u64>,
}

/// A look at a cache's results after the last round.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Audit {
    /// Of which side.
    pub arm: Arm,
    /// How many were compared with the database.
    pub compared: u64,
    /// How many of those differed.
    pub stale: u64,
}

/// All that was measured.
#[derive(Debug, Clone, PartialEq)]
pub struct Measurements {
    /// The cache servers of the sides that have one.
    pub caches: Vec<(Arm, CacheUsed)>,
    /// The sides, in the order of their columns.
    pub sides: Vec<Measured>,
    /// The indexes of the indexed sides; `None` when nobody asked for one.
    pub indexes: Option<Indexes>,
    /// One for each cache server.
    pub audits: Vec<Audit>,
    /// How many results each cache was to hold.
    pub wanted: u64,
    /// In an open loop, the time in which a side's requests should have started,
    /// all rounds together.
    pub offered: Option<Duration>,
    /// The hit ratio of an exact LRU on this very sequence of reads, by its
    /// size; none where it says nothing, as with writes.
    pub curve: Vec<CurvePoint>,
    /// The hit ratio of an exact LRU whose results expire, on this very sequence
    /// at the pace of each side; none where something else happens to results.
    pub with_ttl: Vec<(Arm, f64)>,
}

/// A hit ratio computed beforehand.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Predicted {
    /// The hit ratio of the counted requests, cold start included.
    pub hit_ratio: f64,
    /// T, in requests; infinite when everything fits, and where it was not
    /// needed.
    pub characteristic_time: f64,
    /// Whether it comes from this very sequence of reads; else from their
    /// probabilities.
    pub from_sequence: bool,
}

/// The slowest and fastest round, in requests a second.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Spread {
    /// The slowest.
    pub min: f64,
    /// The fastest.
    pub max: f64,
}

/// One side's figures.
#[derive(Debug, Clone, PartialEq)]
pub struct ArmReport {
    /// Which side.
    pub arm: Arm,
    /// Reads. Without a cache all are direct; with one they are hits + misses
    /// + errors.
    pub requests: u64,
    /// Reads a second over all rounds.
    pub throughput: f64,
    /// The time of its rounds.
    pub elapsed: Duration,
    /// Over the rounds.
    pub spread: Spread,
    /// Latency percentiles and counts.
    pub tally: Tally,
    /// Hits among the reads that the cache answered; `None` without a cache.
    pub hit_ratio: Option<f64>,
    /// What theory expected; `None` without a cache, or without a theory.
    pub predicted: Option<Predicted>,
    /// D, R, W and h: D of the side that differs by the cache alone.
    pub model: Option<CostModel>,
    /// Reads that reached the database: direct ones, misses and fallbacks.
    pub database_reads: u64,
    /// Answers that were older than the last write: of those that counted,
    /// and of those that were compared afterwards.
    pub stale_reads: u64,
    /// How many results of its cache were compared with the database afterwards.
    pub compared: u64,
    /// Reads that the cache or the database failed.
    pub errors: u64,
    /// What its cache server itself counted.
    pub server: Option<ServerCounts>,
}

impl ArmReport {
    pub(super) fn new(
        side: Measured,
        predicted: Option<Predicted>,
        audit: Option<&Audit>,
    ) -> ArmReport {
        let tally = side.tally;
        let has_cache = side.arm.has_cache();
        let answered = tally.hits + tally.misses;
        let rounds = side.rounds.iter().copied();
        ArmReport {
            arm: side.arm,
            requests: tally.reads(),
            throughput: tally.reads() as f64 / side.elapsed.as_secs_f64().max(1e-9),
            elapsed: side.elapsed,
            spread: Spread {
                min: rounds.clone().reduce(f64::min).unwrap_or(0.0),
                max: rounds.reduce(f64::max).unwrap_or(0.0),
            },
            hit_ratio: (has_cache && answered > 0).then(|| tally.hits as f64 / answered as f64),
            predicted: predicted.filter(|_| has_cache),
            model: None,
            database_reads: tally.database_reads(),
            stale_reads: tally.stale + audit.map_or(0, |audit| audit.stale),
            compared: audit.map_or(0, |audit| audit.compared),
            errors: tally.fallbacks + tally.failed,
            server: side.server,
            tally,
        }
    }

    /// How many times the fastest round did what the slowest did.
    pub fn noise(&self) -> f64 {
        self.spread.max / self.spread.min.max(1e-9)
    }
}
