//! Which keys a workload asks for: an exact distribution over N keys, drawn
//! from a seed.

mod alias;
mod distribution;
mod stream;

pub use alias::AliasTable;
pub use distribution::{Distribution, MAX_KEYS, UnusableKeys};
pub use stream::{KeyStream, shuffle};

/// A key's popularity rank: 0 is the most popular.
pub type Rank = u32;
