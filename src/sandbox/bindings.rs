//! Values for the parameters of statements: `?`, `?1`, `:id`, `@x`, `$y`.

use std::collections::HashSet;
use std::ops::Range;
use std::str::FromStr;

use rusqlite::Statement;
use rusqlite::types::Value;

use crate::sql::{self, TokenKind};

/// Values by the names of parameters, in the order in which they were set.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Bindings(Vec<Binding>);

/// A value for one parameter, as `id=42` writes it.
#[derive(Debug, Clone, PartialEq)]
pub struct Binding {
    /// With or without the sign before it: `id` is for `:id`, `@id` and `$id`,
    /// `1` for the first `?` and for `?1`.
    pub name: String,
    /// The value.
    pub value: Value,
}

/// Text that is no `NAME=VALUE`.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "a value for a parameter is written NAME=VALUE, as in id=42, name='Ada', x=null or h=x'00ff'"
)]
pub struct BadBinding;

/// The value that SQL's literals stand for: `42`, `1.5`, `'42'`, `x'00ff'`,
/// `null`. Anything else is taken as the text that it is, as the `sqlite3` shell
/// does.
pub fn literal(text: &str) -> Value {
    let text = text.trim();
    let unsigned = text.strip_prefix(['-', '+']).unwrap_or(text);
    let mut tokens = sql::lex(unsigned);
    let kind = tokens
        .next()
        .filter(|token| !token.unterminated && token.range.end == unsigned.len())
        .map(|token| token.kind);
    let value = match kind {
        Some(TokenKind::Number) => number(text),
        Some(TokenKind::String) if unsigned.len() == text.len() => {
            Some(Value::Text(sql::unquote(text).into_owned()))
        }
        Some(TokenKind::Blob) if unsigned.len() == text.len() => blob(text),
        Some(TokenKind::Keyword) if text.eq_ignore_ascii_case("null") => Some(Value::Null),
        _ => None,
    };
    value.unwrap_or_else(|| Value::Text(text.to_owned()))
}

/// The literal that stands for `value` in SQL.
pub fn written(value: &Value) -> String {
    match value {
        Value::Null => "NULL".to_owned(),
        Value::Integer(n) => n.to_string(),
        Value::Real(x) => format!("{x:?}"),
        Value::Text(text) => format!("'{}'", text.replace('\'', "''")),
        Value::Blob(bytes) => {
            let digits: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
            format!("x'{digits}'")
        }
    }
}

fn number(text: &str) -> Option<Value> {
    let plain = text.replace('_', "");
    let plain = plain.strip_prefix('+').unwrap_or(&plain);
    let hex = plain.strip_prefix("0x").or(plain.strip_prefix("0X"));
    if let Some(hex) = hex {
        let bits = u64::from_str_radix(hex, 16).ok()?;
        return Some(Value::Integer(bits.cast_signed()));
    }
    // A whole number that is too long for one is a REAL, as in SQL.
    let whole = plain.parse().map(Value::Integer).ok();
    whole.or_else(|| plain.parse().map(Value::Real).ok())
}

fn blob(text: &str) -> Option<Value> {
    let digits = text.get(2..text.len().checked_sub(1)?)?;
    let byte = |at: usize| u8::from_str_radix(digits.get(at..at + 2)?, 16).ok();
    let bytes: Option<Vec<u8>> = (0..digits.len()).step_by(2).map(byte).collect();
    bytes.map(Value::Blob)
}

impl FromStr for Binding {
    type Err = BadBinding;

    fn from_str(text: &str) -> Result<Binding, BadBinding> {
        let (name, value) = text.split_once('=').ok_or(BadBinding)?;
        let name = name.trim();
        if name.is_empty() || name.contains(char::is_whitespace) {
            return Err(BadBinding);
        }
        Ok(Binding {
            name: name.to_owned(),
            value: literal(value),
        })
    }
}

impl Bindings {
    /// Sets or replaces a value.
    pub fn set(&mut self, binding: Binding) {
        self.unset(&binding.name);
        self.0.push(binding);
    }

    /// Forgets a value; whether there was one.
    pub fn unset(&mut self, name: &str) -> bool {
        let before = self.0.len();
        self.0.retain(|it| it.name != name);
        self.0.len() < before
    }

    /// Forgets all.
    pub fn clear(&mut self) {
        self.0.clear();
    }

    /// All of them.
    pub fn iter(&self) -> impl Iterator<Item = &Binding> {
        self.0.iter()
    }

    /// The value for the parameter that a statement calls `name`, sign
    /// included.
    pub fn get(&self, name: &str) -> Option<&Value> {
        let bare = name.strip_prefix(['?', ':', '@', '$']).unwrap_or(name);
        let exact = self.0.iter().find(|it| it.name == name);
        exact
            .or_else(|| self.0.iter().find(|it| it.name == bare))
            .map(|it| &it.value)
    }

    /// A value for each parameter of `statement`, which `sql` was compiled to,
    /// in SQLite's order, or the names of those that have none.
    ///
    /// # Errors
    /// Those names: `:id`, `?1`.
    pub fn values(&self, statement: &Statement<'_>, sql: &str) -> Result<Vec<Value>, Vec<String>> {
        let names = parameter_names(statement, sql);
        let missing: Vec<String> = names
            .iter()
            .flatten()
            .filter(|name| self.get(name).is_none())
            .cloned()
            .collect();
        if !missing.is_empty() {
            return Err(missing);
        }
        let value = |name: Option<String>| self.get(&name?).cloned();
        Ok(names
            .into_iter()
            .map(|name| value(name).unwrap_or(Value::Null))
            .collect())
    }
}

/// What `statement`, which `sql` was compiled to, calls its parameters; `?` is
/// called by its number. `None` for a number that it leaves out: `?3` alone makes
/// three.
pub fn parameter_names(statement: &Statement<'_>, sql: &str) -> Vec<Option<String>> {
    let count = statement.parameter_count();
    if count == 0 {
        return Vec::new();
    }
    // SQLite has no name for a plain `?`, nor for a number that is left out.
    let used: HashSet<usize> = numbered(sql)
        .into_iter()
        .map(|(_, number)| number)
        .collect();
    (1..=count)
        .map(|at| match statement.parameter_name(at) {
            Some(name) => Some(name.to_owned()),
            None => used.contains(&at).then(|| format!("?{at}")),
        })
        .collect()
}

/// Where the parameters of `sql` stand, with the numbers that SQLite gives them
/// (<https://sqlite.org/lang_expr.html#varparam>).
pub fn numbered(sql: &str) -> Vec<(Range<usize>, usize)> {
    let mut names: Vec<(&str, usize)> = Vec::new();
    let mut last = 0;
    let mut found = Vec::new();
    for token in sql::lex(sql).filter(|token| token.kind == TokenKind::Parameter) {
        let written = token.text(sql);
        let known = names.iter().find(|(name, _)| *name == written);
        let number = match (known, written.strip_prefix('?')) {
            (Some((_, number)), _) => *number,
            (None, Some(digits)) => digits.parse().unwrap_or(last + 1),
            (None, None) => last + 1,
        };
        last = last.max(number);
        if written != "?" {
            names.push((written, number));
        }
        found.push((token.range, number));
    }
    found
}

/// The parameters of `sql` without their signs: `id`, and `1` for the first `?`.
/// Each once.
pub fn names(sql: &str) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    for (place, number) in numbered(sql) {
        let name = match &sql[place][1..] {
            "" => number.to_string(),
            name => name.to_owned(),
        };
        if !names.contains(&name) {
            names.push(name);
        }
    }
    names
}

/// `sql` with each parameter replaced by what `by` makes of its number.
pub fn replaced(sql: &str, by: impl Fn(usize) -> String) -> String {
    let mut text = String::new();
    let mut at = 0;
    for (place, number) in numbered(sql) {
        text.push_str(&sql[at..place.start]);
        text.push_str(&by(number));
        at = place.end;
    }
    text + &sql[at..]
}

/// Gives the parameters of `statement` their values, in SQLite's order.
///
/// # Errors
/// A value that is longer than SQLite's limit.
pub fn bind(statement: &mut Statement<'_>, values: &[Value]) -> rusqlite::Result<()> {
    for (at, value) in values.iter().enumerate() {
        statement.raw_bind_parameter(at + 1, value)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use rusqlite::Connection;

    use super::*;

    #[test]
    fn values_are_typed_as_in_sql() {
        for (text, value) in [
            ("42", Value::Integer(42)),
            ("-42", Value::Integer(-42)),
            ("0x10", Value::Integer(16)),
            ("1.5", Value::Real(1.5)),
            (
                "9223372036854775808",
                Value::Real(9_223_372_036_854_775_808.0),
            ),
            ("'42'", Value::Text("42".into())),
            ("'it''s'", Value::Text("it's".into())),
            ("NULL", Value::Null),
            ("x'00fF'", Value::Blob(vec![0, 255])),
            ("Ada", Value::Text("Ada".into())),
            ("-Ada", Value::Text("-Ada".into())),
            ("2024-01-01", Value::Text("2024-01-01".into())),
            ("", Value::Text(String::new())),
            ("'open", Value::Text("'open".into())),
            ("x'0'", Value::Text("x'0'".into())),
        ] {
            assert_eq!(literal(text), value, "{text}");
        }
    }

    #[test]
    fn a_value_is_written_as_it_is_read() {
        for text in ["42", "-1.5", "'it''s'", "NULL", "x'00ff'", "'null'"] {
            assert_eq!(written(&literal(text)), text);
        }
    }

    #[test]
    fn a_name_is_found_with_and_without_its_sign() {
        let mut bindings = Bindings::default();
        for text in ["id=1", "@x=2", "1=3", "?4=5"] {
            bindings.set(text.parse().unwrap());
        }
        assert_eq!(bindings.get(":id"), Some(&Value::Integer(1)));
        assert_eq!(bindings.get("$id"), Some(&Value::Integer(1)));
        assert_eq!(bindings.get("@x"), Some(&Value::Integer(2)));
        assert_eq!(bindings.get(":x"), None);
        assert_eq!(bindings.get("?1"), Some(&Value::Integer(3)));
        assert_eq!(bindings.get("?4"), Some(&Value::Integer(5)));
        for wrong in ["id", "=4", "a b=4", ""] {
            assert_eq!(wrong.parse::<Binding>(), Err(BadBinding), "{wrong}");
        }
    }

    #[test]
    fn parameters_are_numbered_as_sqlite_does() {
        let sql = "SELECT ?, :a, ?7, ?, :a, @a, '?' -- ?";
        let numbered = replaced(sql, |number| format!("?{number}"));
        assert_eq!(numbered, "SELECT ?1, ?2, ?7, ?8, ?2, ?9, '?' -- ?");
        let conn = Connection::open_in_memory().unwrap();
        let statement = conn.prepare(sql).unwrap();
        assert_eq!(statement.parameter_index("@a").unwrap(), Some(9));
    }

    #[test]
    fn a_statement_gets_its_values_in_sqlites_order_or_names_what_is_missing() {
        let conn = Connection::open_in_memory().unwrap();
        let mut bindings = Bindings::default();
        for text in ["1=10", "2=20", "id='x'"] {
            bindings.set(text.parse().unwrap());
        }
        for (sql, expected) in [
            (
                "SELECT ?, ?",
                Ok(vec![Value::Integer(10), Value::Integer(20)]),
            ),
            ("SELECT ?2", Ok(vec![Value::Null, Value::Integer(20)])),
            (
                "SELECT ?, ?, ?1",
                Ok(vec![Value::Integer(10), Value::Integer(20)]),
            ),
            ("SELECT ?2, ?", Err(vec!["?3".to_owned()])),
            ("SELECT :id, @id", Ok(vec![Value::Text("x".into()); 2])),
            (
                "SELECT :id, :no, ?",
                Err(vec![":no".to_owned(), "?3".to_owned()]),
            ),
        ] {
            let statement = conn.prepare(sql).unwrap();
            assert_eq!(bindings.values(&statement, sql), expected, "{sql}");
        }
    }
}
