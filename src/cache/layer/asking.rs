//! The commands of one read: get, set, lock.

use std::time::Duration;

use redis::Value as Reply;

use super::reading::Gathered;
use super::{LONGEST_ON_FOREIGN_SERVER, Layer, Read};
use crate::cache::aside::{self, Cached, Event, ReadId};
use crate::cache::codec::{self, Entry, Stamp};
use crate::cache::connection::Fault;
use crate::cache::key::Key;

impl Layer {
    pub(super) fn get(
        &mut self,
        id: ReadId,
        key: &Key,
        extend: Option<Duration>,
        read: &Read<'_>,
        gathered: &mut Gathered,
    ) -> Event<Key> {
        let started = self.clock.now();
        let command = match extend {
            None => {
                let mut get = redis::cmd("GET");
                get.arg(key.as_str());
                get
            }
            Some(ttl) => {
                let mut get = redis::cmd("GETEX");
                get.arg(key.as_str()).arg("PX").arg(millis(ttl));
                get
            }
        };
        let reply = self.channel.ask(&command);
        let arrived = self.clock.now();
        let event = match reply {
            Ok(Reply::Nil) => Event::Found {
                read: id,
                entry: None,
            },
            Ok(Reply::BulkString(bytes)) => {
                let entry = self.believed(&bytes, read, &gathered.statement);
                let known = entry.as_ref().map(|entry| Cached {
                    age: self.age_of(&entry.stamp),
                    fresh_for: entry.stamp.fresh_for,
                    delta: entry.stamp.database,
                });
                if let Some(entry) = entry {
                    gathered.stored_database = Some(entry.stamp.database);
                    gathered.rows = Some(entry.rows);
                }
                gathered.times.decode = Some(self.clock.now() - arrived);
                Event::Found {
                    read: id,
                    entry: known,
                }
            }
            Ok(_) => {
                let fault = self.channel.nonsense("GET");
                self.get_failed(id, fault, gathered)
            }
            Err(fault) => self.get_failed(id, fault, gathered),
        };
        // A read that looks again after waiting has asked before.
        *gathered.times.get.get_or_insert_default() += self.clock.now() - started;
        event
    }

    pub(super) fn age_of(&self, stamp: &Stamp) -> Duration {
        Duration::from_millis(self.clock.unix_ms().saturating_sub(stamp.stored_ms))
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
        let read = id;
        let fault = self.note_fault(fault, gathered);
        Event::GetFailed { read, fault }
    }

    fn note_fault(&mut self, fault: Fault, gathered: &mut Gathered) -> aside::Fault {
        self.tally.counts.errors += 1;
        let told = aside::Fault::from(&fault);
        gathered.fault = Some(fault);
        told
    }

    pub(super) fn set(
        &mut self,
        id: ReadId,
        key: &Key,
        ttl: Option<Duration>,
        fresh_for: Option<Duration>,
        read: &Read<'_>,
        gathered: &mut Gathered,
    ) -> Event<Key> {
        let started = self.clock.now();
        let rows = gathered.rows.as_ref().expect("only loaded rows are stored");
        let stamp = Stamp {
            stored_ms: gathered.asked_ms,
            fresh_for,
            database: gathered.times.database.unwrap_or_default(),
        };
        let bytes = codec::encode(
            self.options.encoding,
            &gathered.statement,
            read.params,
            stamp,
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
            command.arg("PX").arg(millis(ttl));
        }
        let reply = match self.channel.ask(&command) {
            Ok(Reply::Okay) => Ok(()),
            Ok(_) => Err(self.channel.nonsense("SET")),
            Err(fault) => Err(fault),
        };
        gathered.times.set = Some(self.clock.now() - started);
        if reply.is_ok() {
            self.remember_question(key, read);
        }
        match reply {
            Ok(()) => Event::Stored { read: id },
            Err(fault) => Event::SetFailed {
                read: id,
                fault: self.note_fault(fault, gathered),
            },
        }
    }

    /// Takes the lock of `key`, if nobody has it. The token says who has it;
    /// it is compared by nobody.
    pub(super) fn lock(
        &mut self,
        id: ReadId,
        key: &Key,
        lease: Duration,
        gathered: &mut Gathered,
    ) -> Event<Key> {
        let started = self.clock.now();
        let mut command = redis::cmd("SET");
        command.arg(lock_of(key));
        command.arg(format!("process {} read {id}", std::process::id()));
        command.arg("NX").arg("PX").arg(millis(lease));
        let reply = match self.channel.ask(&command) {
            Ok(Reply::Okay) => Ok(true),
            Ok(Reply::Nil) => Ok(false),
            Ok(_) => Err(self.channel.nonsense("SET")),
            Err(fault) => Err(fault),
        };
        *gathered.times.lock.get_or_insert_default() += self.clock.now() - started;
        match reply {
            Ok(true) => Event::Locked { read: id },
            Ok(false) => Event::LockTaken { read: id },
            Err(fault) => Event::LockFailed {
                read: id,
                fault: self.note_fault(fault, gathered),
            },
        }
    }

    pub(super) fn unlock(&mut self, key: &Key) {
        if let Err(fault) = self.channel.ask(redis::cmd("DEL").arg(lock_of(key))) {
            self.tally.counts.errors += 1;
            let fault = aside::Fault::from(&fault);
            self.tell(Event::UnlockFailed { fault });
        }
    }
}

/// What a lock's key ends with.
pub(super) const LOCK: &str = ":lock";

fn lock_of(key: &Key) -> String {
    format!("{key}{LOCK}")
}

/// Whole milliseconds, one at least, as servers count.
fn millis(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX).max(1)
}
