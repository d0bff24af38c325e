//! A queue of slots that knows what it weighs: a part of a larger cache.

use super::Slot;
use super::list::SlotList;

/// Slots in an order, and their weight together.
#[derive(Debug, Clone)]
pub(super) struct Queue {
    order: SlotList,
    weight: u64,
}

impl Queue {
    pub(super) fn new() -> Queue {
        Queue {
            order: SlotList::new(),
            weight: 0,
        }
    }

    pub(super) fn push(&mut self, slot: Slot, weight: u64) {
        self.order.push_newest(slot);
        self.weight += weight;
    }

    pub(super) fn remove(&mut self, slot: Slot, weight: u64) {
        self.order.unlink(slot);
        self.weight -= weight;
    }

    pub(super) fn renew(&mut self, slot: Slot) {
        self.order.move_to_newest(slot);
    }

    pub(super) fn oldest(&self) -> Option<Slot> {
        self.order.oldest()
    }

    pub(super) fn weight(&self) -> u64 {
        self.weight
    }
}
