//! From a key to its slot.

use std::hash::BuildHasher;

use foldhash::quality::RandomState;
use hashbrown::HashTable;

use crate::cache::policy::Slot;

/// A key's hash, seeded anew in each server so that nobody can choose keys
/// that collide.
pub(super) type Hash = u32;

/// Slots by the hash of their key. The hash is kept beside the slot, so that
/// growing does not visit the keys and most other keys are told apart without
/// looking at them.
#[derive(Debug, Default)]
pub(super) struct Index {
    table: HashTable<(Hash, Slot)>,
    seed: RandomState,
}

impl Index {
    pub(super) fn hash(&self, key: &[u8]) -> Hash {
        self.seed.hash_one(key) as Hash
    }

    pub(super) fn len(&self) -> usize {
        self.table.len()
    }

    /// The slot with this hash that `is_it`.
    pub(super) fn find(&self, hash: Hash, is_it: impl Fn(Slot) -> bool) -> Option<Slot> {
        self.table
            .find(spread(hash), |(other, slot)| *other == hash && is_it(*slot))
            .map(|(_, slot)| *slot)
    }

    pub(super) fn insert(&mut self, hash: Hash, slot: Slot) {
        self.table
            .insert_unique(spread(hash), (hash, slot), |(hash, _)| spread(*hash));
    }

    pub(super) fn remove(&mut self, hash: Hash, slot: Slot) {
        if let Ok(entry) = self
            .table
            .find_entry(spread(hash), |(_, other)| *other == slot)
        {
            entry.remove();
        }
    }

    /// Forgets all slots and gives their memory back.
    pub(super) fn clear(&mut self) {
        self.table = HashTable::new();
    }
}

/// The table wants 64 bits: it takes the bucket from the low ones and a tag
/// from the highest seven.
fn spread(hash: Hash) -> u64 {
    u64::from(hash) << 32 | u64::from(hash)
}
