//! Groups of consumers.

use std::collections::{BTreeMap, BTreeSet};

use super::id::StreamId;
use crate::cache::builtin::keyspace::UnixMs;

/// An entry that was delivered and not yet acknowledged.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pending {
    /// Who has it.
    pub consumer: Box<[u8]>,
    /// When it was last delivered.
    pub delivered: UnixMs,
    /// How often.
    pub count: u64,
}

/// One consumer of a group.
#[derive(Debug, Clone, Default)]
pub struct Consumer {
    /// When it last asked for something.
    pub seen: UnixMs,
    /// What it has.
    pub pending: BTreeSet<StreamId>,
}

/// Consumers that share the entries of a stream.
#[derive(Debug, Clone, Default)]
pub struct Group {
    /// The last entry that was delivered to any of them.
    pub last: StreamId,
    /// How many entries were delivered, as far as that is known.
    pub read: Option<u64>,
    /// What was delivered and not acknowledged.
    pub pending: BTreeMap<StreamId, Pending>,
    /// By name.
    pub consumers: BTreeMap<Box<[u8]>, Consumer>,
}

impl Group {
    /// The consumer of this name, new if need be, seen now.
    pub fn consumer(&mut self, name: &[u8], now: UnixMs) -> &mut Consumer {
        let consumer = self.consumers.entry(name.into()).or_default();
        consumer.seen = now;
        consumer
    }

    /// Gives an entry to a consumer, from whoever has it.
    pub fn give(&mut self, id: StreamId, pending: Pending) {
        self.take(id);
        let consumer = self.consumers.entry(pending.consumer.clone()).or_default();
        consumer.pending.insert(id);
        self.pending.insert(id, pending);
    }

    /// Takes an entry from whoever has it; whether somebody did.
    pub fn take(&mut self, id: StreamId) -> bool {
        let Some(pending) = self.pending.remove(&id) else {
            return false;
        };
        if let Some(consumer) = self.consumers.get_mut(&pending.consumer) {
            consumer.pending.remove(&id);
        }
        true
    }

    /// Removes a consumer with what it has; how much that was.
    pub fn remove_consumer(&mut self, name: &[u8]) -> usize {
        let Some(consumer) = self.consumers.remove(name) else {
            return 0;
        };
        for id in &consumer.pending {
            self.pending.remove(id);
        }
        consumer.pending.len()
    }

    /// Bytes on the heap, about: two entries in trees for what is pending.
    pub(super) fn heap(&self) -> usize {
        self.pending.len() * 136 + self.consumers.len() * 160
    }
}
