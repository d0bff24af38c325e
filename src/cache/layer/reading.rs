//! One read, from the question to the answer.

use std::sync::Arc;
use std::time::Duration;

use redis::Value as Reply;

use super::served::{Degradation, NotStored, Outcome, Read, Served, Times};
use super::{LONGEST_ON_FOREIGN_SERVER, Layer};
use crate::cache::Uncacheable;
use crate::cache::aside::{self, Action, Event, ReadId, Source};
use crate::cache::codec::{self, Entry};
use crate::cache::connection::Fault;
use crate::cache::invalidation::Tables;
use crate::cache::key::Key;
use crate::sandbox::ResultSet;

/// What a read has gathered so far.
struct Gathered {
    statement: Arc<str>,
    rows: Option<ResultSet>,
    times: Times,
    /// What the database took for the rows when they were stored.
    stored_database: Option<Duration>,
    fault: Option<Fault>,
    too_large: Option<usize>,
}

impl Layer {
    /// Answers `read` from the cache, or from the database by calling `query`
    /// and storing its answer. A failing cache costs time, never the answer.
    ///
    /// # Errors
    /// What `query` returned.
    pub fn read<E>(
        &mut self,
        read: &Read<'_>,
        query: impl FnOnce() -> Result<ResultSet, E>,
    ) -> Result<Served, E> {
        if let Some(why) = Uncacheable::reason(read.sql, read.facts) {
            return self.bypass(why, query);
        }
        let statement = self.keys.normal_form(read.sql);
        let version = self.tables_version(read);
        let key = self.keys.key(&statement, read.params, version);
        let mut gathered = Gathered {
            statement,
            rows: None,
            times: Times::default(),
            stored_database: None,
            fault: None,
            too_large: None,
        };
        let mut query = Some(query);
        let mut answered = None;
        let id = self.next_read();
        self.tell(Event::Asked { read: id, key });
        while let Some(action) = self.actions.pop_front() {
            match action {
                Action::Get { key, .. } => {
                    let event = self.get(id, &key, read, &mut gathered);
                    self.tell(event);
                }
                Action::Query { .. } => {
                    let query = query.take().expect("a read queries once");
                    let started = self.clock.now();
                    let rows = match query() {
                        Ok(rows) => rows,
                        Err(error) => {
                            self.tell(Event::Abandoned { read: id });
                            return Err(error);
                        }
                    };
                    gathered.times.database = Some(self.clock.now() - started);
                    gathered.rows = Some(rows);
                    let tables = Tables::new(&read.facts.tables);
                    self.tell(Event::Loaded { read: id, tables });
                }
                Action::Set { key, ttl, .. } => {
                    let event = self.set(id, &key, ttl, read, &mut gathered);
                    self.tell(event);
                }
                Action::Delete { keys } => {
                    // What an earlier write could not delete. A failure is
                    // counted, and concerns no row of this read.
                    let _ = self.delete(keys);
                }
                Action::Answer { source, .. } => answered = Some(source),
            }
        }
        let source = answered.expect("every read that did not fail is answered");
        Ok(self.served(source, gathered))
    }

    fn bypass<E>(
        &mut self,
        why: Uncacheable,
        query: impl FnOnce() -> Result<ResultSet, E>,
    ) -> Result<Served, E> {
        let started = self.clock.now();
        let rows = query()?;
        let database = Some(self.clock.now() - started);
        self.tally.counts.bypasses += 1;
        Ok(Served {
            rows,
            outcome: Outcome::Bypassed { why },
            times: Times {
                database,
                ..Times::default()
            },
        })
    }

    fn tables_version(&self, read: &Read<'_>) -> u64 {
        let aside = self.aside();
        if aside.is_versioned() {
            aside.version_of(&Tables::new(&read.facts.tables))
        } else {
            0
        }
    }

    fn get(
        &mut self,
        id: ReadId,
        key: &Key,
        read: &Read<'_>,
        gathered: &mut Gathered,
    ) -> Event<Key> {
        let started = self.clock.now();
        let reply = self.channel.ask(redis::cmd("GET").arg(key.as_str()));
        let arrived = self.clock.now();
        let event = match reply {
            Ok(Reply::Nil) => Event::Found {
                read: id,
                age: None,
            },
            Ok(Reply::BulkString(bytes)) => {
                let entry = self.believed(&bytes, read, &gathered.statement);
                let age = entry.as_ref().map(|entry| {
                    Duration::from_millis(self.clock.unix_ms().saturating_sub(entry.stored_ms))
                });
                if let Some(entry) = entry {
                    gathered.stored_database = Some(entry.database);
                    gathered.rows = Some(entry.rows);
                }
                gathered.times.decode = Some(self.clock.now() - arrived);
                Event::Found { read: id, age }
            }
            Ok(_) => {
                let fault = self.channel.nonsense("GET");
                self.get_failed(id, fault, gathered)
            }
            Err(fault) => self.get_failed(id, fault, gathered),
        };
        gathered.times.get = Some(self.clock.now() - started);
        event
    }

    /// The entry in `bytes`, if it is one and answers this read.
    fn believed(&mut self, bytes: &[u8], read: &Read<'_>, statement: &str) -> Option<Entry> {
        let entry = codec::decode(bytes)
            .ok()
            .filter(|entry| codec::answers(entry, statement, read.params));
        if entry.is_none() {
            self.tally.counts.errors += 1;
        }
        entry
    }

    fn get_failed(&mut self, id: ReadId, fault: Fault, gathered: &mut Gathered) -> Event<Key> {
        self.tally.counts.errors += 1;
        let event = Event::GetFailed {
            read: id,
            fault: aside::Fault::from(&fault),
        };
        gathered.fault = Some(fault);
        event
    }

    fn set(
        &mut self,
        id: ReadId,
        key: &Key,
        ttl: Option<Duration>,
        read: &Read<'_>,
        gathered: &mut Gathered,
    ) -> Event<Key> {
        let started = self.clock.now();
        let rows = gathered.rows.as_ref().expect("only loaded rows are stored");
        let database = gathered.times.database.unwrap_or_default();
        let bytes = codec::encode(
            &gathered.statement,
            read.params,
            self.clock.unix_ms(),
            database,
            rows,
        );
        if bytes.len() > self.options.largest {
            gathered.too_large = Some(bytes.len());
            return Event::SetFailed {
                read: id,
                fault: aside::Fault::Refused,
            };
        }
        let mut command = redis::cmd("SET");
        command.arg(key.as_str()).arg(bytes);
        let foreign = !self.server().private;
        let ttl = ttl.or(foreign.then_some(LONGEST_ON_FOREIGN_SERVER));
        if let Some(ttl) = ttl {
            let millis = u64::try_from(ttl.as_millis()).unwrap_or(u64::MAX);
            command.arg("PX").arg(millis);
        }
        let reply = match self.channel.ask(&command) {
            Ok(Reply::Okay) => Ok(()),
            Ok(_) => Err(self.channel.nonsense("SET")),
            Err(fault) => Err(fault),
        };
        gathered.times.set = Some(self.clock.now() - started);
        match reply {
            Ok(()) => Event::Stored { read: id },
            Err(fault) => {
                self.tally.counts.errors += 1;
                let event = Event::SetFailed {
                    read: id,
                    fault: aside::Fault::from(&fault),
                };
                gathered.fault = Some(fault);
                event
            }
        }
    }

    fn served(&mut self, source: Source, gathered: Gathered) -> Served {
        let Gathered { times, fault, .. } = gathered;
        let counts = &mut self.tally.counts;
        let outcome = match source {
            Source::Hit { age, ttl_left } => {
                counts.hits += 1;
                Outcome::Hit {
                    age,
                    ttl_left,
                    database: gathered.stored_database.unwrap_or_default(),
                }
            }
            Source::Miss { stored } => {
                counts.misses += 1;
                let failed = || fault.map(NotStored::Failed);
                Outcome::Miss {
                    not_stored: match gathered.too_large {
                        _ if stored => None,
                        Some(bytes) => Some(NotStored::TooLarge(bytes)),
                        None => failed(),
                    },
                }
            }
            Source::Degraded => {
                counts.degraded += 1;
                let unknown = || Fault::Broken("it did not answer".to_owned());
                Outcome::Degraded {
                    why: Degradation::Failed(fault.unwrap_or_else(unknown)),
                }
            }
            Source::Paused { left } => {
                counts.degraded += 1;
                Outcome::Degraded {
                    why: Degradation::Paused { left },
                }
            }
        };
        self.note_costs(&outcome, &times);
        Served {
            rows: gathered.rows.unwrap_or_default(),
            outcome,
            times,
        }
    }

    /// Costs of lookups only: a failing cache's time-outs are no cache reads.
    fn note_costs(&mut self, outcome: &Outcome, times: &Times) {
        let database = match outcome {
            Outcome::Hit { database, .. } => Some(*database),
            Outcome::Miss { .. } => times.database,
            Outcome::Bypassed { .. } | Outcome::Degraded { .. } => return,
        };
        self.tally.database.push(database);
        self.tally.get.push(times.get);
        if *outcome == (Outcome::Miss { not_stored: None }) {
            self.tally.set.push(times.set);
        }
    }
}
