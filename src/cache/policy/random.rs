//! Random: any object may go.
//!
//! For independent requests its hit ratio equals that of FIFO (E. Gelenbe, "A
//! unified approach to the evaluation of a class of replacement algorithms",
//! 1973), without keeping an order.

use super::held::Held;
use super::{Policy, Slot};
use crate::clock::Time;

/// Evicts a seeded draw among all that is held.
#[derive(Debug, Clone)]
pub struct Random {
    held: Held,
}

impl Random {
    /// Holds nothing yet. One seed gives one sequence of draws.
    pub fn new(seed: u64) -> Random {
        Random {
            held: Held::new(seed),
        }
    }
}

impl Policy for Random {
    fn name(&self) -> &'static str {
        "random"
    }

    fn insert(&mut self, slot: Slot, _now: Time) {
        self.held.insert(slot);
    }

    #[inline]
    fn touch(&mut self, _slot: Slot, _now: Time) {}

    fn remove(&mut self, slot: Slot) {
        self.held.remove(slot);
    }

    fn victim(&mut self, _now: Time) -> Option<Slot> {
        self.held.draw()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_object_goes_equally_often() {
        let mut policy = Random::new(1);
        for slot in 0..4 {
            policy.insert(slot, Time::ZERO);
        }
        let mut evicted = [0; 4];
        for _ in 0..4_000 {
            let victim = policy.victim(Time::ZERO).unwrap();
            evicted[victim as usize] += 1;
            policy.remove(victim);
            policy.insert(victim, Time::ZERO);
        }
        // Binomial: 1,000 +- 27 each.
        assert!(
            evicted.iter().all(|n| (890..1110).contains(n)),
            "{evicted:?}"
        );
    }
}
