//! A cache of equally sized objects under one policy.

use super::index::{Dense, Hashed, Index};
use crate::cache::policy::{Arrival, Id, Policy, Slot};
use crate::clock::Time;

/// A cache that holds up to `capacity` objects. It takes what its index takes,
/// and the size of a key for every object held besides what the policy needs.
#[derive(Debug, Clone)]
pub struct ObjectCache<P, I: Index = Dense> {
    policy: P,
    capacity: usize,
    index: I,
    key_in: Vec<I::Key>,
}

impl<P: Policy> ObjectCache<P> {
    /// An empty cache for keys below `keys`. It holds at least one object.
    pub fn new(policy: P, keys: usize, capacity: usize) -> ObjectCache<P> {
        ObjectCache::with_index(policy, Dense::new(keys), capacity)
    }
}

impl<P: Policy> ObjectCache<P, Hashed> {
    /// An empty cache for any keys of 64 bits. It holds at least one object.
    pub fn hashed(policy: P, capacity: usize) -> ObjectCache<P, Hashed> {
        ObjectCache::with_index(policy, Hashed::with_capacity(capacity), capacity)
    }
}

impl<P: Policy, I: Index> ObjectCache<P, I> {
    fn with_index(policy: P, index: I, capacity: usize) -> ObjectCache<P, I> {
        ObjectCache {
            policy,
            capacity: capacity.max(1),
            index,
            key_in: Vec::new(),
        }
    }

    /// Asks for `key`, and keeps it if it was not there. Whether it hit.
    #[inline]
    pub fn request(&mut self, key: I::Key, now: Time) -> bool {
        if let Some(slot) = self.index.get(key) {
            self.policy.touch(slot, now);
            return true;
        }
        self.policy.announce(Arrival {
            id: Id(I::id(key)),
            weight: 1,
        });
        let slot = self.free_slot(now);
        match self.key_in.get_mut(slot as usize) {
            Some(held) => *held = key,
            None => self.key_in.push(key),
        }
        self.index.insert(key, slot);
        self.policy.insert(slot, now);
        false
    }

    /// Asks for each of `keys`, one a nanosecond from `start` on. The number
    /// of hits.
    pub fn request_all(&mut self, keys: &[I::Key], start: Time) -> u64 {
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
                self.index.remove(self.key_in[victim as usize]);
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
    use crate::lab::keys::Rank;

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
            let mut dense = ObjectCache::new(Lru::new(), 40, capacity);
            let mut hashed = ObjectCache::hashed(Lru::new(), capacity);
            for key in trace {
                let now = Time::ZERO;
                prop_assert_eq!(dense.request(key, now), hashed.request(u64::from(key), now));
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
