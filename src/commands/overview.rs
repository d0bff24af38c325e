//! What the database holds: tables, CREATE statements, indexes.

use super::{Context, Failure};
use crate::session::Session;
use crate::sql;
use crate::view::schema;

/// Lists the tables and views whose name is like `pattern`, with their columns.
///
/// # Errors
/// When no name is like the pattern; when the output cannot be written.
pub fn tables(context: &mut Context<'_>, session: &Session, pattern: &str) -> Result<(), Failure> {
    let found = session.schema()?;
    let names: Vec<_> = found.tables.iter().map(|t| t.name.clone()).collect();
    let tables: Vec<_> = found
        .tables
        .into_iter()
        .filter(|table| is_like(&table.name, pattern))
        .collect();
    if tables.is_empty() && !pattern.is_empty() {
        return Err(no_such_table(pattern, &names));
    }
    Ok(schema::write_tables(context.out, &context.style, &tables)?)
}

/// Prints the CREATE statements of all tables, or of one with its indexes.
///
/// # Errors
/// As [`tables`].
pub fn schema(context: &mut Context<'_>, session: &Session, table: &str) -> Result<(), Failure> {
    let statements = session.practice().create_statements(table)?;
    if statements.is_empty() && !table.is_empty() {
        return Err(unknown(session, table)?);
    }
    Ok(schema::write_statements(
        context.out,
        &context.style,
        &statements,
    )?)
}

/// Lists the indexes, of all tables or of one.
///
/// # Errors
/// As [`tables`].
pub fn indexes(context: &mut Context<'_>, session: &Session, table: &str) -> Result<(), Failure> {
    let indexes = session.practice().indexes(table)?;
    if indexes.is_empty() && !table.is_empty() && session.schema()?.table(table).is_none() {
        return Err(unknown(session, table)?);
    }
    Ok(schema::write_indexes(
        context.out,
        &context.style,
        table,
        &indexes,
    )?)
}

/// Lists the open databases: their names for SQL, and what each is.
///
/// # Errors
/// When the output cannot be written.
pub fn databases(context: &mut Context<'_>, session: &Session) -> Result<(), Failure> {
    let practice = session.practice();
    let style = context.style;
    for (name, file) in practice.databases()? {
        let is = match name.as_str() {
            "main" if practice.is_copied() => format!("{}, your own copy", session.label()),
            "main" => format!("{}, read in place", session.label()),
            "temp" => "what you made with CREATE TEMP".to_owned(),
            _ if file.is_empty() => "in memory".to_owned(),
            _ => file,
        };
        writeln!(context.out, "{}  {is}", style.accent(&format!("{name:<8}")))?;
    }
    Ok(())
}

/// The failure of naming a table that is not there, with the nearest.
pub(super) fn unknown(session: &Session, table: &str) -> Result<Failure, Failure> {
    let names: Vec<_> = session
        .schema()?
        .tables
        .into_iter()
        .map(|t| t.name)
        .collect();
    Ok(no_such_table(table, &names))
}

fn no_such_table(name: &str, names: &[String]) -> Failure {
    Failure::usage(match sql::nearest(name, names.iter().map(String::as_str)) {
        Some(near) => format!("there is no table {name}; did you mean {near}?"),
        None => format!("there is no table {name}; .tables lists them"),
    })
}

/// LIKE as learners know it: `%` is anything; without one, a part of the name.
fn is_like(name: &str, pattern: &str) -> bool {
    let (name, pattern) = (name.to_lowercase(), pattern.to_lowercase());
    if !pattern.contains('%') {
        return name.contains(&pattern);
    }
    let mut rest = name.as_str();
    let parts: Vec<&str> = pattern.split('%').collect();
    for (i, part) in parts.iter().enumerate() {
        let found = match (i == 0, i + 1 == parts.len()) {
            (true, _) => rest.starts_with(part).then_some(0),
            (false, true) => return rest.ends_with(part),
            (false, false) => rest.find(part),
        };
        let Some(at) = found else { return false };
        rest = &rest[at + part.len()..];
    }
    true
}

#[cfg(test)]
mod tests {
    use super::is_like;

    #[test]
    fn patterns() {
        assert!(is_like("order_items", ""));
        assert!(is_like("order_items", "item"));
        assert!(is_like("order_items", "ORDER%"));
        assert!(is_like("order_items", "%items"));
        assert!(is_like("order_items", "o%r%s"));
        assert!(!is_like("orders", "order_%"));
        assert!(!is_like("order_items", "%order"));
    }
}
