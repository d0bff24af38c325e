//! Least recently used, exactly: the object whose last use is longest ago goes first.

use super::list::SlotList;
use super::{Policy, Slot};
use crate::clock::Time;

/// Least recently used, exactly: the object whose last use is longest ago goes first.
#[derive(Debug, Clone)]
pub struct Lru {
    order: SlotList,
}

impl Lru {
    /// Holds nothing yet.
    pub fn new() -> Lru {
        Lru {
            order: SlotList::new(),
        }
    }
}

impl Default for Lru {
    fn default() -> Lru {
        Lru::new()
    }
}

impl Policy for Lru {
    fn name(&self) -> &'static str {
        "lru"
    }

    #[inline]
    fn insert(&mut self, slot: Slot, _now: Time) {
        self.order.push_newest(slot);
    }

    #[inline]
    fn touch(&mut self, slot: Slot, _now: Time) {
        self.order.move_to_newest(slot);
    }

    #[inline]
    fn remove(&mut self, slot: Slot) {
        self.order.unlink(slot);
    }

    #[inline]
    fn victim(&mut self, _now: Time) -> Option<Slot> {
        self.order.oldest()
    }
}
