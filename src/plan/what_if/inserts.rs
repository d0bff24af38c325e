//! What an index costs each insert: a batch of copies of existing rows, really
//! inserted one by one, and taken back.

use std::cell::Cell;
use std::time::Duration;

use rusqlite::config::DbConfig;
use rusqlite::types::Value;
use rusqlite::{Connection, ErrorCode, params_from_iter};

use crate::clock::Clock;
use crate::plan::catalog::Catalog;
use crate::sql::quote_if_needed;

/// Rows of a batch, and the bytes of their values that are held in memory.
const ROWS: usize = 1_000;
const BYTES: usize = 8 << 20;

/// What the same inserts took without and with an index: the shortest of a few
/// batches, because what comes between only adds to one, inside a transaction,
/// so without the wait for the disk that ends one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Inserts {
    /// Rows of each batch.
    pub rows: u64,
    /// Time of a batch without the index.
    pub without: Duration,
    /// Time of the same batch with it.
    pub with: Duration,
    /// Whether foreign keys were left unchecked on both sides, because rows
    /// that are new here would have pointed at none.
    pub unchecked: bool,
}

impl Inserts {
    /// How many times longer an insert takes, 1 for no longer: an index makes
    /// none faster.
    pub fn slowdown(&self) -> f64 {
        let without = self.without.as_secs_f64().max(1e-9);
        (self.with.as_secs_f64() / without).max(1.0)
    }
}

/// Rows to insert, and the statement for one of them.
pub(in crate::plan) struct Batch {
    insert: String,
    /// What to insert, the first that the table accepts.
    versions: Vec<Version>,
    version: Cell<usize>,
}

/// The rows with new values where they must not repeat.
struct Version {
    rows: Vec<Vec<Value>>,
    /// Whether foreign keys are as they were. A value without the row that it
    /// points at is no way to measure an insert: where it is refused only at
    /// the end, SQLite looks after each row whether another mends it, through
    /// all of a table that has no index for it.
    checked: bool,
}

/// One batch, inserted and taken back.
#[derive(Debug, Clone, Copy)]
pub(in crate::plan) struct Batched {
    pub(in crate::plan) rows: u64,
    pub(in crate::plan) time: Duration,
    pub(in crate::plan) unchecked: bool,
}

/// Copies of rows from all over `table`, without the rowid, which SQLite gives
/// anew. In one column of each unique index the values are made new, if there
/// is one in one that points at no other table. To be asked while the index
/// that is tried is there: it may be unique, too.
///
/// The error says why there are none.
pub(super) fn batch(conn: &Connection, table: &str) -> Result<Batch, String> {
    let columns = written_columns(conn, table)?;
    let list = quoted_list(&columns);
    let rows = sample(conn, &list, &quote_if_needed(table), columns.len())
        .map_err(|error| error.to_string())?;
    batch_of(conn, table, rows)
}

/// A batch of these `rows`, whose values are those of [`written_columns`].
pub(in crate::plan) fn batch_of(
    conn: &Connection,
    table: &str,
    rows: Vec<Vec<Value>>,
) -> Result<Batch, String> {
    let sqlite = |error: rusqlite::Error| error.to_string();
    let columns = written_columns(conn, table)?;
    if rows.is_empty() {
        return Err("the table is empty".to_owned());
    }
    let pointing = foreign_keys(conn, table).map_err(sqlite)?;
    let points = |column: &String| pointing.iter().any(|it| it.eq_ignore_ascii_case(column));
    let unique = unique_keys(conn, table).map_err(sqlite)?;
    let last = |key: &Vec<String>| key.last().cloned();
    let free = |key: &Vec<String>| key.iter().rfind(|it| !points(it)).cloned();
    let with_parents: Vec<String> = unique
        .iter()
        .filter_map(|it| free(it).or(last(it)))
        .collect();
    let any: Vec<String> = unique.iter().filter_map(last).collect();
    let renewed = |new: &[String]| renewed(conn, table, &columns, new, &rows).map_err(sqlite);
    let unchecked = Version {
        rows: renewed(&any)?,
        checked: false,
    };
    let mut versions = Vec::new();
    if !with_parents.iter().any(points) {
        let rows = match with_parents == any {
            true => unchecked.rows.clone(),
            false => renewed(&with_parents)?,
        };
        versions.push(Version {
            rows,
            checked: true,
        });
    }
    versions.push(unchecked);
    let holes = vec!["?"; columns.len()].join(", ");
    Ok(Batch {
        insert: format!(
            "INSERT INTO {}({}) VALUES ({holes})",
            quote_if_needed(table),
            quoted_list(&columns)
        ),
        versions,
        version: Cell::new(0),
    })
}

/// `rows` with values in the columns `new` that no row of `table` has.
fn renewed(
    conn: &Connection,
    table: &str,
    columns: &[String],
    new: &[String],
    rows: &[Vec<Value>],
) -> rusqlite::Result<Vec<Vec<Value>>> {
    let mut rows = rows.to_vec();
    for (at, column) in columns.iter().enumerate() {
        if !new.contains(column) {
            continue;
        }
        let (name, table) = (quote_if_needed(column), quote_if_needed(table));
        let highest: i64 = conn.query_row(
            &format!("SELECT coalesce(max(CAST({name} AS INTEGER)), 0) FROM {table}"),
            [],
            |row| row.get(0),
        )?;
        for (n, row) in (1..).zip(&mut rows) {
            row[at] = fresh(&row[at], highest, n);
        }
    }
    Ok(rows)
}

/// The columns that are written, in order: neither what is generated nor the
/// rowid, which SQLite gives anew.
pub(in crate::plan) fn written_columns(
    conn: &Connection,
    table: &str,
) -> Result<Vec<String>, String> {
    let rowid = Catalog(conn).rowid_column(table);
    let mut columns = stored_columns(conn, table).map_err(|error| error.to_string())?;
    columns.retain(|column| Some(column) != rowid.as_ref());
    if columns.is_empty() {
        return Err("the table has no column but its key".to_owned());
    }
    Ok(columns)
}

fn quoted_list(columns: &[String]) -> String {
    let names: Vec<_> = columns.iter().map(|it| quote_if_needed(it)).collect();
    names.join(", ")
}

impl Batch {
    /// Inserts the rows, one statement each, and takes them back. The inner
    /// error says what forbids them (a CHECK, a trigger); the outer one is an
    /// interrupt and the like.
    pub(in crate::plan) fn insert(
        &self,
        conn: &Connection,
        clock: &Clock,
    ) -> rusqlite::Result<Result<Batched, String>> {
        loop {
            let version = &self.versions[self.version.get()];
            let error = match self.insert_version(version, conn, clock) {
                Ok(batched) => return Ok(Ok(batched)),
                Err(error) => error,
            };
            if error.sqlite_error_code() != Some(ErrorCode::ConstraintViolation) {
                return Err(error);
            }
            if self.version.get() + 1 == self.versions.len() {
                return Ok(Err(format!("copies of its rows are refused: {error}")));
            }
            self.version.set(self.version.get() + 1);
        }
    }

    fn insert_version(
        &self,
        version: &Version,
        conn: &Connection,
        clock: &Clock,
    ) -> rusqlite::Result<Batched> {
        let keys = ForeignKeys::of(conn)?;
        let unchecked = keys.were_checked && !version.checked;
        if unchecked {
            keys.check(false)?;
        }
        conn.execute_batch("SAVEPOINT dbdojo_inserts")?;
        let inserted = self.insert_all(&version.rows, conn, clock);
        if !conn.is_autocommit() {
            conn.execute_batch("ROLLBACK TO dbdojo_inserts; RELEASE dbdojo_inserts")?;
        }
        Ok(Batched {
            rows: version.rows.len() as u64,
            time: inserted?,
            unchecked,
        })
    }

    fn insert_all(
        &self,
        rows: &[Vec<Value>],
        conn: &Connection,
        clock: &Clock,
    ) -> rusqlite::Result<Duration> {
        let mut statement = conn.prepare(&self.insert)?;
        let start = clock.now();
        for row in rows {
            statement.execute(params_from_iter(row))?;
        }
        Ok(clock.now().since(start))
    }
}

/// Whether foreign keys are checked; dropped, they are as they were. Unlike the
/// PRAGMA this works inside a transaction, too.
struct ForeignKeys<'a> {
    conn: &'a Connection,
    were_checked: bool,
}

impl<'a> ForeignKeys<'a> {
    fn of(conn: &'a Connection) -> rusqlite::Result<ForeignKeys<'a>> {
        Ok(ForeignKeys {
            conn,
            were_checked: conn.db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_FKEY)?,
        })
    }

    fn check(&self, checked: bool) -> rusqlite::Result<()> {
        let flag = DbConfig::SQLITE_DBCONFIG_ENABLE_FKEY;
        self.conn.set_db_config(flag, checked).map(drop)
    }
}

impl Drop for ForeignKeys<'_> {
    fn drop(&mut self) {
        // It only sets a flag of the connection: there is nothing to fail.
        let _ = self.check(self.were_checked);
    }
}

/// Columns that are written, in order: not the generated ones.
fn stored_columns(conn: &Connection, table: &str) -> rusqlite::Result<Vec<String>> {
    conn.prepare("SELECT name FROM pragma_table_xinfo(?1) WHERE hidden = 0 ORDER BY cid")?
        .query_map([table], |row| row.get(0))?
        .collect()
}

/// The columns of each unique index, in order.
fn unique_keys(conn: &Connection, table: &str) -> rusqlite::Result<Vec<Vec<String>>> {
    let indexes: Vec<String> = conn
        .prepare("SELECT name FROM pragma_index_list(?1) WHERE \"unique\" ORDER BY seq")?
        .query_map([table], |row| row.get(0))?
        .collect::<rusqlite::Result<_>>()?;
    let mut columns = conn
        .prepare("SELECT name FROM pragma_index_info(?1) WHERE name IS NOT NULL ORDER BY seqno")?;
    let keys = indexes
        .iter()
        .map(|index| columns.query_map([index], |row| row.get(0))?.collect());
    keys.collect()
}

/// The columns that point at rows of a table.
fn foreign_keys(conn: &Connection, table: &str) -> rusqlite::Result<Vec<String>> {
    conn.prepare("SELECT \"from\" FROM pragma_foreign_key_list(?1)")?
        .query_map([table], |row| row.get(0))?
        .collect()
}

/// Rows spread over the whole table: every so many in its own order.
fn sample(
    conn: &Connection,
    list: &str,
    table: &str,
    width: usize,
) -> rusqlite::Result<Vec<Vec<Value>>> {
    let all: i64 = conn.query_row(&format!("SELECT count(*) FROM {table}"), [], |r| r.get(0))?;
    let step = usize::try_from(all).unwrap_or(0).div_ceil(ROWS).max(1);
    let mut statement = conn.prepare(&format!("SELECT {list} FROM {table} NOT INDEXED"))?;
    let mut rows = statement.raw_query();
    let (mut taken, mut bytes, mut at) = (Vec::new(), 0, 0);
    while let Some(row) = rows.next()? {
        if at % step == 0 {
            let values: Vec<Value> = (0..width)
                .map(|column| row.get(column))
                .collect::<rusqlite::Result<_>>()?;
            bytes += values.iter().map(size).sum::<usize>();
            taken.push(values);
            if bytes > BYTES {
                break;
            }
        }
        at += 1;
    }
    Ok(taken)
}

fn size(value: &Value) -> usize {
    match value {
        Value::Text(text) => text.len(),
        Value::Blob(bytes) => bytes.len(),
        _ => size_of::<Value>(),
    }
}

/// A value like `value` that is in no row: the `n`-th of its batch.
fn fresh(value: &Value, highest: i64, n: i64) -> Value {
    match value {
        Value::Null => Value::Null,
        Value::Integer(_) => Value::Integer(highest.saturating_add(n)),
        Value::Real(_) => Value::Real(highest as f64 + n as f64),
        Value::Text(text) => Value::Text(format!("{text}~{n}")),
        Value::Blob(bytes) => {
            let mut bytes = bytes.clone();
            bytes.extend(n.to_be_bytes());
            Value::Blob(bytes)
        }
    }
}
