//! The held slots, to draw from at random.

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};

use super::Slot;
use super::per_slot::PerSlot;

/// A set of slots with a seeded source of draws. All operations cost O(1); it
/// takes 8 bytes a slot.
#[derive(Debug, Clone)]
pub(super) struct Held {
    slots: Vec<Slot>,
    place: PerSlot<u32>,
    random: ChaCha8Rng,
}

impl Held {
    pub(super) fn new(seed: u64) -> Held {
        Held {
            slots: Vec::new(),
            place: PerSlot::default(),
            random: ChaCha8Rng::seed_from_u64(seed),
        }
    }

    pub(super) fn insert(&mut self, slot: Slot) {
        self.place.set(slot, self.slots.len() as u32);
        self.slots.push(slot);
    }

    pub(super) fn remove(&mut self, slot: Slot) {
        let place = self.place.get(slot);
        self.slots.swap_remove(place as usize);
        if let Some(moved) = self.slots.get(place as usize) {
            self.place.set(*moved, place);
        }
    }

    /// Any of them, each as likely as the others.
    pub(super) fn draw(&mut self) -> Option<Slot> {
        let at = (u64::from(self.random.next_u32()) * self.slots.len() as u64) >> 32;
        self.slots.get(at as usize).copied()
    }

    /// A number from 0 to 2^32 - 1.
    pub(super) fn draw_bits(&mut self) -> u32 {
        self.random.next_u32()
    }

    pub(super) fn len(&self) -> usize {
        self.slots.len()
    }

    pub(super) fn all(&self) -> &[Slot] {
        &self.slots
    }
}
