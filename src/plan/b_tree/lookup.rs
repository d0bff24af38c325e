//! The way to a key, and from the entries found to the rows of the table.

use std::path::Path;

use rusqlite::types::Value;
use rusqlite::{Connection, Statement};

use super::Error;
use super::file::PageFile;
use super::key;
use super::record::Collation;
use super::tree::{KeyColumn, Kind, Tree, create_statement};
use super::walk::{IndexCursor, Step, TableCursor};
use crate::plan::capture;
use crate::sandbox::counters;
use crate::sql;

/// Entries that are followed; of more, only that there are more is told.
pub const MOST_ENTRIES: u64 = 10_000;

/// Rows whose way is kept, to be shown.
const SHOWN_ROWS: usize = 4;

/// A key, looked up.
#[derive(Debug, Clone, PartialEq)]
pub struct Lookup {
    /// The key, with the affinity of its columns.
    pub key: Vec<Value>,
    /// The pages from the root to where the key is, or would be.
    pub path: Vec<Step>,
    /// Entries that begin with the key.
    pub entries: u64,
    /// Whether there are more than [`MOST_ENTRIES`].
    pub more: bool,
    /// The first of them, as they are in the b-tree; nothing for a table by
    /// rowid.
    pub first: Vec<Vec<Value>>,
    /// The entries before and after the place of a key that is not there; of a
    /// table by rowid, the rowids.
    pub between: [Option<Vec<Value>>; 2],
    /// Pages of this b-tree that the lookup asks for, computed from the file.
    pub fetches: u64,
    /// Overflow pages that the row of a table by rowid goes on over, besides.
    pub overflow: u64,
    /// What happens in the table afterwards; `None` for a table itself, where
    /// nothing was found, and where the index holds all columns of the table.
    pub table: Option<TableSide>,
    /// What SQLite counted for the same lookup.
    pub measured: Option<Measured>,
}

/// From the entries of an index to the rows of its table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TableSide {
    /// The first rows.
    pub rows: Vec<RowPath>,
    /// Pages of the table that all rows ask for, computed from the file.
    pub fetches: u64,
    /// Overflow pages that the rows go on over, besides.
    pub overflow: u64,
}

/// The way to one row of a table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RowPath {
    /// Its rowid, or its primary key as SQL.
    pub row: String,
    /// The pages from the root to its leaf.
    pub path: Vec<u32>,
}

/// A statement that SQLite ran, and what it counted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Measured {
    /// The statement.
    pub sql: String,
    /// Its page fetches, with the pages in memory.
    pub fetches: u64,
}

/// Follows the key that `text` says through `tree`. The connection's pages
/// must be in its file: no open transaction, no write-ahead log.
///
/// # Errors
/// When `text` is no key, when the file cannot be read.
pub fn lookup(conn: &Connection, tree: &Tree, text: &str) -> Result<Lookup, Error> {
    if !conn.is_autocommit() {
        return Err(Error::InTransaction);
    }
    let path = conn.path().filter(|path| !path.is_empty());
    let path = path.ok_or(Error::InMemory)?;
    let key = key::read(conn, tree, text)?;
    let mut file = PageFile::open(Path::new(path))?;
    let mut lookup = match (tree.kind, key.as_slice()) {
        (Kind::Table, [Value::Integer(rowid)]) => by_rowid(&mut file, tree, *rowid)?,
        _ => by_key(conn, &mut file, tree, &key)?,
    };
    lookup.measured = measured(conn, tree, &key)?;
    Ok(lookup)
}

fn by_rowid(file: &mut PageFile, tree: &Tree, rowid: i64) -> Result<Lookup, Error> {
    let mut cursor = TableCursor::new(tree.root);
    let found = cursor.seek(file, rowid)?;
    let entry = |id: Option<i64>| id.map(|id| vec![Value::Integer(id)]);
    let (before, after) = cursor.around()?;
    Ok(Lookup {
        key: vec![Value::Integer(rowid)],
        path: cursor.steps(),
        entries: u64::from(found),
        more: false,
        first: Vec::new(),
        between: if found {
            [None, None]
        } else {
            [entry(before), entry(after)]
        },
        fetches: cursor.fetches(),
        overflow: if found { cursor.overflow(file)? } else { 0 },
        table: None,
        measured: None,
    })
}

fn by_key(
    conn: &Connection,
    file: &mut PageFile,
    tree: &Tree,
    key: &[Value],
) -> Result<Lookup, Error> {
    let order = order(&tree.columns);
    // A unique key without NULL has one entry at most, and SQLite does not look
    // for a second one.
    let whole = key.len() == tree.key().count();
    let one = tree.unique && whole && !key.contains(&Value::Null);
    let exact = one && tree.kind == Kind::KeyedTable;
    let mut cursor = IndexCursor::seek(file, tree.root, &order, key, exact)?;
    let path = cursor.steps();
    let before = if exact { None } else { cursor.before()? };
    let mut found: Vec<Vec<Value>> = Vec::new();
    let (mut after, mut more) = (None, false);
    while let Some(entry) = cursor.entry()? {
        if !cursor.is_equal(&entry, key) {
            after = Some(entry);
            break;
        }
        if found.len() as u64 == MOST_ENTRIES {
            more = true;
            break;
        }
        found.push(entry);
        if one {
            break;
        }
        cursor.advance()?;
    }
    let fetches = cursor.fetches();
    let table = match tree.kind {
        Kind::Index if !found.is_empty() && !holds_all(conn, tree)? => {
            Some(rows(conn, file, tree, &found)?)
        }
        _ => None,
    };
    let entries = found.len() as u64;
    let between = if found.is_empty() {
        [before, after]
    } else {
        [None, None]
    };
    found.truncate(SHOWN_ROWS);
    Ok(Lookup {
        key: key.to_vec(),
        path,
        entries,
        more,
        first: found,
        between,
        fetches,
        overflow: 0,
        table,
        measured: None,
    })
}

/// Whether each column of the table is in the index, so that SQLite need not
/// go on to the table.
fn holds_all(conn: &Connection, tree: &Tree) -> rusqlite::Result<bool> {
    let mut statement = conn.prepare(
        "SELECT cid, pk > 0 AND type = 'INTEGER' COLLATE NOCASE
                AND (SELECT count(*) FROM pragma_table_xinfo(?1) WHERE pk > 0) = 1
         FROM pragma_table_xinfo(?1)",
    )?;
    let mut columns = statement.query([&tree.table])?;
    while let Some(row) = columns.next()? {
        let (column, is_rowid): (i64, bool) = (row.get(0)?, row.get(1)?);
        let held = |it: &KeyColumn| it.column == column || is_rowid && it.column == -1;
        if !tree.columns.iter().any(held) {
            return Ok(false);
        }
    }
    Ok(true)
}

fn order(columns: &[KeyColumn]) -> Vec<(Collation, bool)> {
    columns
        .iter()
        .map(|it| (it.collation, it.descending))
        .collect()
}

/// From each entry to its row.
fn rows(
    conn: &Connection,
    file: &mut PageFile,
    tree: &Tree,
    entries: &[Vec<Value>],
) -> Result<TableSide, Error> {
    let table = Tree::named(conn, &tree.table)?;
    let mut side = TableSide {
        rows: Vec::new(),
        fetches: 0,
        overflow: 0,
    };
    if table.kind == Kind::Table {
        let mut cursor = TableCursor::new(table.root);
        for entry in entries {
            let Some(Value::Integer(rowid)) = entry.last() else {
                return Err(Error::Damaged(tree.root));
            };
            if cursor.seek(file, *rowid)? {
                side.overflow += cursor.overflow(file)?;
            }
            if side.rows.len() < SHOWN_ROWS {
                side.rows.push(RowPath {
                    row: rowid.to_string(),
                    path: cursor.steps().iter().map(|step| step.page).collect(),
                });
            }
        }
        side.fetches = cursor.fetches();
        return Ok(side);
    }
    let order = order(&table.columns);
    // Where each column of the primary key stands in an entry of the index.
    let places: Vec<usize> = table
        .key()
        .map(|key| tree.columns.iter().position(|it| it.column == key.column))
        .collect::<Option<_>>()
        .ok_or(Error::Damaged(tree.root))?;
    for (at, entry) in entries.iter().enumerate() {
        let key: Vec<Value> = places
            .iter()
            .filter_map(|place| entry.get(*place).cloned())
            .collect();
        let cursor = IndexCursor::seek(file, table.root, &order, &key, true)?;
        // The root stays in hand between two searches.
        side.fetches += cursor.fetches() - u64::from(at > 0);
        if side.rows.len() < SHOWN_ROWS {
            side.rows.push(RowPath {
                row: key.iter().map(as_sql).collect::<Vec<_>>().join(", "),
                path: cursor.steps().iter().map(|step| step.page).collect(),
            });
        }
    }
    Ok(side)
}

/// Has SQLite look the same key up, and counts. `None` where it goes another
/// way with each statement that could.
fn measured(conn: &Connection, tree: &Tree, key: &[Value]) -> Result<Option<Measured>, Error> {
    let table = sql::quote_if_needed(&tree.table);
    let by = match tree.kind {
        Kind::Index => format!(" INDEXED BY {}", sql::quote_if_needed(&tree.name)),
        _ => String::new(),
    };
    // A COLLATE only where the index compares otherwise than the column.
    for collated in [false, true] {
        let Some(conditions) = conditions(conn, tree, key, collated)? else {
            return Ok(None);
        };
        let sql = format!("SELECT * FROM {table}{by} WHERE {conditions}");
        if let Ok(statement) = conn.prepare(&sql)
            && searches_by(conn, &sql, key.len())?
        {
            let fetches = counted(conn, statement)?;
            return Ok(Some(Measured { sql, fetches }));
        }
    }
    Ok(None)
}

/// The key as SQL, with the condition of a partial index.
fn conditions(
    conn: &Connection,
    tree: &Tree,
    key: &[Value],
    collated: bool,
) -> Result<Option<String>, Error> {
    if tree.kind == Kind::Table {
        let name = free_rowid(conn, &tree.table)?;
        return Ok(name
            .zip(key.first())
            .map(|(name, value)| format!("{name} = {}", as_sql(value))));
    }
    let mut all = Vec::new();
    for (column, value) in tree.key().zip(key) {
        let Some(text) = &column.text else {
            return Ok(None);
        };
        let text = match column.column {
            0.. => sql::quote_if_needed(text),
            _ => text.into(),
        };
        let collate = match (collated, value) {
            (true, Value::Text(_)) => format!(" collate {}", column.collation.name()),
            _ => String::new(),
        };
        all.push(match value {
            Value::Null => format!("{text} IS NULL"),
            value => format!("{text} = {}{collate}", as_sql(value)),
        });
    }
    if tree.partial {
        let create = create_statement(conn, &tree.name)?.unwrap_or_default();
        match sql::index_text(&create).and_then(|it| it.condition) {
            Some(condition) => all.push(format!("({condition})")),
            None => return Ok(None),
        }
    }
    Ok(Some(all.join(" AND ")))
}

/// The page fetches of a statement.
fn counted(conn: &Connection, mut statement: Statement<'_>) -> rusqlite::Result<u64> {
    conn.execute_batch("SAVEPOINT dbdojo_b_tree")?;
    let counted = (|| -> rusqlite::Result<u64> {
        // The first run takes the read lock and fetches page 1 for it.
        let mut fetches = 0;
        for _ in 0..2 {
            let before = counters::page_fetches(conn);
            let mut rows = statement.raw_query();
            while let Some(row) = rows.next()? {
                row.get_ref(0)?;
            }
            fetches = counters::page_fetches(conn).saturating_sub(before);
        }
        Ok(fetches)
    })();
    drop(statement);
    conn.execute_batch("RELEASE dbdojo_b_tree")?;
    counted
}

/// A name of the rowid that no column of `table` has taken.
fn free_rowid(conn: &Connection, table: &str) -> rusqlite::Result<Option<&'static str>> {
    let columns: Vec<String> = conn
        .prepare("SELECT lower(name) FROM pragma_table_xinfo(?1)")?
        .query_map([table], |row| row.get(0))?
        .collect::<rusqlite::Result<_>>()?;
    let mut names = ["rowid", "_rowid_", "oid"].into_iter();
    Ok(names.find(|name| !columns.iter().any(|it| it == name)))
}

/// Whether SQLite's plan for `sql` is one search by so many columns: with
/// another collation it would walk through the whole index.
fn searches_by(conn: &Connection, sql: &str, columns: usize) -> rusqlite::Result<bool> {
    let nodes = capture::nodes(conn, sql, &[])?;
    Ok(match nodes.as_slice() {
        [node] => node
            .operation
            .as_loop()
            .is_some_and(|it| it.search && it.terms().len() == columns),
        _ => false,
    })
}

/// `value` as it is written in SQL.
pub(super) fn as_sql(value: &Value) -> String {
    match value {
        Value::Null => "NULL".to_owned(),
        Value::Integer(n) => n.to_string(),
        Value::Real(x) if x.is_infinite() => if *x > 0.0 { "9e999" } else { "-9e999" }.to_owned(),
        Value::Real(x) => format!("{x:?}"),
        Value::Text(text) => format!("'{}'", text.replace('\'', "''")),
        Value::Blob(bytes) => {
            let digits: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
            format!("x'{digits}'")
        }
    }
}
