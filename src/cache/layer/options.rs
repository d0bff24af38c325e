//! What a layer is opened with.

use crate::cache::aside::{Contradiction, Rules};
use crate::cache::codec::Encoding;
use crate::cache::connection::Fault;
use crate::cache::resilience::Timeouts;
use crate::cache::server::{Limits, StartError};

/// What a layer is opened with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Options {
    /// What can be chosen about the pattern.
    pub rules: Rules,
    /// How results are written into the cache.
    pub encoding: Encoding,
    /// How much a server of our own may hold.
    pub limits: Limits,
    /// How long to wait for the server.
    pub timeouts: Timeouts,
    /// Results larger than this, in bytes once encoded, are not stored.
    pub largest: usize,
}

impl Default for Options {
    /// No TTL, delete on write, no limit but 16 MB a result.
    fn default() -> Options {
        Options {
            rules: Rules {
                seed: 1,
                ..Rules::default()
            },
            encoding: Encoding::default(),
            limits: Limits::default(),
            timeouts: Timeouts::default(),
            largest: 16_000_000,
        }
    }
}

/// Why a layer could not be opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// There is no server.
    #[error(transparent)]
    Start(#[from] StartError),
    /// The server answered once, but not again.
    #[error("could not connect to the cache server: {0}")]
    Connect(#[from] Fault),
    /// The options contradict each other.
    #[error(transparent)]
    Rules(#[from] Contradiction),
}

impl OpenError {
    /// Whether the options are wrong, rather than the server.
    pub fn is_usage(&self) -> bool {
        matches!(
            self,
            OpenError::Rules(_)
                | OpenError::Start(
                    StartError::Off | StartError::NotOurs(_) | StartError::Limits(_)
                )
        )
    }
}
