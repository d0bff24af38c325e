//! What a learner wrote as a key, as values that compare as SQLite would.

use rusqlite::Connection;
use rusqlite::types::Value;

use super::Error;
use super::tree::{Kind, Tree};
use crate::sql::{self, TokenKind};

/// The values in `text`: numbers, texts in quotes, blobs and NULL, with spaces
/// or commas between.
pub(super) fn values(conn: &Connection, text: &str) -> Result<Vec<Value>, Error> {
    let mut values = Vec::new();
    let mut sign = "";
    for token in sql::lex(text) {
        let part = token.text(text);
        let no_value = || Error::NoValue(part.to_owned());
        match token.kind {
            TokenKind::Whitespace => continue,
            TokenKind::Operator if part == "," && sign.is_empty() => continue,
            TokenKind::Operator if (part == "-" || part == "+") && sign.is_empty() => sign = part,
            TokenKind::Number => {
                values.push(literal(conn, &format!("{sign}{part}")).ok_or_else(no_value)?);
                sign = "";
            }
            TokenKind::String | TokenKind::Blob if sign.is_empty() && !token.unterminated => {
                values.push(literal(conn, part).ok_or_else(no_value)?);
            }
            TokenKind::Keyword if sign.is_empty() && part.eq_ignore_ascii_case("null") => {
                values.push(Value::Null);
            }
            _ => return Err(no_value()),
        }
    }
    if sign.is_empty() {
        Ok(values)
    } else {
        Err(Error::NoValue(sign.to_owned()))
    }
}

fn literal(conn: &Connection, text: &str) -> Option<Value> {
    conn.query_row(&format!("SELECT {text}"), [], |row| row.get(0))
        .ok()
}

/// The key for `tree` that `text` says, with the affinity of its columns.
pub(super) fn read(conn: &Connection, tree: &Tree, text: &str) -> Result<Vec<Value>, Error> {
    let mut key = values(conn, text)?;
    if tree.kind == Kind::Table {
        let [value] = key.as_slice() else {
            return Err(Error::NoRowid(tree.name.clone()));
        };
        return match with_affinity(conn, value.clone(), "INTEGER")? {
            Value::Integer(rowid) => Ok(vec![Value::Integer(rowid)]),
            // As SQLite: 7.0 is row 7.
            Value::Real(x) if x.fract() == 0.0 && x.abs() < 9e15 => {
                Ok(vec![Value::Integer(x as i64)])
            }
            _ => Err(Error::NoRowid(tree.name.clone())),
        };
    }
    let columns: Vec<_> = tree.key().collect();
    if key.len() > columns.len() {
        return Err(Error::TooManyValues {
            name: tree.name.clone(),
            columns: columns
                .iter()
                .map(|it| {
                    it.text
                        .clone()
                        .unwrap_or_else(|| "an expression".to_owned())
                })
                .collect(),
            given: key.len(),
        });
    }
    for (value, column) in key.iter_mut().zip(columns) {
        // What an expression gives has no affinity.
        if column.column >= 0 {
            let plain = std::mem::replace(value, Value::Null);
            *value = with_affinity(conn, plain, &column.declared_type)?;
        }
    }
    Ok(key)
}

/// `value` as a comparison with a column of this declared type makes it:
/// <https://sqlite.org/datatype3.html>, sections 3.1 and 4.2.
fn with_affinity(conn: &Connection, value: Value, declared: &str) -> rusqlite::Result<Value> {
    let declared = declared.to_ascii_uppercase();
    let has = |words: &[&str]| words.iter().any(|word| declared.contains(word));
    let is_text = !has(&["INT"]) && has(&["CHAR", "CLOB", "TEXT"]);
    let is_blob = !has(&["INT"]) && !is_text && (declared.is_empty() || has(&["BLOB"]));
    let as_type = match &value {
        Value::Integer(_) | Value::Real(_) if is_text => "TEXT",
        Value::Text(text) if !is_text && !is_blob && looks_like_a_number(text) => "NUMERIC",
        _ => return Ok(value),
    };
    conn.query_row(&format!("SELECT CAST(?1 AS {as_type})"), [value], |row| {
        row.get(0)
    })
}

fn looks_like_a_number(text: &str) -> bool {
    let text = text.trim_matches(|c: char| c.is_ascii_whitespace());
    text.parse::<f64>().is_ok() && !text.contains(['n', 'N', 'i', 'I'])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_written_as_values_are() {
        let conn = Connection::open_in_memory().unwrap();
        let read = |text| values(&conn, text);
        assert_eq!(
            read("42 '2024-01-01', -1.5 null x'01'").unwrap(),
            [
                Value::Integer(42),
                Value::Text("2024-01-01".to_owned()),
                Value::Real(-1.5),
                Value::Null,
                Value::Blob(vec![1]),
            ]
        );
        assert_eq!(read("'it''s'").unwrap(), [Value::Text("it's".to_owned())]);
        for wrong in ["DE", "1 +", "- 'a'", "'open", "(1)", "1x", "?", "--1 2"] {
            let read = read(wrong);
            assert!(read.is_err() || wrong == "--1 2", "{wrong}: {read:?}");
        }
    }

    #[test]
    fn values_take_the_affinity_of_their_column() {
        let conn = Connection::open_in_memory().unwrap();
        let with = |value: Value, declared| with_affinity(&conn, value, declared).unwrap();
        let text = |it: &str| Value::Text(it.to_owned());
        assert_eq!(with(Value::Integer(7), "VARCHAR(10)"), text("7"));
        assert_eq!(with(text(" 7 "), "INTEGER"), Value::Integer(7));
        assert_eq!(with(text("7.5"), "REAL"), Value::Real(7.5));
        assert_eq!(with(text("seven"), "INTEGER"), text("seven"));
        assert_eq!(with(text("inf"), "INTEGER"), text("inf"));
        assert_eq!(with(Value::Integer(7), ""), Value::Integer(7));
        assert_eq!(with(text("7"), "BLOB"), text("7"));
    }
}
