//! Values for a statement's parameters, as they are written on a command line.

use rusqlite::Connection;
use rusqlite::types::Value;

use super::error::Error;
use crate::plan::capture;
use crate::sql::nearest;

/// The values of the parameters of `sql`, in SQLite's order, out of `given`:
/// (name, text), the name with or without its `:`, `@`, `$` or `?`. A text that
/// is a number is one, `null` is NULL.
///
/// # Errors
/// A name that the statement does not have; a parameter without a value; what
/// is wrong with the statement.
pub fn values(
    conn: &Connection,
    sql: &str,
    given: &[(String, String)],
) -> Result<Vec<Value>, Error> {
    let sql = capture::only_statement(conn, sql).map_err(Error::Statement)?;
    let statement = conn.prepare(sql)?;
    let names: Vec<String> = (1..=statement.parameter_count())
        .map(|at| match statement.parameter_name(at) {
            Some(name) => name.to_owned(),
            None => format!("?{at}"),
        })
        .collect();
    let bare = |name: &str| name.trim_start_matches([':', '@', '$', '?']).to_owned();
    for (name, _) in given {
        if !names.iter().any(|it| bare(it) == bare(name)) {
            let known: Vec<String> = names.iter().map(|it| bare(it)).collect();
            let near = nearest(&bare(name), known.iter().map(String::as_str));
            return Err(Error::NoSuchParameter {
                name: name.clone(),
                near: near.map_or_else(String::new, |it| format!("; did you mean {it}?")),
            });
        }
    }
    let found: Vec<Option<Value>> = names
        .iter()
        .map(|name| {
            let mut all = given.iter();
            let (_, text) = all.find(|(it, _)| bare(it) == bare(name))?;
            Some(value(text))
        })
        .collect();
    let missing: Vec<&str> = names
        .iter()
        .zip(&found)
        .filter(|(_, value)| value.is_none())
        .map(|(name, _)| name.as_str())
        .collect();
    if missing.is_empty() {
        Ok(found.into_iter().flatten().collect())
    } else {
        Err(Error::NoValue(missing.join(", ")))
    }
}

fn value(text: &str) -> Value {
    if text.eq_ignore_ascii_case("null") {
        Value::Null
    } else if let Ok(number) = text.parse::<i64>() {
        Value::Integer(number)
    } else if let Some(number) = text.parse::<f64>().ok().filter(|it| it.is_finite()) {
        Value::Real(number)
    } else {
        let quoted = text.strip_prefix('\'').and_then(|it| it.strip_suffix('\''));
        Value::Text(quoted.unwrap_or(text).to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_found_by_name_and_read_as_what_they_look_like() {
        let conn = Connection::open_in_memory().unwrap();
        let given = |all: &[(&str, &str)]| -> Vec<(String, String)> {
            let pairs = all.iter();
            pairs
                .map(|(a, b)| ((*a).to_owned(), (*b).to_owned()))
                .collect()
        };
        let sql = "select :id, ?2, @word, $x, :id";
        let all = given(&[("id", "7"), ("2", "2.5"), ("@word", "'42'"), ("x", "null")]);
        assert_eq!(
            values(&conn, sql, &all).unwrap(),
            [
                Value::Integer(7),
                Value::Real(2.5),
                Value::Text("42".to_owned()),
                Value::Null
            ]
        );
        let said = |all: &[(&str, &str)]| values(&conn, sql, &given(all)).unwrap_err().to_string();
        insta::assert_snapshot!(said(&[("id", "7")]), @"the statement has no value for ?2, @word, $x: write it in its place, or give it with --param NAME=VALUE");
        insta::assert_snapshot!(said(&[("wrd", "7")]), @"the statement has no parameter wrd; did you mean word?");
        assert_eq!(values(&conn, "select 1", &[]).unwrap(), []);
    }
}
