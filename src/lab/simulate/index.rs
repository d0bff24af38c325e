//! From a key to the slot that holds it.

use hashbrown::HashTable;

use crate::cache::policy::Slot;
use crate::lab::keys::Rank;

/// Knows which key is in which slot.
pub trait Index {
    /// What keys are.
    type Key: Copy;

    /// The slot of a held key.
    fn get(&self, key: Self::Key) -> Option<Slot>;

    /// Notes a key that is not held.
    fn insert(&mut self, key: Self::Key, slot: Slot);

    /// Forgets a held key.
    fn remove(&mut self, key: Self::Key);

    /// The key as a number for policies that remember it.
    fn id(key: Self::Key) -> u64;
}

const NOT_HELD: Slot = Slot::MAX;

/// Keys that are dense numbers: 4 bytes for each, held or not.
#[derive(Debug, Clone)]
pub struct Dense(Vec<Slot>);

impl Dense {
    /// For keys below `keys`.
    pub fn new(keys: usize) -> Dense {
        Dense(vec![NOT_HELD; keys])
    }
}

impl Index for Dense {
    type Key = Rank;

    #[inline]
    fn get(&self, key: Rank) -> Option<Slot> {
        let slot = self.0[key as usize];
        (slot != NOT_HELD).then_some(slot)
    }

    #[inline]
    fn insert(&mut self, key: Rank, slot: Slot) {
        self.0[key as usize] = slot;
    }

    #[inline]
    fn remove(&mut self, key: Rank) {
        self.0[key as usize] = NOT_HELD;
    }

    #[inline]
    fn id(key: Rank) -> u64 {
        u64::from(key)
    }
}

/// Keys that are any 64 bits, such as hashes of texts: 17 to 39 bytes for each
/// that is held.
#[derive(Debug, Clone, Default)]
pub struct Hashed(HashTable<(u64, Slot)>);

impl Hashed {
    /// Holds nothing; has room for `held` keys.
    pub fn with_capacity(held: usize) -> Hashed {
        Hashed(HashTable::with_capacity(held))
    }
}

/// One multiplication, both halves of the product: enough for keys that are
/// hashes, and for numbers that count up.
#[inline]
fn spread(key: u64) -> u64 {
    let product = u128::from(key) * 0x9E37_79B9_7F4A_7C15;
    product as u64 ^ (product >> 64) as u64
}

impl Index for Hashed {
    type Key = u64;

    #[inline]
    fn get(&self, key: u64) -> Option<Slot> {
        self.0
            .find(spread(key), |(other, _)| *other == key)
            .map(|(_, slot)| *slot)
    }

    #[inline]
    fn insert(&mut self, key: u64, slot: Slot) {
        self.0
            .insert_unique(spread(key), (key, slot), |(key, _)| spread(*key));
    }

    #[inline]
    fn remove(&mut self, key: u64) {
        let entry = self.0.find_entry(spread(key), |(other, _)| *other == key);
        if let Ok(entry) = entry {
            entry.remove();
        }
    }

    #[inline]
    fn id(key: u64) -> u64 {
        key
    }
}
