//! What is wrong with a file that was to be imported.

use std::io;
use std::path::PathBuf;

use crate::units;

/// One row that cannot be imported.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: {reason}")]
pub struct BadRow {
    /// The line on which it begins, from 1.
    pub line: u64,
    /// Why, as a clause.
    pub reason: String,
}

/// Why a file cannot be read as CSV at all: no row to skip would mend it.
#[derive(Debug, thiserror::Error)]
pub enum Unreadable {
    /// A byte order mark of UTF-16.
    #[error("this is UTF-16; save it as UTF-8 (iconv -f utf-16 -t utf-8)")]
    Utf16,
    /// A byte that UTF-8 does not have there.
    #[error("line {line}, byte {byte}: 0x{value:02x} is not UTF-8{}; save the file as UTF-8 (iconv -f latin1 -t utf-8)", in_latin_1(*value))]
    NotUtf8 {
        /// The line, from 1.
        line: u64,
        /// Its place in the line, from 1.
        byte: usize,
        /// The byte.
        value: u8,
    },
    /// A NUL, which no text has.
    #[error("line {line}, byte {byte}: a NUL byte, so this is no UTF-8 text")]
    Nul {
        /// The line, from 1.
        line: u64,
        /// Its place in the line, from 1.
        byte: usize,
    },
    /// Something that begins like a file of another kind.
    #[error("this is {0}")]
    NotText(&'static str),
    /// A line that does not end.
    #[error("line {line}: longer than {}", units::bytes(super::MAX_ROW_BYTES as u64))]
    TooLong {
        /// The line, from 1.
        line: u64,
    },
    /// There is no row.
    #[error("there is nothing in it")]
    Empty,
    /// More columns than SQLite takes.
    #[error("{} columns; a table of SQLite has at most {}", units::count(*.0 as u64), units::count(super::infer::MAX_COLUMNS as u64))]
    TooManyColumns(usize),
    /// The system could not read on.
    #[error(transparent)]
    Io(#[from] io::Error),
}

/// Why data of the learner's own was not imported.
#[derive(Debug, thiserror::Error)]
pub enum ImportError {
    /// The file is no CSV in UTF-8.
    #[error("{}: {source}", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        source: Unreadable,
    },
    /// A row is wrong, and none were to be skipped.
    #[error("{}, {first}{}", path.display(), and_more(*more))]
    BadRow {
        /// The file.
        path: PathBuf,
        /// The first bad row.
        first: BadRow,
        /// How many there are besides.
        more: u64,
    },
    /// Every row is wrong.
    #[error("{}: not one of {} rows could be imported; the first: {first}", path.display(), units::count(*rows))]
    NoGoodRow {
        /// The file.
        path: PathBuf,
        /// The first bad row.
        first: BadRow,
        /// How many there are.
        rows: u64,
    },
    /// The table that is there has other columns.
    #[error("{}: {found} columns, but the table {table} has {expected}", path.display())]
    OtherColumns {
        /// The file.
        path: PathBuf,
        /// The table.
        table: String,
        /// The columns of the file.
        found: usize,
        /// The columns of the table.
        expected: usize,
    },
    /// The header names columns that the table has not.
    #[error("{}: its header names {}, and the table {table} has no such column{}", path.display(), names.join(", "), did_you_mean(near.as_deref()))]
    UnknownColumns {
        /// The file.
        path: PathBuf,
        /// The table.
        table: String,
        /// Those names.
        names: Vec<String>,
        /// The table's column whose name is nearest to the first of them.
        near: Option<String>,
    },
    /// A folder without tables.
    #[error("{}: there are no .csv or .tsv files in this folder", .0.display())]
    NoFiles(PathBuf),
    /// Two files whose names give the same table.
    #[error("{} and {} would both be the table {table}", first.display(), second.display())]
    SameTable {
        /// One file.
        first: PathBuf,
        /// The other.
        second: PathBuf,
        /// The table.
        table: String,
    },
    /// The file was written to between the two readings.
    #[error("{}: it changed while it was being read; nothing was imported", .0.display())]
    Changed(PathBuf),
    /// SQLite finds the database broken.
    #[error("{}: this database is damaged: {problem}", path.display())]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What SQLite says.
        problem: String,
    },
    /// A database without tables.
    #[error("{}: this database holds no tables", .0.display())]
    NoTables(PathBuf),
    /// A folder where a file is needed.
    #[error("{}: this is a folder; name one file", .0.display())]
    Folder(PathBuf),
    /// A pipe or a device, which can be read only once.
    #[error("{}: this is no regular file, and an import reads it twice", .0.display())]
    NotAFile(PathBuf),
}

fn did_you_mean(near: Option<&str>) -> String {
    near.map_or_else(String::new, |near| format!("; did you mean {near}?"))
}

fn and_more(more: u64) -> String {
    match more {
        0 => "; nothing was imported (--skip-bad-rows sets it aside)".to_owned(),
        n => format!(
            ", and {} more; nothing was imported (--skip-bad-rows sets them aside)",
            units::counted(n, "bad row", "bad rows")
        ),
    }
}

/// What a byte would be in the encoding that it most likely has.
fn in_latin_1(byte: u8) -> String {
    match byte {
        0xa1.. => format!(" (in Latin-1 it is {})", char::from(byte)),
        _ => String::new(),
    }
}
