//! The practice database: data that a learner can break and restore.
//!
//! It reads its source in place until something needs a private copy; then it
//! makes one and works on that. So a start costs milliseconds at any size, a
//! read-only `-c` copies nothing, and the source is never modified.

use std::collections::{BTreeSet, HashMap};
use std::path::PathBuf;
use std::time::Duration;

use rusqlite::{Connection, OpenFlags};

use super::folder::SessionFolder;
use super::guarded::PendingWrites;
use super::source::{self, Reading, Stamp};
use super::{Budget, Error, Guarded, Notes, Source, copy, folder};
use crate::clock::Clock;
use crate::interrupt::Interrupt;
use crate::progress::{Heartbeat, Watcher};
use crate::sql::{ColumnDef, IndexDef, Schema, Table, TableKind};

/// How long a statement waits for another connection's lock.
const BUSY_TIMEOUT: Duration = Duration::from_secs(5);

/// The copy may grow to four times its source, and to this at least, so that a
/// runaway INSERT ends with a message and not with a full disk.
const MIN_GROWTH_BYTES: u64 = 1 << 30;

/// What a practice database needs to know of its surroundings.
#[derive(Debug, Clone)]
pub struct Surroundings {
    /// The folder under which sessions keep their copies.
    pub sessions: PathBuf,
    /// The wall clock.
    pub clock: Clock,
    /// Raised by Ctrl-C.
    pub interrupt: Interrupt,
}

/// A guarded database of one learner.
pub struct Practice {
    source: Source,
    around: Surroundings,
    state: State,
    pending: PendingWrites,
    committed: BTreeSet<String>,
    /// All tables with committed changes of their rows since the start.
    written: BTreeSet<String>,
    heartbeat: Option<Heartbeat>,
    id: u64,
    generation: u64,
}

/// Where statements run. Dropping it closes the connection before the folder.
struct State {
    guarded: Guarded,
    home: Home,
}

enum Home {
    /// The source itself, read-only; with a stamp when it is read as a file
    /// that does not change.
    InPlace(Option<Stamp>),
    /// A copy in a folder of this session's own.
    Copy { _folder: SessionFolder },
}

impl Practice {
    /// Opens `source` for reading in place; what cannot be read in place
    /// without a trace is copied at once.
    ///
    /// # Errors
    /// [`Error::Unreachable`] when the source cannot be opened; the errors of
    /// copying where it is copied.
    pub fn open(
        source: Source,
        around: Surroundings,
        watcher: Watcher<'_>,
    ) -> Result<Practice, Error> {
        folder::sweep(&around.sessions);
        let state = open_in_place(&source, &around, watcher)?;
        Ok(Practice {
            source,
            around,
            state,
            pending: PendingWrites::default(),
            committed: BTreeSet::new(),
            written: BTreeSet::new(),
            heartbeat: None,
            id: random_id(),
            generation: 0,
        })
    }

    /// The random number in this database's cache keys. `.reset` renews it, so
    /// that nothing cached before can be read after.
    pub fn id(&self) -> u64 {
        self.id
    }

    /// How many committed changes there have been.
    pub fn generation(&self) -> u64 {
        self.generation
    }

    /// SQLite's schema version: it grows with every change of the schema.
    ///
    /// # Errors
    /// What SQLite says; none is expected.
    pub fn schema_version(&self) -> Result<i64, Error> {
        self.connection()
            .query_row(
                "SELECT schema_version FROM pragma_schema_version",
                [],
                |r| r.get(0),
            )
            .map_err(|e| self.state.guarded.explain(e))
    }

    /// Whether a transaction is open.
    pub fn in_transaction(&self) -> bool {
        !self.connection().is_autocommit()
    }

    /// Whether the session works on a private copy already.
    pub fn is_copied(&self) -> bool {
        matches!(self.state.home, Home::Copy { .. })
    }

    /// The guarded connection, for plans and counters.
    pub fn connection(&self) -> &Connection {
        self.state.guarded.connection()
    }

    /// The connection with its guard, ready for one statement.
    pub(super) fn guarded(&mut self) -> &mut Guarded {
        &mut self.state.guarded
    }

    /// Runs `work` on the connection within `budget`: explaining, measuring.
    /// What it changes, it takes back; a private copy is not made for it.
    pub fn with_budget<T>(&mut self, budget: Budget, work: impl FnOnce(&Connection) -> T) -> T {
        let in_transaction = self.in_transaction();
        self.state.guarded.start(budget);
        let result = work(self.state.guarded.connection());
        self.state.guarded.finish();
        if !in_transaction {
            // The work's own rollback says nothing about what the learner
            // writes next, and its release of a savepoint commits nothing.
            self.state.guarded.take_rolled_back();
            self.state.guarded.take_committed();
        }
        result
    }

    /// Turns an error that `with_budget`'s work met into ours.
    pub fn explain_error(&self, error: rusqlite::Error) -> Error {
        self.state.guarded.explain(error)
    }

    /// Compiles `sql`, one statement, and returns what the authorizer noted.
    ///
    /// # Errors
    /// [`Error::Sql`] and [`Error::Refused`].
    pub fn notes(&self, sql: &str) -> Result<Notes, Error> {
        self.state.guarded.prepare(sql).map(|(_, notes)| notes)
    }

    /// Makes the private copy now, if there is none.
    ///
    /// # Errors
    /// The errors of copying; the session then goes on in place.
    pub fn make_private(&mut self, watcher: Watcher<'_>) -> Result<(), Error> {
        if !self.is_copied() {
            self.state = open_copy(&self.source, &self.around, watcher)?;
        }
        Ok(())
    }

    /// Throws away everything that was changed.
    ///
    /// # Errors
    /// [`Error::InTransaction`]; and those of opening, when the source is gone
    /// by now.
    pub fn reset(&mut self, watcher: Watcher<'_>) -> Result<(), Error> {
        if self.in_transaction() {
            return Err(Error::InTransaction);
        }
        self.state = open_in_place(&self.source, &self.around, watcher)?;
        self.pending = PendingWrites::default();
        self.committed.clear();
        self.written.clear();
        self.id = random_id();
        self.generation = 0;
        Ok(())
    }

    /// Opens the source again if it changed under a reader that took it for
    /// still.
    pub(super) fn refresh(&mut self, watcher: Watcher<'_>) -> Result<(), Error> {
        if let Home::InPlace(Some(stamp)) = &self.state.home
            && *stamp != Stamp::of(self.source.path())
        {
            self.state = open_in_place(&self.source, &self.around, watcher)?;
            self.id = random_id();
        }
        Ok(())
    }

    /// Takes note of a statement that has run, whether or not it failed.
    pub(super) fn after_statement(&mut self, notes: &Notes) {
        let committed = self.pending.after(&self.state.guarded, &notes.writes);
        if !committed.is_empty() {
            self.generation += 1;
        }
        self.written.extend(committed.iter().cloned());
        self.committed.extend(committed);
    }

    /// The tables whose committed content has changed since the last call.
    pub fn take_committed(&mut self) -> BTreeSet<String> {
        std::mem::take(&mut self.committed)
    }

    /// Calls `heartbeat` while a statement runs, until told otherwise.
    pub fn set_heartbeat(&mut self, heartbeat: Option<Heartbeat>) {
        self.heartbeat = heartbeat;
    }

    /// Tells the connection of the statement that is about to run.
    pub(super) fn start_heart(&self) {
        self.state.guarded.listen(self.heartbeat.clone());
    }

    /// Whether anything differs from the source: rows that were changed, or
    /// the schema. A schema that cannot be compared counts as changed.
    pub fn is_changed(&self) -> bool {
        if !self.is_copied() {
            return false;
        }
        let version = |conn: &Connection| -> rusqlite::Result<i64> {
            conn.query_row(
                "SELECT schema_version FROM pragma_schema_version",
                [],
                |row| row.get(0),
            )
        };
        let before = source::open_readonly(self.source.path(), true)
            .ok()
            .and_then(|conn| version(&conn).ok());
        !self.written.is_empty() || before != version(self.connection()).ok()
    }

    /// The tables whose rows the learner has changed, and committed, since
    /// the start or the last reset.
    pub fn written(&self) -> &BTreeSet<String> {
        &self.written
    }

    /// Tables, views and their columns.
    ///
    /// # Errors
    /// What SQLite says; none is expected.
    pub fn schema(&self) -> Result<Schema, Error> {
        read_schema(self.connection()).map_err(|e| self.state.guarded.explain(e))
    }
}

fn open_in_place(
    source: &Source,
    around: &Surroundings,
    watcher: Watcher<'_>,
) -> Result<State, Error> {
    let (conn, stamp) = match source {
        Source::Built(path) => (source::open_readonly(path, true)?, None),
        Source::File(path) => match source::inspect(path)? {
            Reading::Shared => (source::open_readonly(path, false)?, None),
            Reading::Still(stamp) => (source::open_readonly(path, true)?, Some(stamp)),
            Reading::FromCopy => return open_copy(source, around, watcher),
        },
    };
    conn.busy_timeout(BUSY_TIMEOUT)
        .map_err(Error::from_sqlite)?;
    Ok(State {
        guarded: Guarded::new(conn, around.clock.clone(), around.interrupt.clone())?,
        home: Home::InPlace(stamp),
    })
}

fn open_copy(source: &Source, around: &Surroundings, watcher: Watcher<'_>) -> Result<State, Error> {
    let folder = SessionFolder::create(&around.sessions).map_err(|error| Error::Copy {
        path: around.sessions.clone(),
        error,
    })?;
    let to = folder.path().join("practice.db");
    let (from, interrupt) = (source.path(), &around.interrupt);
    match source {
        Source::Built(_) => copy::still_file(from, &to, interrupt, watcher)?,
        Source::File(_) => copy::learners_file(from, &to, interrupt, watcher)?,
    }
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let conn = Connection::open_with_flags(&to, flags)
        .map_err(|error| source::unreachable(from, &error))?;
    conn.busy_timeout(BUSY_TIMEOUT)
        .map_err(Error::from_sqlite)?;
    limit_growth(&conn).map_err(|error| source::unreachable(from, &error))?;
    Ok(State {
        guarded: Guarded::new(conn, around.clock.clone(), around.interrupt.clone())?,
        home: Home::Copy { _folder: folder },
    })
}

fn limit_growth(conn: &Connection) -> rusqlite::Result<()> {
    let number = |sql: &str| conn.query_row(sql, [], |row| row.get::<_, i64>(0));
    let pages = number("PRAGMA page_count")?.max(1);
    let page_size = number("PRAGMA page_size")?.max(512);
    let at_least = i64::try_from(MIN_GROWTH_BYTES).unwrap_or(i64::MAX) / page_size;
    let limit = pages.saturating_mul(4).max(pages + at_least);
    conn.query_row(&format!("PRAGMA max_page_count = {limit}"), [], |_| Ok(()))
}

fn read_schema(conn: &Connection) -> rusqlite::Result<Schema> {
    let mut tables: Vec<Table> = Vec::new();
    let mut statement = conn.prepare(
        "SELECT t.name, t.type, c.name, c.type, c.\"notnull\", c.pk
         FROM pragma_table_list AS t, pragma_table_info(t.name, t.schema) AS c
         WHERE t.name NOT LIKE 'sqlite\\_%' ESCAPE '\\' AND t.type <> 'shadow'
         ORDER BY t.schema, t.name, c.cid",
    )?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        let name: String = row.get(0)?;
        let column = ColumnDef {
            name: row.get(2)?,
            declared_type: row.get(3)?,
            not_null: row.get(4)?,
            in_primary_key: row.get::<_, i64>(5)? > 0,
        };
        match tables.last_mut() {
            Some(table) if table.name == name => table.columns.push(column),
            _ => tables.push(Table {
                kind: match row.get_ref(1)?.as_str().unwrap_or_default() {
                    "view" => TableKind::View,
                    _ => TableKind::Table,
                },
                name,
                columns: vec![column],
                indexes: Vec::new(),
            }),
        }
    }
    read_indexes(conn, &mut tables)?;
    let mut functions: Vec<String> = conn
        .prepare("SELECT DISTINCT name FROM pragma_function_list ORDER BY name")?
        .query_map([], |row| row.get(0))?
        .collect::<rusqlite::Result<_>>()?;
    functions.retain(|name| name.starts_with(|c: char| c.is_ascii_alphabetic()));
    Ok(Schema { tables, functions })
}

/// Adds the indexes to the tables of the main database.
fn read_indexes(conn: &Connection, tables: &mut [Table]) -> rusqlite::Result<()> {
    let written: HashMap<String, String> = conn
        .prepare("SELECT name, sql FROM sqlite_schema WHERE type = 'index' AND sql IS NOT NULL")?
        .query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?
        .collect::<rusqlite::Result<_>>()?;
    let mut by_name: HashMap<String, &mut Table> = tables
        .iter_mut()
        .map(|table| (table.name.clone(), table))
        .collect();
    let mut statement = conn.prepare(
        "SELECT t.name, i.name, i.\"unique\", i.partial, c.name
         FROM sqlite_schema AS t, pragma_index_list(t.name) AS i, pragma_index_info(i.name) AS c
         WHERE t.type = 'table'
         ORDER BY t.name, i.seq, c.seqno",
    )?;
    let mut rows = statement.query([])?;
    let mut last = String::new();
    while let Some(row) = rows.next()? {
        let (table, index): (String, String) = (row.get(0)?, row.get(1)?);
        let Some(table) = by_name.get_mut(&table) else {
            continue;
        };
        if last != index {
            table.indexes.push(IndexDef {
                unique: row.get(2)?,
                partial: row.get(3)?,
                columns: Vec::new(),
                sql: written.get(&index).cloned().unwrap_or_default(),
            });
            last = index;
        }
        if let Some(index) = table.indexes.last_mut() {
            index.columns.push(row.get(4)?);
        }
    }
    Ok(())
}

/// Told apart from all other practice databases on the same Redis.
fn random_id() -> u64 {
    getrandom::u64().unwrap_or_else(|_| {
        // No entropy source: the process id still keeps two sessions apart.
        u64::from(std::process::id()) << 32
    })
}
