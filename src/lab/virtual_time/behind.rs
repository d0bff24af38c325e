//! Write-behind: writes that the database gets later, and that die with the
//! cache.

use std::time::Duration;

use super::run::{Happening, World};
use crate::cache::aside::Backlog;
use crate::lab::keys::Rank;

/// The queue of writes: which they are, and what they change.
pub(super) struct Behind {
    backlog: Backlog,
    keys: Vec<Rank>,
}

impl Behind {
    pub(super) fn new(backlog: Backlog) -> Behind {
        Behind {
            backlog,
            keys: Vec::new(),
        }
    }
}

impl World<'_> {
    /// Somebody writes `key`: into the queue, if there is one, and else into
    /// the database.
    pub(super) fn somebody_writes(&mut self, key: Rank) {
        let (now, is_down) = (self.queue.now(), self.is_down());
        let tables = self.database.tables_of(key).clone();
        let Some(behind) = &mut self.behind else {
            return self.writes(key, [key]);
        };
        let is_first = behind.backlog.is_empty();
        match (is_down, is_first) {
            (true, true) => self.writes(key, [key]),
            // It would overtake those in the queue, which is out of reach.
            (true, false) => self.outcome.refused_writes += 1,
            (false, _) => {
                let number = behind.backlog.next_number();
                behind.backlog.acknowledged(number, tables, now);
                behind.keys.push(key);
                if behind.backlog.is_due(now) {
                    self.flush();
                } else if is_first && let Some(due) = behind.backlog.due_at() {
                    self.queue.after(due - now, Happening::FlushDue);
                }
            }
        }
    }

    /// The oldest write of some time ago has waited for long enough, unless it
    /// was flushed by then.
    pub(super) fn flush_due(&mut self) {
        let now = self.queue.now();
        if self
            .behind
            .as_ref()
            .is_some_and(|it| it.backlog.is_due(now))
        {
            self.flush();
        }
    }

    /// Before a read of `key`: the database gets what the read would miss. What
    /// that takes, which the reader waits for.
    pub(super) fn flush_for(&mut self, key: Rank) -> Duration {
        let tables = self.database.tables_of(key);
        let waits = |it: &Behind| it.backlog.concerns(tables);
        if self.behind.as_ref().is_some_and(waits) && self.flush() {
            self.services.database
        } else {
            Duration::ZERO
        }
    }

    /// Commits the queue, in one transaction. Whether the cache gave it.
    fn flush(&mut self) -> bool {
        if self.is_down() {
            return false;
        }
        let Some(behind) = &mut self.behind else {
            return false;
        };
        behind.backlog.flushed(behind.keys.len());
        for key in std::mem::take(&mut behind.keys) {
            self.writes(key, [key]);
        }
        self.outcome.flushes += u64::from(self.counts());
        true
    }

    /// The cache has lost the queue.
    pub(super) fn queue_is_lost(&mut self) {
        if let Some(behind) = &mut self.behind {
            let lost = behind.backlog.claim(&[]).lost;
            behind.keys.clear();
            self.outcome.lost_writes += lost;
        }
    }
}
