//! A raw reply as redis-cli draws it on a terminal.

use std::fmt::Write as _;
use std::io::{self, Write};

use crate::cache::builtin::wire::quote;
use crate::cache::raw::Reply as Value;
use crate::view::sanitize;

/// A reply as redis-cli draws it: `"text"`, `(integer) 1`, `(nil)`, nested
/// arrays by their numbers, the types of RESP3.
///
/// # Errors
/// Those of `out`.
pub fn write_reply(out: &mut dyn Write, reply: &Value) -> io::Result<()> {
    let mut drawn = String::new();
    draw(&mut drawn, reply, "");
    out.write_all(drawn.as_bytes())
}

/// The reply of a command that answers with a text to be read, such as `INFO`:
/// as it is, but for what a terminal would obey.
///
/// # Errors
/// Those of `out`.
pub fn write_text_reply(out: &mut dyn Write, reply: &Value) -> io::Result<()> {
    let text = match reply {
        Value::BulkString(bytes) => String::from_utf8_lossy(bytes),
        Value::VerbatimString { text, .. } => text.into(),
        _ => return write_reply(out, reply),
    };
    let text = text.replace("\r\n", "\n");
    writeln!(out, "{}", sanitize::lines(text.trim_end_matches('\n')))
}

/// The server's own words for what it did not do: `(error) ERR syntax error`.
///
/// # Errors
/// Those of `out`.
pub fn write_error_reply(out: &mut dyn Write, words: &str) -> io::Result<()> {
    writeln!(out, "(error) {}", sanitize::one_line(words))
}

/// Draws `reply` with a line end after it; its further lines start with `indent`.
fn draw(out: &mut String, reply: &Value, indent: &str) {
    match reply {
        Value::Nil => out.push_str("(nil)\n"),
        Value::Int(n) => line(out, format_args!("(integer) {n}")),
        Value::BulkString(bytes) => {
            quote(out, bytes);
            out.push('\n');
        }
        Value::Okay => out.push_str("OK\n"),
        Value::SimpleString(text) => line(out, format_args!("{}", sanitize::one_line(text))),
        Value::VerbatimString { text, .. } => line(out, format_args!("{}", sanitize::lines(text))),
        Value::Double(number) => line(out, format_args!("(double) {}", double(*number))),
        Value::Boolean(yes) => line(out, format_args!("({yes})")),
        Value::BigNumber(digits) => line(
            out,
            format_args!("{}", sanitize::one_line(&String::from_utf8_lossy(digits))),
        ),
        Value::Array(items) => list(out, items, indent, ')', "array"),
        Value::Set(items) => list(out, items, indent, '~', "set"),
        Value::Push { data, .. } => list(out, data, indent, ')', "push"),
        Value::Map(pairs) => map(out, pairs, indent),
        Value::Attribute { data, .. } => draw(out, data, indent),
        Value::ServerError(error) => {
            let words = [Some(error.code()), error.details()];
            let words: Vec<&str> = words.into_iter().flatten().collect();
            let words = words.join(" ");
            line(
                out,
                format_args!("(error) {}", sanitize::one_line(words.trim_end())),
            );
        }
        _ => out.push_str("(a reply of an unknown type)\n"),
    }
}

fn list(out: &mut String, items: &[Value], indent: &str, mark: char, what: &str) {
    if items.is_empty() {
        return line(out, format_args!("(empty {what})"));
    }
    let width = digits(items.len());
    let inner = format!("{indent}{:1$}", "", width + 2);
    for (at, item) in items.iter().enumerate() {
        let before = if at == 0 { "" } else { indent };
        let _ = write!(out, "{before}{:>width$}{mark} ", at + 1);
        draw(out, item, &inner);
    }
}

fn map(out: &mut String, pairs: &[(Value, Value)], indent: &str) {
    if pairs.is_empty() {
        return out.push_str("(empty hash)\n");
    }
    let width = digits(pairs.len());
    let inner = format!("{indent}{:1$}", "", width + 2);
    for (at, (key, value)) in pairs.iter().enumerate() {
        let before = if at == 0 { "" } else { indent };
        let _ = write!(out, "{before}{:>width$}# ", at + 1);
        draw(out, key, &inner);
        out.pop();
        out.push_str(" => ");
        if has_lines(value) {
            out.push('\n');
            out.push_str(&inner);
        }
        draw(out, value, &inner);
    }
}

/// Whether `value` is drawn on more than one line.
fn has_lines(value: &Value) -> bool {
    match value {
        Value::Array(items) | Value::Set(items) | Value::Push { data: items, .. } => {
            match items.as_slice() {
                [] => false,
                [one] => has_lines(one),
                _ => true,
            }
        }
        Value::Map(pairs) => match pairs.as_slice() {
            [] => false,
            [(_, one)] => has_lines(one),
            _ => true,
        },
        Value::Attribute { data, .. } => has_lines(data),
        _ => false,
    }
}

/// The digits of `n`, at least one.
fn digits(n: usize) -> usize {
    n.max(1).ilog10() as usize + 1
}

fn line(out: &mut String, text: std::fmt::Arguments<'_>) {
    // Writing to a String cannot fail.
    let _ = writeln!(out, "{text}");
}

fn double(number: f64) -> String {
    match number {
        n if n == f64::INFINITY => "inf".to_owned(),
        n if n == f64::NEG_INFINITY => "-inf".to_owned(),
        n if n.is_nan() => "nan".to_owned(),
        n => n.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn drawn(reply: &Value) -> String {
        let mut out = Vec::new();
        write_reply(&mut out, reply).unwrap();
        String::from_utf8(out).unwrap()
    }

    fn text(text: &str) -> Value {
        Value::BulkString(text.into())
    }

    #[test]
    fn the_simple_types() {
        for (reply, expected) in [
            (Value::Nil, "(nil)\n"),
            (Value::Okay, "OK\n"),
            (Value::Int(-3), "(integer) -3\n"),
            (Value::SimpleString("PONG".into()), "PONG\n"),
            (Value::Double(1.5), "(double) 1.5\n"),
            (Value::Double(f64::NEG_INFINITY), "(double) -inf\n"),
            (Value::Boolean(true), "(true)\n"),
            (
                Value::BigNumber(b"12345678901234567890".to_vec()),
                "12345678901234567890\n",
            ),
            (Value::Array(vec![]), "(empty array)\n"),
            (Value::Map(vec![]), "(empty hash)\n"),
            (Value::Set(vec![]), "(empty set)\n"),
        ] {
            assert_eq!(drawn(&reply), expected);
        }
        assert_eq!(
            drawn(&Value::BulkString(b"a\"\\\n\x07\x1b\xff\xc3\xa9".to_vec())),
            "\"a\\\"\\\\\\n\\a\\x1b\\xff\\xc3\\xa9\"\n"
        );
    }

    #[test]
    fn nested_arrays_stand_under_their_numbers() {
        let inner = || {
            Value::Array(vec![
                text("a"),
                Value::Array(vec![Value::Int(1), Value::Nil]),
            ])
        };
        let mut items = vec![inner()];
        items.extend((0..9).map(Value::Int));
        insta::assert_snapshot!(drawn(&Value::Array(items)), @r#"
         1) 1) "a"
            2) 1) (integer) 1
               2) (nil)
         2) (integer) 0
         3) (integer) 1
         4) (integer) 2
         5) (integer) 3
         6) (integer) 4
         7) (integer) 5
         8) (integer) 6
         9) (integer) 7
        10) (integer) 8
        "#);
    }

    #[test]
    fn maps_and_sets_of_resp3() {
        let map = Value::Map(vec![
            (text("a"), Value::Int(1)),
            (text("b"), Value::Set(vec![text("x"), text("y")])),
        ]);
        insta::assert_snapshot!(drawn(&map), @r#"
        1# "a" => (integer) 1
        2# "b" => 
           1~ "x"
           2~ "y"
        "#);
    }

    #[test]
    fn a_text_to_read_cannot_talk_to_the_terminal() {
        let mut out = Vec::new();
        let reply = text("# Server\r\nredis_version:7\x1b[2J\r\n");
        write_text_reply(&mut out, &reply).unwrap();
        assert_eq!(
            String::from_utf8(out).unwrap(),
            "# Server\nredis_version:7\\u{1b}[2J\n"
        );
    }
}
