//! Statements while the cache is on: reads through it, and what changes do to
//! what it holds.

use std::collections::BTreeSet;

use super::{Answer, REMEMBERED_STATEMENTS, Session, answer_of};
use crate::cache::layer::Dropped;
use crate::cache::{self, Ids, Read, Served, StatementFacts, Times, Uncacheable};
use crate::progress::Watcher;
use crate::sandbox::{Error, Kind, ResultSet, RowSink};

impl Session {
    /// As `run` with the cache on, when nothing that is queued is in the way.
    pub(super) fn run_now(
        &mut self,
        sql: &str,
        facts: &StatementFacts,
        sink: &mut dyn RowSink,
        watcher: Watcher<'_>,
    ) -> Result<Answer, Error> {
        match Uncacheable::reason(sql, facts) {
            None => self.read_through(sql, facts, sink, watcher),
            Some(why) => {
                let outcome = self.run_in_practice(sql, sink, watcher)?;
                let database = outcome.elapsed;
                if outcome.kind == Kind::Schema || outcome.notes.attaches {
                    // A temporary table can hide one that was known by name.
                    self.facts.clear();
                }
                let mut answer = answer_of(outcome);
                if answer.kind == Kind::Query {
                    answer.served = Some(Served {
                        rows: ResultSet::default(),
                        outcome: cache::Outcome::Bypassed { why },
                        times: Times {
                            database: Some(database),
                            ..Times::default()
                        },
                    });
                }
                answer.dropped = self.after_change(watcher)?;
                Ok(answer)
            }
        }
    }

    pub(super) fn read_through(
        &mut self,
        sql: &str,
        facts: &StatementFacts,
        sink: &mut dyn RowSink,
        watcher: Watcher<'_>,
    ) -> Result<Answer, Error> {
        let budget = self.budget();
        let params = self.practice.values(sql)?;
        let Session {
            practice,
            cache,
            clock,
            ..
        } = self;
        let layer = cache.as_mut().expect("only called with the cache on");
        let read = Read {
            sql,
            params: &params,
            facts,
        };
        let mut counters = None;
        let mut served = layer.read(&read, || {
            let mut rows = ResultSet::default();
            let outcome = practice.run(sql, budget, clock, &mut rows, watcher)?;
            counters = Some(outcome.counters);
            Ok::<_, Error>(rows)
        })?;
        served.rows.replay(sink).map_err(Error::Sink)?;
        if layer.refresh_due() {
            // The answer is out. A failure leaves the stale result to expire.
            let loaded = layer.refresh(&read, || {
                let mut rows = ResultSet::default();
                practice.run(sql, budget, clock, &mut rows, watcher)?;
                Ok::<_, Error>(rows)
            });
            served.times.refresh = loaded.ok().flatten().map(|times| times.total());
        }
        Ok(Answer {
            kind: Kind::Query,
            changed: 0,
            elapsed: served.times.total(),
            counters,
            warm: None,
            served: Some(served),
            dropped: None,
            behind: None,
        })
    }

    /// Drops what the statement that has just run made stale, or with
    /// write-through loads it anew.
    pub(super) fn after_change(
        &mut self,
        watcher: Watcher<'_>,
    ) -> Result<Option<(Dropped, BTreeSet<String>)>, Error> {
        let committed = self.practice.take_committed();
        self.tell_ids()?;
        let budget = self.budget();
        let Session {
            practice,
            cache,
            clock,
            ..
        } = self;
        let Some(layer) = cache.as_mut().filter(|_| !committed.is_empty()) else {
            return Ok(None);
        };
        let dropped = layer.written_through(&committed, |sql, params| {
            let mut rows = ResultSet::default();
            let ran = practice.run_with(sql, params, budget, clock, &mut rows, watcher);
            ran.ok().map(|_| rows)
        });
        Ok(Some((dropped, committed)))
    }

    pub(super) fn facts_of(&mut self, sql: &str) -> Result<StatementFacts, Error> {
        let in_transaction = self.practice.in_transaction();
        if let Some(known) = self.facts.get(sql) {
            return Ok(StatementFacts {
                in_transaction,
                ..known.clone()
            });
        }
        let facts = StatementFacts::of(&self.practice, self.practice.notes(sql)?)?;
        if in_transaction {
            // Not all is known of it.
            return Ok(facts);
        }
        if self.facts.len() >= REMEMBERED_STATEMENTS {
            self.facts.clear();
        }
        self.facts.insert(sql.to_owned(), facts.clone());
        Ok(facts)
    }

    pub(super) fn ids(&self) -> Result<Ids, Error> {
        Ok(Ids {
            dataset: self.short_label().to_owned(),
            practice: self.practice.id(),
            schema_version: self.practice.schema_version()?.unsigned_abs(),
        })
    }

    /// Tells the cache which data its keys are to name from now on.
    pub(super) fn tell_ids(&mut self) -> Result<(), Error> {
        if self.practice.in_transaction() {
            // Nothing is cached until it ends, and to ask would fix the state
            // of the data that it reads.
            return Ok(());
        }
        let ids = self.ids()?;
        if let Some(layer) = &mut self.cache
            && *layer.ids() != ids
        {
            self.facts.clear();
            layer.set_ids(ids);
        }
        Ok(())
    }
}
