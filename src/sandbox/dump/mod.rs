//! `.dump`: the practice database as a script that rebuilds it, in SQLite or
//! here. One statement at a time, so that data of any size costs the memory
//! of a row.

mod literal;

use std::io;

use rusqlite::{Connection, OptionalExtension, Row};

use super::objects::{self, SchemaObject};
use super::{Budget, Error, Practice};
use crate::sql::quote_if_needed;

/// Takes one statement, without its semicolon, or a comment line.
pub type Script<'a> = &'a mut dyn FnMut(&str) -> io::Result<()>;

/// What a dump is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scope<'a> {
    /// Everything, within a transaction and without foreign keys, so that the
    /// order of the tables does not matter.
    All,
    /// One table with its rows, indexes and triggers, or one view.
    One(&'a str),
}

/// What the rows of a table can be written with.
enum Rows {
    /// An ordinary table.
    Plain,
    /// A virtual table that takes rows by their rowid (full text).
    ByRowid,
    /// A virtual table whose columns are all there is (R-Tree).
    ByColumns,
    /// A full-text index over another table: made again from that.
    Rebuilt,
    /// Rows that cannot be read back, or are no data.
    Lost,
}

enum Stop {
    Sql(rusqlite::Error),
    Sink(io::Error),
}

impl From<rusqlite::Error> for Stop {
    fn from(error: rusqlite::Error) -> Stop {
        Stop::Sql(error)
    }
}

impl From<io::Error> for Stop {
    fn from(error: io::Error) -> Stop {
        Stop::Sink(error)
    }
}

impl Practice {
    /// Hands the statements that rebuild `scope` to `script`, as one moment
    /// saw it. Returns the rows written. Ctrl-C stops it.
    ///
    /// # Errors
    /// What SQLite says; [`Error::Sink`] when `script` fails.
    pub fn dump(&mut self, scope: Scope<'_>, script: Script<'_>) -> Result<u64, Error> {
        let dumped = self.with_budget(Budget::default(), |conn| {
            conn.execute_batch("SAVEPOINT dbdojo_dump")?;
            let dumped = dump(conn, scope, script);
            // Nothing was changed; and a connection that is gone has no savepoint.
            let _ = conn.execute_batch("RELEASE dbdojo_dump");
            dumped
        });
        dumped.map_err(|stop| match stop {
            Stop::Sql(error) => self.explain_error(error),
            Stop::Sink(error) => Error::Sink(error),
        })
    }

    /// Hands the INSERT statements for the rows of one table to `script`.
    ///
    /// # Errors
    /// As [`Practice::dump`].
    pub fn dump_rows(&mut self, table: &str, script: Script<'_>) -> Result<u64, Error> {
        let dumped = self.with_budget(Budget::default(), |conn| {
            let objects = objects_in(conn, Scope::One(table))?;
            let object = objects.iter().find(|object| object.kind == "table");
            object.map_or(Ok(0), |object| dump_table(conn, object, script))
        });
        dumped.map_err(|stop| match stop {
            Stop::Sql(error) => self.explain_error(error),
            Stop::Sink(error) => Error::Sink(error),
        })
    }
}

fn dump(conn: &Connection, scope: Scope<'_>, script: Script<'_>) -> Result<u64, Stop> {
    script("PRAGMA foreign_keys=OFF")?;
    script("BEGIN TRANSACTION")?;
    let objects = objects_in(conn, scope)?;
    let mut rows = 0;
    let is_virtual = |o: &&SchemaObject| o.is_virtual();
    let tables = || objects.iter().filter(|o| o.kind == "table");
    for table in tables().filter(|o| !is_virtual(o)) {
        script(&table.sql)?;
        rows += dump_table(conn, table, script)?;
    }
    rows += dump_sequence(conn, scope, script)?;
    // After the tables that they may index.
    for table in tables().filter(is_virtual) {
        script(&table.sql)?;
        rows += dump_table(conn, table, script)?;
    }
    // Triggers come last: they must not fire on the rows above.
    for kind in ["index", "view", "trigger"] {
        for object in objects.iter().filter(|o| o.kind == kind) {
            script(&object.sql)?;
        }
    }
    if scope == Scope::All {
        dump_statistics(conn, script)?;
    }
    script("COMMIT")?;
    Ok(rows)
}

/// The objects of `scope`, in the order in which they were made.
fn objects_in(conn: &Connection, scope: Scope<'_>) -> rusqlite::Result<Vec<SchemaObject>> {
    match scope {
        Scope::All => objects::read(conn, ""),
        Scope::One(name) => objects::read(conn, name),
    }
}

fn dump_table(conn: &Connection, table: &SchemaObject, script: Script<'_>) -> Result<u64, Stop> {
    let name = quote_if_needed(&table.name);
    let (columns, is_partial) = columns(conn, &table.name)?;
    let list = columns.join(", ");
    match rows_of(conn, table)? {
        Rows::Plain if is_partial => {
            let into = format!("INSERT INTO {name}({list}) VALUES");
            dump_query(
                conn,
                &format!("{list} FROM {name} NOT INDEXED"),
                &into,
                script,
            )
        }
        Rows::Plain => {
            let into = format!("INSERT INTO {name} VALUES");
            dump_query(
                conn,
                &format!("{list} FROM {name} NOT INDEXED"),
                &into,
                script,
            )
        }
        Rows::ByRowid => {
            let into = format!("INSERT INTO {name}(rowid, {list}) VALUES");
            dump_query(conn, &format!("rowid, {list} FROM {name}"), &into, script)
        }
        Rows::ByColumns => {
            let into = format!("INSERT INTO {name} VALUES");
            dump_query(conn, &format!("{list} FROM {name}"), &into, script)
        }
        Rows::Rebuilt => {
            script(&format!("INSERT INTO {name}({name}) VALUES('rebuild')"))?;
            Ok(0)
        }
        Rows::Lost => {
            let note = format!("-- the rows of {name} cannot be read back, so they are not here");
            script(&note)?;
            Ok(0)
        }
    }
}

/// The columns that hold data, quoted, and whether there are others: those
/// that are computed must not be written.
fn columns(conn: &Connection, table: &str) -> rusqlite::Result<(Vec<String>, bool)> {
    let mut statement =
        conn.prepare("SELECT name, hidden FROM pragma_table_xinfo(?1, 'main') ORDER BY cid")?;
    let all: Vec<(String, i64)> = statement
        .query_map([table], |row| Ok((row.get(0)?, row.get(1)?)))?
        .collect::<rusqlite::Result<_>>()?;
    let is_partial = all.iter().any(|(_, hidden)| *hidden > 1);
    let stored = all.into_iter().filter(|(_, hidden)| *hidden == 0);
    // Always quoted: a column may be called like one of SQLite's own words.
    let quoted = stored.map(|(name, _)| format!("\"{}\"", name.replace('"', "\"\"")));
    Ok((quoted.collect(), is_partial))
}

/// How the rows of `table` can be written, from the module in its CREATE
/// VIRTUAL TABLE.
fn rows_of(conn: &Connection, table: &SchemaObject) -> rusqlite::Result<Rows> {
    if !table.is_virtual() {
        return Ok(Rows::Plain);
    }
    let sql = table.sql.to_ascii_lowercase();
    let module = sql
        .split_once(" using ")
        .map_or("", |(_, rest)| rest.trim_start());
    if module.starts_with("rtree") || module.starts_with("geopoly") {
        return Ok(Rows::ByColumns);
    }
    if !module.starts_with("fts") {
        return Ok(Rows::Lost);
    }
    // FTS keeps its text in a shadow table, unless it is told another place.
    let own_text: Option<i64> = conn
        .query_row(
            "SELECT 1 FROM main.sqlite_schema WHERE name = ?1 || '_content'",
            [&table.name],
            |row| row.get(0),
        )
        .optional()?;
    let squeezed: String = module.split_whitespace().collect();
    let has_none = squeezed.contains("content=''") || squeezed.contains("content=\"\"");
    Ok(match (own_text, has_none) {
        (_, true) => Rows::Lost,
        (Some(_), _) => Rows::ByRowid,
        (None, _) => Rows::Rebuilt,
    })
}

fn dump_query(conn: &Connection, query: &str, into: &str, script: Script<'_>) -> Result<u64, Stop> {
    let mut statement = conn.prepare(&format!("SELECT {query}"))?;
    let width = statement.column_count();
    let mut rows = statement.query([])?;
    let (mut count, mut line) = (0, String::new());
    while let Some(row) = rows.next()? {
        line.clear();
        line.push_str(into);
        append_row(row, width, &mut line)?;
        script(&line)?;
        count += 1;
    }
    Ok(count)
}

fn append_row(row: &Row<'_>, width: usize, line: &mut String) -> rusqlite::Result<()> {
    for i in 0..width {
        line.push(if i == 0 { '(' } else { ',' });
        literal::append(row.get_ref(i)?, line);
    }
    line.push(')');
    Ok(())
}

/// The counters of AUTOINCREMENT. SQLite made the table, and rows in it, with
/// the tables above.
fn dump_sequence(conn: &Connection, scope: Scope<'_>, script: Script<'_>) -> Result<u64, Stop> {
    if !has_table(conn, "sqlite_sequence")? {
        return Ok(0);
    }
    let into = "INSERT INTO sqlite_sequence VALUES";
    match scope {
        Scope::All => {
            script("DELETE FROM sqlite_sequence")?;
            dump_query(conn, "name, seq FROM sqlite_sequence", into, script)?;
        }
        Scope::One(table) => {
            let mut name = String::new();
            literal::append(rusqlite::types::ValueRef::Text(table.as_bytes()), &mut name);
            let those = format!("name = {name} COLLATE nocase");
            let query = format!("name, seq FROM sqlite_sequence WHERE {those}");
            let mut rows = Vec::new();
            dump_query(conn, &query, into, &mut |row| {
                rows.push(row.to_owned());
                Ok(())
            })?;
            for row in rows {
                script(&format!("DELETE FROM sqlite_sequence WHERE {those}"))?;
                script(&row)?;
            }
        }
    }
    // Counters are no rows of the learner's.
    Ok(0)
}

/// What ANALYZE found out, so that the copy gets the same plans.
fn dump_statistics(conn: &Connection, script: Script<'_>) -> Result<(), Stop> {
    if !has_table(conn, "sqlite_stat1")? {
        return Ok(());
    }
    script("ANALYZE sqlite_schema")?;
    script("DELETE FROM sqlite_stat1")?;
    let into = "INSERT INTO sqlite_stat1 VALUES";
    dump_query(conn, "tbl, idx, stat FROM sqlite_stat1", into, script)?;
    script("ANALYZE sqlite_schema")?;
    Ok(())
}

fn has_table(conn: &Connection, name: &str) -> rusqlite::Result<bool> {
    conn.prepare("SELECT 1 FROM main.sqlite_schema WHERE type = 'table' AND name = ?1")?
        .exists([name])
}
