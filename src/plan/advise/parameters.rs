//! The values of a statement's parameters.

use rusqlite::Connection;
use rusqlite::types::Value;

use super::error::Error;
use crate::plan::capture;
use crate::sandbox::Bindings;

/// The values of the parameters of `sql`, in SQLite's order.
///
/// # Errors
/// A parameter without a value; what is wrong with the statement.
pub fn values(conn: &Connection, sql: &str, given: &Bindings) -> Result<Vec<Value>, Error> {
    let sql = capture::only_statement(conn, sql).map_err(Error::Statement)?;
    let statement = conn.prepare(sql)?;
    let missing = |names| Error::Statement(crate::plan::Error::Parameters(names));
    given.values(&statement, sql).map_err(missing)
}
