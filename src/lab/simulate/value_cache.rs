//! A cache of objects that have sizes, grow old, and can be deleted.

use std::time::Duration;

use super::index::{Hashed, Index};
use super::request::{Op, Request};
use crate::cache::policy::{Arrival, Id, Policy, Slot};
use crate::clock::Time;

/// What a capacity counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Unit {
    /// Objects, of whatever size.
    #[default]
    Objects,
    /// Their bytes.
    Bytes,
}

/// What came of reads.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Tally {
    /// Reads.
    pub reads: u64,
    /// Reads that hit.
    pub hits: u64,
    /// Bytes of what was read.
    pub bytes: u64,
    /// Bytes of what hit.
    pub hit_bytes: u64,
}

impl Tally {
    /// Both together.
    pub fn plus(self, other: Tally) -> Tally {
        Tally {
            reads: self.reads + other.reads,
            hits: self.hits + other.hits,
            bytes: self.bytes + other.bytes,
            hit_bytes: self.hit_bytes + other.hit_bytes,
        }
    }
}

#[derive(Debug, Clone, Copy)]
struct Place {
    key: u64,
    size: u64,
    expires: Time,
}

/// A bounded cache. What has expired misses and is fetched anew; until it is
/// asked for or evicted, it keeps its place, as in Redis between two of its
/// sweeps.
pub struct ValueCache {
    policy: Box<dyn Policy + Send>,
    unit: Unit,
    capacity: u64,
    ttl: Option<Duration>,
    index: Hashed,
    places: Vec<Place>,
    free: Vec<Slot>,
    used: u64,
}

impl ValueCache {
    /// An empty cache whose objects live for `ttl`.
    pub fn new(
        policy: Box<dyn Policy + Send>,
        unit: Unit,
        capacity: u64,
        ttl: Option<Duration>,
    ) -> ValueCache {
        ValueCache {
            policy,
            unit,
            capacity,
            ttl,
            index: Hashed::default(),
            places: Vec::new(),
            free: Vec::new(),
            used: 0,
        }
    }

    /// Objects or bytes held; never more than the capacity.
    pub fn used(&self) -> u64 {
        self.used
    }

    /// Plays all of them.
    pub fn request_all(&mut self, requests: &[Request]) -> Tally {
        let mut tally = Tally::default();
        for request in requests {
            let hit = self.request(request);
            if request.op == Op::Read {
                tally.reads += 1;
                tally.bytes += request.size;
                if hit {
                    tally.hits += 1;
                    tally.hit_bytes += request.size;
                }
            }
        }
        tally
    }

    /// Plays one request; whether it found what it was about.
    pub fn request(&mut self, request: &Request) -> bool {
        let now = request.time;
        let held = self.index.get(request.key);
        let live = held.filter(|slot| now < self.places[*slot as usize].expires);
        match (request.op, live) {
            (Op::Delete, _) => {
                if let Some(slot) = held {
                    self.vacate(slot);
                }
            }
            (Op::Read, Some(slot)) => self.policy.touch(slot, now),
            (Op::Write, Some(slot)) if self.weight(request) == self.held_weight(slot) => {
                self.places[slot as usize].expires = self.expiry(now);
                self.policy.touch(slot, now);
            }
            (Op::Read | Op::Write, _) => {
                if let Some(slot) = held {
                    self.vacate(slot);
                }
                self.store(request);
            }
        }
        live.is_some()
    }

    fn weight(&self, request: &Request) -> u64 {
        match self.unit {
            Unit::Objects => 1,
            Unit::Bytes => request.size,
        }
    }

    fn held_weight(&self, slot: Slot) -> u64 {
        match self.unit {
            Unit::Objects => 1,
            Unit::Bytes => self.places[slot as usize].size,
        }
    }

    fn expiry(&self, now: Time) -> Time {
        self.ttl.map_or(Time::from_nanos(u64::MAX), |ttl| now + ttl)
    }

    fn store(&mut self, request: &Request) {
        let (weight, now) = (self.weight(request), request.time);
        if weight > self.capacity {
            // It passes by: to keep it, everything else would have to go, and
            // that would not do.
            return;
        }
        self.policy.announce(Arrival {
            id: Id(request.key),
            weight,
        });
        while self.used + weight > self.capacity {
            match self.policy.victim(now) {
                Some(victim) => self.vacate(victim),
                None => return,
            }
        }
        let place = Place {
            key: request.key,
            size: request.size,
            expires: self.expiry(now),
        };
        let slot = match self.free.pop() {
            Some(slot) => {
                self.places[slot as usize] = place;
                slot
            }
            None => {
                self.places.push(place);
                self.places.len() as Slot - 1
            }
        };
        self.used += weight;
        self.index.insert(request.key, slot);
        self.policy.insert(slot, now);
    }

    fn vacate(&mut self, slot: Slot) {
        self.used -= self.held_weight(slot);
        self.index.remove(self.places[slot as usize].key);
        self.policy.remove(slot);
        self.free.push(slot);
    }
}
