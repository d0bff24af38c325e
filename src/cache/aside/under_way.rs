//! A read between its question and its end.

use std::time::Duration;

use super::{ReadId, Source};
use crate::clock::Time;

/// What a read is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Purpose {
    /// Somebody waits for the rows.
    Answer,
    /// Somebody waits, who could have had an older result.
    Early {
        /// How much longer the older one would have lived.
        ttl_left: Duration,
    },
    /// Nobody waits: the cache is to have the result.
    Restock,
}

/// A read under way.
#[derive(Debug, Clone)]
pub(super) struct UnderWay<K> {
    pub(super) key: K,
    pub(super) purpose: Purpose,
    /// Set as soon as it is known that the cache is of no use to this read.
    pub(super) without_cache: Option<Source>,
    /// The TTL that asking for the result has given it.
    pub(super) extended: Option<Duration>,
    /// Reads that get this one's rows.
    pub(super) followers: Vec<ReadId>,
    /// Since when this one waits for another.
    pub(super) waiting_since: Option<Time>,
    pauses: u32,
    pub(super) has_lock: bool,
    /// How many results had been stored when it asked the cache.
    pub(super) arrivals: u64,
    /// When the lock was asked for: it runs out a lease later at the earliest.
    pub(super) lock_asked: Time,
}

/// The first pause before looking again; each is twice the last.
const FIRST_PAUSE: Duration = Duration::from_millis(1);
const LONGEST_PAUSE: Duration = Duration::from_millis(50);

impl<K> UnderWay<K> {
    pub(super) fn new(key: K, purpose: Purpose) -> UnderWay<K> {
        UnderWay {
            key,
            purpose,
            without_cache: None,
            extended: None,
            followers: Vec::new(),
            waiting_since: None,
            pauses: 0,
            has_lock: false,
            arrivals: 0,
            lock_asked: Time::ZERO,
        }
    }

    /// Whether it has waited for `limit` by now, and should wait no more.
    pub(super) fn has_waited(&self, limit: Duration, now: Time) -> bool {
        self.waiting_since.is_some_and(|since| now - since >= limit)
    }

    /// It begins to wait or goes on waiting: for how long until it looks again.
    pub(super) fn next_pause(&mut self, now: Time) -> Duration {
        self.waiting_since.get_or_insert(now);
        let pause = FIRST_PAUSE * 2_u32.pow(self.pauses.min(10));
        self.pauses += 1;
        pause.min(LONGEST_PAUSE)
    }
}
