//! Why a statement cannot have the lock it needs: who holds what, since which
//! statement, and the way out.
//!
//! The connections take turns in one process, so waiting would never end: a
//! conflict is told at once. What SQLite's codes mean is in its documentation
//! of `SQLITE_BUSY`, `SQLITE_BUSY_SNAPSHOT` and "File Locking And Concurrency".

use std::fmt;

use super::hold::Hold;

/// A connection and the statement since which it is in the way.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Holder {
    /// The connection's name.
    pub connection: String,
    /// The statement, on one line, cut when it is long.
    pub since: String,
}

/// A lock that a statement did not get.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Conflict {
    /// Another connection holds the write lock. There is only one.
    WriteLock(Holder),
    /// As [`WriteLock`](Conflict::WriteLock), and this transaction has read
    /// already: with a rollback journal each would wait for the other, with a
    /// WAL what was read would be out of date.
    Upgrade {
        /// Who writes.
        holder: Holder,
        /// Since which statement this transaction reads.
        reads: String,
        /// Whether the journal is a WAL.
        wal: bool,
    },
    /// WAL: a write was committed after this transaction's first read, so it
    /// may not write any more.
    Snapshot {
        /// Since which statement this transaction reads.
        reads: String,
        /// Who committed, and the statement that began the write.
        committed: Option<Holder>,
    },
    /// Rollback journal: the file can change only while nobody reads it.
    Readers {
        /// Who reads.
        readers: Vec<Holder>,
        /// Whether this connection's own transaction is still open.
        still_open: bool,
    },
    /// Rollback journal: another connection waits to change the file, and
    /// until it has, no new reader may start.
    Waiting(Holder),
    /// The journal mode can change only while no other connection is open.
    JournalMode {
        /// The others.
        others: Vec<String>,
    },
    /// Another connection has `locking_mode=EXCLUSIVE`.
    Exclusive {
        /// Which.
        connection: String,
    },
    /// None of the session's connections: another program.
    Elsewhere,
}

/// What SQLite said about it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Refused<'a> {
    /// The code was `SQLITE_BUSY_SNAPSHOT`.
    pub snapshot: bool,
    /// The statement changes data or schema.
    pub writes: bool,
    /// The statement sets the journal mode.
    pub sets_journal: bool,
    /// The journal is a WAL.
    pub wal: bool,
    /// What the refused connection holds.
    pub own: &'a Hold,
}

impl Conflict {
    /// Finds who is in the way among `others`, the other connections with what
    /// they hold.
    pub(super) fn between(
        refused: Refused<'_>,
        others: &[(&str, &Hold)],
        last_commit: Option<&Holder>,
    ) -> Conflict {
        let holder = |pick: fn(&Hold) -> Option<&String>| {
            others.iter().find_map(|(name, hold)| {
                pick(hold).map(|since| Holder {
                    connection: (*name).to_owned(),
                    since: since.clone(),
                })
            })
        };
        let reads = refused.own.reads.clone();
        if refused.snapshot {
            return Conflict::Snapshot {
                reads: reads.unwrap_or_default(),
                committed: last_commit.cloned(),
            };
        }
        if let Some(waiting) = holder(|hold| hold.waits.as_ref())
            && !refused.writes
        {
            return Conflict::Waiting(waiting);
        }
        if let Some(holder) = holder(|hold| hold.writes.as_ref()) {
            return match reads {
                Some(reads) => Conflict::Upgrade {
                    holder,
                    reads,
                    wal: refused.wal,
                },
                None => Conflict::WriteLock(holder),
            };
        }
        let readers: Vec<Holder> = others
            .iter()
            .filter_map(|(name, hold)| {
                hold.reads.as_ref().map(|since| Holder {
                    connection: (*name).to_owned(),
                    since: since.clone(),
                })
            })
            .collect();
        if refused.sets_journal && !others.is_empty() {
            return Conflict::JournalMode {
                others: others.iter().map(|(name, _)| (*name).to_owned()).collect(),
            };
        }
        if readers.is_empty() {
            return Conflict::Elsewhere;
        }
        Conflict::Readers {
            readers,
            still_open: refused.own.began.is_some(),
        }
    }
}

impl fmt::Display for Conflict {
    /// The first line says what is in the way; quoted statements and the way
    /// out follow on lines of their own.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Conflict::WriteLock(holder) => write!(
                f,
                "{}\n  There is one write lock. Commit or roll back there, then try again.",
                Writes(holder)
            ),
            Conflict::Upgrade { holder, reads, wal } => {
                writeln!(f, "{}", Writes(holder))?;
                writeln!(f, "  This transaction reads since:\n    {reads}")?;
                f.write_str(if *wal {
                    "  Once the other commits, what was read here is out of date, and nothing may\n  \
                     be written on it. Roll back here; BEGIN IMMEDIATE takes the lock first."
                } else {
                    "  It cannot commit while this one reads: each would wait for the other, a\n  \
                     deadlock. Roll back here; BEGIN IMMEDIATE takes the lock first."
                })
            }
            Conflict::Snapshot { reads, committed } => {
                writeln!(
                    f,
                    "the data has changed since this transaction read it, so it may not write\n  \
                     It reads the data as of:\n    {reads}"
                )?;
                if let Some(Holder { connection, since }) = committed {
                    writeln!(f, "  Then connection {connection} committed:\n    {since}")?;
                }
                f.write_str(
                    "  Roll back here and try again; BEGIN IMMEDIATE takes the write lock first.",
                )
            }
            Conflict::Readers {
                readers,
                still_open,
            } => {
                writeln!(
                    f,
                    "with a rollback journal nothing changes while others read"
                )?;
                for Holder { connection, since } in readers {
                    writeln!(f, "  Connection {connection} reads since:\n    {since}")?;
                }
                f.write_str("  Commit or roll back there, then try again")?;
                f.write_str(if *still_open {
                    "; the transaction here is still open."
                } else {
                    ". With a WAL, both could go on."
                })
            }
            Conflict::Waiting(Holder { connection, since }) => write!(
                f,
                "connection {connection} waits until nobody reads, since:\n    {since}\n  \
                 Until it has written, no new reader may start. Repeat it there, or roll back."
            ),
            Conflict::JournalMode { others } => write!(
                f,
                "the journal mode can change only while one connection is open\n  \
                 Also open: {}. .conn close NAME closes one.",
                others.join(", ")
            ),
            Conflict::Exclusive { connection } => write!(
                f,
                "connection {connection} keeps the file to itself\n  \
                 It has set PRAGMA locking_mode = EXCLUSIVE. .conn close {connection} gives it back."
            ),
            Conflict::Elsewhere => {
                f.write_str("the database is locked by another program; try again when it is done")
            }
        }
    }
}

/// Who holds the write lock, since when.
struct Writes<'a>(&'a Holder);

impl fmt::Display for Writes<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Holder { connection, since } = self.0;
        write!(
            f,
            "connection {connection} holds the write lock since:\n    {since}"
        )
    }
}
