//! Bad weather between a layer and its server, made on purpose: a benchmark
//! shows what it does to reads.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

/// How the way to the server is. Clones of one `Arc` share it; by default
/// nothing is in the way.
#[derive(Debug, Default)]
pub struct Weather {
    down: AtomicBool,
    slower_nanos: AtomicU64,
    breaks: AtomicU64,
}

impl Weather {
    /// From now on no command reaches the server: connections break.
    pub fn set_down(&self, down: bool) {
        self.down.store(down, Ordering::Release);
    }

    /// Whether no command reaches the server.
    pub fn is_down(&self) -> bool {
        self.down.load(Ordering::Acquire)
    }

    /// From now on each command takes so much longer.
    pub fn set_slower(&self, by: Duration) {
        let nanos = u64::try_from(by.as_nanos()).unwrap_or(u64::MAX);
        self.slower_nanos.store(nanos, Ordering::Release);
    }

    /// How much longer a command takes.
    pub fn slower(&self) -> Duration {
        Duration::from_nanos(self.slower_nanos.load(Ordering::Acquire))
    }

    /// Breaks each connection once.
    pub fn break_connections(&self) {
        self.breaks.fetch_add(1, Ordering::AcqRel);
    }

    /// How many times connections were broken.
    pub(super) fn breaks(&self) -> u64 {
        self.breaks.load(Ordering::Acquire)
    }
}
