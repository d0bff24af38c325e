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

mod conflict;
mod error;
mod hold;

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use rusqlite::config::DbConfig;
use rusqlite::{Connection, OpenFlags};

use super::changes::Tally;
use super::guarded::PendingWrites;
use super::source::sidecar;
use super::{Bindings, Budget, Error, Guarded, Notes, Outcome, RowSink, Value, run};
use crate::clock::Clock;
use crate::interrupt::Interrupt;
use crate::progress::Heartbeat;
use crate::units;

use conflict::Refused;
pub use conflict::{Conflict, Holder};
pub use error::ConnectionError;
pub use hold::Hold;

/// The name of the connection that is there from the start.
pub const FIRST: &str = "a";

/// More connections than a person can follow.
const MOST: usize = 16;

/// A copy may grow to four times its source, and by this at least, so that a
/// runaway INSERT ends with a message and not with a full disk.
const MIN_GROWTH_BYTES: u64 = 1 << 30;

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

struct Home {
    path: PathBuf,
    max_pages: i64,
    page_size: u64,
    clock: Clock,
    interrupt: Interrupt,
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
    pub(super) fn run_noted(
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
    pub(super) fn values(&self, sql: &str, bindings: &Bindings) -> Result<Vec<Value>, Error> {
        let (statement, _) = self.here().guarded.prepare(sql)?;
        bindings.values(&statement).map_err(Error::Unbound)
    }

    /// Changes `table` on the current connection by other means than one
    /// statement. Without a time limit; Ctrl-C stops it.
    pub(super) fn change<T>(&mut self, table: &str, work: impl FnOnce(&Connection) -> T) -> T {
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
    pub(super) fn with_budget<T>(
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

    /// SQLite's error as ours: who is in the way, why it stopped.
    pub fn explain(&self, error: rusqlite::Error) -> Error {
        let error = self.here().guarded.explain(error);
        self.who_is_in_the_way(error, true, false)
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

    fn who_is_in_the_way(&self, error: Error, writes: bool, is_pragma: bool) -> Error {
        self.in_the_way_of(Some(self.current), error, writes, is_pragma)
    }

    /// Says which other connection refused what `refused` asked for; `None` for
    /// one that is not open yet.
    fn in_the_way_of(
        &self,
        refused: Option<usize>,
        error: Error,
        writes: bool,
        is_pragma: bool,
    ) -> Error {
        let Error::Busy { snapshot } = error else {
            return error;
        };
        let others: Vec<&Named> = (0..self.named.len())
            .filter(|at| Some(*at) != refused)
            .map(|at| &self.named[at])
            .collect();
        let nothing = Hold::default();
        let holds: Vec<(&str, &Hold)> = others
            .iter()
            .map(|named| (named.name.as_str(), &named.hold))
            .collect();
        let refused = Refused {
            snapshot,
            writes,
            sets_journal: is_pragma,
            wal: self.has_wal(),
            own: refused.map_or(&nothing, |at| &self.named[at].hold),
        };
        let mut conflict = Conflict::between(refused, &holds, self.last_commit.as_ref());
        if conflict == Conflict::Elsewhere
            && let Some(named) = others.iter().find(|named| named.is_exclusive())
        {
            conflict = Conflict::Exclusive {
                connection: named.name.clone(),
            };
        }
        Error::Locked(Box::new(conflict))
    }

    fn has_wal(&self) -> bool {
        self.file
            .as_ref()
            .is_some_and(|home| sidecar(&home.path, "-wal").exists())
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

    fn is_exclusive(&self) -> bool {
        self.guarded
            .connection()
            .query_row("PRAGMA main.locking_mode", [], |row| {
                row.get::<_, String>(0)
            })
            .is_ok_and(|mode| mode.eq_ignore_ascii_case("exclusive"))
    }
}

impl Home {
    /// Puts a connection to this file under guard, within its bounds.
    fn guard(&self, conn: Connection) -> Result<Guarded, Error> {
        number(
            &conn,
            &format!("PRAGMA max_page_count = {}", self.max_pages),
        )
        .map_err(Error::from_sqlite)?;
        // The folder goes when the session does: tidying up is lost time.
        conn.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true)
            .map_err(Error::from_sqlite)?;
        Guarded::new(conn, self.clock.clone(), self.interrupt.clone())
    }
}

/// What a guard needs.
pub(super) struct Guard {
    pub(super) clock: Clock,
    pub(super) interrupt: Interrupt,
}

fn open_writable(path: &Path, more: OpenFlags) -> rusqlite::Result<Connection> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX | more;
    let conn = Connection::open_with_flags(path, flags)?;
    conn.busy_timeout(Duration::ZERO)?;
    Ok(conn)
}

/// Readers that see one state of the data, and that no writer disturbs, are
/// what the servers that a backend meets have, too. Where the folder's file
/// system has no shared memory, the journal stays as it is.
fn prefer_wal(conn: &Connection) {
    // A fresh copy needs not reach the disk before the first statement runs.
    let durable = conn.pragma_query_value(None, "synchronous", |row| row.get::<_, i64>(0));
    let _ = conn.pragma_update(None, "synchronous", "OFF");
    let _ = conn.query_row("PRAGMA journal_mode = WAL", [], |_| Ok(()));
    let _ = conn.pragma_update(None, "synchronous", durable.unwrap_or(2));
}

fn growth_limit(conn: &Connection, page_size: u64) -> rusqlite::Result<i64> {
    let pages = number(conn, "PRAGMA page_count")?.max(1);
    let at_least = i64::try_from(MIN_GROWTH_BYTES / page_size).unwrap_or(i64::MAX);
    Ok(pages.saturating_mul(4).max(pages + at_least))
}

fn number(conn: &Connection, sql: &str) -> rusqlite::Result<i64> {
    conn.query_row(sql, [], |row| row.get(0))
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
    use crate::sandbox::ResultSet;

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
