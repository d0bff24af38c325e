//! The keyspace: find, read, write, remove, evict.

use super::attention::Attention;
use super::entries::{Entries, Entry, NEVER};
use super::index::{Hash, Index};
use super::now::{Now, UnixMs};
use super::stats::Stats;
use super::types::{Text, Value};
use super::{memory, ttl};
use crate::cache::policy::{Policy, Slot};
use crate::clock::Time;

/// Keys and values. See the [module](super).
#[derive(Default)]
pub struct Keyspace {
    pub(super) entries: Entries,
    pub(super) index: Index,
    policy: Option<Box<dyn Policy + Send>>,
    /// Whether the policy is only told of keys that have a time-to-live.
    only_volatile: bool,
    used: usize,
    pub(super) volatile: usize,
    pub(super) sweep_at: Slot,
    pub(super) stats: Stats,
    pub(super) attention: Attention,
}

/// How long a written key lives.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lifetime {
    /// Until it is deleted or evicted.
    Forever,
    /// As long as it would have without the write.
    Keep,
    /// Until this moment.
    Until(UnixMs),
}

/// Memory is full and nothing may be evicted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OutOfMemory;

impl Keyspace {
    /// Empty, evicting nothing.
    pub fn new() -> Keyspace {
        Keyspace::default()
    }

    /// Orders evictions by `policy` from here on; `None` evicts nothing. Keys
    /// that are there already count as inserted in the order of their last use.
    pub fn evict_by(&mut self, policy: Option<Box<dyn Policy + Send>>) {
        self.evict_among(policy, false);
    }

    /// As [`evict_by`](Self::evict_by), but only keys that have a time-to-live.
    pub fn evict_volatile_by(&mut self, policy: Option<Box<dyn Policy + Send>>) {
        self.evict_among(policy, true);
    }

    fn evict_among(&mut self, policy: Option<Box<dyn Policy + Send>>, only_volatile: bool) {
        (self.policy, self.only_volatile) = (policy, only_volatile);
        if let Some(policy) = &mut self.policy {
            let mut held: Vec<(Time, Slot, UnixMs)> = self
                .entries
                .iter()
                .filter(|(_, entry)| !only_volatile || entry.expires != NEVER)
                .map(|(slot, entry)| (entry.used, slot, entry.expires))
                .collect();
            held.sort_unstable();
            for (used, slot, expires) in held {
                policy.insert(slot, used);
                policy.set_end(slot, expires);
            }
        }
    }

    /// How many keys there are, with those whose time is over but that nobody
    /// has met yet.
    pub fn len(&self) -> usize {
        self.index.len()
    }

    /// Whether there are no keys.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// How many keys have a time-to-live.
    pub fn volatile(&self) -> usize {
        self.volatile
    }

    /// Bytes that keys, values and their bookkeeping take.
    pub fn used_memory(&self) -> u64 {
        (self.used + self.len() * self.policy_notes()) as u64
    }

    /// What has happened so far.
    pub fn stats(&self) -> Stats {
        self.stats
    }

    /// Sets all counts to zero.
    pub fn reset_stats(&mut self) {
        self.stats = Stats::default();
    }

    /// The value of `key`: counts a hit or a miss, and is a use.
    pub fn read(&mut self, key: &[u8], now: Now) -> Option<&Value> {
        let slot = self.counted(key, now)?;
        self.touch(slot, now);
        self.entries.get(slot).map(|entry| &entry.value)
    }

    /// The value of `key`: counts a hit or a miss, but is no use.
    pub fn inspect(&mut self, key: &[u8], now: Now) -> Option<&Value> {
        let slot = self.counted(key, now)?;
        self.entries.get(slot).map(|entry| &entry.value)
    }

    /// The value of `key`, for a command that will write it: counts nothing,
    /// and is a use.
    pub fn value(&mut self, key: &[u8], now: Now) -> Option<&Value> {
        let slot = self.find(key, now)?;
        self.touch(slot, now);
        self.entries.get(slot).map(|entry| &entry.value)
    }

    /// Whether `key` exists. Counts nothing and is no use.
    pub fn contains(&mut self, key: &[u8], now: Now) -> bool {
        self.find(key, now).is_some()
    }

    /// Writes a string.
    pub fn set_text(&mut self, key: &[u8], bytes: &[u8], lifetime: Lifetime, now: Now) {
        if let Some(slot) = self.find(key, now) {
            self.change(slot, |entry| {
                match &mut entry.value {
                    Value::Text(text) => text.assign(bytes),
                    other => *other = Value::Text(Text::new(bytes)),
                }
                set_lifetime(entry, lifetime);
            });
            self.changed(slot);
            self.touch(slot, now);
        } else {
            self.insert(key, Value::Text(Text::new(bytes)), lifetime, now);
        }
    }

    /// Writes a value of any type.
    pub fn set(&mut self, key: &[u8], value: Value, lifetime: Lifetime, now: Now) {
        if let Some(slot) = self.find(key, now) {
            self.change(slot, |entry| {
                entry.value = value;
                set_lifetime(entry, lifetime);
            });
            self.changed(slot);
            self.touch(slot, now);
        } else {
            self.insert(key, value, lifetime, now);
        }
    }

    /// Changes the value of `key` in place, if it exists. Counts nothing, and
    /// is a use.
    pub fn update<R>(
        &mut self,
        key: &[u8],
        now: Now,
        change: impl FnOnce(&mut Value) -> R,
    ) -> Option<R> {
        let slot = self.find(key, now)?;
        self.touch(slot, now);
        self.changed(slot);
        self.change(slot, |entry| change(&mut entry.value))
    }

    /// Deletes `key`; whether it was there.
    pub fn remove(&mut self, key: &[u8], now: Now) -> bool {
        let found = self.find(key, now);
        found.is_some_and(|slot| self.forget(slot).is_some())
    }

    /// Gives the value, lifetime and age of `from` to `to`, over what is there.
    /// False when there is no `from`.
    pub fn rename(&mut self, from: &[u8], to: &[u8], now: Now) -> bool {
        let Some(slot) = self.find(from, now) else {
            return false;
        };
        if from != to {
            self.remove(to, now);
            let hash = self.index.hash(from);
            self.index.remove(hash, slot);
            self.change(slot, |entry| entry.key = to.into());
            self.index.insert(self.index.hash(to), slot);
            self.attention.changed(from);
        }
        self.attention.changed(to);
        true
    }

    /// Deletes everything.
    pub fn clear(&mut self) {
        if !self.attention.is_empty() {
            self.forget_attended();
        }
        if let Some(policy) = &mut self.policy {
            for (slot, entry) in self.entries.iter() {
                if !self.only_volatile || entry.expires != NEVER {
                    policy.remove(slot);
                }
            }
        }
        self.entries = Entries::default();
        self.index.clear();
        (self.used, self.volatile, self.sweep_at) = (0, 0, 0);
    }

    /// When `key` was last used. Counts a hit or a miss, and is no use.
    pub fn last_use(&mut self, key: &[u8], now: Now) -> Option<Time> {
        let slot = self.counted(key, now)?;
        self.entries.get(slot).map(|entry| entry.used)
    }

    /// How often `key` is used, on the scale of the policy that counts it:
    /// `None` without such a policy, and if there is no key. Counts nothing and
    /// is no use.
    pub fn frequency(&mut self, key: &[u8], now: Now) -> Option<u8> {
        let slot = self.find(key, now)?;
        self.held(slot)?.frequency_of(slot, now.time)
    }

    /// Bytes that `key` takes with its value and bookkeeping. Counts nothing
    /// and is no use.
    pub fn memory_of(&mut self, key: &[u8], now: Now) -> Option<u64> {
        let slot = self.find(key, now)?;
        let notes = self.policy_notes();
        let entry = self.entries.get(slot)?;
        Some((memory::of(entry) + notes) as u64)
    }

    /// Bytes that the policy takes for a key.
    fn policy_notes(&self) -> usize {
        match self.policy {
            Some(_) => memory::POLICY_NOTES,
            None => 0,
        }
    }

    /// Evicts until at most `limit` bytes are used.
    ///
    /// # Errors
    /// [`OutOfMemory`] when the policy has nothing left to evict.
    pub fn make_room(&mut self, limit: u64, now: Now) -> Result<(), OutOfMemory> {
        while self.used_memory() > limit {
            let victim = self.policy.as_mut().and_then(|p| p.victim(now.time));
            let slot = victim.ok_or(OutOfMemory)?;
            self.forget(slot);
            self.stats.evicted += 1;
        }
        Ok(())
    }

    /// Deletes the keys that somebody waits for, one by one.
    fn forget_attended(&mut self) {
        let keys: Vec<Box<[u8]>> = self.attention.keys().map(Box::from).collect();
        for key in keys {
            self.remove(&key, Now::default());
        }
    }

    /// The value of `key`, for those who may not delete it if its time is over.
    pub(super) fn seen(&self, key: &[u8], now: Now) -> Option<&Value> {
        let slot = self.index.find(self.index.hash(key), |slot| {
            self.entries
                .get(slot)
                .is_some_and(|entry| *entry.key == *key)
        })?;
        let entry = self.entries.get(slot)?;
        (!entry.is_expired(now.unix_ms)).then_some(&entry.value)
    }

    /// Tells those who wait for the key in a slot that it was written.
    #[inline]
    pub(super) fn changed(&mut self, slot: Slot) {
        if !self.attention.is_empty()
            && let Some(entry) = self.entries.get(slot)
        {
            self.attention.changed(&entry.key);
        }
    }

    /// The live slot of `key`. Deletes it if its time is over.
    pub(super) fn find(&mut self, key: &[u8], now: Now) -> Option<Slot> {
        self.find_hashed(self.index.hash(key), key, now)
    }

    fn find_hashed(&mut self, hash: Hash, key: &[u8], now: Now) -> Option<Slot> {
        let entries = &self.entries;
        let slot = self.index.find(hash, |slot| {
            entries.get(slot).is_some_and(|entry| *entry.key == *key)
        })?;
        if self.entries.get(slot)?.is_expired(now.unix_ms) {
            self.expire(slot);
            return None;
        }
        Some(slot)
    }

    pub(super) fn counted(&mut self, key: &[u8], now: Now) -> Option<Slot> {
        let found = self.find(key, now);
        match found {
            Some(_) => self.stats.hits += 1,
            None => self.stats.misses += 1,
        }
        found
    }

    pub(super) fn expire(&mut self, slot: Slot) {
        self.forget(slot);
        self.stats.expired += 1;
    }

    pub(super) fn touch(&mut self, slot: Slot, now: Now) {
        if let Some(entry) = self.entries.get_mut(slot) {
            entry.used = now.time;
        }
        if let Some(policy) = self.held(slot) {
            policy.touch(slot, now.time);
        }
    }

    /// The policy, if there is one and it holds the key in this slot.
    #[inline]
    fn held(&mut self, slot: Slot) -> Option<&mut Box<dyn Policy + Send>> {
        let policy = self.policy.as_mut()?;
        let is_volatile = |entry: &Entry| entry.expires != NEVER;
        if self.only_volatile && !self.entries.get(slot).is_some_and(is_volatile) {
            return None;
        }
        Some(policy)
    }

    fn insert(&mut self, key: &[u8], value: Value, lifetime: Lifetime, now: Now) {
        self.attention.changed(key);
        let hash = self.index.hash(key);
        let mut entry = Entry {
            key: key.into(),
            value,
            expires: NEVER,
            used: now.time,
        };
        set_lifetime(&mut entry, lifetime);
        self.used += memory::of(&entry);
        self.volatile += usize::from(entry.expires != NEVER);
        let expires = entry.expires;
        let slot = self.entries.insert(entry);
        self.index.insert(hash, slot);
        if let Some(policy) = self.held(slot) {
            policy.insert(slot, now.time);
            policy.set_end(slot, expires);
        }
    }

    /// Changes an entry and keeps the books.
    pub(super) fn change<R>(
        &mut self,
        slot: Slot,
        change: impl FnOnce(&mut Entry) -> R,
    ) -> Option<R> {
        let entry = self.entries.get_mut(slot)?;
        let before = memory::of(entry);
        let ended = entry.expires;
        let result = change(entry);
        let ends = entry.expires;
        self.used = self.used - before + memory::of(entry);
        self.volatile = self.volatile - usize::from(ended != NEVER) + usize::from(ends != NEVER);
        if ended != ends
            && let Some(policy) = &mut self.policy
        {
            match (ended, ends) {
                (NEVER, _) if self.only_volatile => policy.insert(slot, entry.used),
                (_, NEVER) if self.only_volatile => policy.remove(slot),
                _ => {}
            }
            if ends != NEVER {
                policy.set_end(slot, ends);
            }
        }
        Some(result)
    }

    pub(super) fn forget(&mut self, slot: Slot) -> Option<Entry> {
        let entry = self.entries.remove(slot)?;
        self.attention.changed(&entry.key);
        let hash = self.index.hash(&entry.key);
        self.index.remove(hash, slot);
        if let Some(policy) = &mut self.policy
            && (!self.only_volatile || entry.expires != NEVER)
        {
            policy.remove(slot);
        }
        self.used -= memory::of(&entry);
        self.volatile -= usize::from(entry.expires != NEVER);
        Some(entry)
    }
}

fn set_lifetime(entry: &mut Entry, lifetime: Lifetime) {
    match lifetime {
        Lifetime::Forever => entry.expires = NEVER,
        Lifetime::Keep => {}
        Lifetime::Until(moment) => entry.expires = ttl::moment(moment),
    }
}
