//! The file that connections share: its bounds, and how it is opened.

use std::path::{Path, PathBuf};
use std::time::Duration;

use rusqlite::config::DbConfig;
use rusqlite::{Connection, OpenFlags};

use super::super::{Error, Guarded};
use crate::clock::Clock;
use crate::interrupt::Interrupt;

/// A copy may grow to four times its source, and by this at least, so that a
/// runaway INSERT ends with a message and not with a full disk.
const MIN_GROWTH_BYTES: u64 = 1 << 30;

/// A database of our own, with what each connection to it needs.
pub(super) struct Home {
    pub(super) path: PathBuf,
    pub(super) max_pages: i64,
    pub(super) page_size: u64,
    pub(super) clock: Clock,
    pub(super) interrupt: Interrupt,
}

impl Home {
    /// Puts a connection to this file under guard, within its bounds.
    pub(super) fn guard(&self, conn: Connection) -> Result<Guarded, Error> {
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

pub(super) fn open_writable(path: &Path, more: OpenFlags) -> rusqlite::Result<Connection> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX | more;
    let conn = Connection::open_with_flags(path, flags)?;
    conn.busy_timeout(Duration::ZERO)?;
    Ok(conn)
}

/// Readers that see one state of the data, and that no writer disturbs, are
/// what the servers that a backend meets have, too. Where the folder's file
/// system has no shared memory, the journal stays as it is.
pub(super) fn prefer_wal(conn: &Connection) {
    // A fresh copy needs not reach the disk before the first statement runs.
    let durable = conn.pragma_query_value(None, "synchronous", |row| row.get::<_, i64>(0));
    let _ = conn.pragma_update(None, "synchronous", "OFF");
    let _ = conn.query_row("PRAGMA journal_mode = WAL", [], |_| Ok(()));
    let _ = conn.pragma_update(None, "synchronous", durable.unwrap_or(2));
}

pub(super) fn growth_limit(conn: &Connection, page_size: u64) -> rusqlite::Result<i64> {
    let pages = number(conn, "PRAGMA page_count")?.max(1);
    let at_least = i64::try_from(MIN_GROWTH_BYTES / page_size).unwrap_or(i64::MAX);
    Ok(pages.saturating_mul(4).max(pages + at_least))
}

pub(super) fn number(conn: &Connection, sql: &str) -> rusqlite::Result<i64> {
    conn.query_row(sql, [], |row| row.get(0))
}
