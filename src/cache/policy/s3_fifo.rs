//! S3-FIFO: a small queue that newcomers must leave by being used, a main
//! queue, and the names of those that failed.
//!
//! J. Yang, Y. Zhang, Z. Qiu, Y. Yue, K. V. Rashmi, "FIFO queues are all you
//! need for cache eviction", SOSP 2023, algorithm 1.

use super::ghosts::Ghosts;
use super::per_slot::PerSlot;
use super::queue::Queue;
use super::{Arrival, Policy, Slot};
use crate::clock::Time;

/// Uses are counted up to here: two bits.
const MOST_USES: u8 = 3;

#[derive(Debug, Clone, Copy, Default)]
struct Object {
    arrival: Arrival,
    uses: u8,
    in_main: bool,
}

/// Three static FIFO queues. A use costs one increment.
#[derive(Debug, Clone)]
pub struct S3Fifo {
    /// What the main queue may weigh: nine tenths.
    main_capacity: u64,
    small: Queue,
    main: Queue,
    evicted: Ghosts,
    objects: PerSlot<Object>,
    /// What comes, and whether its name was remembered.
    arriving: (Arrival, bool),
    leaving: Option<Slot>,
}

impl S3Fifo {
    /// Holds nothing yet. `capacity` is what its owner will hold at most, in
    /// the unit of [`Arrival::weight`].
    pub fn new(capacity: u64) -> S3Fifo {
        S3Fifo {
            main_capacity: capacity - (capacity / 10).max(1).min(capacity),
            small: Queue::new(),
            main: Queue::new(),
            evicted: Ghosts::default(),
            objects: PerSlot::default(),
            arriving: (Arrival::default(), false),
            leaving: None,
        }
    }

    /// The oldest of the small queue that was used at most once; those used
    /// more often move on until the main queue is full.
    fn small_victim(&mut self) -> Option<Slot> {
        while self.main.weight() <= self.main_capacity {
            let slot = self.small.oldest()?;
            let object = self.objects.get(slot);
            if object.uses < 2 {
                return Some(slot);
            }
            self.small.remove(slot, object.arrival.weight);
            self.main.push(slot, object.arrival.weight);
            let moved = Object {
                uses: 0,
                in_main: true,
                ..object
            };
            self.objects.set(slot, moved);
        }
        None
    }

    /// The oldest of the main queue without a use left; each round trip takes
    /// one.
    fn main_victim(&mut self) -> Option<Slot> {
        loop {
            let slot = self.main.oldest()?;
            let object = self.objects.get(slot);
            if object.uses == 0 {
                return Some(slot);
            }
            self.main.renew(slot);
            let passed = Object {
                uses: object.uses - 1,
                ..object
            };
            self.objects.set(slot, passed);
        }
    }
}

impl Policy for S3Fifo {
    fn name(&self) -> &'static str {
        "s3-fifo"
    }

    fn announce(&mut self, arrival: Arrival) {
        // Before room is made for it, which may push its own name out.
        self.arriving = (arrival, self.evicted.forget(arrival.id));
    }

    fn insert(&mut self, slot: Slot, _now: Time) {
        let (arrival, in_main) = std::mem::take(&mut self.arriving);
        let queue = if in_main {
            &mut self.main
        } else {
            &mut self.small
        };
        queue.push(slot, arrival.weight);
        self.objects.set(
            slot,
            Object {
                arrival,
                uses: 0,
                in_main,
            },
        );
    }

    #[inline]
    fn touch(&mut self, slot: Slot, _now: Time) {
        let object = self.objects.get(slot);
        let uses = MOST_USES.min(object.uses + 1);
        self.objects.set(slot, Object { uses, ..object });
    }

    fn remove(&mut self, slot: Slot) {
        let evicted = self.leaving.take_if(|leaving| *leaving == slot).is_some();
        let Object {
            arrival, in_main, ..
        } = self.objects.get(slot);
        if in_main {
            self.main.remove(slot, arrival.weight);
        } else {
            self.small.remove(slot, arrival.weight);
            if evicted {
                self.evicted.push(arrival.id, arrival.weight);
                while self.evicted.weight() > self.main_capacity && !self.evicted.is_empty() {
                    self.evicted.forget_oldest();
                }
            }
        }
    }

    fn victim(&mut self, _now: Time) -> Option<Slot> {
        self.leaving = self.small_victim().or_else(|| self.main_victim());
        self.leaving
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cache::policy::play::played;

    #[test]
    fn a_scan_passes_through_the_small_queue() {
        // a was used twice more and moves to the main queue when d comes.
        assert_eq!(
            played(S3Fifo::new(3), 3, "aaabcdefa"),
            "a:1 +a +a b:1 c:1 d:b e:c f:d +a"
        );
    }

    #[test]
    fn what_comes_back_soon_goes_to_the_main_queue() {
        let mut policy = S3Fifo::new(2);
        // c evicts a, a comes back and evicts b; then the small queue holds c.
        assert_eq!(played(&mut policy, 2, "abca"), "a:1 b:1 c:a a:b");
        assert_eq!((policy.main.weight(), policy.small.weight()), (1, 1));
        assert_eq!(policy.victim(Time::ZERO), Some(0), "c, where a was");
    }
}
