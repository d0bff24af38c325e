//! Why a b-tree could not be shown.

use std::io;

/// Why a b-tree could not be shown.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// There is nothing of this name.
    #[error("there is no index or table {name}{}", nearest.as_ref().map(|it| format!("; did you mean {it}?")).unwrap_or_default())]
    Unknown {
        /// What was asked for.
        name: String,
        /// What it is most like.
        nearest: Option<String>,
    },
    /// A view or a virtual table.
    #[error("{0} has no b-tree of its own: it is a view or a virtual table")]
    NoTree(String),
    /// More values than columns.
    #[error("{name} has {}: {}; the key has {given} values", crate::units::counted(columns.len() as u64, "column", "columns"), columns.join(", "))]
    TooManyValues {
        /// The index or table.
        name: String,
        /// Its key's columns.
        columns: Vec<String>,
        /// How many values were given.
        given: usize,
    },
    /// A rowid that is none.
    #[error("a rowid is a whole number: write .btree {0} 42")]
    NoRowid(String),
    /// Something that is no value.
    #[error(
        "{0} is no value: write numbers, texts in quotes ('DE'), x'01' or NULL, with spaces between"
    )]
    NoValue(String),
    /// An order that only SQLite knows.
    #[error("{index} is sorted by the collation {collation}, whose order cannot be followed here")]
    Collation {
        /// The index.
        index: String,
        /// The collation.
        collation: String,
    },
    /// Pages that are not written yet.
    #[error(
        "a transaction is open, and its pages are not in the file yet: COMMIT or ROLLBACK first"
    )]
    InTransaction,
    /// A database without a file.
    #[error("this database is in memory, and has no file whose pages could be read")]
    InMemory,
    /// A file of something else.
    #[error("the file does not begin as an SQLite database does")]
    NoDatabase,
    /// Bytes that are no page of a b-tree.
    #[error(
        "page {0} is not what it should be: the file is damaged, or was changed while it was read"
    )]
    Damaged(u32),
    /// The file could not be read.
    #[error("could not read the database file: {0}")]
    Read(#[from] io::Error),
    /// What SQLite said.
    #[error(transparent)]
    Sqlite(#[from] rusqlite::Error),
}
