//! W-TinyLFU: what leaves a small LRU window is let into the main cache only
//! if it was asked for more often than what it would replace.
//!
//! G. Einziger, R. Friedman, B. Manes, "TinyLFU: a highly efficient cache
//! admission policy", ACM Transactions on Storage 13(4), 2017. Window 1%, main
//! a segmented LRU with 80% protected, as Caffeine starts out.

use super::per_slot::PerSlot;
use super::queue::Queue;
use super::sketch::Sketch;
use super::{Arrival, Policy, Slot};
use crate::clock::Time;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
enum Part {
    #[default]
    Window,
    Probation,
    Protected,
}

/// Frequency decides who is admitted, recency who is up for eviction.
#[derive(Debug, Clone)]
pub struct WTinyLfu {
    window_capacity: u64,
    protected_capacity: u64,
    window: Queue,
    probation: Queue,
    protected: Queue,
    objects: PerSlot<(Arrival, Part)>,
    held: usize,
    asked: Sketch,
    arriving: Arrival,
}

impl WTinyLfu {
    /// Holds nothing yet. `capacity` is what its owner will hold at most, in
    /// the unit of [`Arrival::weight`].
    pub fn new(capacity: u64) -> WTinyLfu {
        let window = (capacity / 100).max(1);
        WTinyLfu {
            window_capacity: window,
            protected_capacity: (capacity.saturating_sub(window)) * 4 / 5,
            window: Queue::new(),
            probation: Queue::new(),
            protected: Queue::new(),
            objects: PerSlot::default(),
            held: 0,
            asked: Sketch::new(),
            arriving: Arrival::default(),
        }
    }

    fn part(&mut self, part: Part) -> &mut Queue {
        match part {
            Part::Window => &mut self.window,
            Part::Probation => &mut self.probation,
            Part::Protected => &mut self.protected,
        }
    }

    fn move_to(&mut self, slot: Slot, to: Part) {
        let (arrival, from) = self.objects.get(slot);
        self.part(from).remove(slot, arrival.weight);
        self.part(to).push(slot, arrival.weight);
        self.objects.set(slot, (arrival, to));
    }

    fn frequency(&self, slot: Slot) -> u8 {
        self.asked.estimate(self.objects.get(slot).0.id)
    }
}

impl Policy for WTinyLfu {
    fn name(&self) -> &'static str {
        "w-tinylfu"
    }

    fn announce(&mut self, arrival: Arrival) {
        self.arriving = arrival;
        self.asked.count(arrival.id);
    }

    fn insert(&mut self, slot: Slot, _now: Time) {
        let arrival = std::mem::take(&mut self.arriving);
        self.objects.set(slot, (arrival, Part::Window));
        self.window.push(slot, arrival.weight);
        self.held += 1;
        self.asked.fit(self.held);
        // While there is room, the window overflows into the main cache. What
        // comes later must win its place: see `victim`.
        while self.window.weight() > self.window_capacity {
            match self.window.oldest() {
                Some(oldest) => self.move_to(oldest, Part::Probation),
                None => break,
            }
        }
    }

    fn touch(&mut self, slot: Slot, _now: Time) {
        let (arrival, part) = self.objects.get(slot);
        self.asked.count(arrival.id);
        match part {
            Part::Window | Part::Protected => self.part(part).renew(slot),
            Part::Probation => {
                self.move_to(slot, Part::Protected);
                while self.protected.weight() > self.protected_capacity {
                    match self.protected.oldest() {
                        Some(oldest) => self.move_to(oldest, Part::Probation),
                        None => break,
                    }
                }
            }
        }
    }

    fn remove(&mut self, slot: Slot) {
        let (arrival, part) = self.objects.get(slot);
        self.part(part).remove(slot, arrival.weight);
        self.held -= 1;
    }

    fn victim(&mut self, _now: Time) -> Option<Slot> {
        let main = self.probation.oldest().or(self.protected.oldest());
        let arrives = self.window.weight() + self.arriving.weight.max(1);
        match (self.window.oldest(), main) {
            // The newcomer pushes the oldest out of the window: it or the
            // main cache's oldest goes.
            (Some(candidate), Some(main)) if arrives > self.window_capacity => {
                if self.frequency(candidate) > self.frequency(main) {
                    self.move_to(candidate, Part::Probation);
                    Some(main)
                } else {
                    Some(candidate)
                }
            }
            (window, main) => main.or(window),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cache::policy::play::played;

    #[test]
    fn a_newcomer_asked_for_once_does_not_replace_what_is_asked_for_often() {
        // a and b were asked for twice. c, d and e pass through the window.
        assert_eq!(
            played(WTinyLfu::new(3), 3, "abacbdea"),
            "a:1 b:1 +a c:1 +b d:c e:d +a"
        );
    }

    #[test]
    fn a_newcomer_that_is_asked_for_more_often_gets_in() {
        // d is in the window when it is used again; e makes it leave: d wins
        // against a.
        assert_eq!(
            played(WTinyLfu::new(3), 3, "abcdddef"),
            "a:1 b:1 c:1 d:c +d +d e:a f:e"
        );
    }
}
