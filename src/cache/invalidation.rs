//! What makes a cached result go away, and which results a write concerns.

use std::collections::{HashMap, HashSet};
use std::hash::Hash;
use std::str::FromStr;
use std::sync::Arc;

use crate::clock::Time;

/// What a committed write does to cached results.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Invalidation {
    /// Nothing: results are stale until they are evicted.
    None,
    /// Nothing, but results live no longer than the TTL: the longest they
    /// can be stale.
    Ttl,
    /// The results that read the written tables are deleted from the cache.
    /// A reader that was under way meanwhile can still put an old one back.
    #[default]
    DeleteOnWrite,
    /// The tables get a new version, and keys name the versions of the
    /// tables they read: old results are not found any more.
    Versioned,
}

impl Invalidation {
    /// All of them, in the order of their strictness.
    pub const ALL: [Invalidation; 4] = [
        Invalidation::None,
        Invalidation::Ttl,
        Invalidation::DeleteOnWrite,
        Invalidation::Versioned,
    ];

    /// The word on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Invalidation::None => "none",
            Invalidation::Ttl => "ttl",
            Invalidation::DeleteOnWrite => "delete-on-write",
            Invalidation::Versioned => "versioned",
        }
    }
}

/// The word names no way of invalidation.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("unknown invalidation {0:?}: there are none, ttl, delete-on-write and versioned")]
pub struct UnknownInvalidation(String);

impl FromStr for Invalidation {
    type Err = UnknownInvalidation;

    fn from_str(word: &str) -> Result<Invalidation, UnknownInvalidation> {
        Invalidation::ALL
            .into_iter()
            .find(|known| known.name().eq_ignore_ascii_case(word))
            .ok_or_else(|| UnknownInvalidation(word.to_owned()))
    }
}

/// The tables a statement reads or writes. Names compare as SQLite compares
/// them, without regard to ASCII case. Clones are cheap.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tables(Arc<[String]>);

impl Tables {
    /// The named tables.
    pub fn new<S: AsRef<str>>(names: impl IntoIterator<Item = S>) -> Tables {
        let mut names: Vec<String> = names
            .into_iter()
            .map(|name| name.as_ref().to_ascii_lowercase())
            .collect();
        names.sort_unstable();
        names.dedup();
        Tables(names.into())
    }

    /// Whether this is one of them, in lower case.
    pub fn contains(&self, table: &str) -> bool {
        self.0.binary_search_by(|it| it.as_str().cmp(table)).is_ok()
    }

    /// Their names in lower case, sorted.
    pub fn iter(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(String::as_str)
    }
}

/// How often each table was written: the versions that [`Invalidation::Versioned`]
/// puts into keys.
#[derive(Debug, Clone, Default)]
pub struct Versions(HashMap<String, u64>);

impl Versions {
    /// A number that changes with every write to one of `tables`, and with
    /// no other.
    pub fn of(&self, tables: &Tables) -> u64 {
        // Each counter only grows, so the sum repeats only when none has.
        tables.iter().filter_map(|t| self.0.get(t)).sum()
    }

    /// `tables` were written.
    pub fn bump(&mut self, tables: &Tables) {
        for table in tables.iter() {
            *self.0.entry(table.to_owned()).or_default() += 1;
        }
    }
}

/// The results this layer put into the cache, by the tables they read.
#[derive(Debug, Clone)]
pub struct Stored<K> {
    results: HashMap<K, Entry>,
    by_table: HashMap<String, HashSet<K>>,
    /// At this many results, those that have expired are looked for.
    prune_at: usize,
}

#[derive(Debug, Clone)]
struct Entry {
    tables: Tables,
    expires: Option<Time>,
    /// How many results had been stored when this one was.
    arrived: Option<u64>,
}

const FIRST_PRUNE: usize = 1024;

impl<K: Clone + Ord + Hash> Stored<K> {
    /// Knows of no result.
    pub fn new() -> Stored<K> {
        Stored {
            results: HashMap::new(),
            by_table: HashMap::new(),
            prune_at: FIRST_PRUNE,
        }
    }

    /// How many results may be in the cache. Some may have been evicted.
    pub fn len(&self) -> usize {
        self.results.len()
    }

    /// Whether no result is in the cache.
    pub fn is_empty(&self) -> bool {
        self.results.is_empty()
    }

    /// A result under `key` is about to be in the cache.
    pub fn insert(&mut self, key: K, tables: Tables, expires: Option<Time>, now: Time) {
        if self.results.len() >= self.prune_at {
            self.forget_expired(now);
            self.prune_at = FIRST_PRUNE.max(2 * self.results.len());
        }
        self.remove(&key);
        for table in tables.iter() {
            self.by_table
                .entry(table.to_owned())
                .or_default()
                .insert(key.clone());
        }
        let arrived = None;
        self.results.insert(
            key,
            Entry {
                tables,
                expires,
                arrived,
            },
        );
    }

    /// The result under `key` is in the cache, the `count`th to arrive there.
    pub fn arrived(&mut self, key: &K, count: u64) {
        if let Some(entry) = self.results.get_mut(key) {
            entry.arrived = Some(count);
        }
    }

    /// Whether the result under `key` arrived after the `count`th.
    pub fn arrived_after(&self, key: &K, count: u64) -> bool {
        let entry = self.results.get(key);
        entry.is_some_and(|entry| entry.arrived.is_some_and(|arrived| arrived > count))
    }

    /// The result under `key`, if it is known, lives until `expires` at least.
    pub fn extend(&mut self, key: &K, expires: Time) {
        if let Some(entry) = self.results.get_mut(key)
            && entry.expires.is_some_and(|at| at < expires)
        {
            entry.expires = Some(expires);
        }
    }

    /// Takes out the results that read one of `tables`, in the order of their
    /// keys: the same on every run.
    pub fn take_readers_of(&mut self, tables: &Tables) -> Vec<K> {
        let mut taken = Vec::new();
        for table in tables.iter() {
            for key in self.by_table.remove(table).unwrap_or_default() {
                self.remove(&key);
                taken.push(key);
            }
        }
        taken.sort_unstable();
        taken
    }

    /// Takes out all results, in the order of their keys.
    pub fn take_all(&mut self) -> Vec<K> {
        self.by_table.clear();
        let mut taken: Vec<K> = self.results.drain().map(|(key, _)| key).collect();
        taken.sort_unstable();
        taken
    }

    fn remove(&mut self, key: &K) {
        let Some(entry) = self.results.remove(key) else {
            return;
        };
        for table in entry.tables.iter() {
            if let Some(keys) = self.by_table.get_mut(table) {
                keys.remove(key);
            }
        }
    }

    fn forget_expired(&mut self, now: Time) {
        let expired: Vec<K> = self
            .results
            .iter()
            .filter(|(_, entry)| entry.expires.is_some_and(|at| at <= now))
            .map(|(key, _)| key.clone())
            .collect();
        for key in &expired {
            self.remove(key);
        }
    }
}

impl<K: Clone + Ord + Hash> Default for Stored<K> {
    fn default() -> Stored<K> {
        Stored::new()
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn only_the_readers_of_a_table_are_taken() {
        let mut stored = Stored::new();
        let both = Tables::new(["Orders", "customers"]);
        stored.insert(1, both, None, Time::ZERO);
        stored.insert(2, Tables::new(["orders"]), None, Time::ZERO);
        stored.insert(3, Tables::new(["products"]), None, Time::ZERO);
        let taken = stored.take_readers_of(&Tables::new(["ORDERS", "reviews"]));
        assert_eq!(taken, [1, 2]);
        assert_eq!(stored.len(), 1);
        assert!(
            stored
                .take_readers_of(&Tables::new(["customers"]))
                .is_empty()
        );
    }

    #[test]
    fn a_result_stored_again_belongs_to_its_new_tables_only() {
        let mut stored = Stored::new();
        stored.insert(1, Tables::new(["a"]), None, Time::ZERO);
        stored.insert(1, Tables::new(["b"]), None, Time::ZERO);
        assert!(stored.take_readers_of(&Tables::new(["a"])).is_empty());
        assert_eq!(stored.take_readers_of(&Tables::new(["b"])), [1]);
        assert!(stored.is_empty());
    }

    #[test]
    fn expired_results_do_not_pile_up() {
        let mut stored = Stored::new();
        for i in 0..100_000_u64 {
            let now = Time::from_nanos(i);
            let expires = Some(now + Duration::from_nanos(10));
            stored.insert(i, Tables::new(["a"]), expires, now);
        }
        assert!(stored.len() <= 2 * FIRST_PRUNE, "{}", stored.len());
    }

    #[test]
    fn what_slides_is_known_for_longer() {
        let mut stored = Stored::new();
        let tables = || Tables::new(["a"]);
        stored.insert(u64::MAX, tables(), Some(Time::from_nanos(1)), Time::ZERO);
        stored.extend(&u64::MAX, Time::from_nanos(1_000_000));
        for i in 0..10_000_u64 {
            let now = Time::from_nanos(i);
            stored.insert(i, tables(), Some(now), now);
        }
        assert!(stored.take_readers_of(&tables()).contains(&u64::MAX));
    }

    #[test]
    fn versions_change_with_the_tables_read_and_no_others() {
        let mut versions = Versions::default();
        let read = Tables::new(["a", "b"]);
        let first = versions.of(&read);
        versions.bump(&Tables::new(["c"]));
        assert_eq!(versions.of(&read), first);
        versions.bump(&Tables::new(["B"]));
        assert_ne!(versions.of(&read), first);
    }

    #[test]
    fn the_words_are_read_back() {
        for way in Invalidation::ALL {
            assert_eq!(way.name().parse(), Ok(way));
        }
        assert!("lease".parse::<Invalidation>().is_err());
    }
}
