//! What reads through the cache cost, and whether it pays.

use std::collections::VecDeque;
use std::time::Duration;

use super::server::info_field;

/// The three costs of cache-aside and how often the cache answers.
///
/// With D a database read, R a cache read, W a cache write and h the hit
/// ratio, a cached read costs `R + (1-h)(D + W)` on average: each read asks
/// the cache, and a miss pays for the database and for storing the result.
/// It is cheaper than D alone when `D > (R + (1-h)W) / h`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct CostModel {
    /// D: the database's time for one read.
    pub database: Duration,
    /// R: asking the cache, decoding included.
    pub get: Duration,
    /// W: storing a result, encoding included.
    pub set: Duration,
    /// h: hits among the reads that asked the cache, 0 to 1.
    pub hit_ratio: f64,
}

impl CostModel {
    /// What a read costs on average through the cache.
    pub fn average(&self) -> Duration {
        let miss = 1.0 - self.hit_ratio;
        let (d, r, w) = self.seconds();
        Duration::from_secs_f64(r + miss * (d + w))
    }

    /// The database time above which the cache pays at this hit ratio; `None`
    /// when nothing ever hits.
    pub fn break_even(&self) -> Option<Duration> {
        if self.hit_ratio <= 0.0 {
            return None;
        }
        let miss = 1.0 - self.hit_ratio;
        let (_, r, w) = self.seconds();
        Duration::try_from_secs_f64((r + miss * w) / self.hit_ratio).ok()
    }

    /// Whether a read through the cache is cheaper than one without.
    pub fn pays(&self) -> bool {
        self.average() < self.database
    }

    fn seconds(&self) -> (f64, f64, f64) {
        (
            self.database.as_secs_f64(),
            self.get.as_secs_f64(),
            self.set.as_secs_f64(),
        )
    }
}

/// Counts and costs of a layer's reads so far.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Stats {
    /// Reads that the cache answered.
    pub hits: u64,
    /// Reads that asked the cache and got nothing, or nothing that can be used.
    pub misses: u64,
    /// Hits and lookups among the last lookups, up to 100 of them.
    pub lately: (u64, u64),
    /// Hits among them that were past their TTL.
    pub stale: u64,
    /// Misses among them that waited for another reader's rows, and did not
    /// ask the database.
    pub shared: u64,
    /// Misses among them that had a result, but loaded it anew before it
    /// expired.
    pub early: u64,
    /// Reads that may not be cached.
    pub bypasses: u64,
    /// Reads that the database answered because the cache failed.
    pub degraded: u64,
    /// Cache commands that failed, or brought what could not be understood.
    pub errors: u64,
    /// Results that writes dropped.
    pub dropped: u64,
    /// Results that may be in the cache now.
    pub stored: u64,
    /// D: the mean database time over the last reads, a hit counting
    /// with the time its result took when it was loaded.
    pub database: Option<Duration>,
    /// R: the mean of asking the cache, decoding included.
    pub get: Option<Duration>,
    /// W: the mean of storing, encoding included.
    pub set: Option<Duration>,
    /// Write-behind's queue, with that strategy.
    pub queue: Option<QueueStats>,
}

/// What became of the writes that were acknowledged before the database had
/// them: acknowledged = waiting + flushed + refused + lost.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct QueueStats {
    /// Writes in the queue now.
    pub waiting: u64,
    /// How many it takes.
    pub most: u64,
    /// Writes that were put into it.
    pub acknowledged: u64,
    /// Of these, the writes that the database has.
    pub flushed: u64,
    /// In so many transactions.
    pub flushes: u64,
    /// Those that the database refused when their turn came.
    pub refused: u64,
    /// Those that the cache server did not have any more.
    pub lost: u64,
    /// The mean of putting a write into the queue.
    pub push: Option<Duration>,
    /// The database's time for what it was given, in all.
    pub database: Duration,
}

impl Stats {
    /// Reads that asked the cache and got its answer.
    pub fn lookups(&self) -> u64 {
        self.hits + self.misses
    }

    /// Hits among the lookups; `None` before the first.
    pub fn hit_ratio(&self) -> Option<f64> {
        (self.lookups() > 0).then(|| self.hits as f64 / self.lookups() as f64)
    }

    /// The costs as a model; `None` until each was measured once.
    pub fn model(&self) -> Option<CostModel> {
        Some(CostModel {
            database: self.database?,
            get: self.get?,
            set: self.set?,
            hit_ratio: self.hit_ratio()?,
        })
    }
}

/// What a cache server says of its own memory.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Memory {
    /// What it uses, in bytes.
    pub used: u64,
    /// What it may use; `None`: no limit.
    pub limit: Option<u64>,
    /// Entries it has evicted since it started.
    pub evicted: u64,
}

impl Memory {
    /// Reads it from the reply to INFO; `None` when that does not say.
    pub fn from_info(info: &str) -> Option<Memory> {
        let field = |name: &str| -> Option<u64> { info_field(info, name)?.parse().ok() };
        Some(Memory {
            used: field("used_memory")?,
            limit: field("maxmemory").filter(|&limit| limit > 0),
            evicted: field("evicted_keys").unwrap_or(0),
        })
    }
}

/// Whether each of the last lookups hit.
#[derive(Debug, Clone, Default)]
pub(crate) struct Lately(VecDeque<bool>);

impl Lately {
    const LENGTH: usize = 100;

    pub(crate) fn push(&mut self, hit: bool) {
        if self.0.len() == Lately::LENGTH {
            self.0.pop_front();
        }
        self.0.push_back(hit);
    }

    /// Hits and lookups.
    pub(crate) fn counts(&self) -> (u64, u64) {
        let hits = self.0.iter().filter(|hit| **hit).count();
        (hits as u64, self.0.len() as u64)
    }
}

/// The last durations of one kind.
#[derive(Debug, Clone, Default)]
pub(crate) struct Window(VecDeque<Duration>);

impl Window {
    const LENGTH: usize = 1000;

    /// Notes `time`, if there was one.
    pub(crate) fn push(&mut self, time: Option<Duration>) {
        let Some(time) = time else { return };
        if self.0.len() == Window::LENGTH {
            self.0.pop_front();
        }
        self.0.push_back(time);
    }

    /// The mean: what reads cost adds up, so a slow query among fast ones
    /// counts with all its time. A median would forget it.
    pub(crate) fn mean(&self) -> Option<Duration> {
        let reads = u32::try_from(self.0.len()).ok().filter(|&n| n > 0)?;
        Some(self.0.iter().sum::<Duration>() / reads)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn micros(n: u64) -> Duration {
        Duration::from_micros(n)
    }

    #[test]
    fn the_model_agrees_with_a_sum_over_reads() {
        let model = CostModel {
            database: micros(4660),
            get: micros(20),
            set: micros(30),
            hit_ratio: 0.5,
        };
        // A miss: 20 + 4660 + 30, a hit: 20.
        assert_eq!(model.average(), micros((4710 + 20) / 2));
        assert_eq!(model.break_even(), Some(micros(70)));
        assert!(model.pays());
    }

    #[test]
    fn at_the_break_even_the_cache_neither_costs_nor_saves() {
        let mut model = CostModel {
            database: micros(1),
            get: micros(20),
            set: micros(30),
            hit_ratio: 0.8,
        };
        model.database = model.break_even().unwrap();
        let difference = model.average().abs_diff(model.database);
        assert!(difference < Duration::from_nanos(2), "{difference:?}");
        model.hit_ratio = 0.0;
        assert_eq!(model.break_even(), None);
        assert!(!model.pays());
    }

    #[test]
    fn the_last_hundred_lookups_are_lately() {
        let mut lately = Lately::default();
        for i in 0..250 {
            lately.push(i >= 200);
        }
        assert_eq!(lately.counts(), (50, 100));
    }

    #[test]
    fn memory_is_what_info_says() {
        let info = "# Memory\r\nused_memory:1024\r\nused_memory_human:1.00K\r\n\
                    maxmemory:0\r\n# Stats\r\nevicted_keys:7\r\n";
        let memory = Memory::from_info(info).unwrap();
        assert_eq!(
            memory,
            Memory {
                used: 1024,
                limit: None,
                evicted: 7
            }
        );
        assert_eq!(Memory::from_info("redis_version:7"), None);
    }

    #[test]
    fn the_mean_weighs_all_and_forgets_what_is_long_ago() {
        let mut window = Window::default();
        assert_eq!(window.mean(), None);
        window.push(Some(micros(9)));
        assert_eq!(window.mean(), Some(micros(9)));
        window.push(Some(micros(1)));
        assert_eq!(window.mean(), Some(micros(5)));
        for _ in 0..Window::LENGTH {
            window.push(Some(micros(1)));
        }
        assert_eq!(window.mean(), Some(micros(1)));
        assert_eq!(window.0.len(), Window::LENGTH);
    }
}
