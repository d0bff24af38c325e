//! The linter of datasets: what a spec promises, seen in rows.

use rusqlite::Connection;

use super::{Error, Scale, Spec, TableRows, generate_into};
use crate::interrupt::Interrupt;
use crate::progress::{self, Watcher};

/// What a look at a dataset's rows found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checked {
    /// The rows at the scale that was looked at.
    pub tables: Vec<TableRows>,
    /// What is wrong, a sentence each; none when the dataset is fit for use.
    pub problems: Vec<String>,
}

/// Makes a dataset at `@tiny` in memory and looks at its rows. ([`Spec::load`]
/// has checked the rules by themselves.)
///
/// # Errors
/// Those of [`check_at`].
pub fn check(spec: &Spec, seed: u64, interrupt: &Interrupt) -> Result<Checked, Error> {
    check_at(spec, Scale::Tiny, seed, interrupt, &mut progress::ignore)
}

/// Makes a dataset at a scale in memory and looks at its rows: that no table is
/// empty, that every reference holds.
///
/// # Errors
/// Those of [`generate_into`]. A broken CHECK or NOT NULL is one of them.
pub fn check_at(
    spec: &Spec,
    scale: Scale,
    seed: u64,
    interrupt: &Interrupt,
    watcher: Watcher<'_>,
) -> Result<Checked, Error> {
    let reading = || Error::sqlite("check the rows");
    let connection = Connection::open_in_memory().map_err(reading())?;
    let tables = generate_into(&connection, spec, scale, seed, interrupt, watcher)?;
    let mut problems: Vec<String> = tables
        .iter()
        .filter(|table| table.rows == 0)
        .map(|table| format!("{}: no rows at @{scale}", table.name))
        .collect();
    let mut broken = connection
        .prepare(
            "SELECT \"table\", count(*), parent FROM pragma_foreign_key_check
             GROUP BY \"table\", parent",
        )
        .map_err(reading())?;
    let keys = broken
        .query_map([], |row| {
            let (table, rows, parent) = (
                row.get::<_, String>(0)?,
                row.get::<_, i64>(1)?,
                row.get::<_, String>(2)?,
            );
            Ok(format!(
                "{table}: {rows} rows at @{scale} refer to rows that {parent} does not have"
            ))
        })
        .and_then(Iterator::collect::<rusqlite::Result<Vec<_>>>)
        .map_err(reading())?;
    problems.extend(keys);
    Ok(Checked { tables, problems })
}
