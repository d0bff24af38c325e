//! A doubly linked list of slots, in two words a slot and no allocation per
//! operation: the order that LRU and FIFO keep.

use super::Slot;

const NONE: Slot = Slot::MAX;

#[derive(Debug, Clone, Copy)]
struct Link {
    newer: Slot,
    older: Slot,
}

/// Slots from the newest to the oldest. All operations cost O(1).
#[derive(Debug, Clone)]
pub(super) struct SlotList {
    links: Vec<Link>,
    newest: Slot,
    oldest: Slot,
}

impl SlotList {
    pub(super) fn new() -> SlotList {
        SlotList {
            links: Vec::new(),
            newest: NONE,
            oldest: NONE,
        }
    }

    pub(super) fn oldest(&self) -> Option<Slot> {
        (self.oldest != NONE).then_some(self.oldest)
    }

    pub(super) fn push_newest(&mut self, slot: Slot) {
        let at = slot as usize;
        if at >= self.links.len() {
            let unused = Link {
                newer: NONE,
                older: NONE,
            };
            self.links.resize(at + 1, unused);
        }
        self.links[at] = Link {
            newer: NONE,
            older: self.newest,
        };
        match self.newest {
            NONE => self.oldest = slot,
            newest => self.links[newest as usize].newer = slot,
        }
        self.newest = slot;
    }

    pub(super) fn unlink(&mut self, slot: Slot) {
        let Link { newer, older } = self.links[slot as usize];
        match newer {
            NONE => self.newest = older,
            newer => self.links[newer as usize].older = older,
        }
        match older {
            NONE => self.oldest = newer,
            older => self.links[older as usize].newer = newer,
        }
    }

    pub(super) fn move_to_newest(&mut self, slot: Slot) {
        if self.newest != slot {
            self.unlink(slot);
            self.push_newest(slot);
        }
    }
}
