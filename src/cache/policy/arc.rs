//! ARC: an LRU list of objects seen once and one of objects seen again, whose
//! shares follow from which of the two would have kept what was evicted.
//!
//! N. Megiddo, D. S. Modha, "ARC: a self-tuning, low overhead replacement
//! cache", FAST 2003, figure 4. Weights generalise it from pages to objects of
//! any size: lengths become weights, and steps are as large as the object.

use super::ghosts::Ghosts;
use super::per_slot::PerSlot;
use super::queue::Queue;
use super::{Arrival, Policy, Slot};
use crate::clock::Time;

/// Where an arriving object was seen before.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
enum Seen {
    /// Not that anybody remembers.
    #[default]
    Never,
    /// Evicted after one use.
    Once,
    /// Evicted after several.
    Often,
}

/// Adaptive replacement. It remembers about as many evicted objects as it
/// holds.
#[derive(Debug, Clone)]
pub struct Arc {
    capacity: u64,
    /// What `once` should weigh: p in the paper.
    target: u64,
    once: Queue,
    often: Queue,
    evicted_once: Ghosts,
    evicted_often: Ghosts,
    objects: PerSlot<(Arrival, bool)>,
    arriving: (Arrival, Seen),
    /// The slot last named as the victim: removing it is an eviction.
    leaving: Option<Slot>,
}

impl Arc {
    /// Holds nothing yet. `capacity` is what its owner will hold at most, in
    /// the unit of [`Arrival::weight`].
    pub fn new(capacity: u64) -> Arc {
        Arc {
            capacity,
            target: 0,
            once: Queue::new(),
            often: Queue::new(),
            evicted_once: Ghosts::default(),
            evicted_often: Ghosts::default(),
            objects: PerSlot::default(),
            arriving: (Arrival::default(), Seen::Never),
            leaving: None,
        }
    }

    /// How far the target moves for an object that `hit` remembers.
    fn step(arrival: Arrival, hit: u64, other: u64) -> u64 {
        let ratio = (other / hit.max(1)).max(1);
        ratio.saturating_mul(arrival.weight)
    }

    fn recall(&mut self, arrival: Arrival) -> Seen {
        let (once, often) = (self.evicted_once.weight(), self.evicted_often.weight());
        if self.evicted_once.forget(arrival.id) {
            let step = Arc::step(arrival, once, often);
            self.target = self.target.saturating_add(step).min(self.capacity);
            return Seen::Once;
        }
        if self.evicted_often.forget(arrival.id) {
            let step = Arc::step(arrival, often, once);
            self.target = self.target.saturating_sub(step);
            return Seen::Often;
        }
        Seen::Never
    }

    /// Memories are as long as the cache is large: one list with its ghosts at
    /// most once, everything at most twice.
    fn forget_what_is_too_much(&mut self) {
        while self.once.weight() + self.evicted_once.weight() > self.capacity
            && !self.evicted_once.is_empty()
        {
            self.evicted_once.forget_oldest();
        }
        let held = self.once.weight() + self.often.weight();
        while held + self.evicted_once.weight() + self.evicted_often.weight() > 2 * self.capacity
            && !self.evicted_often.is_empty()
        {
            self.evicted_often.forget_oldest();
        }
    }
}

impl Policy for Arc {
    fn name(&self) -> &'static str {
        "arc"
    }

    fn announce(&mut self, arrival: Arrival) {
        self.arriving = (arrival, self.recall(arrival));
    }

    fn insert(&mut self, slot: Slot, _now: Time) {
        let (arrival, seen) = std::mem::take(&mut self.arriving);
        let again = seen != Seen::Never;
        let queue = if again {
            &mut self.often
        } else {
            &mut self.once
        };
        queue.push(slot, arrival.weight);
        self.objects.set(slot, (arrival, again));
        self.forget_what_is_too_much();
    }

    fn touch(&mut self, slot: Slot, _now: Time) {
        let (arrival, again) = self.objects.get(slot);
        if again {
            self.often.renew(slot);
        } else {
            self.once.remove(slot, arrival.weight);
            self.often.push(slot, arrival.weight);
            self.objects.set(slot, (arrival, true));
        }
    }

    fn remove(&mut self, slot: Slot) {
        let evicted = self.leaving.take_if(|leaving| *leaving == slot).is_some();
        let (arrival, again) = self.objects.get(slot);
        if again {
            self.often.remove(slot, arrival.weight);
            if evicted {
                self.evicted_often.push(arrival.id, arrival.weight);
            }
        } else {
            // When objects seen once fill the cache, the paper forgets them at once.
            let fills = self.once.weight() >= self.capacity;
            self.once.remove(slot, arrival.weight);
            if evicted && !(fills && self.arriving.1 == Seen::Never) {
                self.evicted_once.push(arrival.id, arrival.weight);
            }
        }
    }

    fn victim(&mut self, _now: Time) -> Option<Slot> {
        let weight = self.once.weight();
        let over =
            weight > self.target || (weight == self.target && self.arriving.1 == Seen::Often);
        let (first, second) = if over {
            (&self.once, &self.often)
        } else {
            (&self.often, &self.once)
        };
        self.leaving = first.oldest().or(second.oldest());
        self.leaving
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cache::policy::Id;
    use crate::cache::policy::play::played;

    #[test]
    fn what_was_used_twice_outlives_a_scan() {
        assert_eq!(
            played(Arc::new(3), 3, "abacdefa"),
            "a:1 b:1 +a c:1 d:b e:c f:d +a"
        );
    }

    #[test]
    fn an_object_that_comes_back_joins_the_often_used_and_moves_the_target() {
        let mut policy = Arc::new(2);
        // a is used again; c evicts b, which is remembered as seen once.
        assert_eq!(played(&mut policy, 2, "abac"), "a:1 b:1 +a c:b");
        assert_eq!(policy.target, 0);
        // b comes back: the list of objects seen once should have been longer.
        // It now weighs what it should, so the other one gives way.
        policy.announce(Arrival {
            id: Id(u64::from(b'b')),
            weight: 1,
        });
        assert_eq!((policy.target, policy.arriving.1), (1, Seen::Once));
        assert_eq!(policy.victim(Time::ZERO), Some(0));
    }

    #[test]
    fn it_remembers_no_more_than_it_holds_twice() {
        let mut policy = Arc::new(3);
        played(&mut policy, 3, "abcabcdefghijdefghiklmnopabcdef");
        let ghosts = policy.evicted_once.weight() + policy.evicted_often.weight();
        assert!(ghosts <= 3 + 3, "{ghosts}");
        assert!(policy.once.weight() + policy.evicted_once.weight() <= 3);
    }
}
