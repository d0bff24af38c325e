//! The linter of datasets: what a spec promises, seen in rows.

use rusqlite::Connection;

use super::{Error, Scale, Spec, generate_into};
use crate::interrupt::Interrupt;
use crate::progress;

/// Makes a dataset at `@tiny` and says what is wrong with the rows; nothing, if
/// it is fit for use. ([`Spec::load`] has checked the rules by themselves.)
///
/// # Errors
/// Those of [`generate_into`]. A broken CHECK or NOT NULL is one of them.
pub fn check(spec: &Spec, seed: u64, interrupt: &Interrupt) -> Result<Vec<String>, Error> {
    let reading = || Error::sqlite("check the rows");
    let connection = Connection::open_in_memory().map_err(reading())?;
    let tables = generate_into(
        &connection,
        spec,
        Scale::Tiny,
        seed,
        interrupt,
        &mut progress::ignore,
    )?;
    let mut problems: Vec<String> = tables
        .iter()
        .filter(|table| table.rows == 0)
        .map(|table| format!("{}: no rows at @tiny", table.name))
        .collect();
    let mut broken = connection
        .prepare(
            "SELECT \"table\", count(*), parent FROM pragma_foreign_key_check
             GROUP BY \"table\", parent",
        )
        .map_err(reading())?;
    let broken = broken
        .query_map([], |row| {
            let (table, rows, parent) = (
                row.get::<_, String>(0)?,
                row.get::<_, i64>(1)?,
                row.get::<_, String>(2)?,
            );
            Ok(format!(
                "{table}: {rows} rows refer to rows that {parent} does not have"
            ))
        })
        .and_then(Iterator::collect::<rusqlite::Result<Vec<_>>>)
        .map_err(reading())?;
    problems.extend(broken);
    Ok(problems)
}
