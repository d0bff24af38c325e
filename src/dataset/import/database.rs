//! An SQLite file that was copied to become a dataset.

use std::path::Path;

use rusqlite::Connection;

use super::error::ImportError;
use crate::dataset::Error;

/// Whether a file begins like an SQLite database. `false` for one that cannot
/// be read.
pub fn is_database(path: &Path) -> bool {
    use std::io::Read;
    let mut head = [0; 16];
    let is_file = path.metadata().is_ok_and(|metadata| metadata.is_file());
    is_file
        && std::fs::File::open(path)
            .and_then(|mut file| file.read_exact(&mut head))
            .is_ok_and(|()| head == *b"SQLite format 3\0")
}

/// Makes a fresh copy of the database `of` fit to be read in place by all, and
/// fails if it is damaged or holds no table. Reads all of it.
///
/// # Errors
/// [`ImportError::Damaged`], [`ImportError::NoTables`], [`Error::Sqlite`].
pub fn settle_database(copy: &Path, of: &Path) -> Result<(), Error> {
    let damaged = |problem: String| {
        Error::from(ImportError::Damaged {
            path: of.to_owned(),
            problem,
        })
    };
    let check = || -> rusqlite::Result<(String, i64)> {
        let connection = Connection::open(copy)?;
        // What its own WAL holds moves into the file.
        connection.query_row("PRAGMA journal_mode = DELETE", [], |_| Ok(()))?;
        let verdict = connection.query_row("PRAGMA quick_check(1)", [], |row| row.get(0))?;
        let sql = "SELECT count(*) FROM pragma_table_list
                   WHERE schema = 'main' AND type = 'table' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\'";
        let tables = connection.query_row(sql, [], |row| row.get(0))?;
        Ok((verdict, tables))
    };
    match check() {
        Ok((verdict, _)) if verdict != "ok" => Err(damaged(verdict)),
        Ok((_, 0)) => Err(Error::from(ImportError::NoTables(of.to_owned()))),
        Ok(_) => Ok(()),
        Err(error) => match Error::sqlite("read the copy")(error) {
            Error::Sqlite { source, .. } => Err(damaged(source.to_string())),
            other => Err(other),
        },
    }
}
