//! Several named connections to one database, as a backend's pool would hold
//! them: each with its guard, its budget, its transaction, and the statements
//! since which it holds its locks.
//!
//! They take turns in one thread, so an interleaving is a list of (connection,
//! statement) and gives the same result each time:
//!
//! ```
//! # use dbdojo::clock::Clock;
//! # use dbdojo::interrupt::Interrupt;
//! # use dbdojo::sandbox::{Budget, Connections, Error, ResultSet};
//! # let home = tempfile::tempdir()?;
//! # let file = home.path().join("practice.db");
//! let (clock, interrupt) = (Clock::wall(), Interrupt::new());
//! let mut connections = Connections::create(&file, clock.clone(), interrupt)?;
//! let mut run = |name: &str, sql: &str| {
//!     connections.switch(name)?;
//!     let mut rows = ResultSet::default();
//!     connections.run(sql, Budget::default(), &clock, &mut rows)?;
//!     Ok::<_, Error>(rows.rows.len())
//! };
//! run("a", "CREATE TABLE accounts(id INTEGER PRIMARY KEY, balance INTEGER)")?;
//! run("a", "BEGIN IMMEDIATE")?;
//! run("a", "INSERT INTO accounts VALUES (1, 100)")?;
//! assert_eq!(run("b", "SELECT * FROM accounts")?, 0);
//! let refused = run("b", "INSERT INTO accounts VALUES (2, 0)").unwrap_err();
//! assert!(refused.to_string().starts_with("connection a holds the write lock since:"));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod blame;
mod conflict;
mod error;
mod file;
mod hold;
mod turn;

use std::collections::BTreeSet;
use std::path::Path;
use std::time::Duration;

use rusqlite::{Connection, OpenFlags};

use super::changes::Tally;
use super::guarded::PendingWrites;
use super::{Error, Guarded};
use crate::clock::Clock;
use crate::interrupt::Interrupt;
use crate::progress::Heartbeat;

pub use conflict::{Conflict, Holder};
pub use error::ConnectionError;
use file::{Home, growth_limit, number, open_writable, prefer_wal};
pub use hold::Hold;

/// The name of the connection that is there from the start.
pub const FIRST: &str = "a";

/// More connections than a person can follow.
const MOST: usize = 16;

/// Named connections over one database; never none.
pub struct Connections {
    named: Vec<Named>,
    current: usize,
    /// The file, its bounds and surroundings; `None` for a connection that
    /// reads a source in place, beside which there can be no other.
    file: Option<Home>,
    committed: BTreeSet<String>,
    generation: u64,
    tally: Tally,
    last_commit: Option<Holder>,
}

struct Named {
    name: String,
    guarded: Guarded,
    pending: PendingWrites,
    pending_rows: u64,
    hold: Hold,
}

/// One connection, as a list shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Standing {
    /// Its name.
    pub name: String,
    /// Whether statements run on it now.
    pub current: bool,
    /// What it holds.
    pub hold: Hold,
}

/// What [`Connections::switch`] did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Switched {
    /// A new connection was opened.
    Opened,
    /// It was open before.
    Known,
}

impl Connections {
    /// A single connection that reads a source in place.
    pub(super) fn in_place(conn: Connection, wait: Duration, guard: Guard) -> Result<Self, Error> {
        conn.busy_timeout(wait).map_err(Error::from_sqlite)?;
        let guarded = Guarded::new(conn, guard.clock, guard.interrupt)?;
        Ok(Connections::of(Named::new(FIRST, guarded), None))
    }

    /// Opens a database of our own, which may grow to four times its size, in
    /// WAL mode.
    ///
    /// # Errors
    /// What SQLite says when it is no database or cannot be written.
    pub fn open(path: &Path, clock: Clock, interrupt: Interrupt) -> Result<Connections, Error> {
        Connections::open_as(path, OpenFlags::empty(), None, Guard { clock, interrupt })
    }

    /// As [`open`](Connections::open), and makes an empty database if there is
    /// none.
    ///
    /// # Errors
    /// As `open`.
    pub fn create(path: &Path, clock: Clock, interrupt: Interrupt) -> Result<Connections, Error> {
        let create = OpenFlags::SQLITE_OPEN_CREATE;
        Connections::open_as(path, create, None, Guard { clock, interrupt })
    }

    /// Opens a kept state of such a database, which may grow as far as the
    /// database could and keeps its journal mode.
    pub(super) fn reopen(path: &Path, max_pages: i64, guard: Guard) -> Result<Self, Error> {
        Connections::open_as(path, OpenFlags::empty(), Some(max_pages), guard)
    }

    fn open_as(
        path: &Path,
        flags: OpenFlags,
        max_pages: Option<i64>,
        guard: Guard,
    ) -> Result<Connections, Error> {
        let conn = open_writable(path, flags).map_err(Error::from_sqlite)?;
        let page_size = number(&conn, "PRAGMA page_size").map_err(Error::from_sqlite)?;
        let page_size = page_size.max(512).unsigned_abs();
        let limit = match max_pages {
            Some(limit) => limit,
            None => {
                prefer_wal(&conn);
                growth_limit(&conn, page_size).map_err(Error::from_sqlite)?
            }
        };
        let home = Home {
            path: path.to_owned(),
            max_pages: limit,
            page_size,
            clock: guard.clock,
            interrupt: guard.interrupt,
        };
        let guarded = home.guard(conn)?;
        Ok(Connections::of(Named::new(FIRST, guarded), Some(home)))
    }

    fn of(first: Named, file: Option<Home>) -> Connections {
        Connections {
            named: vec![first],
            current: 0,
            file,
            committed: BTreeSet::new(),
            generation: 0,
            tally: Tally::default(),
            last_commit: None,
        }
    }

    /// Makes `name` the connection on which statements run, and opens it if
    /// there is none of that name. Names are not case-sensitive.
    ///
    /// # Errors
    /// [`Error::Connection`] for a name that cannot be one or is one too many;
    /// what SQLite says when it cannot be opened.
    pub fn switch(&mut self, name: &str) -> Result<Switched, Error> {
        let name = usable_name(name)?;
        if let Some(at) = self.position(&name) {
            self.current = at;
            return Ok(Switched::Known);
        }
        if self.named.len() >= MOST {
            return Err(ConnectionError::TooMany(MOST).into());
        }
        let Some(home) = &self.file else {
            return Err(Error::Refused(
                "a second connection needs a copy of the data to write to".to_owned(),
            ));
        };
        let conn = open_writable(&home.path, OpenFlags::empty()).map_err(Error::from_sqlite)?;
        let guarded = home
            .guard(conn)
            .map_err(|error| self.in_the_way_of(None, error, false, false))?;
        self.named.push(Named::new(&name, guarded));
        self.current = self.named.len() - 1;
        Ok(Switched::Opened)
    }

    /// Opens the connections `names` in place of those that are open, with
    /// `current` for the current one.
    pub(super) fn open_again(&mut self, names: &[&str], current: &str) -> Result<(), Error> {
        if let [first, others @ ..] = names {
            (*first).clone_into(&mut self.named[0].name);
            for name in others {
                self.switch(name)?;
            }
            self.switch(current)?;
        }
        Ok(())
    }

    /// Closes a connection; an open transaction on it is rolled back. Closing
    /// the current one goes to the first of the others. Returns what it held.
    ///
    /// # Errors
    /// [`Error::Connection`] when there is none of that name, or no other.
    pub fn close(&mut self, name: &str) -> Result<Standing, Error> {
        let name = name.to_ascii_lowercase();
        let Some(at) = self.position(&name) else {
            let open = self.names().collect::<Vec<_>>().join(", ");
            return Err(ConnectionError::Unknown { name, open }.into());
        };
        if self.named.len() == 1 {
            return Err(ConnectionError::Last(name).into());
        }
        let closed = self.named.remove(at);
        let current = at == self.current;
        if current {
            self.current = 0;
        } else if at < self.current {
            self.current -= 1;
        }
        Ok(Standing {
            name: closed.name,
            current,
            hold: closed.hold,
        })
    }

    /// How many are open.
    pub fn len(&self) -> usize {
        self.named.len()
    }

    /// Never: one is always open.
    pub fn is_empty(&self) -> bool {
        self.named.is_empty()
    }

    /// The name of the one on which statements run.
    pub fn current(&self) -> &str {
        &self.here().name
    }

    /// Their names, in the order in which they were opened.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.named.iter().map(|named| named.name.as_str())
    }

    /// All of them with what they hold.
    pub fn standings(&self) -> Vec<Standing> {
        let named = self.named.iter().enumerate();
        named
            .map(|(at, named)| Standing {
                name: named.name.clone(),
                current: at == self.current,
                hold: named.hold.clone(),
            })
            .collect()
    }

    /// The first that is in a transaction, the current one before the others.
    pub fn in_transaction(&self) -> Option<&str> {
        let others = self.named.iter();
        std::iter::once(self.here())
            .chain(others)
            .find(|named| !named.guarded.connection().is_autocommit())
            .map(|named| named.name.as_str())
    }

    /// `wal`, `delete` or another of SQLite's journal modes.
    ///
    /// # Errors
    /// What SQLite says; a conflict.
    pub fn journal_mode(&self) -> Result<String, Error> {
        self.connection()
            .query_row("PRAGMA main.journal_mode", [], |row| row.get(0))
            .map_err(|error| self.explain(error))
    }

    /// The current connection.
    pub fn connection(&self) -> &Connection {
        self.here().guarded.connection()
    }

    /// Whether the current connection's transaction holds no state of the data
    /// yet: looking at anything now would fix it.
    pub fn has_yet_to_read(&self) -> bool {
        let hold = &self.here().hold;
        hold.began.is_some() && hold.reads.is_none()
    }

    /// The tables whose committed content has changed since the last call, on
    /// whichever connection.
    pub fn take_committed(&mut self) -> BTreeSet<String> {
        std::mem::take(&mut self.committed)
    }

    /// How many committed changes there have been.
    pub fn generation(&self) -> u64 {
        self.generation
    }

    /// Calls `heartbeat` while the current connection runs a statement.
    pub(super) fn listen(&self, heartbeat: Option<Heartbeat>) {
        self.here().guarded.listen(heartbeat);
    }

    pub(super) fn tally(&self) -> &Tally {
        &self.tally
    }

    pub(super) fn set_tally(&mut self, tally: Tally) {
        self.tally = tally;
    }

    /// Temporary tables and views, which go when their connection does.
    pub(super) fn temporary_names(&self) -> rusqlite::Result<Vec<String>> {
        let mut names = Vec::new();
        for named in &self.named {
            let mut statement = named.guarded.connection().prepare(
                "SELECT name FROM temp.sqlite_schema
                 WHERE type IN ('table', 'view') AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\'",
            )?;
            let found = statement.query_map([], |row| row.get(0))?;
            names.extend(found.collect::<rusqlite::Result<Vec<String>>>()?);
        }
        Ok(names)
    }

    /// The most pages the database may have.
    pub(super) fn max_pages(&self) -> Option<i64> {
        self.file.as_ref().map(|home| home.max_pages)
    }

    /// Puts everything that is committed into the file itself, out of the WAL.
    /// False when a reader keeps part of it there.
    pub(super) fn checkpoint(&self) -> rusqlite::Result<bool> {
        self.connection()
            .query_row("PRAGMA main.wal_checkpoint(TRUNCATE)", [], |row| {
                Ok(row.get::<_, i64>(0)? == 0)
            })
    }

    fn here(&self) -> &Named {
        &self.named[self.current]
    }

    fn here_mut(&mut self) -> &mut Named {
        &mut self.named[self.current]
    }

    fn position(&self, name: &str) -> Option<usize> {
        self.named.iter().position(|named| named.name == name)
    }
}

impl Named {
    fn new(name: &str, guarded: Guarded) -> Named {
        Named {
            name: name.to_owned(),
            guarded,
            pending: PendingWrites::default(),
            pending_rows: 0,
            hold: Hold::default(),
        }
    }

    fn observe(&mut self, sql: &str) {
        self.hold.observe(self.guarded.connection(), sql);
    }
}

/// What a guard needs.
pub(super) struct Guard {
    pub(super) clock: Clock,
    pub(super) interrupt: Interrupt,
}

/// `name` in lower case, if it can be a connection's or a mark's.
pub(super) fn usable(name: &str) -> Option<String> {
    let fits = (1..=16).contains(&name.len())
        && name.starts_with(|c: char| c.is_ascii_alphanumeric())
        && name
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_');
    let reserved = ["close", "list", "drop"];
    let name = name.to_ascii_lowercase();
    (fits && !reserved.contains(&name.as_str())).then_some(name)
}

fn usable_name(name: &str) -> Result<String, ConnectionError> {
    usable(name).ok_or_else(|| ConnectionError::BadName(name.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sandbox::{Budget, ResultSet};

    #[test]
    fn a_full_database_is_told_on_every_connection_and_stays_whole() {
        let home = tempfile::tempdir().unwrap();
        let file = home.path().join("practice.db");
        let clock = Clock::wall();
        drop(Connections::create(&file, clock.clone(), Interrupt::new()).unwrap());
        let guard = Guard {
            clock: clock.clone(),
            interrupt: Interrupt::new(),
        };
        let mut connections = Connections::reopen(&file, 10, guard).unwrap();
        let mut run = |name: &str, sql: &str| {
            connections.switch(name)?;
            let mut rows = ResultSet::default();
            connections.run(sql, Budget::default(), &clock, &mut rows)
        };
        run("a", "CREATE TABLE t(x)").unwrap();
        for name in ["a", "b"] {
            let full = run(name, "INSERT INTO t VALUES (zeroblob(100000))");
            assert!(matches!(full, Err(Error::Full)), "{full:?}");
            run(name, "INSERT INTO t VALUES (1)").unwrap();
        }
    }
}
