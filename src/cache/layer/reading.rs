//! One read, from the question to the answer.

use std::sync::Arc;
use std::time::Duration;

use super::board::Mail;
use super::served::{Degradation, NotStored, Outcome, Read, Served, Times};
use super::{Layer, Shared};
use crate::cache::Uncacheable;
use crate::cache::aside::{Action, Event, ReadId, Source};
use crate::cache::connection::Fault;
use crate::cache::invalidation::Tables;
use crate::clock::Clock;
use crate::sandbox::ResultSet;

/// What a read has gathered so far.
pub(super) struct Gathered {
    pub(super) statement: Arc<str>,
    pub(super) rows: Option<ResultSet>,
    pub(super) times: Times,
    /// When the database was asked, in milliseconds since 1970: a result is
    /// as old as the question, not as its storing.
    pub(super) asked_ms: u64,
    /// What the database took for the rows when they were stored.
    pub(super) stored_database: Option<Duration>,
    pub(super) fault: Option<Fault>,
    pub(super) too_large: Option<usize>,
}

impl Gathered {
    pub(super) fn new(statement: Arc<str>) -> Gathered {
        Gathered {
            statement,
            rows: None,
            times: Times::default(),
            asked_ms: 0,
            stored_database: None,
            fault: None,
            too_large: None,
        }
    }
}

/// Other threads may wait for what comes of a read: it ends even when its
/// thread panics.
struct EndsAnyhow {
    shared: Arc<Shared>,
    clock: Clock,
    read: ReadId,
}

impl Drop for EndsAnyhow {
    fn drop(&mut self) {
        if std::thread::panicking() {
            let mut actions = Default::default();
            let read = self.read;
            self.shared
                .step(Event::Abandoned { read }, self.clock.now(), &mut actions);
            for action in actions {
                self.shared.pass_on(read, action, None);
            }
        }
    }
}

impl Layer {
    /// Answers `read` from the cache, or from the database by calling `query`
    /// and storing its answer. A failing cache costs time, never the answer.
    ///
    /// When [`refresh_due`](Layer::refresh_due) says so afterwards, the answer
    /// was stale, and [`refresh`](Layer::refresh) should follow.
    ///
    /// # Errors
    /// What `query` returned.
    pub fn read<E>(
        &mut self,
        read: &Read<'_>,
        query: impl FnMut() -> Result<ResultSet, E>,
    ) -> Result<Served, E> {
        if let Some(why) = Uncacheable::reason(read.sql, read.facts) {
            return self.bypass(why, query);
        }
        self.skip_refresh();
        let statement = self.keys.statement(read.sql);
        let version = self.tables_version(read);
        let key = self.keys.key(&statement, read.params, version);
        let mut gathered = Gathered::new(statement.normal_form);
        let id = self.next_read();
        let event = Event::Asked { read: id, key };
        let answered = self.carry_out(id, event, read, &mut gathered, query)?;
        let source = answered.expect("every read that did not fail is answered");
        Ok(self.served(source, gathered))
    }

    /// Whether the last answer was stale and this layer is to load it anew.
    pub fn refresh_due(&self) -> bool {
        self.refresh_due.is_some()
    }

    /// Loads anew what the last [`read`](Layer::read) answered stale, and
    /// stores it: to be called once the answer is shown. What it took;
    /// `None` when nothing was due.
    ///
    /// # Errors
    /// What `query` returned.
    pub fn refresh<E>(
        &mut self,
        read: &Read<'_>,
        mut query: impl FnMut() -> Result<ResultSet, E>,
    ) -> Result<Option<Times>, E> {
        let Some(id) = self.refresh_due.take() else {
            return Ok(None);
        };
        let mut gathered = Gathered::new(self.keys.statement(read.sql).normal_form);
        let event = self.query(id, read, &mut gathered, &mut query)?;
        self.carry_out(id, event, read, &mut gathered, query)?;
        Ok(Some(gathered.times))
    }

    /// A refresh that nobody wants any more.
    pub(super) fn skip_refresh(&mut self) {
        if let Some(read) = self.refresh_due.take() {
            self.tell(Event::Abandoned { read });
            self.carry_out_deletions();
        }
    }

    /// Tells the state machine `event`, and does what it wants for read `id`
    /// until there is no more to do. Where the answer came from, if there was
    /// one.
    pub(super) fn carry_out<E>(
        &mut self,
        id: ReadId,
        event: Event<crate::cache::key::Key>,
        read: &Read<'_>,
        gathered: &mut Gathered,
        mut query: impl FnMut() -> Result<ResultSet, E>,
    ) -> Result<Option<Source>, E> {
        let _ends = EndsAnyhow {
            shared: self.shared.clone(),
            clock: self.clock.clone(),
            read: id,
        };
        let mut answered = None;
        self.tell(event);
        while let Some(action) = self.actions.pop_front() {
            let Some(action) = self.shared.pass_on(id, action, gathered.rows.as_ref()) else {
                continue;
            };
            match action {
                Action::Get { key, extend, .. } => {
                    let event = self.get(id, &key, extend, read, gathered);
                    self.tell(event);
                }
                Action::Query { .. } => {
                    let event = self.query(id, read, gathered, &mut query)?;
                    self.tell(event);
                }
                Action::Set {
                    key,
                    ttl,
                    fresh_for,
                    ..
                } => {
                    let event = self.set(id, &key, ttl, fresh_for, read, gathered);
                    self.tell(event);
                }
                Action::Lock { key, lease, .. } => {
                    let event = self.lock(id, &key, lease, gathered);
                    self.tell(event);
                }
                Action::Unlock { key } => self.unlock(&key),
                Action::Wait { pause, .. } => {
                    self.clock.wait(pause);
                    *gathered.times.waited.get_or_insert_default() += pause;
                    self.tell(Event::Waited { read: id });
                }
                Action::Join { .. } => {
                    let started = self.clock.now();
                    let Mail { action, rows } = self.shared.board.wait_for(id);
                    gathered.times.waited = Some(self.clock.now() - started);
                    gathered.rows = rows.map(|rows| ResultSet::clone(&rows));
                    self.actions.push_front(action);
                }
                Action::Refresh { .. } => self.refresh_due = Some(id),
                Action::Delete { keys } => {
                    // What an earlier write could not delete. A failure is
                    // counted, and concerns no row of this read.
                    let _ = self.delete(keys);
                }
                Action::Restore { .. } => {}
                Action::Answer { source, .. } => answered = Some(source),
            }
        }
        Ok(answered)
    }

    /// Asks the database, and ends the read when it does not answer.
    fn query<E>(
        &mut self,
        id: ReadId,
        read: &Read<'_>,
        gathered: &mut Gathered,
        query: &mut impl FnMut() -> Result<ResultSet, E>,
    ) -> Result<Event<crate::cache::key::Key>, E> {
        gathered.asked_ms = self.clock.unix_ms();
        let started = self.clock.now();
        let rows = match query() {
            Ok(rows) => rows,
            Err(error) => {
                self.tell(Event::Abandoned { read: id });
                while let Some(action) = self.actions.pop_front() {
                    match self.shared.pass_on(id, action, None) {
                        Some(Action::Unlock { key }) => self.unlock(&key),
                        Some(Action::Delete { keys }) => drop(self.delete(keys)),
                        _ => {}
                    }
                }
                return Err(error);
            }
        };
        gathered.times.database = Some(self.clock.now() - started);
        let empty = rows.rows.is_empty();
        gathered.rows = Some(rows);
        let tables = Tables::new(&read.facts.tables);
        Ok(Event::Loaded {
            read: id,
            tables,
            empty,
        })
    }

    fn bypass<E>(
        &mut self,
        why: Uncacheable,
        mut query: impl FnMut() -> Result<ResultSet, E>,
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

    pub(super) fn tables_version(&self, read: &Read<'_>) -> u64 {
        let aside = self.aside();
        if aside.is_versioned() {
            aside.version_of(&Tables::new(&read.facts.tables))
        } else {
            0
        }
    }

    fn served(&mut self, source: Source, gathered: Gathered) -> Served {
        let Gathered { times, fault, .. } = gathered;
        let database = gathered.stored_database.unwrap_or_default();
        let not_stored = |stored: bool, fault: Option<Fault>| match gathered.too_large {
            _ if stored => None,
            Some(bytes) => Some(NotStored::TooLarge(bytes)),
            None => fault.map(NotStored::Failed),
        };
        let counts = &mut self.tally.counts;
        let outcome = match source {
            Source::Hit { age, ttl_left } => {
                counts.hits += 1;
                Outcome::Hit {
                    age,
                    ttl_left,
                    database,
                }
            }
            Source::Stale { age, by } => {
                counts.hits += 1;
                counts.stale += 1;
                Outcome::Stale { age, by, database }
            }
            Source::Shared { waited, .. } => {
                counts.misses += 1;
                counts.shared += 1;
                Outcome::Shared { waited }
            }
            Source::Miss { stored } => {
                counts.misses += 1;
                Outcome::Miss {
                    not_stored: not_stored(stored, fault),
                }
            }
            Source::Early { stored, ttl_left } => {
                counts.misses += 1;
                counts.early += 1;
                Outcome::Early {
                    ttl_left,
                    not_stored: not_stored(stored, fault),
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
        match &outcome {
            Outcome::Hit { .. } | Outcome::Stale { .. } => self.tally.lately.push(true),
            Outcome::Miss { .. } | Outcome::Early { .. } | Outcome::Shared { .. } => {
                self.tally.lately.push(false);
            }
            Outcome::Bypassed { .. } | Outcome::Degraded { .. } => {}
        }
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
            Outcome::Hit { database, .. } | Outcome::Stale { database, .. } => Some(*database),
            Outcome::Miss { .. } | Outcome::Early { .. } => times.database,
            Outcome::Shared { .. } | Outcome::Bypassed { .. } | Outcome::Degraded { .. } => return,
        };
        self.tally.database.push(database);
        self.tally.get.push(times.get);
        let stored = matches!(
            outcome,
            Outcome::Miss { not_stored: None }
                | Outcome::Early {
                    not_stored: None,
                    ..
                }
        );
        if stored {
            self.tally.set.push(times.set);
        }
    }
}
