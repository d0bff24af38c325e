//! A key's own bytes.

use std::ops::Deref;

use super::memory::allocation;

/// The longest key that lies in its entry. With it an entry fills one line of
/// the processor's cache: looking such a key up fetches no other.
const SHORT: usize = 22;

/// A key's own bytes: short ones in place, others on the heap.
#[derive(Debug)]
pub(super) enum Key {
    Short { length: u8, bytes: [u8; SHORT] },
    Long(Box<[u8]>),
}

impl Key {
    /// Bytes on the heap.
    pub(super) fn heap(&self) -> usize {
        match self {
            Key::Short { .. } => 0,
            Key::Long(bytes) => allocation(bytes.len()),
        }
    }
}

impl From<&[u8]> for Key {
    fn from(key: &[u8]) -> Key {
        let mut bytes = [0; SHORT];
        match bytes.get_mut(..key.len()) {
            Some(start) => {
                start.copy_from_slice(key);
                let length = key.len() as u8;
                Key::Short { length, bytes }
            }
            None => Key::Long(key.into()),
        }
    }
}

impl Deref for Key {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        match self {
            Key::Short { length, bytes } => &bytes[..usize::from(*length)],
            Key::Long(bytes) => bytes,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Key, SHORT};

    #[test]
    fn a_key_is_what_it_was_made_of() {
        for length in [0, 1, SHORT - 1, SHORT, SHORT + 1, 1000] {
            let bytes = vec![b'k'; length];
            let key = Key::from(bytes.as_slice());
            assert_eq!(*key, *bytes, "{length} bytes");
            assert_eq!(key.heap() > 0, length > SHORT);
        }
        assert_eq!(size_of::<Key>(), 24);
    }
}
