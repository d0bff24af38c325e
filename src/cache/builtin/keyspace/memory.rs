//! How much memory an entry takes.

use super::entries::Entry;

/// What the entry takes outside of its own heap parts: its place among the
/// entries and its share of the index (9 bytes a bucket, two thirds full).
const PLACE: usize = size_of::<Option<Entry>>() + 14;

/// What a policy notes about a key: its place in two lists, and its last use.
pub(super) const POLICY_NOTES: usize = 16;

/// What an allocation of `size` bytes takes with the allocator's own header,
/// as glibc's malloc rounds: 8 bytes more, up to a multiple of 16, at least 32.
/// Nothing is allocated for nothing.
pub(super) fn allocation(size: usize) -> usize {
    match size {
        0 => 0,
        size => (size + 8).next_multiple_of(16).max(32),
    }
}

/// What the nodes of a `BTreeMap` take that was filled in the order of its
/// keys: the last leaf is split when its 11 places are full, so that the others
/// keep 6 and one above. `place` is the size of a key with its value.
pub(super) fn tree(length: usize, place: usize) -> usize {
    const PLACES: usize = 11;
    const KEPT: usize = 7;
    let leaf = allocation(PLACES * place + 16);
    let inner = allocation(PLACES * place + 16 + (PLACES + 1) * size_of::<usize>());
    let mut nodes = match length {
        0..=PLACES => length.min(1),
        _ => length.div_ceil(KEPT),
    };
    let mut bytes = nodes * leaf;
    while nodes > 1 {
        nodes = match nodes <= PLACES + 1 {
            true => 1,
            false => nodes.div_ceil(KEPT),
        };
        bytes += nodes * inner;
    }
    bytes
}

/// Bytes that `entry` takes.
pub(super) fn of(entry: &Entry) -> usize {
    PLACE + entry.key.heap() + entry.value.heap()
}

#[cfg(test)]
mod tests {
    use super::allocation;

    #[test]
    fn allocations_round_as_glibc_does() {
        for (size, taken) in [
            (0, 0),
            (1, 32),
            (24, 32),
            (25, 48),
            (40, 48),
            (41, 64),
            (100, 112),
        ] {
            assert_eq!(allocation(size), taken, "{size} bytes");
        }
    }
}
