//! Write-through: what a write made old is loaded and stored again before the
//! write is done.

use std::collections::HashMap;
use std::sync::{Arc, PoisonError};

use super::reading::Gathered;
use super::served::{Dropped, Read};
use super::{Layer, Shared};
use crate::cache::StatementFacts;
use crate::cache::aside::{Action, Event, Strategy};
use crate::cache::invalidation::Tables;
use crate::cache::key::Key;
use crate::sandbox::{ResultSet, Value};

/// What a cached result answers.
#[derive(Debug)]
pub(super) struct Question {
    sql: String,
    params: Vec<Value>,
    facts: StatementFacts,
}

/// Questions by the key of their results.
pub(super) type Questions = HashMap<Key, Arc<Question>>;

/// Beyond this many, all are forgotten: their results are then deleted by a
/// write, as with cache-aside.
const MOST_QUESTIONS: usize = 10_000;

impl Layer {
    /// As [`written`](Layer::written); with the write-through strategy, up to
    /// 100 of the results that the write made old are loaded by `query`, which
    /// is given the statement and its parameters, and are stored again. `query`
    /// returns `None` when the statement fails: its result is deleted.
    pub fn written_through<S: AsRef<str>>(
        &mut self,
        tables: impl IntoIterator<Item = S>,
        mut query: impl FnMut(&str, &[Value]) -> Option<ResultSet>,
    ) -> Dropped {
        if self.options.rules.strategy != Strategy::WriteThrough {
            return self.written(tables);
        }
        let started = self.clock.now();
        let gone = self.tell_written(Tables::new(tables));
        let to_restore = self
            .actions
            .iter()
            .position(|action| matches!(action, Action::Restore { .. }));
        let Some(Action::Restore { keys }) = to_restore.and_then(|at| self.actions.remove(at))
        else {
            // Nothing had read them, or the cache is left alone.
            return self.dropped(gone);
        };
        let deleted = self.carry_out_deletions();
        let mut restored = 0;
        for key in keys {
            restored += u64::from(self.restore(key, &mut query));
        }
        self.tally.counts.dropped += gone - restored;
        if let (0, Some(Err(fault))) = (restored, deleted) {
            let why = super::Degradation::Failed(fault);
            return Dropped::Unused { results: gone, why };
        }
        Dropped::Restored {
            results: restored,
            deleted: gone - restored,
            took: self.clock.now() - started,
        }
    }

    /// Whether the result that was under `old` is in the cache again.
    fn restore(
        &mut self,
        old: Key,
        query: &mut impl FnMut(&str, &[Value]) -> Option<ResultSet>,
    ) -> bool {
        let id = self.next_read();
        let Some(question) = self.shared.questions().remove(&old) else {
            self.delete_instead(old);
            return false;
        };
        let read = Read {
            sql: &question.sql,
            params: &question.params,
            facts: &question.facts,
        };
        let statement = self.keys.statement(read.sql);
        let version = self.tables_version(&read);
        let key = self.keys.key(&statement, read.params, version);
        if key != old {
            self.delete_instead(old);
        }
        let mut gathered = Gathered::new(statement.normal_form);
        let event = Event::Reload { read: id, key };
        let done = self.carry_out(id, event, &read, &mut gathered, || {
            query(&question.sql, &question.params).ok_or(Failed)
        });
        done.is_ok() && gathered.fault.is_none() && gathered.too_large.is_none()
    }

    /// What will not be stored again must not stay.
    fn delete_instead(&mut self, key: Key) {
        let read = self.next_read();
        self.tell(Event::Reload { read, key });
        self.tell(Event::Abandoned { read });
        self.carry_out_deletions();
    }

    pub(super) fn remember_question(&self, key: &Key, read: &Read<'_>) {
        if self.options.rules.strategy != Strategy::WriteThrough {
            return;
        }
        let mut questions = self.shared.questions();
        if questions.len() >= MOST_QUESTIONS {
            questions.clear();
        }
        let question = Question {
            sql: read.sql.to_owned(),
            params: read.params.to_vec(),
            facts: read.facts.clone(),
        };
        questions.insert(key.clone(), Arc::new(question));
    }
}

/// The database did not answer.
struct Failed;

impl Shared {
    fn questions(&self) -> std::sync::MutexGuard<'_, Questions> {
        self.questions
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}
