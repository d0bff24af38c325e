//! Who loads and who stores: the names that textbooks give to it.

use std::str::FromStr;
use std::time::Duration;

/// Who asks the database, and what a write does besides. For the cached
/// results of SQL queries:
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Strategy {
    /// The reader asks the cache, on a miss the database, and stores what it
    /// got. A write invalidates.
    #[default]
    CacheAside,
    /// Readers ask the cache layer alone, and it asks the database: one load
    /// of a key at a time, for all readers of the process.
    ReadThrough,
    /// As cache-aside, and a committed write loads the results that it made
    /// old anew, and stores them, before it is done. The next reader hits; the
    /// writer waits.
    WriteThrough,
    /// A write is done as soon as it stands in a queue in the cache server.
    /// The database gets the queue later, in order and in one transaction.
    WriteBehind {
        /// Writes that wait at most; the one that fills the queue waits for
        /// the database.
        queue: u32,
        /// How long a write waits at most, while there are statements.
        delay: Duration,
    },
}

impl Strategy {
    /// All of them, with their usual settings.
    pub const ALL: [Strategy; 4] = [
        Strategy::CacheAside,
        Strategy::ReadThrough,
        Strategy::WriteThrough,
        Strategy::WriteBehind {
            queue: 100,
            delay: Duration::from_secs(1),
        },
    ];

    /// The word on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Strategy::CacheAside => "cache-aside",
            Strategy::ReadThrough => "read-through",
            Strategy::WriteThrough => "write-through",
            Strategy::WriteBehind { .. } => "write-behind",
        }
    }
}

/// The word names no strategy.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "unknown strategy {0:?}: there are cache-aside, read-through, write-through and write-behind"
)]
pub struct UnknownStrategy(String);

impl FromStr for Strategy {
    type Err = UnknownStrategy;

    fn from_str(word: &str) -> Result<Strategy, UnknownStrategy> {
        Strategy::ALL
            .into_iter()
            .find(|known| known.name().eq_ignore_ascii_case(word))
            .ok_or_else(|| UnknownStrategy(word.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_words_are_read_back() {
        for strategy in Strategy::ALL {
            assert_eq!(strategy.name().parse(), Ok(strategy));
        }
        assert!("write-around".parse::<Strategy>().is_err());
    }
}
