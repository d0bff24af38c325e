//! Now, as a value: wall or virtual. Nobody else reads the time.
//!
//! Code that depends on time takes a [`Time`] as an argument, or a [`Clock`]
//! where it must ask more than once. So the same cache layer is measured on the
//! wall clock, simulated in virtual time and tested without sleeping.

use std::ops::{Add, Sub};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use crate::interrupt::Interrupt;

/// A moment: nanoseconds since the clock that gave it was made. Moments of
/// two clocks do not compare.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Time(u64);

impl Time {
    /// The moment the clock was made.
    pub const ZERO: Time = Time(0);

    /// The moment `nanos` nanoseconds after the clock was made.
    pub fn from_nanos(nanos: u64) -> Time {
        Time(nanos)
    }

    /// Nanoseconds since the clock was made.
    pub fn as_nanos(self) -> u64 {
        self.0
    }

    /// The time passed since `earlier`; zero if `earlier` is later.
    pub fn since(self, earlier: Time) -> Duration {
        Duration::from_nanos(self.0.saturating_sub(earlier.0))
    }
}

impl Add<Duration> for Time {
    type Output = Time;

    /// Saturates: "never" is a moment that does not come.
    fn add(self, by: Duration) -> Time {
        Time(
            self.0
                .saturating_add(u64::try_from(by.as_nanos()).unwrap_or(u64::MAX)),
        )
    }
}

impl Sub for Time {
    type Output = Duration;

    fn sub(self, earlier: Time) -> Duration {
        self.since(earlier)
    }
}

/// A source of [`Time`].
#[derive(Debug, Clone)]
pub struct Clock {
    source: Source,
    /// Unix time, in milliseconds, at [`Time::ZERO`].
    unix_ms_at_zero: u64,
    /// Nanoseconds that were spent [`aside`](Clock::aside).
    spent_aside: Arc<AtomicU64>,
}

#[derive(Debug, Clone)]
enum Source {
    Wall(Instant),
    Virtual(Arc<AtomicU64>),
}

impl Clock {
    /// The machine's monotonic clock, starting at zero now.
    #[expect(
        clippy::disallowed_methods,
        reason = "the one place that reads the time"
    )]
    pub fn wall() -> Clock {
        let unix = SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .unwrap_or_default();
        Clock {
            source: Source::Wall(Instant::now()),
            unix_ms_at_zero: u64::try_from(unix.as_millis()).unwrap_or(0),
            spent_aside: Arc::default(),
        }
    }

    /// A clock that stands at zero until it is told to [`advance`](Self::advance).
    /// Clones share the same time.
    pub fn virtual_at(unix_ms: u64) -> Clock {
        Clock {
            source: Source::Virtual(Arc::new(AtomicU64::new(0))),
            unix_ms_at_zero: unix_ms,
            spent_aside: Arc::default(),
        }
    }

    /// Now. Costs about 25 ns on the wall clock.
    pub fn now(&self) -> Time {
        match &self.source {
            Source::Wall(zero) => {
                Time(u64::try_from(zero.elapsed().as_nanos()).unwrap_or(u64::MAX))
            }
            Source::Virtual(nanos) => Time(nanos.load(Ordering::Acquire)),
        }
    }

    /// Does something that is not the work that is timed: waits until a reader
    /// has taken what was written. Clones share what it takes.
    pub fn aside<T>(&self, wait: impl FnOnce() -> T) -> T {
        let before = self.now();
        let done = wait();
        let took = self.now().as_nanos().saturating_sub(before.as_nanos());
        self.spent_aside.fetch_add(took, Ordering::AcqRel);
        done
    }

    /// Now, without what was spent [`aside`](Self::aside): its differences are
    /// the time that work took.
    pub fn worked(&self) -> Time {
        Time(
            self.now()
                .as_nanos()
                .saturating_sub(self.spent_aside.load(Ordering::Acquire)),
        )
    }

    /// Now as milliseconds since 1970, for protocols that speak of dates.
    pub fn unix_ms(&self) -> u64 {
        self.unix_ms_at_zero
            .saturating_add(self.now().as_nanos() / 1_000_000)
    }

    /// Waits for `time`; a virtual clock is moved forward instead.
    pub fn wait(&self, time: Duration) {
        match &self.source {
            Source::Wall(_) => std::thread::sleep(time),
            Source::Virtual(_) => self.advance(time),
        }
    }

    /// Moves a virtual clock forward. A wall clock moves by itself, and this
    /// does nothing to it.
    pub fn advance(&self, by: Duration) {
        if let Source::Virtual(nanos) = &self.source {
            let by = u64::try_from(by.as_nanos()).unwrap_or(u64::MAX);
            nanos.fetch_add(by, Ordering::AcqRel);
        }
    }

    /// Waits until `time`, or until `interrupt` is raised: to within some
    /// microseconds on the wall clock, which sleeps most of it and looks at
    /// the time for the rest. A virtual clock moves there.
    pub fn wait_until(&self, time: Time, interrupt: &Interrupt) {
        /// A sleeper may come back so much late.
        const LATE: Duration = Duration::from_micros(120);
        const NAP: Duration = Duration::from_millis(20);
        loop {
            let left = time - self.now();
            if left.is_zero() || interrupt.is_raised() {
                return;
            }
            if matches!(self.source, Source::Virtual(_)) {
                self.advance(left);
            } else if left > LATE {
                std::thread::sleep((left - LATE).min(NAP));
            } else {
                std::thread::yield_now();
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waiting_moves_a_virtual_clock_and_ends_with_an_interrupt() {
        let clock = Clock::virtual_at(0);
        let interrupt = Interrupt::new();
        let at = Time::from_nanos(5_000);
        clock.wait_until(at, &interrupt);
        clock.wait_until(Time::ZERO, &interrupt);
        assert_eq!(clock.now(), at);
        interrupt.raise();
        Clock::wall().wait_until(Time::from_nanos(u64::MAX), &interrupt);
    }

    #[test]
    fn a_virtual_clock_moves_only_when_told() {
        let clock = Clock::virtual_at(1_000);
        let copy = clock.clone();
        assert_eq!(clock.now(), Time::ZERO);
        copy.advance(Duration::from_millis(7));
        assert_eq!(clock.now().since(Time::ZERO), Duration::from_millis(7));
        assert_eq!(clock.unix_ms(), 1_007);
    }

    #[test]
    fn a_wall_clock_never_goes_back() {
        let clock = Clock::wall();
        let first = clock.now();
        assert!(clock.now() >= first);
    }

    #[test]
    fn adding_forever_saturates() {
        let end = Time::from_nanos(5) + Duration::MAX;
        assert_eq!(end.as_nanos(), u64::MAX);
    }
}
