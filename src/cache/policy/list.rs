//! A doubly linked list of slots, in two words a slot and no allocation per
//! operation: the order that most
//! policies keep.

use super::Slot;

/// The links form a ring through this node, so that no operation has to ask
/// whether it stands at an end. Slot `s` is node `s + 1`.
const RING: u32 = 0;

#[derive(Debug, Clone, Copy)]
struct Link {
    newer: u32,
    older: u32,
}

/// Slots from the newest to the oldest. All operations cost O(1).
#[derive(Debug, Clone)]
pub(super) struct SlotList {
    links: Vec<Link>,
}

impl SlotList {
    pub(super) fn new() -> SlotList {
        let alone = Link {
            newer: RING,
            older: RING,
        };
        SlotList { links: vec![alone] }
    }

    #[inline]
    pub(super) fn oldest(&self) -> Option<Slot> {
        // The ring's newer neighbour is where the order starts.
        self.links[RING as usize].newer.checked_sub(1)
    }

    /// The slot that came next after `slot`, which is in the list.
    #[inline]
    pub(super) fn newer(&self, slot: Slot) -> Option<Slot> {
        self.links[slot as usize + 1].newer.checked_sub(1)
    }

    /// The slot that came last before `slot`, which is in the list.
    #[inline]
    pub(super) fn older(&self, slot: Slot) -> Option<Slot> {
        self.links[slot as usize + 1].older.checked_sub(1)
    }

    #[inline]
    pub(super) fn push_newest(&mut self, slot: Slot) {
        let node = slot + 1;
        self.make_room(node);
        self.link_newest(node);
    }

    /// Puts `slot` right after `older`, or at the oldest end.
    pub(super) fn push_after(&mut self, older: Option<Slot>, slot: Slot) {
        let (node, older) = (slot + 1, older.map_or(RING, |older| older + 1));
        self.make_room(node);
        let newer = self.links[older as usize].newer;
        self.links[node as usize] = Link { newer, older };
        self.links[older as usize].newer = node;
        self.links[newer as usize].older = node;
    }

    #[inline]
    pub(super) fn unlink(&mut self, slot: Slot) {
        let Link { newer, older } = self.links[slot as usize + 1];
        self.links[newer as usize].older = older;
        self.links[older as usize].newer = newer;
    }

    #[inline]
    pub(super) fn move_to_newest(&mut self, slot: Slot) {
        self.unlink(slot);
        self.link_newest(slot + 1);
    }

    #[inline]
    fn make_room(&mut self, node: u32) {
        if node as usize >= self.links.len() {
            let unused = Link {
                newer: RING,
                older: RING,
            };
            self.links.resize(node as usize + 1, unused);
        }
    }

    #[inline]
    fn link_newest(&mut self, node: u32) {
        let newest = self.links[RING as usize].older;
        self.links[node as usize] = Link {
            newer: RING,
            older: newest,
        };
        self.links[newest as usize].newer = node;
        self.links[RING as usize].older = node;
    }
}
