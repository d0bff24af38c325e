//! Why there is no data to practise on.

use std::io;
use std::path::{Path, PathBuf};

use rusqlite::ErrorCode;

use super::import::ImportError;
use super::nearest::did_you_mean;
use super::{BadName, BadSpec};

/// What can go wrong with a dataset.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// No dataset has this name.
    #[error("unknown dataset {name}{}", did_you_mean(nearest.as_deref()))]
    Unknown {
        /// What was asked for.
        name: String,
        /// The dataset it is most like.
        nearest: Option<String>,
    },
    /// No dataset or scale can have this name.
    #[error(transparent)]
    BadName(#[from] BadName),
    /// The dataset's folder is wrong.
    #[error(transparent)]
    BadSpec(#[from] BadSpec),
    /// A name that another dataset has.
    #[error("{0} is a dataset of dbdojo: choose another name for yours")]
    Taken(String),
    /// A name under which the learner has imported before.
    #[error("there is a dataset {0} already; --replace imports it again")]
    Exists(String),
    /// An imported dataset was asked for what only rules can make.
    #[error("{name} was imported: it has one scale; write {name} without @{scale}")]
    OneScale {
        /// The dataset.
        name: String,
        /// The scale that was asked for.
        scale: String,
    },
    /// An imported dataset was asked for its rules.
    #[error("{0} was imported: it is there as it is, and no rules make its rows")]
    NoRules(String),
    /// What was to be imported is wrong.
    #[error(transparent)]
    Import(#[from] ImportError),
    /// A folder or file could not be made, written or read.
    #[error("could not {doing} {}: {source}", path.display())]
    File {
        /// What was tried, such as `write`.
        doing: &'static str,
        /// With what.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// There is no room left for the rows.
    #[error(
        "the disk is full; nothing half-built was kept (DBDOJO_HOME can name a folder on another disk)"
    )]
    DiskFull,
    /// Ctrl-C.
    #[error("interrupted; nothing half-built was kept")]
    Interrupted,
    /// SQLite refused something else.
    #[error("could not {doing}: {source}")]
    Sqlite {
        /// What was tried, such as `insert into orders`.
        doing: String,
        /// What SQLite said.
        source: rusqlite::Error,
    },
}

impl Error {
    pub(super) fn file(doing: &'static str, path: &Path, source: io::Error) -> Error {
        if source.kind() == io::ErrorKind::StorageFull {
            return Error::DiskFull;
        }
        Error::File {
            doing,
            path: path.to_owned(),
            source,
        }
    }

    /// For `map_err` on SQLite calls that were about to do what `doing` says.
    pub(super) fn sqlite(doing: impl Into<String>) -> impl FnOnce(rusqlite::Error) -> Error {
        |source| match source.sqlite_error_code() {
            Some(ErrorCode::DiskFull) => Error::DiskFull,
            Some(ErrorCode::OperationInterrupted) => Error::Interrupted,
            _ => Error::Sqlite {
                doing: doing.into(),
                source,
            },
        }
    }
}
