//! CLOCK, or second chance: FIFO that passes over what was used since it was
//! last looked at.
//!
//! F. J. Corbató, "A paging experiment with the Multics system", 1968.

use super::list::SlotList;
use super::per_slot::PerSlot;
use super::{Policy, Slot};
use crate::clock::Time;

/// FIFO with a used bit: a use costs one store and no relinking.
#[derive(Debug, Clone)]
pub struct ClockHand {
    order: SlotList,
    used: PerSlot<bool>,
}

impl ClockHand {
    /// Holds nothing yet.
    pub fn new() -> ClockHand {
        ClockHand {
            order: SlotList::new(),
            used: PerSlot::default(),
        }
    }
}

impl Default for ClockHand {
    fn default() -> ClockHand {
        ClockHand::new()
    }
}

impl Policy for ClockHand {
    fn name(&self) -> &'static str {
        "clock"
    }

    fn insert(&mut self, slot: Slot, _now: Time) {
        self.order.push_newest(slot);
        self.used.set(slot, false);
    }

    #[inline]
    fn touch(&mut self, slot: Slot, _now: Time) {
        self.used.set(slot, true);
    }

    fn remove(&mut self, slot: Slot) {
        self.order.unlink(slot);
    }

    fn victim(&mut self, _now: Time) -> Option<Slot> {
        loop {
            let oldest = self.order.oldest()?;
            if !self.used.get(oldest) {
                return Some(oldest);
            }
            self.used.set(oldest, false);
            self.order.move_to_newest(oldest);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cache::policy::play::played;

    #[test]
    fn what_was_used_gets_a_second_chance() {
        // c finds a used and spares it once; b goes. d finds a unused: a goes.
        assert_eq!(
            played(ClockHand::new(), 2, "abacbda"),
            "a:1 b:1 +a c:b b:a d:c a:b"
        );
    }
}
