//! Entries in their slots.

use super::key::Key;
use super::now::UnixMs;
use super::types::Value;
use crate::cache::policy::Slot;
use crate::clock::Time;

/// One key and what is kept for it, in one line of the processor's cache.
#[derive(Debug)]
#[repr(align(64))]
pub(super) struct Entry {
    pub(super) key: Key,
    pub(super) value: Value,
    /// [`NEVER`] for a key that stays.
    pub(super) expires: UnixMs,
    /// The last use.
    pub(super) used: Time,
}

/// The expiry of a key that has none.
pub(super) const NEVER: UnixMs = UnixMs::MAX;

impl Entry {
    /// Whether its time is over. A key still lives in its last millisecond.
    pub(super) fn is_expired(&self, now: UnixMs) -> bool {
        now > self.expires
    }
}

/// Slots of one chunk. A full chunk is never moved: growing to a million keys
/// copies nothing, so no client waits for it.
const CHUNK: usize = 1024;

/// Entries by slot. Free slots are used again, the latest first.
#[derive(Debug, Default)]
pub(super) struct Entries {
    chunks: Vec<Vec<Option<Entry>>>,
    free: Vec<Slot>,
}

impl Entries {
    /// One more than the highest slot that was ever in use.
    pub(super) fn end(&self) -> Slot {
        let full = self.chunks.len().saturating_sub(1) * CHUNK;
        let last = self.chunks.last().map_or(0, Vec::len);
        (full + last) as Slot
    }

    pub(super) fn get(&self, slot: Slot) -> Option<&Entry> {
        let chunk = self.chunks.get(slot as usize / CHUNK)?;
        chunk.get(slot as usize % CHUNK)?.as_ref()
    }

    pub(super) fn get_mut(&mut self, slot: Slot) -> Option<&mut Entry> {
        let chunk = self.chunks.get_mut(slot as usize / CHUNK)?;
        chunk.get_mut(slot as usize % CHUNK)?.as_mut()
    }

    pub(super) fn insert(&mut self, entry: Entry) -> Slot {
        if let Some(slot) = self.free.pop() {
            self.chunks[slot as usize / CHUNK][slot as usize % CHUNK] = Some(entry);
            return slot;
        }
        let slot = self.end();
        match self.chunks.last_mut() {
            Some(chunk) if chunk.len() < CHUNK => chunk.push(Some(entry)),
            _ => {
                let mut chunk = Vec::with_capacity(CHUNK);
                chunk.push(Some(entry));
                self.chunks.push(chunk);
            }
        }
        slot
    }

    pub(super) fn remove(&mut self, slot: Slot) -> Option<Entry> {
        let chunk = self.chunks.get_mut(slot as usize / CHUNK)?;
        let entry = chunk.get_mut(slot as usize % CHUNK)?.take()?;
        self.free.push(slot);
        Some(entry)
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = (Slot, &Entry)> {
        let all = self.chunks.iter().flatten();
        (0..)
            .zip(all)
            .filter_map(|(slot, entry)| Some((slot, entry.as_ref()?)))
    }
}

#[cfg(test)]
mod tests {
    use super::Entry;

    #[test]
    fn an_entry_and_a_free_slot_take_one_line() {
        assert_eq!(size_of::<Entry>(), 64);
        assert_eq!(size_of::<Option<Entry>>(), 64);
    }
}
