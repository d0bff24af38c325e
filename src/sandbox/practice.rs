//! The practice database: data that a learner can break and restore.
//!
//! It reads its source in place until something needs a private copy; then it
//! makes one and works on that. So a start costs milliseconds at any size, a
//! read-only `-c` copies nothing, and the source is never modified.

mod marking;
mod schema;

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::time::Duration;

use rusqlite::Connection;

use super::changes::{self, Object};
use super::connections::Guard;
use super::folder::SessionFolder;
use super::marks::Marks;
use super::source::{self, Reading, Stamp};
use super::{
    Bindings, Budget, Changes, Connections, Error, Notes, Source, Switched, Value, bindings, copy,
    folder,
};
use crate::clock::Clock;
use crate::interrupt::Interrupt;
use crate::progress::{Heartbeat, Watcher};
use crate::sql::Schema;

/// How long a read of a source in place waits for another program's lock.
const BUSY_TIMEOUT: Duration = Duration::from_secs(5);

/// The copy's file, in the session's folder.
const FILE: &str = "practice.db";

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

impl Surroundings {
    fn guard(&self) -> Guard {
        Guard {
            clock: self.clock.clone(),
            interrupt: self.interrupt.clone(),
        }
    }

    fn new_folder(&self) -> Result<SessionFolder, Error> {
        SessionFolder::create(&self.sessions).map_err(|error| Error::Copy {
            path: self.sessions.clone(),
            error,
        })
    }
}

/// A guarded database of one learner.
pub struct Practice {
    source: Source,
    around: Surroundings,
    state: State,
    marks: Marks,
    heartbeat: Option<Heartbeat>,
    id: u64,
    bindings: Bindings,
}

/// Where statements run. Dropping it closes the connections before the folder.
struct State {
    connections: Connections,
    home: Home,
}

enum Home {
    /// The source itself, read-only; with a stamp when it is read as a file
    /// that does not change.
    InPlace(Option<Stamp>),
    /// A copy in a folder of this session's own.
    Copy {
        folder: SessionFolder,
        /// The schema of the source.
        origin: Vec<Object>,
    },
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
            marks: Marks::default(),
            heartbeat: None,
            id: random_id(),
            bindings: Bindings::default(),
        })
    }

    /// The random number in this database's cache keys. `.reset` renews it, so
    /// that nothing cached before can be read after.
    pub fn id(&self) -> u64 {
        self.id
    }

    /// The values of parameters.
    pub fn bindings(&self) -> &Bindings {
        &self.bindings
    }

    /// The values of parameters, to change them.
    pub fn bindings_mut(&mut self) -> &mut Bindings {
        &mut self.bindings
    }

    /// The values of the parameters of `sql`, one statement.
    ///
    /// # Errors
    /// [`Error::Unbound`] when there is none for one of them; the errors of
    /// compiling it.
    pub fn values(&self, sql: &str) -> Result<Vec<Value>, Error> {
        // Most statements have none; those need not be compiled to know.
        if !sql.contains(['?', ':', '@', '$']) {
            return Ok(Vec::new());
        }
        self.connections().values(sql, &self.bindings)
    }

    /// `sql`, one statement, with the values of its parameters in their place.
    ///
    /// # Errors
    /// As [`Practice::values`].
    pub fn with_values(&self, sql: &str) -> Result<String, Error> {
        let values = self.values(sql)?;
        Ok(bindings::replaced(sql, |number| {
            number
                .checked_sub(1)
                .and_then(|at| values.get(at))
                .map_or_else(|| "NULL".to_owned(), bindings::written)
        }))
    }

    /// How many committed changes there have been.
    pub fn generation(&self) -> u64 {
        self.connections().generation()
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
            .map_err(|e| self.explain_error(e))
    }

    /// Whether a transaction is open on the current connection.
    pub fn in_transaction(&self) -> bool {
        !self.connection().is_autocommit()
    }

    /// Whether the session works on a private copy already.
    pub fn is_copied(&self) -> bool {
        matches!(self.state.home, Home::Copy { .. })
    }

    /// The current connection, for plans and counters.
    pub fn connection(&self) -> &Connection {
        self.connections().connection()
    }

    /// All connections.
    pub fn connections(&self) -> &Connections {
        &self.state.connections
    }

    /// All connections, to run statements on.
    pub(super) fn connections_mut(&mut self) -> &mut Connections {
        &mut self.state.connections
    }

    /// Makes `name` the current connection; opens it if it is new, on the
    /// private copy.
    ///
    /// # Errors
    /// Those of [`Connections::switch`], and of copying.
    pub fn switch(&mut self, name: &str, watcher: Watcher<'_>) -> Result<Switched, Error> {
        if !self.connections().names().any(|known| known == name) {
            self.make_private(watcher)?;
        }
        self.state.connections.switch(name)
    }

    /// Closes a connection and returns what it held.
    ///
    /// # Errors
    /// Those of [`Connections::close`].
    pub fn close(&mut self, name: &str) -> Result<super::Standing, Error> {
        self.state.connections.close(name)
    }

    /// Runs `work` on the connection within `budget`: explaining, measuring.
    /// What it changes, it takes back; a private copy is not made for it.
    pub fn with_budget<T>(&mut self, budget: Budget, work: impl FnOnce(&Connection) -> T) -> T {
        self.state.connections.with_budget(budget, work)
    }

    /// Changes the practice database by other means than one statement: makes
    /// the private copy, runs `work` on it, and notes that `table` was written
    /// to. Without a time limit; Ctrl-C stops it.
    ///
    /// # Errors
    /// Those of copying, and of `work`.
    pub fn change<T, E: From<Error>>(
        &mut self,
        table: &str,
        watcher: Watcher<'_>,
        work: impl FnOnce(&Connection, Watcher<'_>) -> Result<T, E>,
    ) -> Result<T, E> {
        self.make_private(watcher)?;
        let connections = &mut self.state.connections;
        connections.change(table, |conn| work(conn, watcher))
    }

    /// Turns an error that `with_budget`'s work met into ours.
    pub fn explain_error(&self, error: rusqlite::Error) -> Error {
        self.connections().explain(error)
    }

    /// Compiles `sql`, one statement, and returns what the authorizer noted.
    ///
    /// # Errors
    /// [`Error::Sql`], [`Error::Refused`] and [`Error::Locked`].
    pub fn notes(&self, sql: &str) -> Result<Notes, Error> {
        self.connections().notes(sql)
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

    /// Throws away everything that was changed, and closes all connections but
    /// a new first one. Marks stay.
    ///
    /// # Errors
    /// [`Error::InTransaction`]; and those of opening, when the source is gone
    /// by now.
    pub fn reset(&mut self, watcher: Watcher<'_>) -> Result<(), Error> {
        self.refuse_in_transaction()?;
        self.state = open_in_place(&self.source, &self.around, watcher)?;
        self.id = random_id();
        Ok(())
    }

    /// How the database differs from its source, as far as that is known
    /// without reading rows. Costs a look at the schema.
    ///
    /// # Errors
    /// What SQLite says; a conflict with another connection.
    pub fn changes(&self) -> Result<Changes, Error> {
        let Home::Copy { origin, .. } = &self.state.home else {
            return Ok(Changes::default());
        };
        let connections = self.connections();
        let read = || -> rusqlite::Result<Changes> {
            let now = changes::objects(connections.connection())?;
            let mut changes = Changes::between(origin, &now, connections.tally());
            changes.temporary = connections.temporary_names()?;
            Ok(changes)
        };
        read().map_err(|error| self.explain_error(error))
    }

    /// Refuses what would end an open transaction unseen.
    ///
    /// # Errors
    /// [`Error::InTransaction`] and [`Error::InTransactionOn`].
    pub fn refuse_in_transaction(&self) -> Result<(), Error> {
        match self.connections().in_transaction() {
            None => Ok(()),
            Some(name) if name == self.connections().current() => Err(Error::InTransaction),
            Some(name) => Err(Error::InTransactionOn(name.to_owned())),
        }
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

    /// The tables whose committed content has changed since the last call.
    pub fn take_committed(&mut self) -> BTreeSet<String> {
        self.state.connections.take_committed()
    }

    /// Calls `heartbeat` while a statement runs, until told otherwise.
    pub fn set_heartbeat(&mut self, heartbeat: Option<Heartbeat>) {
        self.heartbeat = heartbeat;
    }

    /// What is called while the statement runs that is about to.
    pub(super) fn heartbeat(&self) -> Option<Heartbeat> {
        self.heartbeat.clone()
    }

    /// The tables whose rows the learner has changed, and committed, since
    /// the start or the last reset.
    pub fn written(&self) -> &BTreeSet<String> {
        self.connections().tally().tables()
    }

    /// Tables, views and their columns.
    ///
    /// # Errors
    /// What SQLite says; none is expected.
    pub fn schema(&self) -> Result<Schema, Error> {
        schema::read(self.connection()).map_err(|e| self.explain_error(e))
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
    Ok(State {
        connections: Connections::in_place(conn, BUSY_TIMEOUT, around.guard())?,
        home: Home::InPlace(stamp),
    })
}

fn open_copy(source: &Source, around: &Surroundings, watcher: Watcher<'_>) -> Result<State, Error> {
    let folder = around.new_folder()?;
    let to = folder.path().join(FILE);
    let (from, interrupt) = (source.path(), &around.interrupt);
    match source {
        Source::Built(_) => copy::still_file(from, &to, interrupt, watcher)?,
        Source::File(_) => copy::learners_file(from, &to, interrupt, watcher)?,
    }
    let connections = Connections::open(&to, around.clock.clone(), interrupt.clone())
        .map_err(|error| unreachable(from, error))?;
    let origin = changes::objects(connections.connection())
        .map_err(|error| source::unreachable(from, &error))?;
    Ok(State {
        connections,
        home: Home::Copy { folder, origin },
    })
}

/// SQLite's error on a copy, as one about the file it was made from.
fn unreachable(from: &std::path::Path, error: Error) -> Error {
    match error {
        Error::Sql { message, .. } => Error::Unreachable {
            path: from.to_owned(),
            why: message,
        },
        other => other,
    }
}

/// Tells what it names apart from all others of its kind on the same Redis:
/// practice databases, queues of writes.
pub fn random_id() -> u64 {
    getrandom::u64().unwrap_or_else(|_| {
        // No entropy source: the process id still keeps two sessions apart.
        u64::from(std::process::id()) << 32
    })
}
