//! What the server holds: keys, typed values, time-to-live, how much memory
//! they take, and which go when there is too little.
//!
//! Entries live in *slots*, small dense numbers that never change while the
//! key exists. The index maps a key's hash to its slot, the eviction policy
//! ([`crate::cache::policy`]) orders slots, and `SCAN` counts through them.
//! Everything that depends on time takes it as an argument.

mod attention;
mod entries;
mod index;
mod key;
mod memory;
mod now;
mod scan;
mod space;
mod stats;
mod ttl;
mod typed;
mod types;
mod watching;

pub use now::{Now, UnixMs};
pub use scan::Found;
pub use space::{Keyspace, Lifetime, OutOfMemory};
pub use stats::Stats;
pub use ttl::{Condition, Expiry};
pub use types::{
    Consumer, End, Group, Hash, Kind, List, Outcome, Pending, Set, SortedSet, Stream, StreamId,
    Text, Threshold, Trim, Value, WrongType,
};
