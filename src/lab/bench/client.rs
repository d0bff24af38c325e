//! Who asks.

use std::time::Duration;

use crate::lab::keys::Rank;

/// Who answered a read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Answer {
    /// The cache.
    Hit,
    /// The database, as the cache held nothing or there is none.
    Miss,
    /// The database, as the cache failed.
    Fallback,
    /// Nobody.
    Failed,
}

/// A read that is over, and what its parts took. Parts that it did not have
/// took no time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Served {
    /// Who answered.
    pub answer: Answer,
    /// Asking the cache, decoding included.
    pub get: Duration,
    /// The database.
    pub database: Duration,
    /// Storing in the cache, encoding included.
    pub set: Duration,
}

/// One client with connections of its own. It waits for its answer.
pub trait Client: Send {
    /// Reads the result for the key of this popularity rank.
    fn request(&mut self, key: Rank) -> Served;
}

impl<C: Client> Client for &mut C {
    fn request(&mut self, key: Rank) -> Served {
        (**self).request(key)
    }
}
