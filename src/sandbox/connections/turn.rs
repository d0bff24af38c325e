//! One statement's turn on the current connection: what must hold before it, and
//! what is noted after it.

use std::collections::BTreeSet;
use std::fs;
use std::time::Duration;

use rusqlite::Connection;

use super::super::source::sidecar;
use super::super::{Bindings, Budget, Error, Notes, Outcome, RowSink, Value, run};
use super::file::Home;
use super::{Conflict, Connections, Holder, hold};
use crate::clock::Clock;
use crate::units;

impl Connections {
    /// Runs one statement on the current connection and hands its rows to
    /// `sink`. A lock that it cannot have is told at once.
    ///
    /// # Errors
    /// Any [`Error`]; [`Error::Locked`] says who is in the way.
    pub fn run(
        &mut self,
        sql: &str,
        budget: Budget,
        clock: &Clock,
        sink: &mut dyn RowSink,
    ) -> Result<Outcome, Error> {
        let notes = self.notes(sql)?;
        self.run_noted(sql, notes, &[], budget, clock, sink)
    }

    /// As [`run`](Connections::run), for a statement that was looked at, with
    /// these values for its parameters.
    pub(in crate::sandbox) fn run_noted(
        &mut self,
        sql: &str,
        notes: Notes,
        values: &[Value],
        budget: Budget,
        clock: &Clock,
        sink: &mut dyn RowSink,
    ) -> Result<Outcome, Error> {
        self.before(&notes)?;
        let here = self.here_mut();
        here.guarded.start(budget);
        let ran = run::step_through(&here.guarded, sql, values, clock, sink);
        here.guarded.finish();
        let changed = match &ran {
            Ok(_) if !notes.writes.is_empty() => here.guarded.connection().changes(),
            _ => 0,
        };
        self.after(sql, &notes, changed);
        match ran {
            Ok(ran) => Ok(run::outcome(ran, changed, notes)),
            Err(error) => {
                let writes = notes.modifies && !notes.is_pragma;
                let error =
                    self.who_is_in_the_way(error, writes || notes.transaction, notes.is_pragma);
                if matches!(&error, Error::Locked(conflict) if matches!(**conflict, Conflict::Readers { .. }))
                {
                    self.here_mut().hold.waits_since(sql);
                }
                Err(error)
            }
        }
    }

    /// What the authorizer notes about `sql` on the current connection.
    ///
    /// # Errors
    /// [`Error::Sql`], [`Error::Refused`] and [`Error::Locked`].
    pub fn notes(&self, sql: &str) -> Result<Notes, Error> {
        match self.here().guarded.prepare(sql) {
            Ok((_, notes)) => Ok(notes),
            Err(error) => Err(self.who_is_in_the_way(error, false, false)),
        }
    }

    /// The values that `bindings` has for the parameters of `sql`, one
    /// statement.
    ///
    /// # Errors
    /// [`Error::Unbound`] when there is none for one of them; the errors of
    /// compiling it.
    pub(in crate::sandbox) fn values(
        &self,
        sql: &str,
        bindings: &Bindings,
    ) -> Result<Vec<Value>, Error> {
        let (statement, _) = self.here().guarded.prepare(sql)?;
        bindings.values(&statement, sql).map_err(Error::Unbound)
    }

    /// Changes `table` on the current connection by other means than one
    /// statement. Without a time limit; Ctrl-C stops it.
    pub(in crate::sandbox) fn change<T>(
        &mut self,
        table: &str,
        work: impl FnOnce(&Connection) -> T,
    ) -> T {
        let here = self.here_mut();
        let before = here.guarded.connection().total_changes();
        here.guarded.start(Budget::default());
        let done = work(here.guarded.connection());
        here.guarded.finish();
        let rows = here.guarded.connection().total_changes() - before;
        let notes = Notes {
            writes: BTreeSet::from([table.to_owned()]),
            ..Notes::default()
        };
        self.after(&format!("a change of {table}"), &notes, rows);
        done
    }

    /// Runs `work` on the current connection within `budget`. What it changes,
    /// it takes back.
    pub(in crate::sandbox) fn with_budget<T>(
        &mut self,
        budget: Budget,
        work: impl FnOnce(&Connection) -> T,
    ) -> T {
        let here = self.here_mut();
        let in_transaction = !here.guarded.connection().is_autocommit();
        here.guarded.start(budget);
        let result = work(here.guarded.connection());
        here.guarded.finish();
        if !in_transaction {
            // The work's own rollback says nothing about what the learner
            // writes next, and its release of a savepoint commits nothing.
            here.guarded.take_rolled_back();
            here.guarded.take_committed();
        }
        here.observe("a look at the data");
        result
    }

    /// What must hold before a statement runs on the current connection.
    fn before(&mut self, notes: &Notes) -> Result<(), Error> {
        let Some(home) = &self.file else {
            return Ok(());
        };
        if notes.modifies {
            self.refuse_a_swollen_wal(home)?;
        }
        let here = self.here_mut();
        // What a dot command looked at since.
        here.observe("a look at the data");
        // Whatever PRAGMA busy_timeout said: nobody can let go meanwhile.
        let conn = here.guarded.connection();
        conn.busy_timeout(Duration::ZERO)
            .map_err(Error::from_sqlite)
    }

    /// A reader of an old state keeps SQLite from emptying the WAL, which no
    /// page limit bounds.
    fn refuse_a_swollen_wal(&self, home: &Home) -> Result<(), Error> {
        let wal = fs::metadata(sidecar(&home.path, "-wal")).map_or(0, |meta| meta.len());
        if wal <= home.max_pages.unsigned_abs() * home.page_size {
            return Ok(());
        }
        let reader = self.named.iter().find_map(|named| {
            let since = named.hold.reads.as_ref()?;
            Some(format!("connection {} reads since: {since}", named.name))
        });
        Err(Error::Refused(format!(
            "the WAL has grown to {}, its limit; {}; commit or roll back there",
            units::bytes(wal),
            reader.unwrap_or_else(|| "an open transaction keeps it".to_owned())
        )))
    }

    /// Takes note of a statement that has run, whether or not it failed.
    fn after(&mut self, sql: &str, notes: &Notes, changed: u64) {
        let here = &mut self.named[self.current];
        here.pending_rows += changed;
        let held = here.hold.writes.clone();
        let committed = here.pending.after(&here.guarded, &notes.writes);
        let over = here.guarded.connection().is_autocommit();
        let rows = if over {
            std::mem::take(&mut here.pending_rows)
        } else {
            0
        };
        here.observe(sql);
        if committed.is_empty() {
            return;
        }
        self.last_commit = Some(Holder {
            connection: here.name.clone(),
            since: held.unwrap_or_else(|| hold::quoted(sql)),
        });
        self.generation += 1;
        self.tally.add(rows, &committed);
        self.committed.extend(committed);
    }
}
