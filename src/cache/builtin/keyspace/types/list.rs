//! Lists.

use std::collections::VecDeque;

use crate::cache::builtin::keyspace::memory::allocation;

/// One of the two ends of a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum End {
    /// The head.
    Left,
    /// The tail.
    Right,
}

/// Elements in a row.
#[derive(Debug, Clone, Default)]
pub struct List {
    elements: VecDeque<Box<[u8]>>,
    /// Bytes that the elements take on the heap.
    payload: usize,
}

impl List {
    /// How many elements there are.
    pub fn len(&self) -> usize {
        self.elements.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.elements.is_empty()
    }

    /// The element at a place; a negative one counts from the tail.
    pub fn get(&self, place: i64) -> Option<&[u8]> {
        self.elements.get(self.place(place)?).map(|one| &**one)
    }

    fn place(&self, place: i64) -> Option<usize> {
        let place = if place < 0 {
            place.checked_add(self.len() as i64)?
        } else {
            place
        };
        usize::try_from(place).ok().filter(|at| *at < self.len())
    }

    /// The elements of a range of places.
    pub fn range(&self, places: std::ops::Range<usize>) -> impl ExactSizeIterator<Item = &[u8]> {
        self.elements.range(places).map(|one| &**one)
    }

    /// All elements, from the head.
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = &[u8]> + ExactSizeIterator {
        self.elements.iter().map(|one| &**one)
    }

    /// Adds an element at an end.
    pub fn push(&mut self, end: End, element: &[u8]) {
        self.payload += allocation(element.len());
        match end {
            End::Left => self.elements.push_front(element.into()),
            End::Right => self.elements.push_back(element.into()),
        }
    }

    /// Takes the element at an end.
    pub fn pop(&mut self, end: End) -> Option<Box<[u8]>> {
        let element = match end {
            End::Left => self.elements.pop_front(),
            End::Right => self.elements.pop_back(),
        }?;
        self.payload -= allocation(element.len());
        self.shrink();
        Some(element)
    }

    /// Replaces the element at a place; false when there is no such place.
    pub fn set(&mut self, place: i64, element: &[u8]) -> bool {
        let Some(at) = self.place(place) else {
            return false;
        };
        self.payload += allocation(element.len());
        self.payload -= allocation(self.elements[at].len());
        self.elements[at] = element.into();
        true
    }

    /// Adds an element before a place.
    pub fn insert(&mut self, place: usize, element: &[u8]) {
        self.payload += allocation(element.len());
        self.elements.insert(place, element.into());
    }

    /// Removes the first `most` elements that equal `element`, from an end on;
    /// how many there were.
    pub fn remove(&mut self, element: &[u8], end: End, most: usize) -> usize {
        let equal = |one: &[u8]| *one == *element;
        let found = self.elements.iter().filter(|one| equal(one)).count();
        let removed = found.min(most);
        // From the tail, the first ones stay.
        let mut kept = if end == End::Right {
            found - removed
        } else {
            0
        };
        let mut left = removed;
        self.elements.retain(|one| {
            if !equal(one) {
                return true;
            }
            if kept > 0 {
                kept -= 1;
                return true;
            }
            let stays = left == 0;
            left = left.saturating_sub(1);
            stays
        });
        self.payload -= removed * allocation(element.len());
        self.shrink();
        removed
    }

    /// Keeps only a range of places.
    pub fn keep(&mut self, places: std::ops::Range<usize>) {
        self.elements.truncate(places.end);
        self.elements.drain(..places.start);
        self.payload = self.elements.iter().map(|one| allocation(one.len())).sum();
        self.shrink();
    }

    fn shrink(&mut self) {
        if self.elements.len() < self.elements.capacity() / 4 {
            self.elements.shrink_to(self.elements.len() * 2);
        }
    }

    /// Bytes on the heap.
    pub fn heap(&self) -> usize {
        self.payload + allocation(self.elements.capacity() * size_of::<Box<[u8]>>())
    }
}
