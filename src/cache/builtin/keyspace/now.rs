//! Now, as the keyspace needs it.

use crate::clock::{Clock, Time};

/// Milliseconds since 1970: what the protocol calls a moment.
pub type UnixMs = i64;

/// The moment a command runs at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Now {
    /// For ages: how long ago a key was used.
    pub time: Time,
    /// For time-to-live.
    pub unix_ms: UnixMs,
}

impl Now {
    /// What `clock` says.
    pub fn of(clock: &Clock) -> Now {
        Now {
            time: clock.now(),
            unix_ms: UnixMs::try_from(clock.unix_ms()).unwrap_or(UnixMs::MAX),
        }
    }
}
