//! The entries of a stream.

use std::collections::BTreeMap;

use super::group::Group;
use super::id::StreamId;
use crate::cache::builtin::keyspace::memory::{allocation, tree};

/// Entries that Redis keeps in one node of its tree by default. `~` trims
/// whole nodes.
const NODE: usize = 100;

#[derive(Debug, Clone)]
struct Entry {
    /// Fields and values alternate.
    fields: Box<[Box<[u8]>]>,
    node: u64,
}

impl Entry {
    fn heap(&self) -> usize {
        let parts = self.fields.iter().map(|part| allocation(part.len()));
        allocation(size_of_val(&*self.fields)) + parts.sum::<usize>()
    }
}

/// What a trimmed stream keeps.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Threshold {
    /// So many entries.
    Length(u64),
    /// Entries from this id on.
    Id(StreamId),
}

/// How a stream is trimmed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Trim {
    /// What is kept.
    pub keep: Threshold,
    /// Only whole nodes go.
    pub is_approximate: bool,
    /// At most so many go.
    pub limit: Option<u64>,
}

/// Entries in the order of their ids, and groups that read them.
#[derive(Debug, Clone, Default)]
pub struct Stream {
    entries: BTreeMap<StreamId, Entry>,
    node: u64,
    in_node: usize,
    payload: usize,
    /// The highest id so far.
    pub last: StreamId,
    /// How many entries were ever added.
    pub added: u64,
    /// The highest id that was deleted.
    pub max_deleted: StreamId,
    /// By name.
    pub groups: BTreeMap<Box<[u8]>, Group>,
}

impl Stream {
    /// How many entries there are.
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// How many nodes Redis's tree would have for them.
    pub fn nodes(&self) -> usize {
        self.len().div_ceil(NODE)
    }

    /// Adds an entry with an id above the last.
    pub fn add<'a>(&mut self, id: StreamId, fields: impl Iterator<Item = &'a [u8]>) {
        if self.in_node == NODE || self.entries.is_empty() {
            (self.node, self.in_node) = (self.node + 1, 0);
        }
        self.in_node += 1;
        let entry = Entry {
            fields: fields.map(Box::from).collect(),
            node: self.node,
        };
        self.payload += entry.heap();
        self.entries.insert(id, entry);
        (self.last, self.added) = (id, self.added + 1);
    }

    /// The fields and values of an entry.
    pub fn get(&self, id: StreamId) -> Option<&[Box<[u8]>]> {
        self.entries.get(&id).map(|entry| &*entry.fields)
    }

    /// The entries from one id to another, both included.
    pub fn range(
        &self,
        start: StreamId,
        end: StreamId,
    ) -> impl DoubleEndedIterator<Item = (StreamId, &[Box<[u8]>])> {
        // A range that is the wrong way round would panic.
        let end = if start > end { None } else { Some(end) };
        let range = end.map(|end| self.entries.range(start..=end));
        range
            .into_iter()
            .flatten()
            .map(|(id, entry)| (*id, &*entry.fields))
    }

    /// The lowest id.
    pub fn first(&self) -> Option<StreamId> {
        self.entries.first_key_value().map(|(id, _)| *id)
    }

    /// Deletes an entry; whether it was there.
    pub fn delete(&mut self, id: StreamId) -> bool {
        let is_there = self.drop_entry(id);
        if is_there {
            self.max_deleted = self.max_deleted.max(id);
        }
        is_there
    }

    fn drop_entry(&mut self, id: StreamId) -> bool {
        let Some(entry) = self.entries.remove(&id) else {
            return false;
        };
        self.payload -= entry.heap();
        true
    }

    /// Drops the oldest entries; how many.
    pub fn trim(&mut self, trim: Trim) -> usize {
        let mut dropped = 0;
        loop {
            let Some((_, first)) = self.entries.first_key_value() else {
                return dropped;
            };
            let (node, size) = (first.node, if trim.is_approximate { NODE } else { 1 });
            let oldest: Vec<StreamId> = self
                .entries
                .iter()
                .take(size)
                .take_while(|(_, entry)| entry.node == node)
                .map(|(id, _)| *id)
                .collect();
            let goes = match trim.keep {
                Threshold::Length(kept) => (self.len() - oldest.len()) as u64 >= kept,
                Threshold::Id(kept) => oldest.last().is_some_and(|last| *last < kept),
            };
            let too_many = |limit| (dropped + oldest.len()) as u64 > limit;
            if !goes || trim.limit.is_some_and(too_many) {
                return dropped;
            }
            for id in oldest {
                self.drop_entry(id);
                dropped += 1;
            }
        }
    }

    /// Whether an entry from `start` on was deleted, as far as is known.
    fn has_gap_from(&self, start: StreamId) -> bool {
        !self.is_empty() && self.max_deleted != StreamId::MIN && start <= self.max_deleted
    }

    /// How many entries were ever added up to an id, if that can be told.
    pub fn added_up_to(&self, id: StreamId) -> Option<u64> {
        if self.added == 0 {
            return Some(0);
        }
        if self.is_empty() && id <= self.last || id == self.last {
            return Some(self.added);
        }
        let first = self.first().filter(|_| id < self.last)?;
        if self.max_deleted == StreamId::MIN || self.max_deleted < first {
            let before = self.added - self.len() as u64;
            return match id.cmp(&first) {
                std::cmp::Ordering::Less => Some(before),
                std::cmp::Ordering::Equal => Some(before + 1),
                std::cmp::Ordering::Greater => None,
            };
        }
        None
    }

    /// How many entries a group has yet to read, if that can be told.
    pub fn lag(&self, group: &Group) -> Option<u64> {
        if self.added == 0 {
            return Some(0);
        }
        let read = match group.read {
            Some(read) if !self.has_gap_from(group.last) => Some(read),
            _ => self.added_up_to(group.last),
        };
        Some(self.added.saturating_sub(read?))
    }

    /// What a group has read after an entry was delivered to it.
    pub fn read_after(&self, group: &Group, id: StreamId) -> Option<u64> {
        match group.read {
            Some(read) if !self.has_gap_from(id) => Some(read + 1),
            read if self.added == 0 => read,
            _ => self.added_up_to(id),
        }
    }

    /// Bytes on the heap.
    pub fn heap(&self) -> usize {
        self.payload
            + tree(self.len(), size_of::<(StreamId, Entry)>())
            + self
                .groups
                .values()
                .map(|group| 200 + group.heap())
                .sum::<usize>()
    }
}
