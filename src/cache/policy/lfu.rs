//! Least frequently used, exactly, among what is held; ties go to the least
//! recently used.
//!
//! Counts start anew when an object comes back ("in-cache LFU"). In constant
//! time a request, as K. Shah, A. Mitra, D. Matani, "An O(1) algorithm for
//! implementing the LFU cache eviction scheme", 2010: slots stand in one order
//! by (uses, recency), and each number of uses knows its last slot.

use std::collections::HashMap;

use super::list::SlotList;
use super::per_slot::PerSlot;
use super::{Policy, Slot};
use crate::clock::Time;

/// Counts the uses of what is held.
#[derive(Debug, Clone)]
pub struct Lfu {
    order: SlotList,
    uses: PerSlot<u64>,
    last_with: HashMap<u64, Slot, foldhash::fast::FixedState>,
}

impl Lfu {
    /// Holds nothing yet.
    pub fn new() -> Lfu {
        Lfu {
            order: SlotList::new(),
            uses: PerSlot::default(),
            last_with: HashMap::default(),
        }
    }

    /// Takes `slot` out of its group; the slot before it, if any.
    fn take(&mut self, slot: Slot) -> Option<Slot> {
        let uses = self.uses.get(slot);
        let older = self.order.older(slot);
        if self.last_with.get(&uses) == Some(&slot) {
            match older.filter(|older| self.uses.get(*older) == uses) {
                Some(older) => self.last_with.insert(uses, older),
                None => self.last_with.remove(&uses),
            };
        }
        self.order.unlink(slot);
        older
    }

    fn put(&mut self, slot: Slot, uses: u64, fewer: Option<Slot>) {
        let after = self.last_with.insert(uses, slot).or(fewer);
        self.uses.set(slot, uses);
        self.order.push_after(after, slot);
    }
}

impl Default for Lfu {
    fn default() -> Lfu {
        Lfu::new()
    }
}

impl Policy for Lfu {
    fn name(&self) -> &'static str {
        "lfu"
    }

    fn insert(&mut self, slot: Slot, _now: Time) {
        self.put(slot, 1, None);
    }

    fn touch(&mut self, slot: Slot, _now: Time) {
        let uses = self.uses.get(slot);
        let older = self.take(slot);
        let fewer = self.last_with.get(&uses).copied().or(older);
        self.put(slot, uses + 1, fewer);
    }

    fn remove(&mut self, slot: Slot) {
        self.take(slot);
    }

    fn victim(&mut self, _now: Time) -> Option<Slot> {
        self.order.oldest()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::cache::policy::play::played;

    #[test]
    fn the_least_used_goes_and_of_those_the_least_recent() {
        // d: b and c were used once, b longer ago. a was used three times.
        assert_eq!(
            played(Lfu::new(), 3, "abcaadbca"),
            "a:1 b:1 c:1 +a +a d:b b:c c:d +a"
        );
    }

    proptest! {
        #[test]
        fn a_search_over_all_counts_agrees(
            trace in prop::collection::vec(0u32..6, 0..200),
        ) {
            let mut policy = Lfu::new();
            let mut naive: Vec<(u64, usize, Slot)> = Vec::new();
            for (n, slot) in trace.into_iter().enumerate() {
                match naive.iter_mut().find(|(_, _, held)| *held == slot) {
                    Some(entry) => {
                        (entry.0, entry.1) = (entry.0 + 1, n);
                        policy.touch(slot, Time::ZERO);
                    }
                    None => {
                        naive.push((1, n, slot));
                        policy.insert(slot, Time::ZERO);
                    }
                }
                let least = naive.iter().min().copied();
                prop_assert_eq!(policy.victim(Time::ZERO), least.map(|(_, _, slot)| slot));
                if naive.len() == 4 {
                    let (_, _, slot) = least.unwrap();
                    naive.retain(|(_, _, held)| *held != slot);
                    policy.remove(slot);
                }
            }
        }
    }
}
