//! A value of any type, and what all types have in common.

use super::{Hash, List, Set, SortedSet, Stream, Text};

/// A value. One variant a type. Strings lie in the entry itself, which keeps
/// the way to them short; the others are boxed.
#[derive(Debug, Clone)]
pub enum Value {
    /// A string.
    Text(Text),
    /// Fields with values.
    Hash(Box<Hash>),
    /// A list.
    List(Box<List>),
    /// Members without an order.
    Set(Box<Set>),
    /// Members ordered by score.
    Sorted(Box<SortedSet>),
    /// Entries by id.
    Stream(Box<Stream>),
}

/// The key holds a value of another type.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the key holds another type of value")]
pub struct WrongType;

/// A type of value.
pub trait Kind: Sized {
    /// The value, if it is of this type.
    fn of(value: &Value) -> Option<&Self>;
    /// The value, if it is of this type.
    fn of_mut(value: &mut Value) -> Option<&mut Self>;
    /// As a value of any type.
    fn into_value(self) -> Value;
    /// Whether its key goes, because nothing is left in it.
    fn is_spent(&self) -> bool;
}

/// What an edit returns, and whether it has changed anything: what has not is
/// no reason to fail a transaction that watches the key.
pub trait Outcome {
    /// Whether the value is another one now.
    fn changed(&self) -> bool;
}

impl Outcome for () {
    fn changed(&self) -> bool {
        true
    }
}

impl Outcome for bool {
    fn changed(&self) -> bool {
        *self
    }
}

impl Outcome for usize {
    fn changed(&self) -> bool {
        *self > 0
    }
}

impl<T> Outcome for Vec<T> {
    fn changed(&self) -> bool {
        !self.is_empty()
    }
}

impl<T> Outcome for Option<T> {
    fn changed(&self) -> bool {
        self.is_some()
    }
}

impl Outcome for i64 {
    fn changed(&self) -> bool {
        true
    }
}

impl Outcome for String {
    fn changed(&self) -> bool {
        true
    }
}

impl<T: Outcome, E> Outcome for Result<T, E> {
    fn changed(&self) -> bool {
        self.as_ref().is_ok_and(Outcome::changed)
    }
}

macro_rules! kinds {
    ($($variant:ident $kind:ty, $spent:expr;)*) => {$(
        impl Kind for $kind {
            fn of(value: &Value) -> Option<&$kind> {
                match value {
                    Value::$variant(value) => Some(value),
                    _ => None,
                }
            }

            fn of_mut(value: &mut Value) -> Option<&mut $kind> {
                match value {
                    Value::$variant(value) => Some(value),
                    _ => None,
                }
            }

            fn into_value(self) -> Value {
                Value::$variant(self.into())
            }

            fn is_spent(&self) -> bool {
                let spent: fn(&$kind) -> bool = $spent;
                spent(self)
            }
        }
    )*};
}

kinds! {
    Text Text, |_| false;
    Hash Hash, |hash| hash.is_empty();
    List List, |list| list.is_empty();
    Set Set, |set| set.is_empty();
    Sorted SortedSet, |sorted| sorted.is_empty();
    Stream Stream, |_| false;
}

impl Value {
    /// Redis's name of the type.
    pub fn type_name(&self) -> &'static str {
        match self {
            Value::Text(_) => "string",
            Value::Hash(_) => "hash",
            Value::List(_) => "list",
            Value::Set(_) => "set",
            Value::Sorted(_) => "zset",
            Value::Stream(_) => "stream",
        }
    }

    /// Redis's name of how the value is stored: what Redis would have chosen
    /// at this size, not how it is laid out here.
    pub fn encoding(&self) -> &'static str {
        match self {
            Value::Text(text) => text.encoding(),
            Value::Hash(hash) => hash.encoding(),
            Value::List(_) => "quicklist",
            Value::Set(set) => set.encoding(),
            Value::Sorted(sorted) => sorted.encoding(),
            Value::Stream(_) => "stream",
        }
    }

    /// Bytes on the heap, as the allocator counts them. Takes the same time
    /// for every size.
    #[inline]
    pub fn heap(&self) -> usize {
        match self {
            Value::Text(text) => text.heap(),
            Value::Hash(hash) => boxed::<Hash>() + hash.heap(),
            Value::List(list) => boxed::<List>() + list.heap(),
            Value::Set(set) => boxed::<Set>() + set.heap(),
            Value::Sorted(sorted) => boxed::<SortedSet>() + sorted.heap(),
            Value::Stream(stream) => boxed::<Stream>() + stream.heap(),
        }
    }
}

fn boxed<T>() -> usize {
    crate::cache::builtin::keyspace::memory::allocation(size_of::<T>())
}

#[cfg(test)]
mod tests {
    use super::{Text, Value};

    #[test]
    fn other_types_do_not_make_strings_larger() {
        assert_eq!(size_of::<Value>(), size_of::<Text>());
    }
}
