//! The data that a practice database starts from, opened so that nothing is
//! written: not to it, and no file beside it.

use std::fs::{self, File};
use std::io::Read;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use rusqlite::{Connection, OpenFlags};

use super::Error;

/// Where the data comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Source {
    /// A dataset that dbdojo built. Nobody writes to it, so it is read without
    /// locks and copied by sharing blocks where the file system can.
    Built(PathBuf),
    /// A file of the learner's own, which others may be using now.
    File(PathBuf),
}

/// How a file of the learner's own can be read without a trace.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Reading {
    /// Read-only, taking part in SQLite's locking.
    Shared,
    /// As a file that does not change: a WAL database without a WAL. A
    /// read-only connection would create files beside it. Valid while the
    /// stamp is the same.
    Still(Stamp),
    /// Only from a copy: a WAL or a journal holds part of the data, and
    /// reading it in place would write.
    FromCopy,
}

/// What tells that a file has changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Stamp {
    modified: Option<SystemTime>,
    len: u64,
    wal: u64,
    journal: u64,
}

impl Stamp {
    pub(super) fn of(path: &Path) -> Stamp {
        let meta = fs::metadata(path).ok();
        Stamp {
            modified: meta.as_ref().and_then(|m| m.modified().ok()),
            len: meta.map_or(0, |m| m.len()),
            wal: sidecar_len(path, "-wal"),
            journal: sidecar_len(path, "-journal"),
        }
    }
}

impl Source {
    /// The file.
    pub fn path(&self) -> &Path {
        match self {
            Source::Built(path) | Source::File(path) => path,
        }
    }
}

/// Looks at a learner's file and decides how to read it.
///
/// # Errors
/// [`Error::Unreachable`] when it is missing, a folder, unreadable or no
/// database.
pub(super) fn inspect(path: &Path) -> Result<Reading, Error> {
    let unreachable = |why: &str| Error::Unreachable {
        path: path.to_owned(),
        why: why.to_owned(),
    };
    let meta = fs::metadata(path).map_err(|e| match e.kind() {
        std::io::ErrorKind::NotFound => unreachable("there is no such file"),
        std::io::ErrorKind::PermissionDenied => unreachable("you may not read it"),
        _ => unreachable(&e.to_string()),
    })?;
    if meta.is_dir() {
        return Err(unreachable("this is a folder, not a database file"));
    }
    if !meta.is_file() {
        return Err(unreachable("this is no regular file"));
    }
    let mut header = Vec::with_capacity(100);
    File::open(path)
        .and_then(|file| file.take(100).read_to_end(&mut header))
        .map_err(|e| match e.kind() {
            std::io::ErrorKind::PermissionDenied => unreachable("you may not read it"),
            _ => unreachable(&e.to_string()),
        })?;
    // SQLite takes an empty file for a database without tables.
    if !header.is_empty() && !header.starts_with(b"SQLite format 3\0") {
        return Err(unreachable("this is no SQLite database"));
    }
    // Bytes 18 and 19 of the header: 2 means that it is used with a WAL.
    let uses_wal = header.get(18) == Some(&2) || header.get(19) == Some(&2);
    if sidecar_len(path, "-journal") > 0 || (uses_wal && sidecar_len(path, "-wal") > 0) {
        Ok(Reading::FromCopy)
    } else if uses_wal {
        Ok(Reading::Still(Stamp::of(path)))
    } else {
        Ok(Reading::Shared)
    }
}

/// Opens `path` for reading only. `immutable` promises SQLite that the file
/// does not change, so that it takes no locks and creates no files.
///
/// # Errors
/// [`Error::Unreachable`] with SQLite's reason; [`Error::InUse`] where another
/// program holds it longer than rusqlite waits, 5 s.
pub(super) fn open_readonly(path: &Path, immutable: bool) -> Result<Connection, Error> {
    let conn = open_lazily(path, immutable)?;
    read_something(&conn, path)?;
    Ok(conn)
}

/// The same, without waiting for other programs: a statement that meets a lock
/// fails at once.
///
/// # Errors
/// As [`open_readonly`].
pub(super) fn open_impatiently(path: &Path) -> Result<Connection, Error> {
    let conn = open_lazily(path, false)?;
    conn.busy_timeout(Duration::ZERO)
        .map_err(|error| unreachable(path, &error))?;
    read_something(&conn, path)?;
    Ok(conn)
}

fn open_lazily(path: &Path, immutable: bool) -> Result<Connection, Error> {
    let mode = if immutable { "immutable=1" } else { "mode=ro" };
    let uri = format!("file:{}?{mode}", uri_path(path));
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY
        | OpenFlags::SQLITE_OPEN_URI
        | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    Connection::open_with_flags(uri, flags).map_err(|error| unreachable(path, &error))
}

/// Opening is lazy: a broken file is told by the first read.
fn read_something(conn: &Connection, path: &Path) -> Result<(), Error> {
    conn.query_row("SELECT count(*) FROM sqlite_schema", [], |_| Ok(()))
        .map_err(|error| unreachable(path, &error))
}

pub(super) fn unreachable(path: &Path, error: &rusqlite::Error) -> Error {
    if error.sqlite_error_code() == Some(rusqlite::ErrorCode::DatabaseBusy) {
        return Error::InUse(path.to_owned());
    }
    Error::Unreachable {
        path: path.to_owned(),
        why: match error {
            rusqlite::Error::SqliteFailure(_, Some(message)) => message.clone(),
            other => other.to_string(),
        },
    }
}

/// The path of a file beside `path`, such as `data.db-wal`.
pub(super) fn sidecar(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    PathBuf::from(name)
}

fn sidecar_len(path: &Path, suffix: &str) -> u64 {
    fs::metadata(sidecar(path, suffix)).map_or(0, |meta| meta.len())
}

/// `path` as the path of a `file:` URI.
fn uri_path(path: &Path) -> String {
    let absolute = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    let mut out = String::new();
    for byte in absolute.as_os_str().as_encoded_bytes() {
        match byte {
            b'%' | b'?' | b'#' | 0..=32 | 127..=255 => out.push_str(&format!("%{byte:02x}")),
            b'\\' => out.push('/'),
            plain => out.push(char::from(*plain)),
        }
    }
    out
}
