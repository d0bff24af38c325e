//! An LRU in this process: the rival of a cache server next to an embedded
//! database. No socket, no encoding; but each process has its own.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use crate::cache::policy::{Lru, Policy, Slot};
use crate::clock::Time;
use crate::lab::keys::Rank;
use crate::sandbox::ResultSet;

/// Results by their request's number, shared by all clients of a process.
pub struct LocalCache {
    held: Mutex<Held>,
    capacity: usize,
    ttl: Option<Duration>,
}

#[derive(Default)]
struct Held {
    slots: HashMap<Rank, Slot>,
    entries: Vec<Entry>,
    free: Vec<Slot>,
    order: Lru,
    evicted: u64,
}

struct Entry {
    number: Rank,
    rows: Arc<ResultSet>,
    stored: Time,
}

impl LocalCache {
    /// Holds at most `capacity` results, at least 1, each for `ttl`.
    pub fn new(capacity: u64, ttl: Option<Duration>) -> LocalCache {
        LocalCache {
            held: Mutex::default(),
            capacity: usize::try_from(capacity).unwrap_or(usize::MAX).max(1),
            ttl,
        }
    }

    /// The result for this number, if it is held and young enough.
    pub fn get(&self, number: Rank, now: Time) -> Option<Arc<ResultSet>> {
        let mut held = self.held();
        let slot = *held.slots.get(&number)?;
        let entry = &held.entries[slot as usize];
        if self.ttl.is_some_and(|ttl| now - entry.stored >= ttl) {
            held.remove(number);
            return None;
        }
        let rows = entry.rows.clone();
        held.order.touch(slot, now);
        Some(rows)
    }

    /// Stores a result, for which the one that was used least recently makes
    /// room if it must.
    pub fn set(&self, number: Rank, rows: Arc<ResultSet>, now: Time) {
        let mut held = self.held();
        held.remove(number);
        if held.slots.len() >= self.capacity
            && let Some(victim) = held.order.victim(now)
        {
            let number = held.entries[victim as usize].number;
            held.remove(number);
            held.evicted += 1;
        }
        let entry = Entry {
            number,
            rows,
            stored: now,
        };
        let slot = match held.free.pop() {
            Some(slot) => {
                held.entries[slot as usize] = entry;
                slot
            }
            None => {
                held.entries.push(entry);
                (held.entries.len() - 1) as Slot
            }
        };
        held.slots.insert(number, slot);
        held.order.insert(slot, now);
    }

    /// Drops all results whose number `is_dropped` says so of.
    pub fn drop_where(&self, is_dropped: impl Fn(Rank) -> bool) {
        let mut held = self.held();
        let dropped: Vec<Rank> = held
            .slots
            .keys()
            .copied()
            .filter(|n| is_dropped(*n))
            .collect();
        for number in dropped {
            held.remove(number);
        }
    }

    /// How many results it holds.
    pub fn results(&self) -> u64 {
        self.held().slots.len() as u64
    }

    /// How many results made room for others.
    pub fn evicted(&self) -> u64 {
        self.held().evicted
    }

    fn held(&self) -> MutexGuard<'_, Held> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Held {
    fn remove(&mut self, number: Rank) {
        if let Some(slot) = self.slots.remove(&number) {
            self.order.remove(slot);
            self.free.push(slot);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_least_recently_used_makes_room() {
        let cache = LocalCache::new(2, None);
        let rows = Arc::new(ResultSet::default());
        let now = Time::ZERO;
        for number in [1, 2] {
            cache.set(number, rows.clone(), now);
        }
        assert!(cache.get(1, now).is_some());
        cache.set(3, rows.clone(), now);
        assert!(cache.get(2, now).is_none());
        assert!(cache.get(1, now).is_some() && cache.get(3, now).is_some());
        assert_eq!((cache.results(), cache.evicted()), (2, 1));
        cache.drop_where(|number| number == 3);
        assert_eq!(cache.results(), 1);
        cache.set(4, rows, now);
        assert_eq!((cache.results(), cache.evicted()), (2, 1));
    }

    #[test]
    fn what_is_too_old_is_not_answered() {
        let cache = LocalCache::new(2, Some(Duration::from_nanos(10)));
        cache.set(1, Arc::default(), Time::ZERO);
        assert!(cache.get(1, Time::from_nanos(9)).is_some());
        assert!(cache.get(1, Time::from_nanos(10)).is_none());
        assert_eq!(cache.results(), 0);
    }
}
