//! What a statement costs on one database, without and with some indexes: one
//! point of a curve.

use rusqlite::Connection;

use super::error::Error;
use super::explain::explain_run;
use super::explanation::Explanation;
use super::measure::Repeat;
use crate::clock::Clock;
use crate::sandbox::Trial;

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
    let _trial = Trial::begin(conn)?;
    let without = explain_run(conn, sql, clock, repeat)?;
    if ddl.is_empty() {
        return Ok(Point {
            without,
            with: None,
        });
    }
    for statement in ddl {
        conn.execute_batch(statement)?;
    }
    let with = explain_run(conn, sql, clock, repeat)?;
    Ok(Point {
        without,
        with: Some(with),
    })
}
