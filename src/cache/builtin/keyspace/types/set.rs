//! Sets.

use std::borrow::Cow;

use super::members::{Members, scan, table};
use crate::cache::builtin::keyspace::memory::allocation;
use crate::cache::builtin::wire::parse_integer;

/// The most members of a set of integers, as Redis sets it by default.
const SMALL: usize = 512;

/// Members, each once.
#[derive(Debug, Clone)]
pub struct Set(Form);

#[derive(Debug, Clone)]
enum Form {
    /// Integers alone, few of them, ascending.
    Integers(Vec<i64>),
    /// Anything.
    Table {
        members: Members,
        /// Bytes that the members take on the heap.
        payload: usize,
    },
}

impl Default for Set {
    fn default() -> Set {
        Set(Form::Integers(Vec::new()))
    }
}

fn digits<'a>(n: i64) -> Cow<'a, [u8]> {
    Cow::Owned(itoa::Buffer::new().format(n).as_bytes().to_vec())
}

impl Set {
    /// How many members there are.
    pub fn len(&self) -> usize {
        match &self.0 {
            Form::Integers(integers) => integers.len(),
            Form::Table { members, .. } => members.len(),
        }
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Whether `member` is one.
    pub fn contains(&self, member: &[u8]) -> bool {
        match &self.0 {
            Form::Integers(integers) => {
                parse_integer(member).is_some_and(|n| integers.binary_search(&n).is_ok())
            }
            Form::Table { members, .. } => members.contains(member),
        }
    }

    /// The member at a place.
    pub fn at(&self, place: usize) -> Option<Cow<'_, [u8]>> {
        match &self.0 {
            Form::Integers(integers) => integers.get(place).map(|n| digits(*n)),
            Form::Table { members, .. } => {
                members.get_index(place).map(|one| Cow::Borrowed(&**one))
            }
        }
    }

    /// All members.
    pub fn iter(&self) -> impl Iterator<Item = Cow<'_, [u8]>> {
        (0..self.len()).filter_map(|place| self.at(place))
    }

    /// Adds a member; whether it is new.
    pub fn add(&mut self, member: &[u8]) -> bool {
        if let Form::Integers(integers) = &mut self.0 {
            if let Some(n) = parse_integer(member) {
                let Err(place) = integers.binary_search(&n) else {
                    return false;
                };
                integers.insert(place, n);
                if integers.len() > SMALL {
                    self.grow();
                }
                return true;
            }
            self.grow();
        }
        let Form::Table { members, payload } = &mut self.0 else {
            return false;
        };
        // Looking first saves an allocation for a member that is there.
        if members.contains(member) {
            return false;
        }
        *payload += allocation(member.len());
        members.insert(member.into())
    }

    /// Takes the form for anything, for good.
    fn grow(&mut self) {
        let members: Members = self
            .iter()
            .map(|member| Box::from(member.as_ref()))
            .collect();
        let payload = members.iter().map(|member| allocation(member.len())).sum();
        self.0 = Form::Table { members, payload };
    }

    /// Removes a member; whether it was there.
    pub fn remove(&mut self, member: &[u8]) -> bool {
        match &mut self.0 {
            Form::Integers(integers) => parse_integer(member)
                .and_then(|n| integers.binary_search(&n).ok())
                .map(|place| integers.remove(place))
                .is_some(),
            Form::Table { members, payload } => {
                let removed = members.swap_remove(member);
                if removed {
                    *payload -= allocation(member.len());
                }
                if members.len() < members.capacity() / 4 {
                    members.shrink_to(members.len() * 2);
                }
                removed
            }
        }
    }

    /// The members of one step of a scan, and the next cursor. A set of
    /// integers is come by as a whole.
    pub fn scan(&self, cursor: u64, count: u64) -> (u64, impl Iterator<Item = Cow<'_, [u8]>>) {
        let (next, range) = match &self.0 {
            Form::Integers(integers) => (0, 0..integers.len()),
            Form::Table { members, .. } => scan(members.len(), cursor, count),
        };
        (next, range.filter_map(|place| self.at(place)))
    }

    /// Redis's name of how it is stored.
    pub fn encoding(&self) -> &'static str {
        match &self.0 {
            Form::Integers(_) => "intset",
            Form::Table { .. } => "hashtable",
        }
    }

    /// Bytes on the heap.
    pub fn heap(&self) -> usize {
        match &self.0 {
            Form::Integers(integers) => allocation(integers.capacity() * size_of::<i64>()),
            Form::Table { members, payload } => {
                payload + table(members.capacity(), size_of::<(u64, Box<[u8]>)>())
            }
        }
    }
}
