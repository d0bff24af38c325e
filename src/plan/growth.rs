//! What a statement costs on one database, without and with some indexes: one
//! point of a curve.

use rusqlite::Connection;

use super::error::Error;
use super::explain::explain_run;
use super::explanation::Explanation;
use super::measure::Repeat;
use crate::clock::Clock;

/// A statement on one database, measured.
#[derive(Debug, Clone, PartialEq)]
pub struct Point {
    /// Without the indexes.
    pub without: Explanation,
    /// With them; `None` when there are none.
    pub with: Option<Explanation>,
}

/// Runs `sql` as the database is, then with the indexes that `ddl` makes, and
/// takes everything back. Nothing may be open on `conn`.
///
/// # Errors
/// What is wrong with `sql` or an index, the time limit, Ctrl-C.
pub fn measure(
    conn: &Connection,
    ddl: &[String],
    sql: &str,
    clock: &Clock,
    repeat: Repeat,
) -> Result<Point, Error> {
    let without = explain_run(conn, sql, clock, repeat)?;
    if ddl.is_empty() {
        return Ok(Point {
            without,
            with: None,
        });
    }
    let _all = Undo::begin(conn)?;
    for statement in ddl {
        conn.execute_batch(statement)?;
    }
    let with = explain_run(conn, sql, clock, repeat)?;
    Ok(Point {
        without,
        with: Some(with),
    })
}

/// A transaction that ends in ROLLBACK, also after an error.
struct Undo<'conn>(&'conn Connection);

impl<'conn> Undo<'conn> {
    fn begin(conn: &'conn Connection) -> rusqlite::Result<Undo<'conn>> {
        conn.execute_batch("BEGIN")?;
        Ok(Undo(conn))
    }
}

impl Drop for Undo<'_> {
    fn drop(&mut self) {
        if !self.0.is_autocommit() {
            // It fails only where SQLite has rolled back by itself.
            let _ = self.0.execute_batch("ROLLBACK");
        }
    }
}
