//! Going through all keys.

use super::now::{Now, UnixMs};
use super::space::Keyspace;
use super::types::Value;
use crate::cache::policy::Slot;

/// A key that was come by.
#[derive(Debug, Clone, Copy)]
pub struct Found<'a> {
    /// The key.
    pub key: &'a [u8],
    /// Its value.
    pub value: &'a Value,
}

impl Keyspace {
    /// The live keys among `count` slots from `cursor` on, and the cursor to
    /// go on from: 0 at the end. A key that exists from the first call to the
    /// last is come by exactly once, because its slot stays the same.
    pub fn scan(
        &self,
        cursor: u64,
        count: u64,
        now: Now,
    ) -> (u64, impl Iterator<Item = Found<'_>>) {
        let end = u64::from(self.entries.end());
        let start = cursor.min(end);
        let stop = start.saturating_add(count).min(end);
        let next = if stop == end { 0 } else { stop };
        let found =
            (start as Slot..stop as Slot).filter_map(move |slot| self.live(slot, now.unix_ms));
        (next, found)
    }

    /// All live keys.
    pub fn keys(&self, now: Now) -> impl Iterator<Item = Found<'_>> {
        (0..self.entries.end()).filter_map(move |slot| self.live(slot, now.unix_ms))
    }

    /// The first live key from a slot on, round the end: `draw` is any number,
    /// and a random one gives a random key.
    pub fn key_near(&self, draw: u64, now: Now) -> Option<&[u8]> {
        let end = self.entries.end();
        let start = (draw % u64::from(end.max(1))) as Slot;
        (start..end)
            .chain(0..start)
            .find_map(|slot| self.live(slot, now.unix_ms))
            .map(|found| found.key)
    }

    fn live(&self, slot: Slot, now: UnixMs) -> Option<Found<'_>> {
        let entry = self.entries.get(slot)?;
        (!entry.is_expired(now)).then_some(Found {
            key: &entry.key,
            value: &entry.value,
        })
    }
}
