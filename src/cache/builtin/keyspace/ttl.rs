//! Time-to-live: set, ask, and sweep out what nobody asks for.

use super::entries::NEVER;
use super::now::{Now, UnixMs};
use super::space::Keyspace;
use crate::cache::policy::Slot;

/// When a new expiry replaces the one that is there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Condition {
    /// Only if there is none.
    pub none_yet: bool,
    /// Only if there is one.
    pub some_already: bool,
    /// Only if it is later. No expiry is later than any.
    pub later: bool,
    /// Only if it is sooner.
    pub sooner: bool,
}

impl Condition {
    fn allows(self, new: UnixMs, old: UnixMs) -> bool {
        !(self.none_yet && old != NEVER
            || self.some_already && old == NEVER
            || self.later && new <= old
            || self.sooner && new >= old)
    }
}

/// What is known of a key's end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Expiry {
    /// There is no such key.
    NoKey,
    /// It stays.
    Never,
    /// It ends then.
    At(UnixMs),
}

/// The largest moment is kept for "never".
pub(super) fn moment(at: UnixMs) -> UnixMs {
    at.min(NEVER - 1)
}

impl Keyspace {
    /// When `key` ends. Counts a hit or a miss, and is no use.
    pub fn expiry(&mut self, key: &[u8], now: Now) -> Expiry {
        let slot = self.counted(key, now);
        match slot.and_then(|slot| self.entries.get(slot)) {
            None => Expiry::NoKey,
            Some(entry) if entry.expires == NEVER => Expiry::Never,
            Some(entry) => Expiry::At(entry.expires),
        }
    }

    /// Ends `key` at a moment, under a condition; one that has passed deletes
    /// it now. Whether that was done.
    pub fn expire_at(&mut self, key: &[u8], at: UnixMs, condition: Condition, now: Now) -> bool {
        let Some(slot) = self.find(key, now) else {
            return false;
        };
        let at = moment(at);
        let old = self.entries.get(slot).map_or(NEVER, |entry| entry.expires);
        if !condition.allows(at, old) {
            return false;
        }
        if at <= now.unix_ms {
            return self.remove(key, now);
        }
        self.changed(slot);
        self.change(slot, |entry| entry.expires = at).is_some()
    }

    /// Takes the end of `key` away; whether there was one.
    pub fn persist(&mut self, key: &[u8], now: Now) -> bool {
        let Some(slot) = self.find(key, now) else {
            return false;
        };
        let had_one = self.change(slot, |entry| {
            std::mem::replace(&mut entry.expires, NEVER) != NEVER
        });
        if had_one == Some(true) {
            self.changed(slot);
        }
        had_one == Some(true)
    }

    /// Deletes keys whose time is over among the next `slots` slots, which it
    /// goes round and round. Returns how many it deleted.
    pub fn sweep(&mut self, slots: Slot, now: Now) -> usize {
        if self.volatile == 0 {
            return 0;
        }
        let mut deleted = 0;
        for _ in 0..slots.min(self.entries.end()) {
            let slot = self.sweep_at;
            self.sweep_at = if slot + 1 < self.entries.end() {
                slot + 1
            } else {
                0
            };
            let entry = self.entries.get(slot);
            if entry.is_some_and(|entry| entry.is_expired(now.unix_ms)) {
                self.expire(slot);
                deleted += 1;
            }
        }
        deleted
    }
}
