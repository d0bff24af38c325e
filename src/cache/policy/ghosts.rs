//! Names of objects that are not held any more.

use std::collections::{HashMap, VecDeque};

use super::Id;

/// Evicted objects in the order of their eviction, with their weights. All
/// operations cost O(1), amortised.
#[derive(Debug, Clone, Default)]
pub(super) struct Ghosts {
    /// When each was evicted, counted in evictions, and its weight.
    known: HashMap<Id, (u64, u64), foldhash::fast::FixedState>,
    /// May name some that were forgotten meanwhile.
    order: VecDeque<(Id, u64)>,
    evictions: u64,
    weight: u64,
}

impl Ghosts {
    pub(super) fn push(&mut self, id: Id, weight: u64) {
        self.forget(id);
        self.evictions += 1;
        self.known.insert(id, (self.evictions, weight));
        self.order.push_back((id, self.evictions));
        self.weight += weight;
        if self.order.len() > 2 * self.known.len() + 64 {
            let known = &self.known;
            self.order
                .retain(|(id, when)| known.get(id).is_some_and(|(latest, _)| latest == when));
        }
    }

    /// Forgets `id`; whether it was known.
    pub(super) fn forget(&mut self, id: Id) -> bool {
        let known = self.known.remove(&id);
        self.weight -= known.map_or(0, |(_, weight)| weight);
        known.is_some()
    }

    pub(super) fn forget_oldest(&mut self) {
        while let Some((id, when)) = self.order.pop_front() {
            if self
                .known
                .get(&id)
                .is_some_and(|(latest, _)| *latest == when)
            {
                self.forget(id);
                return;
            }
        }
    }

    pub(super) fn weight(&self) -> u64 {
        self.weight
    }

    pub(super) fn is_empty(&self) -> bool {
        self.known.is_empty()
    }
}
