//! Redis's approximation of LFU: the least used of a few samples, by a
//! counter of 8 bits that grows with the logarithm of the uses and decays
//! with time.
//!
//! As `evict.c` of Redis 7.0 (`allkeys-lfu`): a use adds one with the
//! probability 1 / ((counter - 5) * `lfu-log-factor` + 1); each
//! `lfu-decay-time` without a use takes one away. New objects start at 5.

use std::time::Duration;

use super::held::Held;
use super::per_slot::PerSlot;
use super::pool::Pool;
use super::{Policy, Slot};
use crate::clock::Time;

/// What a new object starts with, so that it is not evicted at once.
const INITIAL: u8 = 5;

/// How the counter moves; the default is Redis's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Aging {
    /// `lfu-log-factor`: with 10, a million uses fill the counter.
    pub log_factor: u32,
    /// `lfu-decay-time`, in whole minutes in Redis; zero: never.
    pub decay: Duration,
}

impl Default for Aging {
    fn default() -> Aging {
        Aging {
            log_factor: 10,
            decay: Duration::from_secs(60),
        }
    }
}

/// What is kept of an object: 24 bits in Redis.
#[derive(Debug, Clone, Copy, Default)]
struct Used {
    /// The minute of the last use, modulo 2^16.
    minute: u16,
    counter: u8,
}

/// Sampled LFU.
#[derive(Debug, Clone)]
pub struct SampledLfu {
    held: Held,
    used: PerSlot<Used>,
    pool: Pool,
    samples: usize,
    aging: Aging,
}

impl SampledLfu {
    /// Holds nothing yet; looks at `samples` objects for each eviction, at
    /// least one. One seed gives one sequence of draws.
    pub fn new(samples: usize, aging: Aging, seed: u64) -> SampledLfu {
        SampledLfu {
            held: Held::new(seed),
            used: PerSlot::default(),
            pool: Pool::default(),
            samples: samples.max(1),
            aging,
        }
    }

    /// The counter of a held object as it stands at `now`: what `OBJECT FREQ`
    /// tells.
    pub fn frequency(&self, slot: Slot, now: Time) -> u8 {
        decayed(self.used.get(slot), self.aging, now)
    }
}

fn minute_of(now: Time) -> u16 {
    (now.as_nanos() / 60_000_000_000) as u16
}

fn decayed(used: Used, aging: Aging, now: Time) -> u8 {
    let minutes = aging.decay.as_secs() / 60;
    let idle = u64::from(minute_of(now).wrapping_sub(used.minute));
    let periods = idle.checked_div(minutes).unwrap_or(0);
    used.counter
        .saturating_sub(u8::try_from(periods).unwrap_or(u8::MAX))
}

impl Policy for SampledLfu {
    fn name(&self) -> &'static str {
        "redis-lfu"
    }

    fn insert(&mut self, slot: Slot, now: Time) {
        self.held.insert(slot);
        let new = Used {
            minute: minute_of(now),
            counter: INITIAL,
        };
        self.used.set(slot, new);
    }

    fn touch(&mut self, slot: Slot, now: Time) {
        let counter = self.frequency(slot, now);
        let above = u64::from(counter.saturating_sub(INITIAL));
        // Drawn r of 2^32 below 1 / (above * factor + 1).
        let odds = above * u64::from(self.aging.log_factor) + 1;
        let grows = u64::from(self.held.draw_bits()) * odds < 1 << 32;
        let used = Used {
            minute: minute_of(now),
            counter: counter.saturating_add(u8::from(grows)),
        };
        self.used.set(slot, used);
    }

    fn remove(&mut self, slot: Slot) {
        self.held.remove(slot);
        self.pool.forget(slot);
    }

    fn victim(&mut self, now: Time) -> Option<Slot> {
        let (aging, used) = (self.aging, &self.used);
        self.pool.victim(&mut self.held, self.samples, |slot| {
            u64::from(u8::MAX - decayed(used.get(slot), aging, now))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn minutes(n: u64) -> Time {
        Time::ZERO + Duration::from_secs(60 * n)
    }

    #[test]
    fn the_counter_grows_with_the_logarithm_of_the_uses() {
        // Redis's own table (redis.conf) for factor 10: 100 uses 10, 1,000
        // uses 18, 100,000 uses 142.
        for (uses, expected) in [(100, 10), (1_000, 18), (100_000, 142)] {
            let runs = 20;
            let sum: u32 = (0..runs)
                .map(|seed| {
                    let mut policy = SampledLfu::new(5, Aging::default(), seed);
                    policy.insert(0, Time::ZERO);
                    (0..uses).for_each(|_| policy.touch(0, Time::ZERO));
                    u32::from(policy.frequency(0, Time::ZERO))
                })
                .sum();
            let mean = f64::from(sum) / runs as f64;
            let error = (mean / f64::from(expected) - 1.0).abs();
            assert!(error < 0.1, "{uses} uses: {mean}, not {expected}");
        }
    }

    #[test]
    fn a_minute_without_a_use_takes_one_away() {
        let mut policy = SampledLfu::new(5, Aging::default(), 1);
        policy.insert(0, minutes(10));
        assert_eq!(policy.frequency(0, minutes(10)), 5);
        assert_eq!(policy.frequency(0, minutes(13)), 2);
        assert_eq!(policy.frequency(0, minutes(99)), 0);
    }

    #[test]
    fn the_least_used_of_the_samples_goes() {
        let mut policy = SampledLfu::new(10, Aging::default(), 1);
        for slot in 0..3 {
            policy.insert(slot, Time::ZERO);
        }
        policy.touch(0, Time::ZERO);
        policy.touch(2, Time::ZERO);
        assert_eq!(policy.victim(Time::ZERO), Some(1));
    }
}
