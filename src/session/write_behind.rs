//! Write-behind: which statements wait for the database, and when it gets them.
//!
//! The queue is emptied before anything that would see that it was not: a read
//! of a table that a queued write changes, a write that may not wait, the start
//! of a transaction. So every statement of the session sees all writes before
//! it, and the database runs them in their order.

use std::collections::BTreeSet;
use std::time::Duration;

use super::{Answer, Session};
use crate::cache::codec::{self, QueuedWrite};
use crate::cache::layer::{Degradation, Dropped, Queued};
use crate::cache::{StatementFacts, Uncacheable, Undeferrable};
use crate::progress::Watcher;
use crate::sandbox::{Error, Kind, ResultSet};

/// What write-behind did with a statement, and with those before it.
#[derive(Debug, Default)]
pub struct Behind {
    /// The statement is a write that was acknowledged, and waits.
    pub queued: Option<Queued>,
    /// It is one that did not wait.
    pub not_queued: Option<NotQueued>,
    /// The database got what had waited.
    pub flushed: Option<Flushed>,
}

/// Why a write went to the database at once.
#[derive(Debug)]
pub enum NotQueued {
    /// It must not wait.
    MayNot(Undeferrable),
    /// The cache server did not take it.
    Failed(Degradation),
}

/// What became of the queue.
#[derive(Debug, Default)]
pub struct Flushed {
    /// Writes that the database was given.
    pub writes: u64,
    /// Of these, the ones it refused although they had been acknowledged.
    pub refused: Vec<RefusedWrite>,
    /// Acknowledged writes that nobody has any more.
    pub lost: u64,
    /// Writes that wait on, because the server does not give them.
    pub out_of_reach: Option<(u64, Degradation)>,
    /// What the database took, its commit included.
    pub took: Duration,
    /// What that did to cached results, and to which tables it wrote.
    pub dropped: Option<(Dropped, BTreeSet<String>)>,
}

/// A write that was acknowledged, and that the database refused later.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RefusedWrite {
    /// The statement.
    pub sql: String,
    /// What the database says.
    pub why: String,
}

/// What is to be done with a statement.
pub(super) enum Deferred {
    /// Nothing more.
    Queued(Box<Answer>),
    /// To be run now.
    Not(Option<Box<Behind>>),
}

impl Session {
    /// Puts `sql` into the queue if it may wait there, and empties the queue if
    /// `sql` must not come before it.
    ///
    /// # Errors
    /// Those of [`flush`](Session::flush); and [`Error::Refused`] for a change
    /// that would overtake writes which the server does not give.
    pub(super) fn defer(
        &mut self,
        sql: &str,
        facts: &StatementFacts,
        watcher: Watcher<'_>,
    ) -> Result<Deferred, Error> {
        let Some(layer) = self.cache.as_mut().filter(|layer| layer.queues_writes()) else {
            return Ok(Deferred::Not(None));
        };
        if facts.writes.is_empty() {
            let reads_old =
                Uncacheable::reason(sql, facts).is_some() || layer.is_behind(&facts.tables);
            let waiting = layer.queued_writes() > 0;
            if !waiting || !(reads_old || layer.is_flush_due()) {
                return Ok(Deferred::Not(None));
            }
            let flushed = Some(self.flush_before(facts.readonly, watcher)?);
            let behind = Behind {
                flushed,
                ..Behind::default()
            };
            return Ok(Deferred::Not(Some(Box::new(behind))));
        }
        let params = self.practice.values(sql)?;
        let facts = &StatementFacts {
            in_transaction: self.practice.connections().in_transaction().is_some(),
            ..facts.clone()
        };
        let mut behind = Behind::default();
        let bytes = codec::encode_write(0, sql, &params).len();
        if let Some(why) = Undeferrable::reason(facts, bytes) {
            behind.not_queued = Some(NotQueued::MayNot(why));
            if layer.queued_writes() > 0 {
                behind.flushed = Some(self.flush_before(false, watcher)?);
            }
            return Ok(Deferred::Not(Some(Box::new(behind))));
        }
        if layer.is_flush_due() {
            behind.flushed = Some(self.flush_before(false, watcher)?);
        }
        let Some(layer) = &mut self.cache else {
            return Ok(Deferred::Not(None));
        };
        match layer.queue_write(sql, &params, &facts.writes) {
            Ok(queued) => {
                let is_full = queued.waiting >= queued.most;
                behind.queued = Some(queued);
                if is_full {
                    behind.flushed = Some(self.flush(watcher)?);
                }
                Ok(Deferred::Queued(Box::new(Answer {
                    kind: Kind::Write,
                    changed: 0,
                    elapsed: queued.took,
                    counters: None,
                    warm: None,
                    served: None,
                    dropped: None,
                    behind: Some(Box::new(behind)),
                })))
            }
            Err(why) => {
                behind.not_queued = Some(NotQueued::Failed(why));
                if layer.queued_writes() > 0 {
                    behind.flushed = Some(self.flush_before(false, watcher)?);
                }
                Ok(Deferred::Not(Some(Box::new(behind))))
            }
        }
    }

    /// How many acknowledged writes the database does not have yet.
    pub fn queued_writes(&self) -> usize {
        self.cache
            .as_ref()
            .map_or(0, crate::cache::Layer::queued_writes)
    }

    /// Gives the database what waits in the queue, in order and in one
    /// transaction, and invalidates what that makes old. A write that the
    /// database refuses does not keep the others from it.
    ///
    /// # Errors
    /// What stops the work as a whole: Ctrl-C, a full disk, a lock. What was
    /// not done by then waits on;
    /// [`take_stopped_flush`](Session::take_stopped_flush) has the rest.
    pub fn flush(&mut self, watcher: Watcher<'_>) -> Result<Flushed, Error> {
        let mut flushed = Flushed::default();
        let Some(layer) = self
            .cache
            .as_mut()
            .filter(|layer| layer.queued_writes() > 0)
        else {
            return Ok(flushed);
        };
        let taken = match layer.take_queue() {
            Ok(taken) => taken,
            Err(why) => {
                flushed.out_of_reach = Some((layer.queued_writes() as u64, why));
                return Ok(flushed);
            }
        };
        flushed.lost = taken.lost;
        let started = self.clock.now();
        let mut run = Run::default();
        let stopped = match self.run_together(&taken.writes, &mut run, watcher) {
            Ok(false) => self.run_singly(&taken.writes, &mut run, watcher),
            together => together.map(|_| ()),
        };
        flushed.took = self.clock.now() - started;
        flushed.writes = run.done as u64;
        if let Some(layer) = &mut self.cache {
            layer.flushed(run.done, run.refused.len(), flushed.took);
        }
        flushed.refused = run.refused;
        let told = self.after_change(watcher).map(|it| flushed.dropped = it);
        match stopped.and(told) {
            Ok(()) => Ok(flushed),
            Err(error) => {
                self.stopped_flush = Some(flushed);
                Err(error)
            }
        }
    }

    /// What became of the queue, after a flush that returned an error: what the
    /// database got and refused before, and what was found to be lost.
    pub fn take_stopped_flush(&mut self) -> Option<Flushed> {
        self.stopped_flush.take()
    }

    /// Turns the cache off, after the database got what waits. What the server
    /// does not give then is lost, and is told as such.
    ///
    /// # Errors
    /// Those of [`flush`](Session::flush); the cache stays on.
    pub fn finish_cache(&mut self, watcher: Watcher<'_>) -> Result<Flushed, Error> {
        let mut flushed = self.flush(watcher)?;
        if let Some(layer) = &mut self.cache {
            flushed.lost += layer.give_up_queue();
            flushed.out_of_reach = None;
        }
        self.stop_cache();
        Ok(flushed)
    }

    /// Empties the queue before a statement that would see that it is not.
    pub(super) fn flush_before(
        &mut self,
        is_read: bool,
        watcher: Watcher<'_>,
    ) -> Result<Flushed, Error> {
        let flushed = self.flush(watcher)?;
        match &flushed.out_of_reach {
            Some((waiting, why)) if !is_read => Err(Error::Refused(format!(
                "this would overtake {}, which the cache server does not give: {why}; \
                 .cache off gives them up",
                crate::units::counted(*waiting, "queued write", "queued writes")
            ))),
            _ => Ok(flushed),
        }
    }

    /// Runs all `writes` in one transaction. Returns whether that could be: if
    /// not, nothing was done.
    fn run_together(
        &mut self,
        writes: &[QueuedWrite],
        run: &mut Run,
        watcher: Watcher<'_>,
    ) -> Result<bool, Error> {
        if writes.is_empty() {
            return Ok(true);
        }
        self.run_alone("BEGIN IMMEDIATE", &[], watcher)?;
        let mut refused = Vec::new();
        for write in writes {
            let ran = self.run_alone(&write.sql, &write.params, watcher);
            match ran.err() {
                None => {}
                Some(error) if is_the_writes_own(&error) => {
                    refused.push(RefusedWrite::new(write, &error));
                    // INSERT OR ROLLBACK takes the others with it.
                    if !self.practice.in_transaction() {
                        return Ok(false);
                    }
                }
                Some(error) => {
                    if self.practice.in_transaction() {
                        self.run_alone("ROLLBACK", &[], watcher)?;
                    }
                    return Err(error);
                }
            }
        }
        if self.run_alone("COMMIT", &[], watcher).is_err() {
            // One of them breaks a constraint that is checked at the end.
            if self.practice.in_transaction() {
                self.run_alone("ROLLBACK", &[], watcher)?;
            }
            return Ok(false);
        }
        *run = Run {
            done: writes.len(),
            refused,
        };
        Ok(true)
    }

    /// Runs each of `writes` in a transaction of its own, as it would have been
    /// without a queue.
    fn run_singly(
        &mut self,
        writes: &[QueuedWrite],
        run: &mut Run,
        watcher: Watcher<'_>,
    ) -> Result<(), Error> {
        for write in writes {
            match self.run_alone(&write.sql, &write.params, watcher) {
                Ok(()) => {}
                Err(error) if is_the_writes_own(&error) => {
                    run.refused.push(RefusedWrite::new(write, &error));
                }
                Err(error) => return Err(error),
            }
            run.done += 1;
        }
        Ok(())
    }

    fn run_alone(
        &mut self,
        sql: &str,
        params: &[crate::sandbox::Value],
        watcher: Watcher<'_>,
    ) -> Result<(), Error> {
        let (budget, mut rows) = (self.budget(), ResultSet::default());
        let Session {
            practice, clock, ..
        } = self;
        practice.run_with(sql, params, budget, clock, &mut rows, watcher)?;
        Ok(())
    }
}

/// How far a flush came.
#[derive(Default)]
struct Run {
    done: usize,
    refused: Vec<RefusedWrite>,
}

impl RefusedWrite {
    fn new(write: &QueuedWrite, error: &Error) -> RefusedWrite {
        RefusedWrite {
            sql: write.sql.clone(),
            why: error.to_string(),
        }
    }
}

/// Whether it is the statement that is wrong, and would be another time.
fn is_the_writes_own(error: &Error) -> bool {
    matches!(
        error,
        Error::Sql { .. } | Error::Refused(_) | Error::TimeLimit(_)
    )
}
