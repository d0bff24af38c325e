//! The second reading: rows into a table.

use std::fs::{File, Metadata};
use std::path::{Path, PathBuf};

use rusqlite::types::Null;
use rusqlite::{Connection, ErrorCode, Statement, params};

use super::aside::Aside;
use super::error::{BadRow, ImportError, Unreadable};
use super::files::Told;
use super::infer::{Column, Inferred, Layout, infer, wrong_number};
use super::keys;
use super::records::{Record, Records, Step};
use super::table::{Bound, There, columns_of, position};
use super::value::Kind;
use crate::dataset::Error;
use crate::interrupt::Interrupt;
use crate::progress::{Progress, Watcher};
use crate::sql::{nearest, quote_if_needed};

/// Rows between two looks at the interrupt and two reports.
const BATCH: u64 = 1024;

/// How an import is to go.
#[derive(Debug, Clone, Copy)]
pub struct Wishes {
    /// How the files are laid out.
    pub layout: Layout,
    /// Whether bad rows are set aside instead of ending the import.
    pub skip_bad_rows: bool,
}

/// What [`load_table`] did.
#[derive(Debug)]
pub struct Loaded {
    /// The table and its rows.
    pub told: Told,
    /// Whether the table was made for them.
    pub created: bool,
}

/// Imports a file into `table` of an open database, in one transaction, or in
/// a savepoint of the one that is open. A table that is not there is created
/// with the types of the data; one that is there must have as many columns, and
/// converts values as INSERT does. A header that names its columns says which is
/// which; without one they are in the table's order.
///
/// # Errors
/// [`Error::Import`] names the file and the line; [`Error::File`],
/// [`Error::Interrupted`], [`Error::DiskFull`], [`Error::Sqlite`]. The database
/// is then as it was.
pub fn load_table(
    connection: &Connection,
    file: &Path,
    table: &str,
    wishes: Wishes,
    interrupt: &Interrupt,
    watcher: Watcher<'_>,
) -> Result<Loaded, Error> {
    let there = columns_of(connection, table).map_err(Error::sqlite("look at the table"))?;
    let mut inferred = first_reading(file, wishes, interrupt, watcher)?;
    let mut by_name = false;
    if inferred.header.is_some() && !there.is_empty() {
        let names = inferred.columns.iter().map(|column| column.name.as_str());
        let unknown: Vec<&str> = names
            .filter(|name| position(&there, name).is_none())
            .collect();
        by_name = unknown.len() < inferred.columns.len();
        if by_name && !unknown.is_empty() {
            return Err(Error::from(ImportError::UnknownColumns {
                path: file.to_owned(),
                table: table.to_owned(),
                near: nearest(unknown[0], there.iter().map(|c| c.name.as_str())).map(str::to_owned),
                names: unknown.into_iter().map(str::to_owned).collect(),
            }));
        }
        // Words in the first row are names only if the table knows one of them.
        if !by_name && wishes.layout.header.is_none() {
            let mut wishes = wishes;
            wishes.layout.header = Some(false);
            inferred = first_reading(file, wishes, interrupt, watcher)?;
        }
    }
    if !there.is_empty() && there.len() != inferred.columns.len() {
        return Err(Error::from(ImportError::OtherColumns {
            path: file.to_owned(),
            table: table.to_owned(),
            found: inferred.columns.len(),
            expected: there.len(),
        }));
    }
    let told = if there.is_empty() {
        fill_new(
            connection, file, table, inferred, wishes, interrupt, watcher,
        )?
    } else {
        // The table's columns in the order of the file's.
        let into: Vec<&There> = inferred
            .columns
            .iter()
            .zip(&there)
            .map(
                |(column, same_place)| match position(&there, &column.name) {
                    Some(at) if by_name => &there[at],
                    _ => same_place,
                },
            )
            .collect();
        let names: Vec<String> = into.iter().map(|column| column.name.clone()).collect();
        let sql = insert_sql(table, &names);
        // What the file has as text goes in as text, and INSERT converts it.
        let bound: Vec<Bound> = inferred
            .columns
            .iter()
            .zip(&into)
            .map(|(column, into)| Bound {
                kind: Kind::Text,
                keeps_empty: column.kind == Kind::Text || into.is_text,
            })
            .collect();
        let filled = in_savepoint(connection, || {
            insert(
                connection, &sql, file, &inferred, &bound, wishes, interrupt, watcher,
            )?
            .kept()
        })?;
        filled.told(file, table, inferred, None)
    };
    Ok(Loaded {
        told,
        created: there.is_empty(),
    })
}

/// Creates `table` and fills it. Its key is tried: the data says whether it is
/// one.
pub fn fill_new(
    connection: &Connection,
    file: &Path,
    table: &str,
    inferred: Inferred,
    wishes: Wishes,
    interrupt: &Interrupt,
    watcher: Watcher<'_>,
) -> Result<Told, Error> {
    let names: Vec<String> = inferred.columns.iter().map(|c| c.name.clone()).collect();
    let sql = insert_sql(table, &names);
    let bound: Vec<Bound> = inferred.columns.iter().map(Bound::of).collect();
    let mut key = keys::candidate(table, &inferred.columns, inferred.rows);
    loop {
        let filled = in_savepoint(connection, || {
            connection
                .execute_batch(&create_sql(table, &inferred.columns, key, &[]))
                .map_err(Error::sqlite(format!("create the table {table}")))?;
            let filled = insert(
                connection, &sql, file, &inferred, &bound, wishes, interrupt, watcher,
            )?;
            match &filled.first_refused {
                // It is no key: back, and once more without it.
                Some(first) => Err(Error::from(ImportError::BadRow {
                    path: file.to_owned(),
                    first: first.clone(),
                    more: 0,
                })),
                None => filled.kept(),
            }
        });
        match filled {
            Err(Error::Import(ImportError::BadRow { .. })) if key.is_some() => key = None,
            filled => return Ok(filled?.told(file, table, inferred, key)),
        }
    }
}

/// `CREATE TABLE`, with a key and references to keys of other tables.
pub fn create_sql(
    table: &str,
    columns: &[Column],
    key: Option<usize>,
    references: &[(usize, String, String)],
) -> String {
    let columns = columns.iter().enumerate().map(|(index, column)| {
        let mut text = format!(
            "  {} {}",
            quote_if_needed(&column.name),
            column.kind.declared()
        );
        if key == Some(index) {
            // Only INTEGER PRIMARY KEY refuses NULL by itself.
            let not_null = if column.kind == Kind::Integer {
                ""
            } else {
                " NOT NULL"
            };
            text.push_str(not_null);
            text.push_str(" PRIMARY KEY");
        }
        if let Some((_, parent, id)) = references.iter().find(|(at, ..)| *at == index) {
            let (parent, id) = (quote_if_needed(parent), quote_if_needed(id));
            text.push_str(&format!(" REFERENCES {parent}({id})"));
        }
        text
    });
    let columns: Vec<String> = columns.collect();
    format!(
        "CREATE TABLE {} (\n{}\n)",
        quote_if_needed(table),
        columns.join(",\n")
    )
}

fn insert_sql(table: &str, columns: &[String]) -> String {
    let names: Vec<String> = columns.iter().map(|c| quote_if_needed(c).into()).collect();
    format!(
        "INSERT INTO {} ({}) VALUES ({})",
        quote_if_needed(table),
        names.join(", "),
        vec!["?"; columns.len()].join(", ")
    )
}

/// Reads a file for the first time. Bad rows end the import here unless they
/// are to be set aside, so that nothing was written in vain.
pub fn first_reading(
    file: &Path,
    wishes: Wishes,
    interrupt: &Interrupt,
    watcher: Watcher<'_>,
) -> Result<Inferred, Error> {
    let (source, metadata) = open(file)?;
    let what = format!("reading {}", name_of(file));
    let total = metadata.len();
    let inferred = infer::<Stopped>(source, wishes.layout, &mut |done| {
        watcher(Progress {
            what: &what,
            done,
            total,
        });
        go_on(interrupt).map_err(Stopped::By)
    });
    let inferred = inferred.map_err(|stopped| stopped.at(file))?;
    match &inferred.first_bad {
        Some(first) if !wishes.skip_bad_rows => Err(Error::from(ImportError::BadRow {
            path: file.to_owned(),
            first: first.clone(),
            more: inferred.bad - 1,
        })),
        Some(first) if inferred.rows == 0 => Err(Error::from(ImportError::NoGoodRow {
            path: file.to_owned(),
            first: first.clone(),
            rows: inferred.bad,
        })),
        _ => Ok(inferred),
    }
}

/// What the second reading did.
struct Filled {
    rows: u64,
    first_bad: Option<BadRow>,
    /// The first row that the table did not take.
    first_refused: Option<BadRow>,
    aside: Aside,
}

/// The same, once the bad rows are in their file.
struct Kept {
    rows: u64,
    first_bad: Option<BadRow>,
    skipped: u64,
    aside: Option<PathBuf>,
}

impl Filled {
    fn kept(self) -> Result<Kept, Error> {
        Ok(Kept {
            rows: self.rows,
            first_bad: self.first_bad,
            skipped: self.aside.rows(),
            aside: self.aside.keep()?,
        })
    }
}

impl Kept {
    fn told(self, file: &Path, table: &str, inferred: Inferred, key: Option<usize>) -> Told {
        Told {
            file: file.to_owned(),
            table: table.to_owned(),
            rows: self.rows,
            delimiter: char::from(inferred.delimiter),
            has_header: inferred.header.is_some(),
            columns: inferred.columns,
            key,
            references: Vec::new(),
            skipped: self.skipped,
            first_bad: self.first_bad,
            aside: self.aside,
        }
    }
}

#[expect(
    clippy::too_many_arguments,
    reason = "one caller a table, and all of it is needed"
)]
fn insert(
    connection: &Connection,
    sql: &str,
    file: &Path,
    inferred: &Inferred,
    bound: &[Bound],
    wishes: Wishes,
    interrupt: &Interrupt,
    watcher: Watcher<'_>,
) -> Result<Filled, Error> {
    let failed = |error| Error::sqlite(format!("import {}", file.display()))(error);
    let (source, before) = open(file)?;
    let what = format!("importing {}", name_of(file));
    let mut statement = connection.prepare(sql).map_err(failed)?;
    let mut records = Records::new(source, inferred.delimiter);
    let mut filled = Filled {
        rows: 0,
        first_bad: None,
        first_refused: None,
        aside: Aside::new(file, inferred.header.as_deref()),
    };
    let mut is_first = inferred.header.is_some();
    for steps in 0u64.. {
        if steps.is_multiple_of(BATCH) {
            watcher(Progress {
                what: &what,
                done: records.bytes(),
                total: before.len(),
            });
            go_on(interrupt)?;
        }
        let step = records
            .step()
            .map_err(|error| Stopped::from(error).at(file))?;
        let (bad, raw) = match step {
            None => break,
            Some(Step::Bad(bad, raw)) => (bad, raw),
            // What stands in the first whole row was told by the first reading.
            Some(Step::Row(..)) if std::mem::take(&mut is_first) => continue,
            Some(Step::Row(record, raw)) => {
                let refused = match wrong_number(record, inferred.columns.len()) {
                    Some(bad) => Some(bad),
                    None => put(&mut statement, record, bound)
                        .map_err(failed)?
                        .inspect(|bad| {
                            filled.first_refused.get_or_insert_with(|| bad.clone());
                        }),
                };
                match refused {
                    None => {
                        filled.rows += 1;
                        continue;
                    }
                    Some(bad) => (bad, raw),
                }
            }
        };
        if !wishes.skip_bad_rows {
            return Err(Error::from(ImportError::BadRow {
                path: file.to_owned(),
                first: bad,
                more: 0,
            }));
        }
        filled.aside.add(raw)?;
        filled.first_bad.get_or_insert(bad);
    }
    let after = file
        .metadata()
        .map_err(|error| Error::file("read", file, error))?;
    if before.len() != after.len() || before.modified().ok() != after.modified().ok() {
        return Err(Error::from(ImportError::Changed(file.to_owned())));
    }
    Ok(filled)
}

/// Inserts one row; what is wrong with it if the table does not take it.
fn put(
    statement: &mut Statement<'_>,
    record: &Record,
    bound: &[Bound],
) -> rusqlite::Result<Option<BadRow>> {
    for (index, (value, &Bound { kind, keeps_empty })) in record.values().zip(bound).enumerate() {
        let at = index + 1;
        let Some(field) = value.filter(|field| keeps_empty || !field.is_empty()) else {
            statement.raw_bind_parameter(at, Null)?;
            continue;
        };
        let number = field.trim_matches(' ');
        let integer = (kind == Kind::Integer).then(|| number.parse::<i64>().ok());
        let real = (kind == Kind::Real).then(|| number.parse::<f64>().ok());
        if let Some(integer) = integer.flatten() {
            statement.raw_bind_parameter(at, integer)?;
        } else if let Some(real) = real.flatten() {
            statement.raw_bind_parameter(at, real)?;
        } else {
            statement.raw_bind_parameter(at, field)?;
        }
    }
    match statement.raw_execute() {
        Ok(_) => Ok(None),
        Err(rusqlite::Error::SqliteFailure(code, message))
            if code.code == ErrorCode::ConstraintViolation =>
        {
            Ok(Some(BadRow {
                line: record.line,
                reason: message.unwrap_or_else(|| code.to_string()),
            }))
        }
        Err(error) => Err(error),
    }
}

/// Runs `work`; what it did is taken back if it fails.
fn in_savepoint<T>(
    connection: &Connection,
    work: impl FnOnce() -> Result<T, Error>,
) -> Result<T, Error> {
    let run = |sql: &str| {
        connection
            .execute(sql, params![])
            .map_err(Error::sqlite("import"))
    };
    run("SAVEPOINT dbdojo_import")?;
    let done = work().and_then(|value| run("RELEASE dbdojo_import").map(|_| value));
    if done.is_err() {
        // After some errors SQLite has rolled back by itself.
        let _ = run("ROLLBACK TO dbdojo_import");
        let _ = run("RELEASE dbdojo_import");
    }
    done
}

/// Opens a file that can be read twice.
fn open(file: &Path) -> Result<(File, Metadata), Error> {
    let failed = |error| Error::file("read", file, error);
    // Before it is opened: opening a pipe waits for a writer.
    let metadata = file.metadata().map_err(failed)?;
    if metadata.is_dir() {
        return Err(Error::from(ImportError::Folder(file.to_owned())));
    }
    if !metadata.is_file() {
        return Err(Error::from(ImportError::NotAFile(file.to_owned())));
    }
    Ok((File::open(file).map_err(failed)?, metadata))
}

fn go_on(interrupt: &Interrupt) -> Result<(), Error> {
    if interrupt.is_raised() {
        return Err(Error::Interrupted);
    }
    Ok(())
}

fn name_of(file: &Path) -> String {
    let name = file.file_name().unwrap_or(file.as_os_str());
    name.to_string_lossy().into_owned()
}

/// Why a reading ended early.
enum Stopped {
    At(Unreadable),
    By(Error),
}

impl From<Unreadable> for Stopped {
    fn from(error: Unreadable) -> Stopped {
        Stopped::At(error)
    }
}

impl Stopped {
    fn at(self, file: &Path) -> Error {
        match self {
            Stopped::At(Unreadable::Io(error)) => Error::file("read", file, error),
            Stopped::At(source) => Error::from(ImportError::Unreadable {
                path: file.to_owned(),
                source,
            }),
            Stopped::By(error) => error,
        }
    }
}
