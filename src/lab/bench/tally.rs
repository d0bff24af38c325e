//! What happened to a number of requests.

use std::time::Duration;

use hdrhistogram::Histogram;

use super::{Answer, Served};

/// Nothing takes longer than an hour, or is recorded as if it did not.
const LONGEST_NANOS: u64 = 3_600_000_000_000;

/// Counts, latencies to three significant digits, and times of the parts.
#[derive(Debug, Clone, PartialEq)]
pub struct Tally {
    latencies: Histogram<u64>,
    /// Exact, for means: a histogram's is off by up to half a digit.
    total: Duration,
    /// Reads that the cache answered.
    pub hits: u64,
    /// Reads that the database answered as the cache held nothing.
    pub misses: u64,
    /// Reads that the database answered as the cache failed.
    pub fallbacks: u64,
    /// Reads that nobody answered.
    pub failed: u64,
    /// Time in gets, of all reads together.
    pub get: Duration,
    /// Time in the database, of all reads together.
    pub database: Duration,
    /// Time in sets, of all reads together.
    pub set: Duration,
}

impl Tally {
    /// Nothing has happened.
    pub fn new() -> Tally {
        Tally {
            latencies: Histogram::new_with_bounds(1, LONGEST_NANOS, 3)
                .expect("the bounds and 3 digits are what the crate allows"),
            total: Duration::ZERO,
            hits: 0,
            misses: 0,
            fallbacks: 0,
            failed: 0,
            get: Duration::ZERO,
            database: Duration::ZERO,
            set: Duration::ZERO,
        }
    }

    /// Takes in one request that took `latency` in all.
    pub fn record(&mut self, latency: Duration, served: Served) {
        let nanos = u64::try_from(latency.as_nanos()).unwrap_or(u64::MAX);
        self.latencies.saturating_record(nanos);
        self.total += latency;
        match served.answer {
            Answer::Hit => self.hits += 1,
            Answer::Miss => self.misses += 1,
            Answer::Fallback => self.fallbacks += 1,
            Answer::Failed => self.failed += 1,
        }
        self.get += served.get;
        self.database += served.database;
        self.set += served.set;
    }

    /// Takes in what another client saw.
    pub fn add(&mut self, other: &Tally) {
        self.latencies
            .add(&other.latencies)
            .expect("all tallies have the same bounds");
        self.total += other.total;
        self.hits += other.hits;
        self.misses += other.misses;
        self.fallbacks += other.fallbacks;
        self.failed += other.failed;
        self.get += other.get;
        self.database += other.database;
        self.set += other.set;
    }

    /// How many requests there were.
    pub fn requests(&self) -> u64 {
        self.latencies.len()
    }

    /// Their mean latency; zero when there were none.
    pub fn mean(&self) -> Duration {
        mean(self.total, self.requests())
    }

    /// The latency that this share of requests did not exceed; `quantile` is
    /// 0 to 1.
    pub fn quantile(&self, quantile: f64) -> Duration {
        Duration::from_nanos(self.latencies.value_at_quantile(quantile))
    }

    /// The smallest latency.
    pub fn min(&self) -> Duration {
        Duration::from_nanos(self.latencies.min())
    }

    /// The largest latency.
    pub fn max(&self) -> Duration {
        Duration::from_nanos(self.latencies.max())
    }

    /// Mean time of a get, over the reads that made one.
    pub fn mean_get(&self) -> Duration {
        mean(self.get, self.hits + self.misses)
    }

    /// Mean time in the database, over the reads that got there.
    pub fn mean_database(&self) -> Duration {
        mean(self.database, self.misses + self.fallbacks)
    }

    /// Mean time of a set, over the misses.
    pub fn mean_set(&self) -> Duration {
        mean(self.set, self.misses)
    }
}

impl Default for Tally {
    fn default() -> Tally {
        Tally::new()
    }
}

fn mean(total: Duration, n: u64) -> Duration {
    if n == 0 {
        return Duration::ZERO;
    }
    Duration::from_secs_f64(total.as_secs_f64() / n as f64)
}
