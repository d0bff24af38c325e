//! Who asks.

use std::time::Duration;

use crate::lab::keys::Rank;

/// Who answered a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Answer {
    /// The database, as there is no cache on this side.
    Direct,
    /// The cache.
    Hit,
    /// The database, as the cache held nothing.
    Miss,
    /// Another reader's load of what this one missed, too.
    Coalesced,
    /// The database, although the cache held it: before it expires.
    Early,
    /// The database, as the cache failed.
    Fallback,
    /// Nobody could answer a read.
    Failed,
    /// The database took a write.
    Written,
    /// The database did not take a write.
    NotWritten,
}

/// A request that is over, and what its parts took. Parts that it did not have
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
    /// Whether the answer was older than the last committed write.
    pub stale: bool,
    /// Results that were loaded anew after the answer: a stale one by its
    /// reader, those that a write made old by the writer.
    pub reloaded: u64,
    /// What the harness itself did besides, such as comparing the answer with
    /// the database: no part of the latency.
    pub apart: Duration,
}

impl Served {
    /// An answer that took `database` there, and no time elsewhere.
    pub fn by_database(answer: Answer, database: Duration) -> Served {
        Served {
            answer,
            get: Duration::ZERO,
            database,
            set: Duration::ZERO,
            stale: false,
            reloaded: 0,
            apart: Duration::ZERO,
        }
    }
}

/// One client with connections of its own. It waits for its answer.
pub trait Client: Send {
    /// Asks for what this number stands for: a statement and its key.
    fn request(&mut self, number: Rank) -> Served;
}

impl<C: Client> Client for &mut C {
    fn request(&mut self, number: Rank) -> Served {
        (**self).request(number)
    }
}
