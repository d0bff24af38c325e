//! What a layer is opened with.

use std::time::Duration;

use crate::cache::Invalidation;
use crate::cache::aside::Rules;
use crate::cache::connection::Fault;
use crate::cache::resilience::Timeouts;
use crate::cache::server::{Limits, StartError};

/// What a layer is opened with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Options {
    /// How long a result is answered from the cache, a millisecond at least;
    /// `None`: until a write drops it or the server evicts it.
    pub ttl: Option<Duration>,
    /// What a write does to cached results.
    pub invalidation: Invalidation,
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
            invalidation: Invalidation::default(),
            limits: Limits::default(),
            timeouts: Timeouts::default(),
            largest: 16_000_000,
        }
    }
}

impl Options {
    pub(super) fn rules(&self) -> Rules {
        Rules {
            ttl: self.ttl,
            invalidation: self.invalidation,
        }
    }

    pub(super) fn check(&self) -> Result<(), OpenError> {
        match self.ttl {
            None if self.invalidation == Invalidation::Ttl => Err(OpenError::TtlMissing),
            Some(ttl) if ttl < Duration::from_millis(1) => Err(OpenError::TtlTooShort),
            _ => Ok(()),
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
    /// Nothing would ever drop a result.
    #[error("ttl invalidation needs a TTL, such as 30s")]
    TtlMissing,
    /// Servers count in milliseconds.
    #[error("a TTL is a millisecond at least")]
    TtlTooShort,
}

impl OpenError {
    /// Whether the options are wrong, rather than the server.
    pub fn is_usage(&self) -> bool {
        matches!(
            self,
            OpenError::TtlMissing
                | OpenError::TtlTooShort
                | OpenError::Start(
                    StartError::Off | StartError::NotOurs(_) | StartError::Limits(_)
                )
        )
    }
}
