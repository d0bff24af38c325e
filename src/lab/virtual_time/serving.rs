//! What the cache and the database do with what they are asked.

use std::time::Duration;

use super::run::{Command, Happening, Held, Lifetime, World};
use crate::cache::aside::{Cached, Event, Fault, ReadId, Source};
use crate::clock::Time;
use crate::lab::keys::Rank;

impl World<'_> {
    /// Half of a command's time is the way there.
    fn way(&self) -> Duration {
        let (longer, until) = self.slow;
        let slowed = if self.queue.now() < until {
            longer
        } else {
            Duration::ZERO
        };
        (self.services.cache + slowed) / 2
    }

    pub(super) fn send(&mut self, command: Command) {
        self.queue.after(self.way(), Happening::Command(command));
    }

    pub(super) fn is_down(&self) -> bool {
        if self.queue.now() < self.down_until {
            return true;
        }
        let now = self.queue.now().since(Time::ZERO);
        self.services
            .outages
            .iter()
            .any(|it| it.from <= now && now < it.from + it.lasts)
    }

    pub(super) fn command(&mut self, command: Command) {
        if self.is_down() {
            let fault = Fault::Lost;
            let event = match command {
                Command::Get(read, ..) => Event::GetFailed { read, fault },
                Command::Set(read, ..) => Event::SetFailed { read, fault },
                Command::Delete(_) => Event::DeleteFailed { fault },
                Command::Lock(read, ..) => Event::LockFailed { read, fault },
                Command::Unlock(_) => Event::UnlockFailed { fault },
            };
            let patience = self.services.patience;
            return self.queue.after(patience, Happening::Tell(event));
        }
        let now = self.queue.now();
        let event = match command {
            Command::Get(read, place, extend) => {
                let held = self.cache.get(&place, now).copied();
                if let (Some(held), Some(reading)) = (held, self.reading.get_mut(&read)) {
                    reading.got = held;
                }
                if let Some(extend) = extend {
                    self.cache.expire(&place, now + extend);
                }
                let entry = held.map(|held| Cached {
                    age: now.since(held.asked),
                    fresh_for: held.fresh_for,
                    delta: held.delta,
                });
                Event::Found { read, entry }
            }
            Command::Set(read, place, Lifetime { ttl, fresh_for }) => {
                if let Some(reading) = self.reading.get(&read) {
                    let id = u64::from(place.0) | place.1 << 32;
                    let held = Held {
                        fresh_for,
                        ..reading.got
                    };
                    let expires = ttl.map(|ttl| now + ttl);
                    let is_old = held.version < self.database.version(place.0);
                    self.outcome.stored += 1;
                    self.outcome.stored_old += u64::from(is_old);
                    self.cache.set(place, held, expires, now, id);
                }
                Event::Stored { read }
            }
            Command::Lock(read, place, lease) => {
                if self.locks.get(&place).is_some_and(|until| now < *until) {
                    Event::LockTaken { read }
                } else {
                    self.locks.insert(place, now + lease);
                    Event::Locked { read }
                }
            }
            Command::Unlock(place) => {
                self.locks.remove(&place);
                return;
            }
            Command::Delete(keys) => {
                keys.iter().for_each(|key| self.cache.delete(key));
                Event::Deleted { keys }
            }
        };
        self.queue.after(self.way(), Happening::Tell(event));
    }

    pub(super) fn query(&mut self, read: ReadId) {
        let Some(reading) = self.reading.get_mut(&read) else {
            return;
        };
        let (key, scans) = (reading.key, reading.scans);
        reading.got.asked = self.queue.now();
        let others = self.loading.entry(key).or_default();
        let is_first = *others == 0;
        *others += 1;
        if self.counts() && !scans {
            self.outcome.database_reads += 1;
            self.outcome.expiries += u64::from(is_first);
            let second = self.second();
            self.outcome.second(second).database_reads += 1;
        }
        if self.database.asked(read, key) {
            self.begin_query(read, key);
        }
        if self.counts() {
            let backlog = self.database.backlog();
            self.outcome.most_queries = self.outcome.most_queries.max(backlog);
        }
    }

    /// The database works on it from now on, and sees what is committed now.
    fn begin_query(&mut self, read: ReadId, key: Rank) {
        let version = self.database.version(key);
        if let Some(reading) = self.reading.get_mut(&read) {
            reading.got.version = version;
        }
        let takes = self.services.database;
        self.queue.after(takes, Happening::Queried(read));
    }

    pub(super) fn queried(&mut self, read: ReadId) {
        if let Some((next, key)) = self.database.done() {
            self.begin_query(next, key);
        }
        let now = self.queue.now();
        let Some(reading) = self.reading.get_mut(&read) else {
            return;
        };
        reading.got.delta = now.since(reading.got.asked);
        let key = reading.key;
        if let Some(others) = self.loading.get_mut(&key) {
            *others -= 1;
            if *others == 0 {
                self.loading.remove(&key);
            }
        }
        let tables = self.database.tables_of(key).clone();
        let empty = self.asking.is_absent(key);
        self.tell(Event::Loaded {
            read,
            tables,
            empty,
        });
    }

    /// `goes_on`: it is loaded anew although it is answered.
    pub(super) fn answer(&mut self, read: ReadId, source: Source, goes_on: bool) {
        let Some(mut reading) = self.reading.get(&read).copied() else {
            return;
        };
        if let Source::Shared {
            leader: Some(leader),
            ..
        } = source
        {
            let leading = self.reading.get(&leader).map(|it| it.got);
            let answered = self.last_answer.filter(|(read, _)| *read == leader);
            if let Some(rows) = leading.or(answered.map(|(_, rows)| rows)) {
                reading.got = rows;
            }
        } else {
            self.last_answer = Some((read, reading.got));
        }
        if goes_on {
            self.reading.insert(read, reading);
        } else {
            self.reading.remove(&read);
        }
        if reading.scans {
            return;
        }
        let now = self.queue.now();
        if self.counts_from().is_some_and(|from| reading.asked >= from) {
            let second = self.second();
            let took = now.since(reading.asked);
            self.outcome.answered(reading.key, source, took, second);
            if reading.got.version < reading.expects {
                self.outcome.stale_reads += 1;
                let overtaken = self.database.overtaken(reading.key, reading.got.version);
                let for_long = overtaken.map_or(Duration::ZERO, |at| reading.asked.since(at));
                self.outcome.stalest = self.outcome.stalest.max(for_long);
            }
        }
        self.answered();
    }

    /// The cache is empty again.
    pub(super) fn loses_all(&mut self) {
        self.cache.clear();
        self.locks.clear();
        self.queue_is_lost();
    }
}
