//! Write-behind: writes wait in a list in the cache server, and nowhere else,
//! until the database gets them.

use std::sync::{MutexGuard, PoisonError};
use std::time::Duration;

use redis::Value as Reply;

use super::served::Degradation;
use super::{LONGEST_ON_FOREIGN_SERVER, Layer};
use crate::cache::aside::{self, Backlog, Event};
use crate::cache::codec::{self, QueuedWrite};
use crate::cache::connection::Fault;
use crate::cache::invalidation::Tables;
use crate::cache::stats::QueueStats;
use crate::sandbox::Value;

/// A write that was acknowledged before the database has it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Queued {
    /// How many wait now, this one included.
    pub waiting: u64,
    /// How many may.
    pub most: u64,
    /// What it took to put it there.
    pub took: Duration,
}

/// The queue, taken for the database.
#[derive(Debug, Clone, PartialEq)]
pub struct Flush {
    /// What is to be run, in this order.
    pub writes: Vec<QueuedWrite>,
    /// Acknowledged writes that the cache server does not have any more.
    pub lost: u64,
}

impl Layer {
    /// Whether writes are to go through [`queue_write`](Layer::queue_write).
    pub fn queues_writes(&self) -> bool {
        self.shared.backlog.is_some()
    }

    /// How many writes the database does not have yet.
    pub fn queued_writes(&self) -> usize {
        self.backlog().map_or(0, |backlog| backlog.len())
    }

    /// Whether the database is to get them now: the queue is full, or the
    /// oldest has waited for long enough.
    pub fn is_flush_due(&self) -> bool {
        let now = self.clock.now();
        self.backlog().is_some_and(|backlog| backlog.is_due(now))
    }

    /// Whether a write to one of these tables waits, so that a read of them
    /// would miss it.
    pub fn is_behind<S: AsRef<str>>(&self, tables: impl IntoIterator<Item = S>) -> bool {
        let tables = Tables::new(tables);
        self.backlog()
            .is_some_and(|backlog| backlog.concerns(&tables))
    }

    /// Puts a write that changes `tables` at the end of the queue. When it
    /// returns, the write is acknowledged: whoever wrote it may go on.
    ///
    /// # Errors
    /// Why the server did not take it. It is not acknowledged then, and will
    /// not be run even if the server has it after all.
    pub fn queue_write<S: AsRef<str>>(
        &mut self,
        sql: &str,
        params: &[Value],
        tables: impl IntoIterator<Item = S>,
    ) -> Result<Queued, Degradation> {
        let started = self.clock.now();
        let key = self.queue_key();
        let number = match self.backlog() {
            Some(mut backlog) => backlog.next_number(),
            None => return Err(Degradation::Failed(Fault::Refused("no queue".to_owned()))),
        };
        let mut push = redis::cmd("RPUSH");
        push.arg(&key).arg(codec::encode_write(number, sql, params));
        let length = match self.ask_queue(&push)? {
            Reply::Int(length) => length,
            _ => return Err(self.queue_failed(None)),
        };
        if length == 1 && !self.server().private {
            // Somebody else's server is not to keep it for good.
            let most = LONGEST_ON_FOREIGN_SERVER.as_millis();
            let mut expire = redis::cmd("PEXPIRE");
            expire
                .arg(&key)
                .arg(u64::try_from(most).unwrap_or(u64::MAX));
            self.ask_queue(&expire)?;
        }
        let now = self.clock.now();
        let (waiting, most) = match self.backlog() {
            Some(mut backlog) => {
                backlog.acknowledged(number, Tables::new(tables), now);
                (backlog.len() as u64, backlog.most() as u64)
            }
            None => (0, 0),
        };
        let took = now - started;
        self.tally.queue.acknowledged += 1;
        self.tally.push.push(Some(took));
        Ok(Queued {
            waiting,
            most,
            took,
        })
    }

    /// Reads the queue. Its writes stay there, and wait, until
    /// [`flushed`](Layer::flushed) says that the database has them.
    ///
    /// # Errors
    /// Why the server did not give it. The writes wait on.
    pub fn take_queue(&mut self) -> Result<Flush, Degradation> {
        let key = self.queue_key();
        let mut range = redis::cmd("LRANGE");
        range.arg(&key).arg(0).arg(-1);
        let mut asked = self.ask_queue(&range);
        if let Err(Degradation::Failed(Fault::Broken(_))) = asked {
            // The connection may be all that broke; to look twice is no harm.
            asked = self.ask_queue(&range);
        }
        let reply = match asked {
            Ok(Reply::Array(items)) => items,
            Ok(_) => return Err(self.queue_failed(None)),
            // Something else stands in its place.
            Err(Degradation::Failed(Fault::Refused(words))) if words.starts_with("WRONGTYPE") => {
                Vec::new()
            }
            Err(why) => return Err(why),
        };
        let found = reply.iter().filter_map(|item| match item {
            Reply::BulkString(bytes) => codec::decode_write(bytes).ok(),
            _ => None,
        });
        let found: Vec<QueuedWrite> = found.collect();
        let numbers: Vec<u64> = found.iter().map(|write| write.number).collect();
        let Some(claim) = self.backlog().map(|mut backlog| backlog.claim(&numbers)) else {
            return Err(self.queue_failed(None));
        };
        self.tally.queue.lost += claim.lost;
        let to_run = found.into_iter().zip(claim.run);
        Ok(Flush {
            writes: to_run.filter_map(|(it, run)| run.then_some(it)).collect(),
            lost: claim.lost,
        })
    }

    /// The database has dealt with the first `writes` of those that were taken,
    /// within `took`; it refused so many of them.
    pub fn flushed(&mut self, writes: usize, refused: usize, took: Duration) {
        let queue = &mut self.tally.queue;
        queue.flushed += writes.saturating_sub(refused) as u64;
        queue.refused += refused as u64;
        queue.flushes += u64::from(writes > 0);
        queue.database += took;
        self.forget(writes);
    }

    /// Forgets what waits: nobody will run it. How many writes that were.
    pub fn give_up_queue(&mut self) -> u64 {
        let waiting = self.queued_writes();
        self.tally.queue.lost += waiting as u64;
        self.forget(waiting);
        waiting as u64
    }

    /// The first so many wait no more.
    fn forget(&mut self, writes: usize) {
        let left = self.backlog().map(|mut backlog| {
            backlog.flushed(writes);
            backlog.len()
        });
        if left == Some(0) && writes > 0 {
            // Should it fail, the numbers of what stays there are done with, and
            // no other layer looks there.
            let key = self.queue_key();
            let _ = self.ask_queue(redis::cmd("DEL").arg(key));
        }
    }

    pub(super) fn queue_stats(&self) -> Option<QueueStats> {
        let backlog = self.backlog()?;
        Some(QueueStats {
            waiting: backlog.len() as u64,
            most: backlog.most() as u64,
            push: self.tally.push.mean(),
            ..self.tally.queue
        })
    }

    fn queue_key(&self) -> String {
        self.keys.queue(self.shared.queue_id)
    }

    fn backlog(&self) -> Option<MutexGuard<'_, Backlog>> {
        let backlog = self.shared.backlog.as_ref()?;
        Some(backlog.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Sends a command about the queue, unless the server is left alone.
    fn ask_queue(&mut self, command: &redis::Cmd) -> Result<Reply, Degradation> {
        let paused = self.aside().pause_left(self.clock.now());
        if let Some(left) = paused {
            return Err(Degradation::Paused { left });
        }
        match self.channel.ask(command) {
            Ok(reply) => {
                self.tell(Event::QueueAnswered);
                Ok(reply)
            }
            Err(fault) => Err(self.queue_failed(Some(fault))),
        }
    }

    /// Counts a failure; `None` for a reply that makes no sense.
    fn queue_failed(&mut self, fault: Option<Fault>) -> Degradation {
        let fault = fault.unwrap_or_else(|| self.channel.nonsense("a command for the queue"));
        self.tally.counts.errors += 1;
        let told = aside::Fault::from(&fault);
        self.tell(Event::QueueFailed { fault: told });
        Degradation::Failed(fault)
    }
}
