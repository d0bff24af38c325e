//! A cache of equally sized objects under one policy.

use crate::cache::policy::{Policy, Slot};
use crate::clock::Time;
use crate::lab::keys::Rank;

const NOT_HELD: Slot = Slot::MAX;

/// A cache that holds up to `capacity` objects. It takes 4 bytes for every
/// key, and 4 more for every object held besides what the policy needs.
#[derive(Debug, Clone)]
pub struct ObjectCache<P> {
    policy: P,
    capacity: usize,
    slot_of: Vec<Slot>,
    key_in: Vec<Rank>,
}

impl<P: Policy> ObjectCache<P> {
    /// An empty cache for keys below `keys`. It holds at least one object.
    pub fn new(policy: P, keys: usize, capacity: usize) -> ObjectCache<P> {
        ObjectCache {
            policy,
            capacity: capacity.max(1),
            slot_of: vec![NOT_HELD; keys],
            key_in: Vec::with_capacity(capacity.min(keys)),
        }
    }

    /// Asks for `key`, and keeps it if it was not there. Whether it hit.
    #[inline]
    pub fn request(&mut self, key: Rank, now: Time) -> bool {
        let slot = self.slot_of[key as usize];
        if slot != NOT_HELD {
            self.policy.touch(slot, now);
            return true;
        }
        let slot = self.free_slot(now);
        match self.key_in.get_mut(slot as usize) {
            Some(held) => *held = key,
            None => self.key_in.push(key),
        }
        self.slot_of[key as usize] = slot;
        self.policy.insert(slot, now);
        false
    }

    /// Asks for each of `keys`, one a nanosecond from `start` on. The number
    /// of hits.
    pub fn request_all(&mut self, keys: &[Rank], start: Time) -> u64 {
        let mut hits = 0;
        for (n, key) in (start.as_nanos()..).zip(keys) {
            hits += u64::from(self.request(*key, Time::from_nanos(n)));
        }
        hits
    }

    /// How many objects are held.
    pub fn held(&self) -> usize {
        self.key_in.len()
    }

    fn free_slot(&mut self, now: Time) -> Slot {
        if self.key_in.len() < self.capacity {
            return self.key_in.len() as Slot;
        }
        match self.policy.victim(now) {
            Some(victim) => {
                self.policy.remove(victim);
                self.slot_of[self.key_in[victim as usize] as usize] = NOT_HELD;
                victim
            }
            // A policy always has a victim while it holds something.
            None => self.key_in.len() as Slot,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::VecDeque;

    use proptest::prelude::*;

    use super::*;
    use crate::cache::policy::{Fifo, Lru};

    /// LRU and FIFO as one would write them on a blackboard: a queue of keys,
    /// searched from end to end.
    struct Naive {
        queue: VecDeque<Rank>,
        capacity: usize,
        renews_on_hit: bool,
    }

    impl Naive {
        fn request(&mut self, key: Rank) -> bool {
            let at = self.queue.iter().position(|held| *held == key);
            match at {
                Some(at) if self.renews_on_hit => {
                    self.queue.remove(at);
                    self.queue.push_back(key);
                }
                Some(_) => {}
                None => {
                    if self.queue.len() == self.capacity {
                        self.queue.pop_front();
                    }
                    self.queue.push_back(key);
                }
            }
            at.is_some()
        }
    }

    fn hits_of(mut cache: ObjectCache<impl Policy>, trace: &[Rank]) -> Vec<bool> {
        let hits = trace.iter().map(|key| cache.request(*key, Time::ZERO));
        hits.collect()
    }

    proptest! {
        #[test]
        fn a_naive_cache_agrees_on_every_request(
            trace in prop::collection::vec(0u32..40, 0..400),
            capacity in 1usize..45,
        ) {
            for renews_on_hit in [true, false] {
                let mut naive = Naive { queue: VecDeque::new(), capacity, renews_on_hit };
                let expected: Vec<bool> = trace.iter().map(|key| naive.request(*key)).collect();
                let got = if renews_on_hit {
                    hits_of(ObjectCache::new(Lru::new(), 40, capacity), &trace)
                } else {
                    hits_of(ObjectCache::new(Fifo::new(), 40, capacity), &trace)
                };
                prop_assert_eq!(got, expected);
            }
        }
    }

    #[test]
    fn it_never_holds_more_than_its_capacity() {
        let mut cache = ObjectCache::new(Lru::new(), 100, 3);
        let keys: Vec<Rank> = (0..100).collect();
        assert_eq!(cache.request_all(&keys, Time::ZERO), 0);
        assert_eq!(cache.held(), 3);
        assert_eq!(cache.request_all(&[97, 98, 99, 0, 97], Time::ZERO), 3);
    }
}
