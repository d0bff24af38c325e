//! Files into a database of their own, a table each.

use std::fs;
use std::path::{Path, PathBuf};

use rusqlite::Connection;

use super::error::{BadRow, ImportError};
use super::infer::Column;
use super::keys;
use super::load::{Wishes, create_sql, fill_new, first_reading};
use crate::dataset::{Error, catalog};
use crate::interrupt::Interrupt;
use crate::progress::Watcher;
use crate::sql::quote_if_needed;

/// A file, and the table that it becomes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TableFile {
    /// The file.
    pub path: PathBuf,
    /// The table.
    pub table: String,
}

/// A table that was imported, and what was found out about it.
#[derive(Debug, Clone, PartialEq)]
pub struct Told {
    /// The file that it comes from.
    pub file: PathBuf,
    /// Its name.
    pub table: String,
    /// The rows that were imported.
    pub rows: u64,
    /// What stood between the fields.
    pub delimiter: char,
    /// Whether the first row held the names.
    pub has_header: bool,
    /// Its columns.
    pub columns: Vec<Column>,
    /// The column that the data proves to be a key.
    pub key: Option<usize>,
    /// Columns whose every value is a key of another table, and that table.
    pub references: Vec<(usize, String)>,
    /// Bad rows that were set aside.
    pub skipped: u64,
    /// The first of them.
    pub first_bad: Option<BadRow>,
    /// The file that they are in.
    pub aside: Option<PathBuf>,
}

/// The files of a folder that hold tables, or the one file, with the names of
/// their tables.
///
/// # Errors
/// [`Error::File`] for what cannot be read; [`ImportError::NoFiles`],
/// [`ImportError::SameTable`].
pub fn table_files(path: &Path) -> Result<Vec<TableFile>, Error> {
    let failed = |error| Error::file("read", path, error);
    if !path.metadata().map_err(failed)?.is_dir() {
        return Ok(vec![TableFile {
            path: path.to_owned(),
            table: table_name(path),
        }]);
    }
    let mut files = Vec::new();
    for entry in fs::read_dir(path).map_err(failed)? {
        let path = entry.map_err(failed)?.path();
        let ending = path
            .extension()
            .and_then(|e| e.to_str())
            .unwrap_or_default();
        if path.is_file()
            && ["csv", "tsv"]
                .iter()
                .any(|e| ending.eq_ignore_ascii_case(e))
        {
            let table = table_name(&path);
            files.push(TableFile { path, table });
        }
    }
    files.sort_by(|a, b| {
        (a.table.to_ascii_lowercase(), &a.path).cmp(&(b.table.to_ascii_lowercase(), &b.path))
    });
    if files.is_empty() {
        return Err(Error::from(ImportError::NoFiles(path.to_owned())));
    }
    match files
        .windows(2)
        .find(|pair| pair[0].table.eq_ignore_ascii_case(&pair[1].table))
    {
        Some(pair) => Err(Error::from(ImportError::SameTable {
            first: pair[0].path.clone(),
            second: pair[1].path.clone(),
            table: pair[0].table.clone(),
        })),
        None => Ok(files),
    }
}

/// The table that a file becomes: its name without the ending, with `_` for
/// what would have to be quoted.
pub fn table_name(path: &Path) -> String {
    let stem = path.file_stem().unwrap_or_default().to_string_lossy();
    let mut name: String = stem
        .chars()
        .map(|c| if c.is_alphanumeric() { c } else { '_' })
        .collect();
    if name.to_ascii_lowercase().starts_with("sqlite_")
        || name.starts_with(|c: char| c.is_ascii_digit())
    {
        // Names that SQLite keeps for itself, and numbers.
        name.insert(0, '_');
    }
    if name.is_empty() {
        name.push_str("data");
    }
    name
}

/// Makes a database at `path` out of files, a table each, with the keys that
/// the data proves. A failure leaves a file that is of no use.
///
/// # Errors
/// Those of [`load_table`](super::load_table).
pub fn load_files(
    path: &Path,
    files: &[TableFile],
    wishes: Wishes,
    interrupt: &Interrupt,
    watcher: Watcher<'_>,
) -> Result<Vec<Told>, Error> {
    let connection = catalog::open_to_build(path)?;
    connection
        .execute_batch("PRAGMA journal_mode = MEMORY")
        .map_err(Error::sqlite("prepare the connection"))?;
    let mut all = Vec::new();
    for file in files {
        let inferred = first_reading(&file.path, wishes, interrupt, watcher)?;
        let told = fill_new(
            &connection,
            &file.path,
            &file.table,
            inferred,
            wishes,
            interrupt,
            watcher,
        )?;
        all.push(told);
    }
    refer(&connection, &mut all).map_err(Error::sqlite("look for keys"))?;
    connection
        .close()
        .map_err(|(_, error)| Error::sqlite("close the database")(error))?;
    Ok(all)
}

/// Finds the columns that are called after another table's key and hold nothing
/// else, and makes them references.
fn refer(connection: &Connection, tables: &mut [Told]) -> rusqlite::Result<()> {
    for index in 0..tables.len() {
        let mut found = Vec::new();
        for at in 0..tables[index].columns.len() {
            if tables[index].key != Some(at)
                && let Some((parent, id)) = parent_of(connection, tables, index, at)?
            {
                found.push((at, parent, id));
            }
        }
        let told = &mut tables[index];
        if found.is_empty() {
            continue;
        }
        // The rows stay as they are: only what is said of them changes.
        let sql = create_sql(&told.table, &told.columns, told.key, &found);
        connection.execute_batch("PRAGMA writable_schema = ON")?;
        let written = connection.execute(
            "UPDATE sqlite_schema SET sql = ?1 WHERE type = 'table' AND name = ?2",
            [&sql, &told.table],
        );
        connection.execute_batch("PRAGMA writable_schema = RESET")?;
        written?;
        told.references = found
            .into_iter()
            .map(|(at, parent, _)| (at, parent))
            .collect();
    }
    Ok(())
}

/// The table and key to which a column refers, if every value of it is there.
fn parent_of(
    connection: &Connection,
    tables: &[Told],
    child: usize,
    at: usize,
) -> rusqlite::Result<Option<(String, String)>> {
    let (told, column) = (&tables[child], &tables[child].columns[at]);
    if told.rows == column.nulls {
        return Ok(None);
    }
    for (index, parent) in tables.iter().enumerate() {
        let Some(key) = parent.key.map(|key| &parent.columns[key]) else {
            continue;
        };
        if index == child || key.kind != column.kind || !keys::is_id_of(&column.name, &parent.table)
        {
            continue;
        }
        let [from, here, to, there] =
            [&told.table, &column.name, &parent.table, &key.name].map(|name| quote_if_needed(name));
        let sql = format!(
            "SELECT NOT EXISTS (SELECT 1 FROM {from} WHERE {here} NOT NULL AND {here} NOT IN
             (SELECT {there} FROM {to}))"
        );
        if connection.query_row(&sql, [], |row| row.get(0))? {
            return Ok(Some((parent.table.clone(), key.name.clone())));
        }
    }
    Ok(None)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_is_called_as_its_file() {
        for (path, table) in [
            ("data/orders.csv", "orders"),
            ("Sales 2024.csv", "Sales_2024"),
            ("2024-sales.tsv", "_2024_sales"),
            ("sqlite_master.csv", "_sqlite_master"),
            ("a.b.csv", "a_b"),
        ] {
            assert_eq!(table_name(Path::new(path)), table);
        }
    }
}
