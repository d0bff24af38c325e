//! The statement that would make the index.

use rusqlite::{Connection, ErrorCode, types::Value};

use super::Error;
use crate::sql;
use crate::units::count;

/// The one CREATE INDEX in `text`, without its semicolon. Nothing is built.
///
/// # Errors
/// When it is something else, several statements, or SQLite finds a mistake in
/// it: a name that is taken, a column that is not there.
pub fn create_index<'a>(conn: &Connection, text: &'a str) -> Result<&'a str, Error> {
    let mut statements = sql::split(text);
    let statement = statements.next().ok_or(Error::NotAnIndex)?.text;
    if statements.next().is_some() {
        return Err(Error::Several);
    }
    let mut words = sql::lex(statement)
        .filter(|token| !token.is_blank())
        .map(|token| token.text(statement).to_ascii_lowercase());
    let first = words.next();
    let second = words.next().filter(|word| word != "unique");
    let second = second.or_else(|| words.next());
    if first.as_deref() != Some("create") || second.as_deref() != Some("index") {
        return Err(Error::NotAnIndex);
    }
    conn.prepare(statement).map_err(Error::Index)?;
    Ok(statement)
}

/// Which value stands in the way of a unique index, if that is what `error`
/// says.
pub(super) fn not_unique(conn: &Connection, error: &rusqlite::Error) -> Option<String> {
    let rusqlite::Error::SqliteFailure(code, Some(message)) = error else {
        return None;
    };
    let columns = message.strip_prefix("UNIQUE constraint failed: ")?;
    if code.code != ErrorCode::ConstraintViolation {
        return None;
    }
    let plain = format!("the values of {columns} are not unique, so it cannot be built.");
    Some(most_frequent(conn, columns).unwrap_or(plain))
}

/// The value of `columns` (`t.a, t.b`) that occurs most often, in a sentence.
/// `None` for an expression, of which SQLite tells only the index's name.
fn most_frequent(conn: &Connection, columns: &str) -> Option<String> {
    let (table, _) = columns.split_once('.')?;
    let names: Vec<&str> = columns
        .split(", ")
        .map(|column| Some(column.split_once('.')?.1))
        .collect::<Option<_>>()?;
    let quoted: Vec<String> = names
        .iter()
        .map(|it| sql::quote_if_needed(it).into())
        .collect();
    let not_null: Vec<String> = quoted
        .iter()
        .map(|it| format!("{it} IS NOT NULL"))
        .collect();
    let list = quoted.join(", ");
    let query = format!(
        "SELECT count(*), {list} FROM {} WHERE {} GROUP BY {list} ORDER BY 1 DESC LIMIT 1",
        sql::quote_if_needed(table),
        not_null.join(" AND "),
    );
    let (times, values) = conn
        .query_row(&query, [], |row| {
            let values: rusqlite::Result<Vec<Value>> =
                (1..=names.len()).map(|at| row.get(at)).collect();
            Ok((row.get::<_, i64>(0)?.unsigned_abs(), values?))
        })
        .ok()?;
    let values: Vec<String> = values.iter().map(shown).collect();
    Some(format!(
        "{columns} is not unique: {} occurs {} times, so this index cannot be built.",
        values.join(", "),
        count(times)
    ))
}

fn shown(value: &Value) -> String {
    match value {
        Value::Null => "NULL".to_owned(),
        Value::Integer(n) => n.to_string(),
        Value::Real(x) => x.to_string(),
        Value::Text(text) => format!("'{}'", text.replace('\'', "''")),
        Value::Blob(bytes) => format!("a blob of {} bytes", bytes.len()),
    }
}
