//! The options that say how long a key lives: `EX 10`, `PXAT 17...`, `KEEPTTL`.

use super::error::CommandError;
use crate::cache::builtin::keyspace::UnixMs;
use crate::cache::builtin::wire::parse_integer;

/// How an expiry is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Unit {
    /// `EX`: seconds from now.
    Seconds,
    /// `PX`: milliseconds from now.
    Millis,
    /// `EXAT`: seconds since 1970.
    UnixSeconds,
    /// `PXAT`: milliseconds since 1970.
    UnixMillis,
}

impl Unit {
    /// The unit of an option, in any case.
    pub(super) fn of_option(option: &[u8]) -> Option<Unit> {
        [
            ("ex", Unit::Seconds),
            ("px", Unit::Millis),
            ("exat", Unit::UnixSeconds),
            ("pxat", Unit::UnixMillis),
        ]
        .into_iter()
        .find(|(name, _)| name.as_bytes().eq_ignore_ascii_case(option))
        .map(|(_, unit)| unit)
    }

    fn in_seconds(self) -> bool {
        matches!(self, Unit::Seconds | Unit::UnixSeconds)
    }

    fn is_relative(self) -> bool {
        matches!(self, Unit::Seconds | Unit::Millis)
    }

    /// The moment that `amount` names, if it fits.
    pub(super) fn moment(self, amount: i64, now: UnixMs) -> Option<UnixMs> {
        let ms = if self.in_seconds() {
            amount.checked_mul(1000)?
        } else {
            amount
        };
        if self.is_relative() {
            ms.checked_add(now)
        } else {
            Some(ms)
        }
    }

    /// The moment of an option's value, which must be positive.
    pub(super) fn positive_moment(
        self,
        value: &[u8],
        now: UnixMs,
        command: &'static str,
    ) -> Result<UnixMs, CommandError> {
        let amount = parse_integer(value).ok_or(CommandError::NotAnInteger)?;
        Some(amount)
            .filter(|amount| *amount > 0)
            .and_then(|amount| self.moment(amount, now))
            .ok_or(CommandError::ExpireTime(command))
    }
}
