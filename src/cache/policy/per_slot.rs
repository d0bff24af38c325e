//! What a policy notes about each slot.

use super::Slot;

/// One value a slot; those never set have the default.
#[derive(Debug, Clone, Default)]
pub(super) struct PerSlot<T>(Vec<T>);

impl<T: Copy + Default> PerSlot<T> {
    #[inline]
    pub(super) fn get(&self, slot: Slot) -> T {
        self.0.get(slot as usize).copied().unwrap_or_default()
    }

    #[inline]
    pub(super) fn set(&mut self, slot: Slot, value: T) {
        let at = slot as usize;
        if at >= self.0.len() {
            self.0.resize(at + 1, T::default());
        }
        self.0[at] = value;
    }
}
