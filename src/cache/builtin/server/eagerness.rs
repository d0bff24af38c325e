//! Whether it pays to look for the next request before going to sleep.
//!
//! To be woken takes a thread longer than to serve a request. A client that asks
//! again as soon as it is answered is served in half the time by a thread that is
//! still awake; while nobody asks, it sleeps.

use std::num::NonZero;
use std::thread::available_parallelism;
use std::time::Duration;

use crate::clock::Time;

/// How often it looks before it sleeps: some 50 us, at 0.2 us a look.
const LOOKS: u32 = 200;
/// From one wake-up to the next, if looking is to pay.
const SOON: Duration = Duration::from_micros(100);

/// What the last wake-ups say about the next.
#[derive(Debug)]
pub(super) struct Eagerness {
    /// On a single core, looking would keep the client from asking.
    has_cores: bool,
    last: Time,
    /// The last two wake-ups were close to each other.
    soon: bool,
}

impl Default for Eagerness {
    fn default() -> Eagerness {
        Eagerness::with_cores(available_parallelism().map_or(1, NonZero::get))
    }
}

impl Eagerness {
    fn with_cores(cores: usize) -> Eagerness {
        Eagerness {
            has_cores: cores > 1,
            last: Time::ZERO,
            soon: false,
        }
    }

    /// How often to look before sleeping.
    pub(super) fn looks(&self) -> u32 {
        if self.soon { LOOKS } else { 0 }
    }

    /// Something happened, or a wait was over, at `now`.
    pub(super) fn woke(&mut self, now: Time) {
        self.soon = self.has_cores && now.since(self.last) < SOON;
        self.last = now;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_looks_only_while_requests_follow_each_other() {
        let mut eagerness = Eagerness::with_cores(2);
        let mut looks_at = |us: u64| {
            eagerness.woke(Time::ZERO + Duration::from_micros(us));
            eagerness.looks()
        };
        assert_eq!(looks_at(1_000), 0);
        assert_eq!(looks_at(1_050), LOOKS);
        assert_eq!(looks_at(1_090), LOOKS);
        assert_eq!(looks_at(2_000), 0);
        assert_eq!(looks_at(2_010), LOOKS);
    }

    #[test]
    fn a_single_core_is_left_to_the_client() {
        let mut eagerness = Eagerness::with_cores(1);
        eagerness.woke(Time::ZERO + Duration::from_micros(1));
        assert_eq!(eagerness.looks(), 0);
    }
}
