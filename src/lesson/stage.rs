//! One database to grade on, and the statements of an attempt replayed there.

use std::collections::{BTreeMap, BTreeSet};

use rusqlite::{Connection, ErrorCode};

use super::Attempt;
use super::criterion::ComparedTable;
use super::excess::{Excess, MOST_ROWS, STEPS};
use super::observed::Outcome;
use super::stop::{Stop, stop_of, too_much};
use crate::clock::Clock;
use crate::interrupt::Interrupt;
use crate::progress;
use crate::sandbox::counters::{self, Counters};
use crate::sandbox::{Budget, Column, Error, Guarded, Notes, Practice, ResultSet, owned};
use crate::sql;

/// A database that an attempt is replayed on. The learner cannot reach it.
pub(super) struct Stage {
    kind: Kind,
    /// The tables of the dataset, in lower case.
    tables: BTreeSet<String>,
    interrupt: Interrupt,
}

enum Kind {
    /// The lesson's own data, read in place and copied before a change.
    Lesson(Box<Practice>),
    /// A variant, in memory.
    Variant(Guarded),
}

/// What an attempt asks and what it leaves out.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Replayed {
    /// The last query: the answer.
    pub(super) answer: String,
    /// Statements that change the dataset's rows. The answer is judged on the
    /// rows as they were, so these are not replayed.
    pub(super) left_out: Vec<String>,
}

/// What an attempt at a change did.
#[derive(Debug, Clone, Default)]
pub(super) struct Changed {
    /// The tables of the dataset that it wrote to, in lower case.
    pub(super) writes: BTreeSet<String>,
    /// The rows of its last statement that returned some.
    pub(super) returned: Option<ResultSet>,
}

/// What a statement of an attempt is to its grading.
enum Part {
    /// A query: the last one is the answer.
    Query,
    /// It makes what the answer may rest on: an index, a view, a table.
    Groundwork,
    /// It changes the rows that the answer is about.
    ChangesRows,
    /// Anything else, such as a setting or a transaction's bounds.
    Beside,
}

impl Stage {
    /// A stage on the lesson's own data.
    pub(super) fn lesson(practice: Practice, interrupt: Interrupt) -> Result<Stage, Error> {
        let tables = table_names(practice.connection()).map_err(|e| practice.explain_error(e))?;
        Ok(Stage {
            kind: Kind::Lesson(Box::new(practice)),
            tables,
            interrupt,
        })
    }

    /// A stage on a variant's database.
    pub(super) fn variant(guarded: Guarded, interrupt: Interrupt) -> Result<Stage, Error> {
        let tables = table_names(guarded.connection()).map_err(|e| guarded.explain(e))?;
        Ok(Stage {
            kind: Kind::Variant(guarded),
            tables,
            interrupt,
        })
    }

    /// The practice database, on the lesson's own data.
    pub(super) fn practice(&mut self) -> Option<&mut Practice> {
        match &mut self.kind {
            Kind::Lesson(practice) => Some(practice),
            Kind::Variant(_) => None,
        }
    }

    /// Runs what prepares the answer, in order, and returns the answer, which
    /// has not been run.
    ///
    /// On a variant, groundwork that fails is passed over: a UNIQUE index that
    /// the learner's data allows may meet duplicates there, and changes no
    /// rows. What the answer really rests on, it will miss.
    pub(super) fn replay(&mut self, attempt: &Attempt) -> Result<Replayed, Stop> {
        let mut replayed = Replayed::default();
        for text in attempt.statements() {
            for statement in sql::split(text) {
                match self.replay_one(statement.text) {
                    Ok(Part::Query) => statement.text.clone_into(&mut replayed.answer),
                    Ok(Part::ChangesRows) => replayed.left_out.push(statement.text.to_owned()),
                    Ok(Part::Groundwork | Part::Beside) => {}
                    Err(Stop::Failed(_)) if matches!(self.kind, Kind::Variant(_)) => {}
                    Err(stop) => return Err(stop),
                }
            }
        }
        if replayed.answer.is_empty() {
            return Err(Stop::NoQuery);
        }
        Ok(replayed)
    }

    /// Runs all statements of an attempt that is to change something. Queries
    /// run where the rows that are returned count, and else are left out.
    pub(super) fn replay_changes(
        &mut self,
        attempt: &Attempt,
        returning: bool,
    ) -> Result<Changed, Stop> {
        let mut changed = Changed::default();
        let mut changes_something = false;
        for text in attempt.statements() {
            for statement in sql::split(text) {
                let sql = statement.text;
                let part = self.part(sql)?;
                if matches!(part, Part::Query) && !returning {
                    continue;
                }
                let notes = self.notes(sql)?;
                changes_something |= notes.changes_schema || !notes.writes.is_empty();
                let writes = notes.writes.iter().map(|table| table.to_ascii_lowercase());
                changed
                    .writes
                    .extend(writes.filter(|table| self.tables.contains(table)));
                let (rows, _) = self.rehearse(sql)?;
                if !rows.columns.is_empty() && !notes.is_pragma {
                    changed.returned = Some(rows);
                }
            }
        }
        if !changes_something {
            return Err(Stop::NoChange);
        }
        if !self.connection().is_autocommit() {
            return Err(Stop::OpenTransaction);
        }
        Ok(changed)
    }

    /// The rows of a table, or of some of its columns; nothing if it is not
    /// there.
    pub(super) fn table(&mut self, wanted: &ComparedTable) -> Result<Option<ResultSet>, Stop> {
        let columns: Vec<String> = wanted.columns.iter().map(|c| quoted(c)).collect();
        let columns = match columns.as_slice() {
            [] => "*".to_owned(),
            some => some.join(", "),
        };
        let sql = format!("SELECT {columns} FROM {}", quoted(&wanted.table));
        match self.run(&sql) {
            Ok((rows, _)) => Ok(Some(rows)),
            Err(Stop::Failed(_)) => Ok(None),
            Err(stop) => Err(stop),
        }
    }

    /// Runs the statements of a probe, tells what came of the last, and takes
    /// all of it back.
    pub(super) fn probe(&mut self, probe: &str) -> Result<Outcome, Stop> {
        if let Some(practice) = self.practice() {
            let private = practice.make_private(&mut progress::ignore);
            private.map_err(|e| stop_of(e, &self.interrupt))?;
        }
        let outcome = self.within_budget(|conn| -> rusqlite::Result<Option<Outcome>> {
            conn.execute_batch("SAVEPOINT probe")?;
            let mut last = Some(ResultSet::default());
            let mut failed = None;
            for statement in sql::split(probe) {
                match collect(conn, statement.text, &mut None) {
                    Ok(rows) => last = rows.map(|(rows, _)| rows),
                    Err(error) => {
                        failed = Some(error);
                        break;
                    }
                }
            }
            // A constraint of the kind ROLLBACK has taken it back already.
            if !conn.is_autocommit() {
                conn.execute_batch("ROLLBACK TO probe; RELEASE probe")?;
            }
            match failed {
                None => Ok(last.map(Outcome::Accepted)),
                Some(rusqlite::Error::SqliteFailure(error, message))
                    if matches!(
                        error.code,
                        ErrorCode::ConstraintViolation | ErrorCode::TypeMismatch
                    ) =>
                {
                    Ok(Some(Outcome::Refused(message.unwrap_or_default())))
                }
                Some(error) => Err(error),
            }
        });
        match outcome {
            Ok(Some(outcome)) => Ok(outcome),
            Ok(None) => Err(too_much(Some(MOST_ROWS))),
            Err(error) => match self.stop_of_sqlite(error) {
                Stop::Failed(message) => Ok(Outcome::Misfit(message)),
                stop => Err(stop),
            },
        }
    }

    /// Runs a statement on the connection `name`: its rows, or why it was
    /// refused by a lock or a constraint.
    pub(super) fn on_connection(
        &mut self,
        name: &str,
        sql: &str,
    ) -> Result<Result<ResultSet, String>, Stop> {
        self.go_to(name)?;
        let Some(practice) = self.practice() else {
            return Err(Stop::Failed("there is one connection only".to_owned()));
        };
        let budget = Budget {
            time: None,
            steps: Some(STEPS),
        };
        let mut rows = ResultSet::default();
        let clock = Clock::virtual_at(0);
        match practice.run(sql, budget, &clock, &mut rows, &mut progress::ignore) {
            Ok(_) => Ok(Ok(rows)),
            Err(error @ (Error::Locked(_) | Error::Busy { .. })) => Ok(Err(error.to_string())),
            // A mistake in the text has a place; a constraint has none.
            Err(Error::Sql {
                message,
                offset: None,
            }) => Ok(Err(message)),
            Err(error) => match stop_of(error, &self.interrupt) {
                Stop::Failed(message) => Err(Stop::Failed(format!("{name}: {message}"))),
                Stop::TooMuchWork(_) => Err(self.too_much_of(sql, Some(rows.rows.len() as u64))),
                stop => Err(stop),
            },
        }
    }

    /// Makes `name` the current connection.
    pub(super) fn go_to(&mut self, name: &str) -> Result<(), Stop> {
        match self
            .practice()
            .map(|practice| practice.switch(name, &mut progress::ignore))
        {
            Some(Err(error)) => Err(stop_of(error, &self.interrupt)),
            _ => Ok(()),
        }
    }

    /// A connection that is in a transaction.
    pub(super) fn open_transaction(&mut self) -> Option<String> {
        let practice = self.practice()?;
        practice.connections().in_transaction().map(str::to_owned)
    }

    /// How many entries each of `indexes` has.
    pub(super) fn index_entries(
        &mut self,
        indexes: &BTreeSet<String>,
    ) -> Result<BTreeMap<String, u64>, Stop> {
        let mut entries = BTreeMap::new();
        for index in indexes {
            // The first number of what ANALYZE finds, also of a partial index.
            self.rehearse(&format!("ANALYZE {}", quoted(index)))?;
            let found = self.connection().query_row(
                "SELECT CAST(stat AS INTEGER) FROM sqlite_stat1 WHERE idx = ?1",
                [index],
                |row| row.get::<_, i64>(0),
            );
            entries.insert(index.clone(), found.map_or(0, i64::unsigned_abs));
        }
        Ok(entries)
    }

    fn notes(&self, sql: &str) -> Result<Notes, Stop> {
        match &self.kind {
            Kind::Lesson(practice) => practice.notes(sql),
            Kind::Variant(guarded) => guarded.prepare(sql).map(|(_, notes)| notes),
        }
        .map_err(|e| stop_of(e, &self.interrupt))
    }

    fn replay_one(&mut self, sql: &str) -> Result<Part, Stop> {
        let part = self.part(sql)?;
        if let Part::Groundwork = &part {
            self.rehearse(sql)?;
        }
        Ok(part)
    }

    fn part(&self, sql: &str) -> Result<Part, Stop> {
        let notes = self.notes(sql)?;
        let changes_rows = notes
            .writes
            .iter()
            .any(|table| self.tables.contains(&table.to_ascii_lowercase()));
        if changes_rows {
            return Ok(Part::ChangesRows);
        }
        if notes.transaction || notes.attaches || notes.is_pragma {
            return Ok(Part::Beside);
        }
        if notes.changes_schema || !notes.writes.is_empty() {
            return Ok(Part::Groundwork);
        }
        let statement = self
            .connection()
            .prepare(sql)
            .map_err(|e| self.stop_of_sqlite(e))?;
        Ok(
            if statement.column_count() > 0 && statement.is_explain() == 0 {
                Part::Query
            } else {
                Part::Beside
            },
        )
    }

    /// Runs one statement that has been looked at and returns its rows and
    /// what it cost.
    pub(super) fn run(&mut self, sql: &str) -> Result<(ResultSet, Counters), Stop> {
        let mut rows = None;
        let collected = self.within_budget(|conn| collect(conn, sql, &mut rows));
        match collected {
            Ok(Some(ran)) => Ok(ran),
            Ok(None) => Err(self.too_much_of(sql, rows)),
            Err(error) => Err(match self.stop_of_sqlite(error) {
                Stop::TooMuchWork(_) => self.too_much_of(sql, rows),
                stop => stop,
            }),
        }
    }

    /// `sql` was stopped after so many rows.
    fn too_much_of(&mut self, sql: &str, rows: Option<u64>) -> Stop {
        let schema = self.practice().and_then(|practice| practice.schema().ok());
        let excess = Excess::of(self.connection(), schema.as_ref(), sql, rows);
        Stop::TooMuchWork(excess)
    }

    /// Runs one statement, whatever it does, on a private copy if it must be.
    pub(super) fn rehearse(&mut self, sql: &str) -> Result<(ResultSet, Counters), Stop> {
        if let Kind::Lesson(practice) = &mut self.kind
            && practice
                .notes(sql)
                .map_err(|e| stop_of(e, &self.interrupt))?
                .needs_private_copy()
        {
            practice
                .make_private(&mut progress::ignore)
                .map_err(|e| stop_of(e, &self.interrupt))?;
        }
        self.run(sql)
    }

    /// As [`run`](Stage::run), with the order of what is not ordered turned
    /// round.
    pub(super) fn run_reversed(&mut self, sql: &str) -> Result<ResultSet, Stop> {
        self.reverse(true)?;
        let ran = self.run(sql).map(|(rows, _)| rows);
        self.reverse(false)?;
        ran
    }

    fn reverse(&self, on: bool) -> Result<(), Stop> {
        self.connection()
            .pragma_update(None, "reverse_unordered_selects", on)
            .map_err(|e| self.stop_of_sqlite(e))
    }

    /// Runs `work` within the budget of one statement.
    pub(super) fn within_budget<T>(&mut self, work: impl FnOnce(&Connection) -> T) -> T {
        let budget = Budget {
            time: None,
            steps: Some(STEPS),
        };
        match &mut self.kind {
            Kind::Lesson(practice) => practice.with_budget(budget, work),
            Kind::Variant(guarded) => {
                guarded.start(budget);
                let result = work(guarded.connection());
                guarded.start(Budget::default());
                result
            }
        }
    }

    fn connection(&self) -> &Connection {
        match &self.kind {
            Kind::Lesson(practice) => practice.connection(),
            Kind::Variant(guarded) => guarded.connection(),
        }
    }

    /// What SQLite's error means here.
    pub(super) fn stop_of_sqlite(&self, error: rusqlite::Error) -> Stop {
        let error = match &self.kind {
            Kind::Lesson(practice) => practice.explain_error(error),
            Kind::Variant(guarded) => guarded.explain(error),
        };
        stop_of(error, &self.interrupt)
    }
}

fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

fn table_names(conn: &Connection) -> rusqlite::Result<BTreeSet<String>> {
    conn.prepare("SELECT lower(name) FROM sqlite_schema WHERE type = 'table'")?
        .query_map([], |row| row.get(0))?
        .collect()
}

/// All rows of `sql`, or nothing when there are too many to be an answer.
/// `returned` counts them as they come, if any can.
fn collect(
    conn: &Connection,
    sql: &str,
    returned: &mut Option<u64>,
) -> rusqlite::Result<Option<(ResultSet, Counters)>> {
    let mut statement = conn.prepare(sql)?;
    let pages_before = counters::page_fetches(conn);
    let columns: Vec<Column> = statement
        .columns()
        .map(|column| Column {
            name: column.name().to_owned(),
            declared_type: column.decl_type().map(str::to_owned),
        })
        .collect();
    let width = columns.len();
    let mut collected = Vec::new();
    *returned = (width > 0).then_some(0);
    let mut rows = statement.raw_query();
    while let Some(row) = rows.next()? {
        if *returned == Some(MOST_ROWS) {
            return Ok(None);
        }
        *returned = returned.map(|n| n + 1);
        let values = (0..width).map(|at| row.get_ref(at).map(owned));
        collected.push(values.collect::<rusqlite::Result<_>>()?);
    }
    drop(rows);
    let pages = counters::page_fetches(conn).saturating_sub(pages_before);
    let result = ResultSet {
        columns,
        rows: collected,
    };
    Ok(Some((result, Counters::of(&statement, pages))))
}
