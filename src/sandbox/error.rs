//! Why a statement did not run, or a practice database did not open.

use std::io;
use std::path::PathBuf;
use std::time::Duration;

use super::connections::{Conflict, ConnectionError};
use super::marks::MarkError;
use crate::units;

/// A failure of the practice database.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// SQLite rejected or failed the statement.
    #[error("{message}")]
    Sql {
        /// SQLite's own message.
        message: String,
        /// Where in the statement, in bytes, when SQLite says.
        offset: Option<usize>,
    },
    /// The guard refused it, with the reason.
    #[error("{0}")]
    Refused(String),
    /// A parameter of the statement has no value.
    #[error("there is no value for {}: {}", .0.join(", "), how_to_give(.0))]
    Unbound(Vec<String>),
    /// Ctrl-C.
    #[error("interrupted")]
    Interrupted,
    /// The time limit was reached.
    #[error("stopped at the time limit of {}", units::duration(*.0))]
    TimeLimit(Duration),
    /// The file that was named cannot be opened.
    #[error("{}: {why}", path.display())]
    Unreachable {
        /// What was named.
        path: PathBuf,
        /// Why, as the rest of a sentence.
        why: String,
    },
    /// Another program is in the middle of a change to the file.
    #[error("{}: another program is writing to it", .0.display())]
    InUse(PathBuf),
    /// No room for the practice database or for SQLite's temporary files.
    #[error("the disk (or the practice database's size limit) is full; .reset frees its copy")]
    Full,
    /// `.reset` inside a transaction.
    #[error("a transaction is open: COMMIT or ROLLBACK first")]
    InTransaction,
    /// The same, on another connection than the current one.
    #[error("connection {0} is in a transaction: COMMIT or ROLLBACK there first")]
    InTransactionOn(String),
    /// Somebody else holds a lock; the owner of the connection knows who.
    #[error("the database is locked by another program; try again when it is done")]
    Busy {
        /// The data changed since the transaction read it.
        snapshot: bool,
    },
    /// Another connection of the session is in the way.
    #[error("{0}")]
    Locked(Box<Conflict>),
    /// A connection that cannot be opened, found or closed.
    #[error(transparent)]
    Connection(#[from] ConnectionError),
    /// A mark that cannot be made or found.
    #[error(transparent)]
    Mark(#[from] MarkError),
    /// The copy for this session could not be made.
    #[error("could not make your copy of the data in {}: {error}", path.display())]
    Copy {
        /// The folder for copies.
        path: PathBuf,
        /// What the system said.
        error: io::Error,
    },
    /// The rows could not be handed on.
    #[error("could not write the rows: {0}")]
    Sink(#[source] io::Error),
}

/// Where the values of parameters come from, with the first of these as the
/// example.
fn how_to_give(names: &[String]) -> String {
    let name = names.first().map_or("id", String::as_str);
    let bare = name.strip_prefix(['?', ':', '@', '$']).unwrap_or(name);
    format!("--param {bare}=42 gives one, .param set {bare} 42 in the shell")
}

impl Error {
    /// From an error of rusqlite's, outside the cases that need more context.
    pub(super) fn from_sqlite(error: rusqlite::Error) -> Error {
        use rusqlite::Error as R;
        match error {
            R::SqlInputError { msg, offset, .. } => Error::Sql {
                message: msg,
                offset: usize::try_from(offset).ok(),
            },
            R::SqliteFailure(code, message) => match code.code {
                rusqlite::ErrorCode::DiskFull => Error::Full,
                rusqlite::ErrorCode::DatabaseBusy => Error::Busy {
                    snapshot: code.extended_code == rusqlite::ffi::SQLITE_BUSY_SNAPSHOT,
                },
                rusqlite::ErrorCode::OperationInterrupted => Error::Interrupted,
                _ => Error::Sql {
                    message: message.unwrap_or_else(|| code.to_string()),
                    offset: None,
                },
            },
            other => Error::Sql {
                message: other.to_string(),
                offset: None,
            },
        }
    }
}
