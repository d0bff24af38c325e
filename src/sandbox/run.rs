//! Runs one statement in the practice database.

use std::time::Duration;

use rusqlite::Statement;

use super::counters::{self, Counters};
use super::{
    Budget, Column, Error, Guarded, Notes, Practice, RowSink, Value, ValueRef, bindings, drop_table,
};
use crate::clock::Clock;
use crate::progress::Watcher;

/// What kind of thing a statement did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// It gave a result, with or without rows.
    Query,
    /// It inserted, updated or deleted.
    Write,
    /// It changed the schema.
    Schema,
    /// Anything else: BEGIN, a setting.
    Other,
}

/// A statement that has run.
#[derive(Debug, Clone)]
pub struct Outcome {
    /// What it did.
    pub kind: Kind,
    /// Rows it returned.
    pub rows: u64,
    /// Rows it changed, triggers not counted.
    pub changed: u64,
    /// From the start of its compilation to its last row, without the time in
    /// which a pager was read.
    pub elapsed: Duration,
    /// SQLite's free counters.
    pub counters: Counters,
    /// Those of its page fetches that were not in memory: read from the file.
    pub page_reads: u64,
    /// What the authorizer noted.
    pub notes: Notes,
}

impl Practice {
    /// Runs `sql`, one statement, and hands its rows to `sink`. A private copy
    /// is made first if the statement needs one.
    ///
    /// # Errors
    /// Any [`Error`]; rows that came before it have gone to the sink, and the
    /// sink's `end` was called.
    pub fn run(
        &mut self,
        sql: &str,
        budget: Budget,
        clock: &Clock,
        sink: &mut dyn RowSink,
        watcher: Watcher<'_>,
    ) -> Result<Outcome, Error> {
        self.refresh(watcher)?;
        let values = self.values(sql)?;
        self.run_with(sql, &values, budget, clock, sink, watcher)
    }

    /// As [`run`](Practice::run), with these values in the place of the
    /// parameters, in their order.
    ///
    /// # Errors
    /// As `run`.
    pub fn run_with(
        &mut self,
        sql: &str,
        values: &[Value],
        budget: Budget,
        clock: &Clock,
        sink: &mut dyn RowSink,
        watcher: Watcher<'_>,
    ) -> Result<Outcome, Error> {
        let notes = self.notes(sql)?;
        if notes.changes_schema {
            drop_table::refuse_referred(self.connection(), sql)?;
        }
        if notes.needs_private_copy() {
            self.make_private(watcher)?;
        }
        self.connections().listen(self.heartbeat());
        let connections = self.connections_mut();
        let ran = connections.run_noted(sql, notes, values, budget, clock, sink);
        self.connections().listen(None);
        ran
    }
}

pub(super) struct Ran {
    columns: usize,
    rows: u64,
    elapsed: Duration,
    counters: Counters,
    page_reads: u64,
}

/// What a statement did that has run; `changed` rows, if it wrote.
pub(super) fn outcome(ran: Ran, changed: u64, notes: Notes) -> Outcome {
    let kind = kind_of(&notes, ran.columns);
    Outcome {
        kind,
        rows: ran.rows,
        changed: if kind == Kind::Write { changed } else { 0 },
        elapsed: ran.elapsed,
        counters: ran.counters,
        page_reads: ran.page_reads,
        notes,
    }
}

/// Compiles a statement that was looked at and runs it to its end.
///
/// # Errors
/// As [`Practice::run`].
pub(super) fn step_through(
    guarded: &Guarded,
    sql: &str,
    values: &[Value],
    clock: &Clock,
    sink: &mut dyn RowSink,
) -> Result<Ran, Error> {
    let started = clock.worked();
    let (mut statement, _) = guarded.prepare(sql)?;
    bindings::bind(&mut statement, values).map_err(|e| guarded.explain(e))?;
    let pages_before = counters::page_fetches(guarded.connection());
    let reads_before = counters::page_reads(guarded.connection());
    let columns = columns_of(&statement);
    let mut sinking = Sinking {
        sink,
        columns: &columns,
        begun: false,
    };
    let stepped = step_rows(guarded, &mut statement, columns.len(), &mut sinking);
    let elapsed = clock.worked().since(started);
    let ended = sinking.end(stepped.is_ok());
    let rows = stepped?;
    ended?;
    Ok(Ran {
        columns: columns.len(),
        rows,
        elapsed,
        counters: Counters::of(
            &statement,
            counters::page_fetches(guarded.connection()).saturating_sub(pages_before),
        ),
        page_reads: counters::page_reads(guarded.connection()).saturating_sub(reads_before),
    })
}

fn step_rows(
    guarded: &Guarded,
    statement: &mut Statement<'_>,
    width: usize,
    sinking: &mut Sinking<'_>,
) -> Result<u64, Error> {
    let mut rows = statement.raw_query();
    let mut count = 0;
    let mut spare: Vec<ValueRef<'static>> = Vec::with_capacity(width);
    while let Some(row) = rows.next().map_err(|e| guarded.explain(e))? {
        // The same allocation serves every row: an empty vector of one
        // lifetime becomes an empty vector of another.
        let mut values = reuse(spare);
        for i in 0..width {
            values.push(row.get_ref(i).map_err(|e| guarded.explain(e))?);
        }
        sinking.row(&values)?;
        count += 1;
        spare = reuse(values);
        // Drawing may be what takes the time: a huge result to a slow terminal.
        if count % 1024 == 0 && guarded.is_interrupted() {
            return Err(Error::Interrupted);
        }
    }
    Ok(count)
}

fn reuse<'to>(mut values: Vec<ValueRef<'_>>) -> Vec<ValueRef<'to>> {
    values.clear();
    values.into_iter().map(|_| ValueRef::Null).collect()
}

/// The sink of a statement. It hears of a result only when there is one: not
/// from a statement without columns, and not from one that failed before its
/// first row.
struct Sinking<'a> {
    sink: &'a mut dyn RowSink,
    columns: &'a [Column],
    begun: bool,
}

impl Sinking<'_> {
    fn row(&mut self, values: &[ValueRef<'_>]) -> Result<(), Error> {
        self.begin()?;
        self.sink.row(values).map_err(Error::Sink)
    }

    fn begin(&mut self) -> Result<(), Error> {
        if !self.begun {
            self.begun = true;
            self.sink.begin(self.columns).map_err(Error::Sink)?;
        }
        Ok(())
    }

    fn end(&mut self, succeeded: bool) -> Result<(), Error> {
        if self.columns.is_empty() {
            return Ok(());
        }
        if succeeded {
            self.begin()?;
        }
        if self.begun {
            self.sink.end().map_err(Error::Sink)?;
        }
        Ok(())
    }
}

fn columns_of(statement: &Statement<'_>) -> Vec<Column> {
    statement
        .columns()
        .map(|column| Column {
            name: column.name().to_owned(),
            declared_type: column.decl_type().map(str::to_owned),
        })
        .collect()
}

fn kind_of(notes: &Notes, columns: usize) -> Kind {
    if notes.changes_schema {
        Kind::Schema
    } else if !notes.writes.is_empty() {
        Kind::Write
    } else if columns > 0 {
        Kind::Query
    } else {
        Kind::Other
    }
}
