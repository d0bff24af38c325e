//! What hashes, sets and sorted sets share: tables that keep their order, and
//! how they are scanned.

use foldhash::quality::RandomState;
use indexmap::{IndexMap, IndexSet};

use crate::cache::builtin::keyspace::memory::allocation;

/// A table from bytes to values, in the order of insertion until something is
/// removed from a large one. Seeded anew each time.
pub(super) type Map<K, V> = IndexMap<K, V, RandomState>;
/// The same without values.
pub(super) type Members = IndexSet<Box<[u8]>, RandomState>;

/// The longest element of a small collection, as Redis sets it by default.
pub(super) const SMALL_ELEMENT: usize = 64;

/// Bytes on the heap of a table with this capacity and this size of bucket:
/// the buckets in a row, and an index of 8 bytes and a tag each, seven eighths
/// full.
pub(super) fn table(capacity: usize, bucket: usize) -> usize {
    let places = match capacity {
        0 => return 0,
        1..=3 => 4,
        4..=7 => 8,
        _ => (capacity * 8 / 7).next_power_of_two(),
    };
    allocation(places * 9 + 16) + allocation(capacity * bucket)
}

/// Which elements a scan with `cursor` comes by, of `length` elements, and the
/// cursor to go on from: 0 at the end.
///
/// Large tables fill a gap with their last element, so they are scanned from
/// the end: what is moved has been come by, or will be.
pub(super) fn scan(length: usize, cursor: u64, count: u64) -> (u64, std::ops::Range<usize>) {
    let end = match cursor {
        0 => length,
        cursor => usize::try_from(cursor).map_or(length, |cursor| cursor.min(length)),
    };
    let start = end.saturating_sub(usize::try_from(count).unwrap_or(usize::MAX));
    (start as u64, start..end)
}
