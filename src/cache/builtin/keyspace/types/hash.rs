//! Hashes.

use super::members::{Map, SMALL_ELEMENT, scan, table};
use crate::cache::builtin::keyspace::memory::allocation;

/// The most fields of a small hash, as Redis sets it by default.
const SMALL: usize = 512;

/// Fields with values, in the order they came as long as the hash is small.
#[derive(Debug, Clone, Default)]
pub struct Hash {
    fields: Map<Box<[u8]>, Box<[u8]>>,
    /// Bytes that fields and values take on the heap.
    payload: usize,
    /// It was once too large for Redis's small form, which it does not go back to.
    large: bool,
}

impl Hash {
    /// How many fields there are.
    pub fn len(&self) -> usize {
        self.fields.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.fields.is_empty()
    }

    /// The value of a field.
    pub fn get(&self, field: &[u8]) -> Option<&[u8]> {
        self.fields.get(field).map(|value| &**value)
    }

    /// The field at a place, and its value.
    pub fn at(&self, place: usize) -> Option<(&[u8], &[u8])> {
        let (field, value) = self.fields.get_index(place)?;
        Some((field, value))
    }

    /// All fields with their values.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = (&[u8], &[u8])> {
        self.fields
            .iter()
            .map(|(field, value)| (&**field, &**value))
    }

    /// Sets a field; whether it is new.
    pub fn set(&mut self, field: &[u8], value: &[u8]) -> bool {
        self.large |= field.len() > SMALL_ELEMENT || value.len() > SMALL_ELEMENT;
        self.payload += allocation(value.len());
        if let Some(old) = self.fields.get_mut(field) {
            self.payload -= allocation(old.len());
            *old = value.into();
            return false;
        }
        self.payload += allocation(field.len());
        self.fields.insert(field.into(), value.into());
        self.large |= self.fields.len() > SMALL;
        true
    }

    /// Removes a field; whether it was there.
    pub fn remove(&mut self, field: &[u8]) -> bool {
        let removed = if self.large {
            self.fields.swap_remove_entry(field)
        } else {
            self.fields.shift_remove_entry(field)
        };
        let Some((field, value)) = removed else {
            return false;
        };
        self.payload -= allocation(field.len()) + allocation(value.len());
        if self.fields.len() < self.fields.capacity() / 4 {
            self.fields.shrink_to(self.fields.len() * 2);
        }
        true
    }

    /// The fields of one step of a scan, and the next cursor. A small hash is
    /// come by as a whole.
    pub fn scan(&self, cursor: u64, count: u64) -> (u64, impl Iterator<Item = (&[u8], &[u8])>) {
        let (next, range) = if self.large {
            scan(self.len(), cursor, count)
        } else {
            (0, 0..self.len())
        };
        (next, range.filter_map(|place| self.at(place)))
    }

    /// Redis's name of how it is stored.
    pub fn encoding(&self) -> &'static str {
        if self.large { "hashtable" } else { "listpack" }
    }

    /// Bytes on the heap.
    pub fn heap(&self) -> usize {
        self.payload + table(self.fields.capacity(), size_of::<(u64, [Box<[u8]>; 2])>())
    }
}
