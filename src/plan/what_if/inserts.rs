//! What an index costs each insert: a batch of copies of existing rows, really
//! inserted one by one, and taken back.

use std::time::Duration;

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
}

/// Rows to insert, and the statement for one of them.
pub(in crate::plan) struct Batch {
    insert: String,
    rows: Vec<Vec<Value>>,
}

/// One batch, inserted and taken back.
#[derive(Debug, Clone, Copy)]
pub(in crate::plan) struct Batched {
    pub(in crate::plan) rows: u64,
    pub(in crate::plan) time: Duration,
}

/// Copies of rows from all over `table`, without the rowid, which SQLite gives
/// anew. In the last column of each unique index the values are made new. To be
/// asked while the index that is tried is there: it may be unique, too.
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
    mut rows: Vec<Vec<Value>>,
) -> Result<Batch, String> {
    let sqlite = |error: rusqlite::Error| error.to_string();
    let columns = written_columns(conn, table)?;
    let (list, table_name) = (quoted_list(&columns), quote_if_needed(table));
    if rows.is_empty() {
        return Err("the table is empty".to_owned());
    }
    for column in fresh_columns(conn, table).map_err(sqlite)? {
        let Some(at) = columns.iter().position(|it| *it == column) else {
            continue;
        };
        let name = quote_if_needed(&column);
        let highest: i64 = conn
            .query_row(
                &format!("SELECT coalesce(max(CAST({name} AS INTEGER)), 0) FROM {table_name}"),
                [],
                |row| row.get(0),
            )
            .map_err(sqlite)?;
        for (n, row) in (1..).zip(&mut rows) {
            row[at] = fresh(&row[at], highest, n);
        }
    }
    let holes = vec!["?"; columns.len()].join(", ");
    Ok(Batch {
        insert: format!("INSERT INTO {table_name}({list}) VALUES ({holes})"),
        rows,
    })
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
    /// How many rows it has.
    pub(in crate::plan) fn rows(&self) -> u64 {
        self.rows.len() as u64
    }

    /// Inserts the rows, one statement each, and takes them back. The inner
    /// error says what forbids them (a CHECK, a trigger); the outer one is an
    /// interrupt and the like.
    pub(in crate::plan) fn insert(
        &self,
        conn: &Connection,
        clock: &Clock,
    ) -> rusqlite::Result<Result<Batched, String>> {
        // New values may point at no row; nothing is ever committed.
        conn.execute_batch("SAVEPOINT dbdojo_inserts; PRAGMA defer_foreign_keys = ON")?;
        let inserted = self.insert_all(conn, clock);
        if !conn.is_autocommit() {
            conn.execute_batch(
                "ROLLBACK TO dbdojo_inserts; RELEASE dbdojo_inserts;
                 PRAGMA defer_foreign_keys = OFF",
            )?;
        }
        match inserted {
            Ok(time) => Ok(Ok(Batched {
                rows: self.rows.len() as u64,
                time,
            })),
            Err(error) if error.sqlite_error_code() == Some(ErrorCode::ConstraintViolation) => {
                Ok(Err(format!("copies of its rows are refused: {error}")))
            }
            Err(error) => Err(error),
        }
    }

    fn insert_all(&self, conn: &Connection, clock: &Clock) -> rusqlite::Result<Duration> {
        let mut statement = conn.prepare(&self.insert)?;
        let start = clock.now();
        for row in &self.rows {
            statement.execute(params_from_iter(row))?;
        }
        Ok(clock.now().since(start))
    }
}

/// Columns that are written, in order: not the generated ones.
fn stored_columns(conn: &Connection, table: &str) -> rusqlite::Result<Vec<String>> {
    conn.prepare("SELECT name FROM pragma_table_xinfo(?1) WHERE hidden = 0 ORDER BY cid")?
        .query_map([table], |row| row.get(0))?
        .collect()
}

/// The last column of each unique index, which must not repeat.
fn fresh_columns(conn: &Connection, table: &str) -> rusqlite::Result<Vec<String>> {
    conn.prepare(
        "SELECT DISTINCT (SELECT c.name FROM pragma_index_info(i.name) AS c
                          WHERE c.name IS NOT NULL ORDER BY c.seqno DESC LIMIT 1) AS last
         FROM pragma_index_list(?1) AS i WHERE i.\"unique\" AND last IS NOT NULL",
    )?
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
