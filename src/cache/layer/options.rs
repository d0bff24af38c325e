//! What a layer is opened with.

use std::time::Duration;

use crate::cache::Invalidation;
use crate::cache::aside::{Contradiction, Jitter, Protection, Rules, Strategy};
use crate::cache::codec::Encoding;
use crate::cache::connection::Fault;
use crate::cache::resilience::Timeouts;
use crate::cache::server::{Limits, StartError};

/// What a layer is opened with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Options {
    /// How long a result is answered from the cache, a millisecond at least;
    /// `None`: until a write drops it or the server evicts it.
    pub ttl: Option<Duration>,
    /// How far the TTLs of results are spread.
    pub jitter: Jitter,
    /// Whether each hit starts the TTL anew.
    pub sliding: bool,
    /// The TTL of results without rows; `None`: as others.
    pub negative: Option<Duration>,
    /// What a write does to cached results.
    pub invalidation: Invalidation,
    /// What is done about many readers that miss at once.
    pub protection: Protection,
    /// Who loads, and what a write does besides.
    pub strategy: Strategy,
    /// Of what is drawn: jitter and early loads.
    pub seed: u64,
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
            ttl: None,
            jitter: Jitter::NONE,
            sliding: false,
            negative: None,
            invalidation: Invalidation::default(),
            protection: Protection::default(),
            strategy: Strategy::default(),
            seed: 1,
            encoding: Encoding::default(),
            limits: Limits::default(),
            timeouts: Timeouts::default(),
            largest: 16_000_000,
        }
    }
}

impl Options {
    /// What the state machine is to follow.
    pub fn rules(&self) -> Rules {
        Rules {
            ttl: self.ttl,
            jitter: self.jitter,
            sliding: self.sliding,
            negative: self.negative,
            invalidation: self.invalidation,
            protection: self.protection,
            strategy: self.strategy,
            seed: self.seed,
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
