//! What came of a run.

use std::time::Duration;

use hdrhistogram::Histogram;

use crate::cache::aside::Source;
use crate::lab::keys::Rank;

/// What came of a run, after the warm-up. Each read is counted once: hits +
/// shared + misses + early + degraded = reads. Reads that are under way when the time is over
/// are finished and count.
#[derive(Debug, Clone, PartialEq)]
pub struct Outcome {
    /// Reads that were answered.
    pub reads: u64,
    /// Answered by the cache, past the TTL or not.
    pub hits: u64,
    /// Answered with what another read was waiting for.
    pub shared: u64,
    /// Answered by the database before the result in the cache had expired.
    pub early: u64,
    /// Answered by the database, as the cache held nothing.
    pub misses: u64,
    /// Answered by the database, as the cache failed or was left alone.
    pub degraded: u64,
    /// Queries that the database was asked.
    pub database_reads: u64,
    /// Queries for a result that no other query was loading: how often one
    /// began to be missing.
    pub expiries: u64,
    /// The most queries begun or waiting at a time.
    pub most_queries: u64,
    /// Queries begun or waiting when the last read had come.
    pub backlog: u64,
    /// Answers older than what was committed when they were asked for.
    pub stale_reads: u64,
    /// How long before it was asked for the stalest of them had been
    /// overwritten.
    pub stalest: Duration,
    /// Writes that were committed.
    pub writes: u64,
    /// Transactions in which write-behind committed some of these.
    pub flushes: u64,
    /// Writes that were acknowledged, and lost with the cache.
    pub lost_writes: u64,
    /// Writes that were not taken, as they would have overtaken those in a
    /// queue that was out of reach.
    pub refused_writes: u64,
    /// Results that were stored.
    pub stored: u64,
    /// Of these, how many were older than the database when they were stored.
    pub stored_old: u64,
    /// Reads of the most popular key, and how many of them hit.
    pub hottest: (u64, u64),
    /// Results that had to go for others.
    pub evictions: u64,
    /// How long answers took, in nanoseconds, to three digits.
    pub latency: Histogram<u64>,
    /// The course of it, second by second.
    pub seconds: Vec<Second>,
}

/// One second of a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Second {
    /// Reads answered in it.
    pub reads: u64,
    /// Of these, by the cache.
    pub hits: u64,
    /// Queries that the database was asked in it.
    pub database_reads: u64,
}

impl Default for Outcome {
    fn default() -> Outcome {
        Outcome {
            reads: 0,
            hits: 0,
            shared: 0,
            early: 0,
            misses: 0,
            degraded: 0,
            database_reads: 0,
            expiries: 0,
            most_queries: 0,
            backlog: 0,
            stale_reads: 0,
            stalest: Duration::ZERO,
            writes: 0,
            flushes: 0,
            lost_writes: 0,
            refused_writes: 0,
            stored: 0,
            stored_old: 0,
            hottest: (0, 0),
            evictions: 0,
            // Three digits need no bounds, and grow as they must.
            latency: Histogram::new(3).expect("three digits are allowed"),
            seconds: Vec::new(),
        }
    }
}

impl Outcome {
    /// Hits by reads; 0 without reads.
    pub fn hit_ratio(&self) -> f64 {
        self.hits as f64 / self.reads.max(1) as f64
    }

    /// The mean time to an answer.
    pub fn mean_latency(&self) -> Duration {
        Duration::from_nanos(self.latency.mean() as u64)
    }

    /// What `share` of the answers took at most: 0.99 for p99.
    pub fn latency_at(&self, share: f64) -> Duration {
        Duration::from_nanos(self.latency.value_at_quantile(share))
    }

    pub(super) fn answered(&mut self, key: Rank, source: Source, took: Duration, second: usize) {
        self.reads += 1;
        let by_cache = is_hit(source);
        if key == 0 {
            self.hottest.0 += 1;
            self.hottest.1 += u64::from(by_cache);
        }
        if by_cache {
            self.hits += 1;
        } else {
            match source {
                Source::Shared { .. } => self.shared += 1,
                Source::Early { .. } => self.early += 1,
                Source::Degraded | Source::Paused { .. } => self.degraded += 1,
                _ => self.misses += 1,
            }
        }
        let nanos = u64::try_from(took.as_nanos()).unwrap_or(u64::MAX);
        // It grows as it must: only memory could fail.
        let _ = self.latency.record(nanos);
        let second = self.second(second);
        second.reads += 1;
        second.hits += u64::from(by_cache);
    }

    pub(super) fn second(&mut self, number: usize) -> &mut Second {
        if number >= self.seconds.len() {
            self.seconds.resize(number + 1, Second::default());
        }
        &mut self.seconds[number]
    }
}

fn is_hit(source: Source) -> bool {
    matches!(source, Source::Hit { .. } | Source::Stale { .. })
}
