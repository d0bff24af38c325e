//! The cache server: results with a time to live, in so many places.

use std::collections::HashMap;
use std::hash::Hash;

use super::CacheServer;
use crate::cache::policy::{Arrival, Id, LruClock, Policy, Slot};
use crate::clock::Time;
use crate::lab::simulate::{Making, boxed_policy};

/// A bounded cache of `V` under `K`. What has expired is not found; it keeps
/// its place until it is asked for or evicted.
pub(super) struct Server<K, V> {
    slot_of: HashMap<K, Slot>,
    places: Vec<Option<Place<K, V>>>,
    free: Vec<Slot>,
    capacity: u64,
    policy: Option<Box<dyn Policy + Send>>,
    evictions: u64,
}

struct Place<K, V> {
    key: K,
    value: V,
    expires: Option<Time>,
}

impl<K: Clone + Eq + Hash, V> Server<K, V> {
    pub(super) fn new(cache: CacheServer, seed: u64) -> Server<K, V> {
        let capacity = cache.capacity;
        let making = |capacity| Making {
            capacity,
            samples: cache.samples,
            clock: LruClock::REDIS,
            seed,
        };
        Server {
            slot_of: HashMap::new(),
            places: Vec::new(),
            free: Vec::new(),
            capacity: capacity.unwrap_or(u64::MAX),
            // Without a limit nothing is evicted, and no order is kept.
            policy: capacity.and_then(|it| boxed_policy(cache.policy, making(it))),
            evictions: 0,
        }
    }

    pub(super) fn evictions(&self) -> u64 {
        self.evictions
    }

    pub(super) fn get(&mut self, key: &K, now: Time) -> Option<&mut V> {
        let slot = *self.slot_of.get(key)?;
        let expires = self.places[slot as usize].as_ref()?.expires;
        if expires.is_some_and(|expires| expires <= now) {
            self.delete(key);
            return None;
        }
        if let Some(policy) = &mut self.policy {
            policy.touch(slot, now);
        }
        self.places[slot as usize]
            .as_mut()
            .map(|place| &mut place.value)
    }

    /// Sets when a held value expires.
    pub(super) fn expire(&mut self, key: &K, expires: Time) {
        let slot = self.slot_of.get(key);
        if let Some(place) = slot.and_then(|slot| self.places[*slot as usize].as_mut()) {
            place.expires = Some(expires);
        }
    }

    pub(super) fn set(&mut self, key: K, value: V, expires: Option<Time>, now: Time, id: u64) {
        if let Some(&slot) = self.slot_of.get(&key) {
            self.places[slot as usize] = Some(Place {
                key,
                value,
                expires,
            });
            if let Some(policy) = &mut self.policy {
                policy.touch(slot, now);
            }
            return;
        }
        if let Some(policy) = &mut self.policy {
            policy.announce(Arrival {
                id: Id(id),
                weight: 1,
            });
        }
        while self.slot_of.len() as u64 >= self.capacity {
            let Some(victim) = self.policy.as_mut().and_then(|policy| policy.victim(now)) else {
                break;
            };
            self.vacate(victim);
            self.evictions += 1;
        }
        let slot = self.free.pop().unwrap_or_else(|| {
            self.places.push(None);
            self.places.len() as Slot - 1
        });
        self.slot_of.insert(key.clone(), slot);
        self.places[slot as usize] = Some(Place {
            key,
            value,
            expires,
        });
        if let Some(policy) = &mut self.policy {
            policy.insert(slot, now);
        }
    }

    pub(super) fn delete(&mut self, key: &K) {
        if let Some(&slot) = self.slot_of.get(key) {
            self.vacate(slot);
        }
    }

    pub(super) fn clear(&mut self) {
        for slot in 0..self.places.len() as Slot {
            self.vacate(slot);
        }
    }

    fn vacate(&mut self, slot: Slot) {
        if let Some(place) = self.places[slot as usize].take() {
            self.slot_of.remove(&place.key);
            self.free.push(slot);
            if let Some(policy) = &mut self.policy {
                policy.remove(slot);
            }
        }
    }
}
