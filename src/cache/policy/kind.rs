//! The policies by name.

use std::fmt;

/// An eviction policy, as people ask for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, clap::ValueEnum)]
pub enum PolicyKind {
    /// Evicts what was used least recently
    Lru,
    /// Evicts what came first, used or not
    Fifo,
}

impl PolicyKind {
    /// The name in reports, such as `lru`.
    pub fn name(self) -> &'static str {
        match self {
            PolicyKind::Lru => "lru",
            PolicyKind::Fifo => "fifo",
        }
    }
}

impl fmt::Display for PolicyKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
