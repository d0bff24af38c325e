//! The decisions of cache-aside.

use std::collections::{BTreeSet, HashMap, VecDeque};
use std::hash::Hash;
use std::time::Duration;

use super::ReadId;
use crate::cache::invalidation::{Invalidation, Stored, Tables, Versions};
use crate::cache::resilience::Breaker;
use crate::clock::Time;

/// What a learner can choose about the pattern.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Rules {
    /// How long a result may be answered from the cache; `None`: until it is
    /// invalidated or evicted.
    pub ttl: Option<Duration>,
    /// What a write does to cached results.
    pub invalidation: Invalidation,
}

/// How a cache command failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// The server said no, as when it is out of memory, or was not asked. What
    /// was wanted did not happen.
    Refused,
    /// No usable reply came: what was asked for may have happened or not, or
    /// may happen yet.
    Lost,
}

/// What the driver tells.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event<K> {
    /// Somebody wants the result under `key`.
    Asked {
        /// This read, from now on.
        read: ReadId,
        /// Where its result would be.
        key: K,
    },
    /// The cache answered a [`Action::Get`].
    Found {
        /// Which read.
        read: ReadId,
        /// How old the result is; `None` when there is none, or none that
        /// can be understood.
        age: Option<Duration>,
    },
    /// The cache did not answer a [`Action::Get`].
    GetFailed {
        /// Which read.
        read: ReadId,
        /// In what manner.
        fault: Fault,
    },
    /// The database answered a [`Action::Query`].
    Loaded {
        /// Which read.
        read: ReadId,
        /// The tables it came from.
        tables: Tables,
    },
    /// The database answered with an error: there is nothing to store, and the
    /// read is over.
    Abandoned {
        /// Which read.
        read: ReadId,
    },
    /// A [`Action::Set`] was done.
    Stored {
        /// Which read.
        read: ReadId,
    },
    /// A [`Action::Set`] failed.
    SetFailed {
        /// Which read.
        read: ReadId,
        /// In what manner.
        fault: Fault,
    },
    /// A write to `tables` was committed.
    Written {
        /// What changed.
        tables: Tables,
    },
    /// All results are to go, for whatever reason.
    Clear,
    /// A [`Action::Delete`] was done.
    Deleted {
        /// Its keys.
        keys: Vec<K>,
    },
    /// A [`Action::Delete`] failed.
    DeleteFailed {
        /// In what manner.
        fault: Fault,
    },
}

/// What the driver is to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Action<K> {
    /// Ask the cache; then report `Found` or `GetFailed`.
    Get {
        /// For which read.
        read: ReadId,
        /// What to ask for.
        key: K,
    },
    /// Ask the database; then report `Loaded` or `Abandoned`.
    Query {
        /// For which read.
        read: ReadId,
    },
    /// Put the loaded result into the cache; then report `Stored` or `SetFailed`.
    Set {
        /// Of which read.
        read: ReadId,
        /// Where.
        key: K,
        /// For how long.
        ttl: Option<Duration>,
    },
    /// Delete from the cache; then report `Deleted` or `DeleteFailed`.
    Delete {
        /// What.
        keys: Vec<K>,
    },
    /// Hand the result to whoever asked. The read is over.
    Answer {
        /// Which read.
        read: ReadId,
        /// Where its result came from.
        source: Source,
    },
}

/// Where the answer to a read came from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Source {
    /// The cache.
    Hit {
        /// How old the result is.
        age: Duration,
        /// How much longer it may be answered; `None`: no TTL.
        ttl_left: Option<Duration>,
    },
    /// The database, as the cache held nothing.
    Miss {
        /// Whether the next read will find it.
        stored: bool,
    },
    /// The database, as the cache failed.
    Degraded,
    /// The database, as the cache failed often: it is left alone.
    Paused {
        /// For how much longer.
        left: Duration,
    },
}

/// A read under way.
#[derive(Debug, Clone)]
struct UnderWay<K> {
    key: K,
    /// Set as soon as it is known that the cache is of no use to this read.
    without_cache: Option<Source>,
}

/// The state of cache-aside for any number of reads under way.
///
/// `K` is what results are found by: a hashed key on the wall clock, a small
/// number in a simulation.
#[derive(Debug, Clone)]
pub struct Aside<K> {
    rules: Rules,
    under_way: HashMap<ReadId, UnderWay<K>>,
    stored: Stored<K>,
    versions: Versions,
    /// What the cache may hold although it should not: a deletion failed, or
    /// it is not known whether a value was stored. Such a result is never
    /// answered; it is deleted or overwritten first.
    untrusted: BTreeSet<K>,
    breaker: Breaker,
}

impl<K: Clone + Ord + Hash> Aside<K> {
    /// Nothing is cached yet.
    pub fn new(rules: Rules) -> Aside<K> {
        Aside {
            rules,
            under_way: HashMap::new(),
            stored: Stored::new(),
            versions: Versions::default(),
            untrusted: BTreeSet::new(),
            breaker: Breaker::default(),
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
            Event::Asked { read, key } => actions.push_back(self.asked(read, key, now)),
            Event::Found { read, age } => {
                self.breaker.succeeded();
                self.settle(actions);
                actions.extend(self.found(read, age));
            }
            Event::GetFailed { read, fault } => {
                self.count_fault(fault, now);
                if let Some(under_way) = self.under_way.get_mut(&read) {
                    under_way.without_cache = Some(Source::Degraded);
                    actions.push_back(Action::Query { read });
                }
            }
            Event::Loaded { read, tables } => actions.extend(self.loaded(read, tables, now)),
            Event::Abandoned { read } => {
                self.under_way.remove(&read);
            }
            Event::Stored { read } => {
                self.breaker.succeeded();
                if let Some(under_way) = self.under_way.remove(&read) {
                    self.untrusted.remove(&under_way.key);
                    let source = Source::Miss { stored: true };
                    actions.push_back(Action::Answer { read, source });
                }
            }
            Event::SetFailed { read, fault } => {
                self.count_fault(fault, now);
                if let Some(under_way) = self.under_way.remove(&read) {
                    if fault == Fault::Lost {
                        self.untrusted.insert(under_way.key);
                    }
                    let source = Source::Miss { stored: false };
                    actions.push_back(Action::Answer { read, source });
                }
            }
            Event::Written { tables } => self.written(&tables, now, actions),
            Event::Clear => {
                let keys = self.stored.take_all();
                self.delete(keys, now, actions);
            }
            Event::Deleted { keys } => {
                self.breaker.succeeded();
                for key in &keys {
                    self.untrusted.remove(key);
                }
            }
            Event::DeleteFailed { fault } => self.count_fault(fault, now),
        }
    }

    fn asked(&mut self, read: ReadId, key: K, now: Time) -> Action<K> {
        let paused = self.breaker.pause_left(now);
        let without_cache = paused.map(|left| Source::Paused { left });
        let trusted = !self.untrusted.contains(&key);
        let action = if without_cache.is_none() && trusted {
            let key = key.clone();
            Action::Get { read, key }
        } else {
            Action::Query { read }
        };
        self.under_way.insert(read, UnderWay { key, without_cache });
        action
    }

    fn found(&mut self, read: ReadId, age: Option<Duration>) -> Option<Action<K>> {
        let under_way = self.under_way.get(&read)?;
        // The key may have become untrusted while the cache was asked.
        let fresh = age
            .filter(|age| self.rules.ttl.is_none_or(|ttl| *age < ttl))
            .filter(|_| !self.untrusted.contains(&under_way.key));
        Some(match fresh {
            Some(age) => {
                self.under_way.remove(&read);
                let ttl_left = self.rules.ttl.map(|ttl| ttl - age);
                let source = Source::Hit { age, ttl_left };
                Action::Answer { read, source }
            }
            None => Action::Query { read },
        })
    }

    fn loaded(&mut self, read: ReadId, tables: Tables, now: Time) -> Option<Action<K>> {
        let under_way = self.under_way.get(&read)?;
        if let Some(source) = under_way.without_cache {
            self.under_way.remove(&read);
            return Some(Action::Answer { read, source });
        }
        let key = under_way.key.clone();
        let ttl = self.rules.ttl;
        // Noted before it is stored: a reply that is lost does not undo it.
        let expires = ttl.map(|ttl| now + ttl);
        self.stored.insert(key.clone(), tables, expires, now);
        Some(Action::Set { read, key, ttl })
    }

    fn written(&mut self, tables: &Tables, now: Time, actions: &mut VecDeque<Action<K>>) {
        match self.rules.invalidation {
            Invalidation::None | Invalidation::Ttl => {}
            Invalidation::DeleteOnWrite => {
                let keys = self.stored.take_readers_of(tables);
                self.delete(keys, now, actions);
            }
            Invalidation::Versioned => {
                // Nothing finds the old results any more; deleting them only
                // gives their memory back.
                self.versions.bump(tables);
                let keys = self.stored.take_readers_of(tables);
                self.delete(keys, now, actions);
            }
        }
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
