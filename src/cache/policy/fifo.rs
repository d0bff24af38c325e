//! First in, first out: uses after the first do not matter.

use super::list::SlotList;
use super::{Policy, Slot};
use crate::clock::Time;

/// First in, first out: uses after the first do not matter.
#[derive(Debug, Clone)]
pub struct Fifo {
    order: SlotList,
}

impl Fifo {
    /// Holds nothing yet.
    pub fn new() -> Fifo {
        Fifo {
            order: SlotList::new(),
        }
    }
}

impl Default for Fifo {
    fn default() -> Fifo {
        Fifo::new()
    }
}

impl Policy for Fifo {
    fn name(&self) -> &'static str {
        "fifo"
    }

    #[inline]
    fn insert(&mut self, slot: Slot, _now: Time) {
        self.order.push_newest(slot);
    }

    #[inline]
    fn touch(&mut self, _slot: Slot, _now: Time) {}

    #[inline]
    fn remove(&mut self, slot: Slot) {
        self.order.unlink(slot);
    }

    #[inline]
    fn victim(&mut self, _now: Time) -> Option<Slot> {
        self.order.oldest()
    }
}
