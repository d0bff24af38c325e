//! Redis's approximation of LRU: the longest idle of a few samples, and of
//! the best candidates that earlier samples left in a pool of sixteen.
//!
//! As `evict.c` of Redis 7.0 (`allkeys-lru`, `maxmemory-samples`). An object
//! knows its last use on a clock of 24 bits that ticks once a second: objects
//! used within the same second are equally old, and after 194 days idle an
//! object seems new.

use std::time::Duration;

use super::held::Held;
use super::per_slot::PerSlot;
use super::pool::Pool;
use super::{Policy, Slot};
use crate::clock::Time;

/// Redis draws so many keys for each eviction, unless it is told otherwise.
pub const DEFAULT_SAMPLES: usize = 5;

/// What an object's age is read off.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LruClock {
    tick: Duration,
    bits: u32,
}

impl LruClock {
    /// Redis's own: one second, 24 bits.
    pub const REDIS: LruClock = LruClock {
        tick: Duration::from_secs(1),
        bits: 24,
    };

    /// One that tells every two uses apart, for a simulation that has no rate.
    pub const EXACT: LruClock = LruClock {
        tick: Duration::from_nanos(1),
        bits: 64,
    };

    fn at(self, now: Time) -> u64 {
        self.wrapped(now.as_nanos() / self.tick.as_nanos().max(1) as u64)
    }

    fn idle(self, now: Time, used: u64) -> u64 {
        self.wrapped(self.at(now).wrapping_sub(used))
    }

    fn wrapped(self, ticks: u64) -> u64 {
        ticks & (u64::MAX >> (64 - self.bits))
    }
}

/// Sampled LRU.
#[derive(Debug, Clone)]
pub struct SampledLru {
    held: Held,
    used: PerSlot<u64>,
    pool: Pool,
    samples: usize,
    clock: LruClock,
}

impl SampledLru {
    /// Holds nothing yet; looks at `samples` objects for each eviction, at
    /// least one. One seed gives one sequence of draws.
    pub fn new(samples: usize, clock: LruClock, seed: u64) -> SampledLru {
        SampledLru {
            held: Held::new(seed),
            used: PerSlot::default(),
            pool: Pool::default(),
            samples: samples.max(1),
            clock,
        }
    }
}

impl Policy for SampledLru {
    fn name(&self) -> &'static str {
        "redis-lru"
    }

    fn insert(&mut self, slot: Slot, now: Time) {
        self.held.insert(slot);
        self.used.set(slot, self.clock.at(now));
    }

    #[inline]
    fn touch(&mut self, slot: Slot, now: Time) {
        self.used.set(slot, self.clock.at(now));
    }

    fn remove(&mut self, slot: Slot) {
        self.held.remove(slot);
        self.pool.forget(slot);
    }

    fn victim(&mut self, now: Time) -> Option<Slot> {
        let (clock, used) = (self.clock, &self.used);
        self.pool.victim(&mut self.held, self.samples, |slot| {
            clock.idle(now, used.get(slot))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cache::policy::play::played;

    fn at(seconds: u64) -> Time {
        Time::ZERO + Duration::from_secs(seconds)
    }

    #[test]
    fn with_as_many_samples_as_objects_it_is_lru() {
        assert_eq!(
            played(SampledLru::new(10, LruClock::EXACT, 1), 3, "abcadbea"),
            "a:1 b:1 c:1 +a d:b b:c e:a a:d"
        );
    }

    #[test]
    fn the_clock_sees_whole_seconds() {
        let mut policy = SampledLru::new(10, LruClock::REDIS, 1);
        policy.insert(0, at(0));
        policy.insert(1, at(1));
        policy.touch(0, at(1));
        // Both were used in the same second: neither is older.
        assert_eq!(policy.clock.idle(at(2), policy.used.get(0)), 1);
        assert_eq!(policy.clock.idle(at(2), policy.used.get(1)), 1);
    }

    #[test]
    fn the_clock_wraps_after_24_bits() {
        let clock = LruClock::REDIS;
        assert_eq!(clock.idle(at(1 << 24), clock.at(at(10))), (1 << 24) - 10);
        assert_eq!(clock.idle(at((1 << 24) + 10), clock.at(at(10))), 0);
        assert_eq!(
            clock.idle(at((1 << 24) + 3), clock.at(at((1 << 24) - 2))),
            5
        );
    }

    #[test]
    fn five_samples_rarely_take_what_was_used_last() {
        let mut policy = SampledLru::new(DEFAULT_SAMPLES, LruClock::EXACT, 1);
        for slot in 0..1_000 {
            policy.insert(slot, Time::from_nanos(u64::from(slot)));
        }
        for n in 0..500u64 {
            let victim = policy.victim(Time::from_nanos(1_000 + n)).unwrap();
            assert!(victim < 900, "eviction {n} took {victim}");
            policy.remove(victim);
        }
    }
}
