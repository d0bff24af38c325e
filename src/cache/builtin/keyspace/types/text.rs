//! Strings.

use crate::cache::builtin::keyspace::memory::allocation;
use crate::cache::builtin::wire::parse_integer;

/// A string value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Text {
    /// One that reads as an integer.
    Integer(i64),
    /// One that was set as a whole.
    Whole(Box<[u8]>),
    /// One that was changed in place, with room to grow.
    Grown(Vec<u8>),
}

/// The longest string Redis keeps in the same allocation as its header. Here
/// it is only a name that `OBJECT ENCODING` shows.
const EMBEDDED: usize = 44;

impl Text {
    /// The shortest form that gives `bytes` back.
    pub fn new(bytes: &[u8]) -> Text {
        match parse_integer(bytes) {
            Some(n) => Text::Integer(n),
            None => Text::Whole(bytes.into()),
        }
    }

    /// Becomes `bytes`, in place where the length is the same.
    pub fn assign(&mut self, bytes: &[u8]) {
        match self {
            Text::Whole(old) if old.len() == bytes.len() && parse_integer(bytes).is_none() => {
                old.copy_from_slice(bytes);
            }
            _ => *self = Text::new(bytes),
        }
    }

    /// The bytes; an integer's are written into `digits`.
    pub fn bytes<'a>(&'a self, digits: &'a mut itoa::Buffer) -> &'a [u8] {
        match self {
            Text::Integer(n) => digits.format(*n).as_bytes(),
            Text::Whole(bytes) => bytes,
            Text::Grown(bytes) => bytes,
        }
    }

    /// The length in bytes.
    pub fn len(&self) -> usize {
        self.bytes(&mut itoa::Buffer::new()).len()
    }

    /// Whether there are no bytes.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The value if it reads as an integer.
    pub fn integer(&self) -> Option<i64> {
        match self {
            Text::Integer(n) => Some(*n),
            Text::Whole(bytes) => parse_integer(bytes),
            Text::Grown(bytes) => parse_integer(bytes),
        }
    }

    /// The bytes, to change in place.
    pub fn grow(&mut self) -> &mut Vec<u8> {
        if !matches!(self, Text::Grown(_)) {
            *self = Text::Grown(self.bytes(&mut itoa::Buffer::new()).to_vec());
        }
        match self {
            Text::Grown(bytes) => bytes,
            Text::Integer(_) | Text::Whole(_) => unreachable!("it was just made to grow"),
        }
    }

    /// Redis's name of how it is stored.
    pub fn encoding(&self) -> &'static str {
        match self {
            Text::Integer(_) => "int",
            Text::Whole(bytes) if bytes.len() <= EMBEDDED => "embstr",
            Text::Whole(_) | Text::Grown(_) => "raw",
        }
    }

    /// Bytes on the heap.
    pub fn heap(&self) -> usize {
        match self {
            Text::Integer(_) => 0,
            Text::Whole(bytes) => allocation(bytes.len()),
            Text::Grown(bytes) => allocation(bytes.capacity()),
        }
    }
}
