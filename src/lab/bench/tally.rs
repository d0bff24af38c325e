//! What happened to a number of requests.

use std::time::Duration;

use hdrhistogram::Histogram;

use super::{Answer, Served};

/// Nothing takes longer than an hour, or is recorded as if it did not.
const LONGEST_NANOS: u64 = 3_600_000_000_000;

/// A side's requests are looked at in so many parts, one after the other.
pub const PARTS: usize = 60;

/// Hits among the reads that asked the cache.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Part {
    /// Reads that the cache answered.
    pub hits: u64,
    /// Reads that asked it and were answered by it or by the database.
    pub asked: u64,
}

/// Counts, latencies to three significant digits, and times of the parts.
#[derive(Debug, Clone, PartialEq)]
pub struct Tally {
    /// Of reads, from when they should have started.
    latencies: Histogram<u64>,
    /// Of reads, from when they did; in an open loop only.
    service: Option<Histogram<u64>>,
    /// Exact, for means: a histogram's is off by up to half a digit.
    total: Duration,
    /// Time of all requests, reads and writes, from when they did start.
    pub busy: Duration,
    /// Of reads in an open loop, from when they should have started to when
    /// they did.
    pub waited: Duration,
    /// Reads that the database answered on a side without a cache.
    pub direct: u64,
    /// Reads for which the cache held an answer.
    pub hits: u64,
    /// Reads for which it held none.
    pub misses: u64,
    /// Misses among them that got what another reader loaded.
    pub coalesced: u64,
    /// Hits among them that loaded the result anew before it expired.
    pub early: u64,
    /// Results that were loaded anew after a stale answer.
    pub refreshed: u64,
    /// Results that writes loaded anew.
    pub restored: u64,
    /// Reads that the database answered as the cache failed.
    pub fallbacks: u64,
    /// Reads that nobody answered.
    pub failed: u64,
    /// Writes that the database took.
    pub writes: u64,
    /// Writes that it did not take.
    pub failed_writes: u64,
    /// Answers of the cache that were older than the last committed write.
    pub stale: u64,
    /// Time in gets, of all reads together.
    pub get: Duration,
    /// Time in the database, of all reads together.
    pub database: Duration,
    /// Time in sets, of all reads together.
    pub set: Duration,
    /// The hits of each part of the sequence.
    pub parts: [Part; PARTS],
}

impl Tally {
    /// Nothing has happened.
    pub fn new() -> Tally {
        Tally {
            latencies: histogram(),
            service: None,
            total: Duration::ZERO,
            busy: Duration::ZERO,
            waited: Duration::ZERO,
            direct: 0,
            hits: 0,
            misses: 0,
            coalesced: 0,
            early: 0,
            refreshed: 0,
            restored: 0,
            fallbacks: 0,
            failed: 0,
            writes: 0,
            failed_writes: 0,
            stale: 0,
            get: Duration::ZERO,
            database: Duration::ZERO,
            set: Duration::ZERO,
            parts: [Part::default(); PARTS],
        }
    }

    /// Takes in one request of this part of the sequence, which took `latency`
    /// from when it did start.
    pub fn record(&mut self, latency: Duration, served: Served, part: usize) {
        self.count(latency, latency, served, part);
    }

    /// Takes in one request of an open loop: `latency` counts from when it
    /// should have started, `service` from when it did.
    pub fn record_open(
        &mut self,
        latency: Duration,
        service: Duration,
        served: Served,
        part: usize,
    ) {
        if !matches!(served.answer, Answer::Written | Answer::NotWritten) {
            self.service
                .get_or_insert_with(histogram)
                .saturating_record(nanos(service));
            self.waited += latency.saturating_sub(service);
        }
        self.count(latency, service, served, part);
    }

    fn count(&mut self, latency: Duration, service: Duration, served: Served, part: usize) {
        self.busy += service;
        let part = &mut self.parts[part.min(PARTS - 1)];
        match served.answer {
            Answer::Written => {
                self.writes += 1;
                self.restored += served.reloaded;
                return;
            }
            Answer::NotWritten => {
                self.failed_writes += 1;
                return;
            }
            Answer::Direct => self.direct += 1,
            Answer::Hit | Answer::Early => {
                self.hits += 1;
                self.early += u64::from(served.answer == Answer::Early);
                part.hits += 1;
                part.asked += 1;
            }
            Answer::Miss | Answer::Coalesced => {
                self.misses += 1;
                self.coalesced += u64::from(served.answer == Answer::Coalesced);
                part.asked += 1;
            }
            Answer::Fallback => self.fallbacks += 1,
            Answer::Failed => self.failed += 1,
        }
        self.latencies.saturating_record(nanos(latency));
        self.total += latency;
        self.stale += u64::from(served.stale);
        self.refreshed += served.reloaded;
        self.get += served.get;
        self.database += served.database;
        self.set += served.set;
    }

    /// Takes in what another client saw.
    pub fn add(&mut self, other: &Tally) {
        add(&mut self.latencies, &other.latencies);
        if let Some(service) = &other.service {
            add(self.service.get_or_insert_with(histogram), service);
        }
        self.total += other.total;
        self.busy += other.busy;
        self.waited += other.waited;
        self.direct += other.direct;
        self.hits += other.hits;
        self.misses += other.misses;
        self.coalesced += other.coalesced;
        self.early += other.early;
        self.refreshed += other.refreshed;
        self.restored += other.restored;
        self.fallbacks += other.fallbacks;
        self.failed += other.failed;
        self.writes += other.writes;
        self.failed_writes += other.failed_writes;
        self.stale += other.stale;
        self.get += other.get;
        self.database += other.database;
        self.set += other.set;
        for (part, more) in self.parts.iter_mut().zip(&other.parts) {
            part.hits += more.hits;
            part.asked += more.asked;
        }
    }

    /// How many reads there were.
    pub fn reads(&self) -> u64 {
        self.latencies.len()
    }

    /// How many reads and writes there were.
    pub fn requests(&self) -> u64 {
        self.reads() + self.writes + self.failed_writes
    }

    /// The reads' mean latency; zero when there were none.
    pub fn mean(&self) -> Duration {
        mean(self.total, self.reads())
    }

    /// The share of the reads' latency that was waiting for a free client, 0 to 1.
    pub fn share_waited(&self) -> f64 {
        self.waited.as_secs_f64() / self.total.as_secs_f64().max(1e-9)
    }

    /// The latency that this share of reads did not exceed; `quantile` is 0 to 1.
    pub fn quantile(&self, quantile: f64) -> Duration {
        Duration::from_nanos(self.latencies.value_at_quantile(quantile))
    }

    /// As [`quantile`](Self::quantile), from when reads did start: what a
    /// closed loop's tool would have said of an open one. `None` in a closed loop.
    pub fn uncorrected(&self, quantile: f64) -> Option<Duration> {
        let service = self.service.as_ref()?;
        Some(Duration::from_nanos(service.value_at_quantile(quantile)))
    }

    /// The share of reads that took at most `latency`.
    pub fn share_within(&self, latency: Duration) -> f64 {
        if self.latencies.is_empty() {
            return 0.0;
        }
        let nanos = nanos(latency).clamp(1, LONGEST_NANOS);
        self.latencies.quantile_below(nanos)
    }

    /// The smallest latency.
    pub fn min(&self) -> Duration {
        Duration::from_nanos(self.latencies.min())
    }

    /// The largest latency.
    pub fn max(&self) -> Duration {
        Duration::from_nanos(self.latencies.max())
    }

    /// Mean time of a get, over the reads that were answered after one.
    pub fn mean_get(&self) -> Duration {
        mean(self.get, self.hits + self.misses)
    }

    /// Mean time in the database, over the reads that got there.
    pub fn mean_database(&self) -> Duration {
        mean(self.database, self.direct + self.loads() + self.fallbacks)
    }

    /// Mean time of a set, over the reads that loaded what they stored.
    pub fn mean_set(&self) -> Duration {
        mean(self.set, self.loads())
    }

    /// Reads that asked the database and stored its answer.
    fn loads(&self) -> u64 {
        self.misses - self.coalesced + self.early
    }

    /// The share of the reads which asked the cache and needed no more than
    /// its answer, 0 to 1; `None` when none did.
    pub fn spared(&self) -> Option<f64> {
        let answered = self.hits + self.misses;
        let spared = answered - self.loads();
        (answered > 0).then(|| spared as f64 / answered as f64)
    }

    /// Reads that reached the database: those on a side without a cache, misses
    /// less those that got another's load, early and later refreshes, and
    /// fallbacks after errors of the cache.
    pub fn database_reads(&self) -> u64 {
        self.direct + self.loads() + self.refreshed + self.fallbacks
    }
}

impl Default for Tally {
    fn default() -> Tally {
        Tally::new()
    }
}

/// An empty one, to three significant digits.
pub(super) fn histogram() -> Histogram<u64> {
    Histogram::new_with_bounds(1, LONGEST_NANOS, 3)
        .expect("the bounds and 3 digits are what the crate allows")
}

fn add(into: &mut Histogram<u64>, more: &Histogram<u64>) {
    into.add(more).expect("all histograms have the same bounds");
}

pub(super) fn nanos(time: Duration) -> u64 {
    u64::try_from(time.as_nanos()).unwrap_or(u64::MAX)
}

fn mean(total: Duration, n: u64) -> Duration {
    if n == 0 {
        return Duration::ZERO;
    }
    Duration::from_secs_f64(total.as_secs_f64() / n as f64)
}
