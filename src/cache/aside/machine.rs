//! The decisions of cache-aside.

use std::collections::{BTreeSet, HashMap, VecDeque};
use std::hash::Hash;
use std::time::Duration;

use super::chance::Chance;
use super::protection::recompute_early;
use super::under_way::{Purpose, UnderWay};
use super::{Action, Cached, Event, Fault, Protection, ReadId, Rules, Source, Strategy};
use crate::cache::invalidation::{Invalidation, Stored, Tables, Versions};
use crate::cache::resilience::Breaker;
use crate::clock::Time;

/// Results that a write-through loads anew per write; the others are deleted,
/// so that a write to a table that everything reads ends.
const RESTORED_AT_ONCE: usize = 100;

/// How much later than noted a server may forget a result that slides.
const SLIDING_SLACK: Duration = Duration::from_secs(60);

/// The state of cache-aside for any number of reads under way.
///
/// `K` is what results are found by: a hashed key on the wall clock, a small
/// number in a simulation.
#[derive(Debug, Clone)]
pub struct Aside<K> {
    rules: Rules,
    under_way: HashMap<ReadId, UnderWay<K>>,
    /// Which read loads a key that others may wait for.
    flights: HashMap<K, ReadId>,
    stored: Stored<K>,
    versions: Versions,
    /// What the cache may hold although it should not: a deletion failed, or
    /// it is not known whether a value was stored. Such a result is never
    /// answered; it is deleted or overwritten first.
    untrusted: BTreeSet<K>,
    breaker: Breaker,
    chance: Chance,
    /// Results that were stored so far.
    arrivals: u64,
}

impl<K: Clone + Ord + Hash> Aside<K> {
    /// Nothing is cached yet. The rules should have passed [`Rules::check`].
    pub fn new(rules: Rules) -> Aside<K> {
        Aside {
            rules,
            under_way: HashMap::new(),
            flights: HashMap::new(),
            stored: Stored::new(),
            versions: Versions::default(),
            untrusted: BTreeSet::new(),
            breaker: Breaker::default(),
            chance: Chance::new(rules.seed),
            arrivals: 0,
        }
    }

    /// The rules it follows.
    pub fn rules(&self) -> Rules {
        self.rules
    }

    /// What the key of a result from `tables` must name besides the
    /// statement: their version, if that is how results are invalidated.
    pub fn version_of(&self, tables: &Tables) -> u64 {
        self.versions.of(tables)
    }

    /// How many results it has put into the cache that may be there still.
    pub fn stored(&self) -> usize {
        self.stored.len()
    }

    /// How much longer the cache is left alone after repeated failures.
    pub fn pause_left(&self, now: Time) -> Option<Duration> {
        self.breaker.pause_left(now)
    }

    /// Whether versions matter to keys.
    pub fn is_versioned(&self) -> bool {
        self.rules.invalidation == Invalidation::Versioned
    }

    /// Takes in what happened at `now`, and appends what is to be done.
    /// Events of reads that are not under way are ignored.
    pub fn step(&mut self, event: Event<K>, now: Time, actions: &mut VecDeque<Action<K>>) {
        match event {
            Event::Asked { read, key } => self.asked(read, key, now, actions),
            Event::Reload { read, key } => {
                let purpose = Purpose::Restock;
                self.under_way.insert(read, UnderWay::new(key, purpose));
                actions.push_back(Action::Query { read });
            }
            Event::Found { read, entry } => {
                self.breaker.succeeded();
                self.settle(actions);
                self.found(read, entry, now, actions);
            }
            Event::GetFailed { read, fault } => {
                self.count_fault(fault, now);
                self.do_without_cache(read, now, actions);
            }
            Event::Loaded {
                read,
                tables,
                empty,
            } => self.loaded(read, tables, empty, now, actions),
            Event::Abandoned { read } => self.abandoned(read, now, actions),
            Event::Stored { read } => {
                self.breaker.succeeded();
                if let Some(under_way) = self.under_way.get(&read) {
                    self.untrusted.remove(&under_way.key);
                    self.arrivals += 1;
                    self.stored.arrived(&under_way.key, self.arrivals);
                }
                self.finish(read, true, now, actions);
            }
            Event::SetFailed { read, fault } => {
                self.count_fault(fault, now);
                if let Some(under_way) = self.under_way.get(&read)
                    && fault == Fault::Lost
                {
                    self.untrusted.insert(under_way.key.clone());
                }
                self.finish(read, false, now, actions);
            }
            Event::Locked { read } => {
                self.breaker.succeeded();
                if let Some(under_way) = self.under_way.get_mut(&read) {
                    under_way.has_lock = true;
                    // Its last owner may have stored the result since this
                    // read looked.
                    let get = self.get(read, now);
                    actions.extend(get);
                }
            }
            Event::LockTaken { read } => {
                self.breaker.succeeded();
                if let Some(under_way) = self.under_way.get_mut(&read) {
                    let pause = under_way.next_pause(now);
                    actions.push_back(Action::Wait { read, pause });
                }
            }
            Event::LockFailed { read, fault } => {
                self.count_fault(fault, now);
                match fault {
                    Fault::Refused => actions.push_back(Action::Query { read }),
                    Fault::Lost => self.do_without_cache(read, now, actions),
                }
            }
            Event::UnlockFailed { fault } => self.count_fault(fault, now),
            Event::Waited { read } => {
                let get = self.get(read, now);
                actions.extend(get);
            }
            Event::Written { tables } => self.written(&tables, now, actions),
            Event::Clear => {
                self.flights.clear();
                let keys = self.stored.take_all();
                self.delete(keys, now, actions);
            }
            Event::Deleted { keys } => {
                self.breaker.succeeded();
                for key in &keys {
                    self.untrusted.remove(key);
                }
            }
            Event::QueueAnswered => self.breaker.succeeded(),
            Event::DeleteFailed { fault } | Event::QueueFailed { fault } => {
                self.count_fault(fault, now);
            }
        }
    }

    fn asked(&mut self, read: ReadId, key: K, now: Time, actions: &mut VecDeque<Action<K>>) {
        let mut under_way = UnderWay::new(key, Purpose::Answer);
        let paused = self.breaker.pause_left(now);
        under_way.without_cache = paused.map(|left| Source::Paused { left });
        let ask_cache = paused.is_none() && !self.untrusted.contains(&under_way.key);
        self.under_way.insert(read, under_way);
        if ask_cache {
            let get = self.get(read, now);
            actions.extend(get);
        } else {
            self.load(read, now, actions);
        }
    }

    fn get(&mut self, read: ReadId, now: Time) -> Option<Action<K>> {
        let under_way = self.under_way.get_mut(&read)?;
        let key = under_way.key.clone();
        under_way.arrivals = self.arrivals;
        if self.rules.sliding {
            under_way.extended = self.rules.fresh_for(false, self.chance.draw());
        }
        let extend = under_way.extended;
        if let Some(ttl) = extend {
            // Noted before it is done: a reply that is lost does not undo it.
            self.stored.extend(&key, now + ttl + SLIDING_SLACK);
        }
        Some(Action::Get { read, key, extend })
    }

    fn found(
        &mut self,
        read: ReadId,
        entry: Option<Cached>,
        now: Time,
        actions: &mut VecDeque<Action<K>>,
    ) {
        let Some(under_way) = self.under_way.get_mut(&read) else {
            return;
        };
        // The key may have become untrusted while the cache was asked.
        let trusted = !self.untrusted.contains(&under_way.key);
        let Some(Cached {
            age,
            fresh_for,
            delta,
        }) = entry.filter(|_| trusted)
        else {
            return self.load(read, now, actions);
        };
        let ttl_left = match self.rules.lifetime(fresh_for) {
            None => under_way.extended,
            Some(lifetime) if age < lifetime => Some(lifetime - age),
            Some(lifetime) if age < lifetime + self.rules.stale_window() => {
                let by = age - lifetime;
                return self.answer_stale(read, Source::Stale { age, by }, actions);
            }
            Some(_) => return self.load(read, now, actions),
        };
        if let (Protection::XFetch { beta }, Some(left)) = (self.rules.protection, ttl_left)
            && recompute_early(beta, delta, left, self.chance.draw())
        {
            under_way.purpose = Purpose::Early { ttl_left: left };
            actions.push_back(Action::Query { read });
            return;
        }
        let source = match under_way.waiting_since {
            Some(since) => Source::Shared {
                leader: None,
                waited: now - since,
            },
            None => Source::Hit { age, ttl_left },
        };
        let under_way = self.under_way.remove(&read);
        actions.push_back(Action::Answer { read, source });
        actions.extend(under_way.and_then(|under_way| self.unlock(&under_way, now)));
    }

    /// Answers with what is stale; the first such reader loads the result anew.
    fn answer_stale(&mut self, read: ReadId, source: Source, actions: &mut VecDeque<Action<K>>) {
        actions.push_back(Action::Answer { read, source });
        let Some(under_way) = self.under_way.get_mut(&read) else {
            return;
        };
        let being_loaded = self.flights.contains_key(&under_way.key);
        let arrivals = under_way.arrivals;
        if being_loaded || self.stored.arrived_after(&under_way.key, arrivals) {
            self.under_way.remove(&read);
        } else {
            under_way.purpose = Purpose::Restock;
            self.flights.insert(under_way.key.clone(), read);
            actions.push_back(Action::Refresh { read });
        }
    }

    fn do_without_cache(&mut self, read: ReadId, now: Time, actions: &mut VecDeque<Action<K>>) {
        if let Some(under_way) = self.under_way.get_mut(&read) {
            under_way.without_cache = Some(Source::Degraded);
            self.load(read, now, actions);
        }
    }

    /// The cache has nothing for this read: it asks the database, or waits for
    /// who does.
    fn load(&mut self, read: ReadId, now: Time, actions: &mut VecDeque<Action<K>>) {
        let Some(under_way) = self.under_way.get_mut(&read) else {
            return;
        };
        let key = under_way.key.clone();
        let action = match self.rules.protection_in_force() {
            Protection::SingleFlight => match self.flights.get(&key).copied() {
                Some(leader) => {
                    under_way.waiting_since = Some(now);
                    if let Some(leading) = self.under_way.get_mut(&leader) {
                        leading.followers.push(read);
                    }
                    Action::Join { read, leader }
                }
                // Another read has loaded and stored it since this one asked.
                None if under_way.without_cache.is_none()
                    && self.stored.arrived_after(&key, under_way.arrivals)
                    && !self.untrusted.contains(&key) =>
                {
                    actions.extend(self.get(read, now));
                    return;
                }
                None => {
                    self.flights.insert(key, read);
                    Action::Query { read }
                }
            },
            Protection::Lock { lease }
                if under_way.without_cache.is_none()
                    && !under_way.has_lock
                    && !under_way.has_waited(lease, now)
                    && !self.untrusted.contains(&key) =>
            {
                under_way.lock_asked = now;
                Action::Lock { read, key, lease }
            }
            Protection::None
            | Protection::Lock { .. }
            | Protection::XFetch { .. }
            | Protection::StaleWhileRevalidate { .. } => Action::Query { read },
        };
        actions.push_back(action);
    }

    fn loaded(
        &mut self,
        read: ReadId,
        tables: Tables,
        empty: bool,
        now: Time,
        actions: &mut VecDeque<Action<K>>,
    ) {
        let Some(under_way) = self.under_way.get(&read) else {
            return;
        };
        if under_way.without_cache.is_some() {
            return self.finish(read, false, now, actions);
        }
        let key = under_way.key.clone();
        let fresh = self.rules.fresh_for(empty, self.chance.draw());
        let slides = self.rules.sliding && !(empty && self.rules.negative.is_some());
        let ttl = fresh.map(|fresh| fresh + self.rules.stale_window());
        // Noted before it is stored: a reply that is lost does not undo it.
        let slack = if slides {
            SLIDING_SLACK
        } else {
            Duration::ZERO
        };
        let expires = ttl.map(|ttl| now + ttl + slack);
        self.stored.insert(key.clone(), tables, expires, now);
        let fresh_for = fresh.filter(|_| !slides);
        actions.push_back(Action::Set {
            read,
            key,
            ttl,
            fresh_for,
        });
    }

    /// The read is over: whoever waits for its rows gets them.
    fn finish(&mut self, read: ReadId, stored: bool, now: Time, actions: &mut VecDeque<Action<K>>) {
        let Some(under_way) = self.end(read) else {
            return;
        };
        let source = match (under_way.without_cache, under_way.purpose) {
            (Some(source), _) => Some(source),
            (None, Purpose::Answer) => Some(Source::Miss { stored }),
            (None, Purpose::Early { ttl_left }) => Some(Source::Early { stored, ttl_left }),
            (None, Purpose::Restock) => None,
        };
        actions.extend(source.map(|source| Action::Answer { read, source }));
        for follower in &under_way.followers {
            if let Some(following) = self.under_way.remove(follower) {
                let waited = now - following.waiting_since.unwrap_or(now);
                let leader = Some(read);
                actions.push_back(Action::Answer {
                    read: *follower,
                    source: Source::Shared { leader, waited },
                });
            }
        }
        if under_way.purpose == Purpose::Restock && !stored {
            self.give_up(under_way.key.clone(), now, actions);
        }
        actions.extend(self.unlock(&under_way, now));
    }

    fn abandoned(&mut self, read: ReadId, now: Time, actions: &mut VecDeque<Action<K>>) {
        let Some(under_way) = self.end(read) else {
            return;
        };
        let followers = under_way.followers.iter().copied();
        let mut alive = followers.filter(|id| self.under_way.contains_key(id));
        if let Some(next) = alive.next() {
            let rest = alive.collect();
            // Newcomers wait for the next one, unless they already have another.
            self.flights.entry(under_way.key.clone()).or_insert(next);
            if let Some(leading) = self.under_way.get_mut(&next) {
                leading.followers = rest;
                actions.push_back(Action::Query { read: next });
            }
        }
        if under_way.purpose == Purpose::Restock {
            self.give_up(under_way.key.clone(), now, actions);
        }
        actions.extend(self.unlock(&under_way, now));
    }

    /// Takes `read` out of what is under way.
    fn end(&mut self, read: ReadId) -> Option<UnderWay<K>> {
        let under_way = self.under_way.remove(&read)?;
        if self.flights.get(&under_way.key) == Some(&read) {
            self.flights.remove(&under_way.key);
        }
        Some(under_way)
    }

    /// A result that was to be stored anew was not: what a write made old must
    /// not stay.
    fn give_up(&mut self, key: K, now: Time, actions: &mut VecDeque<Action<K>>) {
        if self.untrusted.contains(&key) {
            self.delete(vec![key], now, actions);
        }
    }

    /// A lock is deleted by its owner alone, without comparing tokens in the
    /// server: only while less than half the lease has passed since before it
    /// was asked for, so that it cannot be another's by now. Else it runs out.
    fn unlock(&self, under_way: &UnderWay<K>, now: Time) -> Option<Action<K>> {
        let Protection::Lock { lease } = self.rules.protection else {
            return None;
        };
        let ours = under_way.has_lock && now - under_way.lock_asked < lease / 2;
        ours.then(|| Action::Unlock {
            key: under_way.key.clone(),
        })
    }

    fn written(&mut self, tables: &Tables, now: Time, actions: &mut VecDeque<Action<K>>) {
        let restores = self.rules.strategy == Strategy::WriteThrough;
        let mut keys = match self.rules.invalidation {
            Invalidation::None | Invalidation::Ttl if !restores => return,
            Invalidation::Versioned => {
                // Nothing finds the old results any more; deleting them only
                // gives their memory back.
                self.versions.bump(tables);
                self.stored.take_readers_of(tables)
            }
            _ => {
                // Who asks from now on must not be given what was loaded before.
                self.flights.clear();
                self.stored.take_readers_of(tables)
            }
        };
        if !restores || keys.is_empty() || self.breaker.pause_left(now).is_some() {
            return self.delete(keys, now, actions);
        }
        let rest = keys.split_off(keys.len().min(RESTORED_AT_ONCE));
        if self.is_versioned() {
            self.delete([keys.clone(), rest].concat(), now, actions);
        } else {
            self.untrusted.extend(keys.iter().cloned());
            self.delete(rest, now, actions);
        }
        actions.push_back(Action::Restore { keys });
    }

    fn delete(&mut self, keys: Vec<K>, now: Time, actions: &mut VecDeque<Action<K>>) {
        if keys.is_empty() {
            return;
        }
        self.untrusted.extend(keys.iter().cloned());
        if self.breaker.pause_left(now).is_none() {
            actions.push_back(Action::Delete { keys });
        }
    }

    /// The cache answers: what it still owes is asked for again, so that no
    /// old result waits there for as long as it lives.
    fn settle(&mut self, actions: &mut VecDeque<Action<K>>) {
        if !self.untrusted.is_empty() {
            let keys = self.untrusted.iter().cloned().collect();
            actions.push_back(Action::Delete { keys });
        }
    }

    fn count_fault(&mut self, fault: Fault, now: Time) {
        match fault {
            Fault::Refused => self.breaker.succeeded(),
            Fault::Lost => self.breaker.failed(now),
        }
    }
}
