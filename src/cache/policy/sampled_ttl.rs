//! Redis's `volatile-ttl`: of a few samples, and of the best candidates that
//! earlier samples left in a pool of sixteen, what expires soonest.
//!
//! As `evict.c` of Redis 7.0.

use super::held::Held;
use super::per_slot::PerSlot;
use super::pool::Pool;
use super::{Policy, Slot};
use crate::clock::Time;

/// Sampled shortest time to live.
#[derive(Debug, Clone)]
pub struct SampledTtl {
    held: Held,
    ends: PerSlot<u64>,
    pool: Pool,
    samples: usize,
}

impl SampledTtl {
    /// Holds nothing yet; looks at `samples` objects for each eviction, at
    /// least one. One seed gives one sequence of draws.
    pub fn new(samples: usize, seed: u64) -> SampledTtl {
        SampledTtl {
            held: Held::new(seed),
            ends: PerSlot::default(),
            pool: Pool::default(),
            samples: samples.max(1),
        }
    }
}

impl Policy for SampledTtl {
    fn name(&self) -> &'static str {
        "redis-ttl"
    }

    fn insert(&mut self, slot: Slot, _now: Time) {
        self.held.insert(slot);
        self.ends.set(slot, u64::MAX);
    }

    #[inline]
    fn touch(&mut self, _slot: Slot, _now: Time) {}

    fn set_end(&mut self, slot: Slot, unix_ms: i64) {
        self.ends.set(slot, u64::try_from(unix_ms).unwrap_or(0));
    }

    fn remove(&mut self, slot: Slot) {
        self.held.remove(slot);
        self.pool.forget(slot);
    }

    fn victim(&mut self, _now: Time) -> Option<Slot> {
        let ends = &self.ends;
        self.pool.victim(&mut self.held, self.samples, |slot| {
            u64::MAX - ends.get(slot)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_to_end_of_the_samples_goes() {
        let mut policy = SampledTtl::new(10, 1);
        for slot in 0..4 {
            policy.insert(slot, Time::ZERO);
        }
        policy.set_end(0, 3_000);
        policy.set_end(1, 1_000);
        policy.set_end(2, 2_000);
        assert_eq!(policy.victim(Time::ZERO), Some(1));
        policy.remove(1);
        assert_eq!(policy.victim(Time::ZERO), Some(2));
    }
}
