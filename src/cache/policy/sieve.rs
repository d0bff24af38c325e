//! SIEVE: a queue that is never reordered, and a hand that walks from old to
//! new and takes the first object that was not used since it last came by.
//!
//! Y. Zhang, J. Yang, Y. Yue, Y. Vigfusson, K. V. Rashmi, "SIEVE is simpler
//! than LRU", NSDI 2024, algorithm 1.

use super::list::SlotList;
use super::per_slot::PerSlot;
use super::{Policy, Slot};
use crate::clock::Time;

/// Unlike CLOCK, a survivor keeps its place, so that newcomers are sorted out
/// soon.
#[derive(Debug, Clone)]
pub struct Sieve {
    order: SlotList,
    visited: PerSlot<bool>,
    /// Where the hand stands; `None`: at the oldest.
    hand: Option<Slot>,
}

impl Sieve {
    /// Holds nothing yet.
    pub fn new() -> Sieve {
        Sieve {
            order: SlotList::new(),
            visited: PerSlot::default(),
            hand: None,
        }
    }
}

impl Default for Sieve {
    fn default() -> Sieve {
        Sieve::new()
    }
}

impl Policy for Sieve {
    fn name(&self) -> &'static str {
        "sieve"
    }

    fn insert(&mut self, slot: Slot, _now: Time) {
        self.order.push_newest(slot);
        self.visited.set(slot, false);
    }

    #[inline]
    fn touch(&mut self, slot: Slot, _now: Time) {
        self.visited.set(slot, true);
    }

    fn remove(&mut self, slot: Slot) {
        if self.hand == Some(slot) {
            self.hand = self.order.newer(slot);
        }
        self.order.unlink(slot);
    }

    fn victim(&mut self, _now: Time) -> Option<Slot> {
        let mut at = self.hand.or(self.order.oldest())?;
        while self.visited.get(at) {
            self.visited.set(at, false);
            at = self.order.newer(at).or(self.order.oldest())?;
        }
        self.hand = Some(at);
        Some(at)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cache::policy::play::played;

    #[test]
    fn the_hand_stays_where_it_took_the_last() {
        // d: the hand passes a (used), takes b and stands at c. e: takes c,
        // though a is older and unused by now. f: takes d, not a.
        assert_eq!(
            played(Sieve::new(), 3, "abcadefa"),
            "a:1 b:1 c:1 +a d:b e:c f:d +a"
        );
    }

    #[test]
    fn at_the_newest_end_the_hand_starts_again_at_the_oldest() {
        assert_eq!(
            played(Sieve::new(), 2, "abababcd"),
            "a:1 b:1 +a +b +a +b c:a d:b"
        );
    }
}
