//! Puts the rows into a database.

use rusqlite::config::DbConfig;
use rusqlite::types::{ToSqlOutput, ValueRef};
use rusqlite::{Connection, Statement, ToSql};

use super::super::spec::Spec;
use super::super::{DatasetName, Error, Scale, TableRows};
use super::rows::{Row, Rows};
use crate::interrupt::Interrupt;
use crate::progress::{Progress, Watcher};

/// Rows between two looks at the interrupt and two reports: about a
/// millisecond.
const BATCH: u64 = 1024;

/// Creates a dataset's tables in an open, empty database and fills them, in one
/// transaction. The connection's settings are as before afterwards. Makes about
/// a million rows a second.
///
/// # Errors
/// [`Error::Interrupted`], [`Error::DiskFull`] or [`Error::Sqlite`]; the
/// transaction is rolled back, as far as the journal mode allows.
pub fn generate_into(
    connection: &Connection,
    spec: &Spec,
    scale: Scale,
    seed: u64,
    interrupt: &Interrupt,
    watcher: Watcher<'_>,
) -> Result<Vec<TableRows>, Error> {
    let checks = DbConfig::SQLITE_DBCONFIG_ENABLE_FKEY;
    let setting = Error::sqlite("prepare the connection");
    let keys_were_checked = connection.db_config(checks).map_err(setting)?;
    // The rules see to the keys, and `data check` and the tests verify it.
    let setting = Error::sqlite("prepare the connection");
    connection.set_db_config(checks, false).map_err(setting)?;
    let filled = fill(connection, spec, scale, seed, interrupt, watcher);
    let setting = Error::sqlite("restore the connection");
    let restored = connection.set_db_config(checks, keys_were_checked);
    let tables = filled?;
    restored.map_err(setting)?;
    Ok(tables)
}

fn fill(
    connection: &Connection,
    spec: &Spec,
    scale: Scale,
    seed: u64,
    interrupt: &Interrupt,
    watcher: Watcher<'_>,
) -> Result<Vec<TableRows>, Error> {
    let name = DatasetName {
        name: spec.name().to_owned(),
        scale,
    };
    let what = format!("building {name}");
    let expected: u64 = spec.estimate(scale).iter().map(|table| table.rows).sum();
    let transaction = connection
        .unchecked_transaction()
        .map_err(Error::sqlite("begin"))?;
    transaction
        .execute_batch(spec.schema())
        .map_err(Error::sqlite("create the tables"))?;
    let mut rows = Rows::new(spec, scale, seed);
    let mut finished = Vec::new();
    let mut done = 0;
    let mut report = |done: u64| {
        watcher(Progress {
            what: &what,
            done: done.min(expected),
            total: expected,
        });
        if interrupt.is_raised() {
            Err(Error::Interrupted)
        } else {
            Ok(())
        }
    };
    report(0)?;
    for (index, table) in rows.tables().enumerate().collect::<Vec<_>>() {
        let before = done;
        let inserting = || format!("insert into {table}");
        let columns = spec.tables()[index].held;
        let marks = vec!["?"; columns].join(", ");
        let sql = format!("INSERT INTO \"{table}\" VALUES ({marks})");
        let mut insert = transaction
            .prepare(&sql)
            .map_err(Error::sqlite(inserting()))?;
        rows.each::<Error>(index, &mut |row| {
            bind(&mut insert, row)
                .and_then(|()| insert.raw_execute())
                .map_err(|error| Error::sqlite(inserting())(error))?;
            done += 1;
            if done % BATCH == 0 {
                report(done)?;
            }
            Ok(())
        })?;
        finished.push(TableRows {
            name: table.to_owned(),
            rows: done - before,
        });
    }
    report(expected)?;
    transaction.commit().map_err(Error::sqlite("commit"))?;
    Ok(finished)
}

/// A value that is bound as it is.
struct Bound<'a>(ValueRef<'a>);

impl ToSql for Bound<'_> {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(ToSqlOutput::Borrowed(self.0))
    }
}

fn bind(insert: &mut Statement<'_>, row: &Row) -> rusqlite::Result<()> {
    for (index, value) in row.values().enumerate() {
        insert.raw_bind_parameter(index + 1, Bound(value))?;
    }
    Ok(())
}
