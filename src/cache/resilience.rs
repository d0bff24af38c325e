//! What keeps a failing cache from hurting: limits on waiting, and a pause
//! after repeated failures.

use std::time::Duration;

use crate::clock::Time;

/// How long to wait for the cache server before doing without it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Timeouts {
    /// For a connection, name resolution and authentication included.
    pub connect: Duration,
    /// For one command and its whole reply, however slowly that trickles in.
    pub command: Duration,
}

impl Default for Timeouts {
    /// One second to connect, half a second a command: far above any healthy
    /// cache, far below a learner's patience.
    fn default() -> Timeouts {
        Timeouts {
            connect: Duration::from_secs(1),
            command: Duration::from_millis(500),
        }
    }
}

/// A circuit breaker: after [`Breaker::LIMIT`] failures in a row the cache is
/// left alone for a while, so that each read does not pay the time-out again.
/// When the pause is over, one failure is enough for the next, longer one.
#[derive(Debug, Clone, Default)]
pub struct Breaker {
    failures: u32,
    paused_until: Option<Time>,
}

impl Breaker {
    /// Failures in a row that start a pause.
    pub const LIMIT: u32 = 3;
    /// The first pause. It doubles with each failure after it.
    pub const FIRST_PAUSE: Duration = Duration::from_secs(1);
    /// The longest pause.
    pub const LONGEST_PAUSE: Duration = Duration::from_secs(30);

    /// How much of a pause is left at `now`; `None` when the cache may be asked.
    pub fn pause_left(&self, now: Time) -> Option<Duration> {
        self.paused_until
            .filter(|until| *until > now)
            .map(|until| until - now)
    }

    /// The cache answered: all is forgiven.
    pub fn succeeded(&mut self) {
        *self = Breaker::default();
    }

    /// The cache did not answer.
    pub fn failed(&mut self, now: Time) {
        self.failures = self.failures.saturating_add(1);
        if let Some(beyond) = self.failures.checked_sub(Self::LIMIT) {
            let pause = Self::FIRST_PAUSE * 2_u32.saturating_pow(beyond.min(16));
            self.paused_until = Some(now + pause.min(Self::LONGEST_PAUSE));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: u64) -> Time {
        Time::ZERO + Duration::from_secs(seconds)
    }

    #[test]
    fn the_third_failure_in_a_row_pauses_and_later_ones_pause_longer() {
        let mut breaker = Breaker::default();
        breaker.failed(at(0));
        breaker.failed(at(0));
        assert_eq!(breaker.pause_left(at(0)), None);
        breaker.failed(at(0));
        assert_eq!(breaker.pause_left(at(0)), Some(Duration::from_secs(1)));
        assert_eq!(breaker.pause_left(at(1)), None);
        breaker.failed(at(1));
        assert_eq!(breaker.pause_left(at(1)), Some(Duration::from_secs(2)));
        for _ in 0..100 {
            breaker.failed(at(3));
        }
        assert_eq!(breaker.pause_left(at(3)), Some(Breaker::LONGEST_PAUSE));
    }

    #[test]
    fn a_success_between_failures_starts_the_count_again() {
        let mut breaker = Breaker::default();
        for _ in 0..10 {
            breaker.failed(at(0));
            breaker.failed(at(0));
            breaker.succeeded();
        }
        assert_eq!(breaker.pause_left(at(0)), None);
    }
}
