//! A value as SQL that gives the same value again, in any SQLite.

use rusqlite::types::ValueRef;

/// Appends `value` as a literal.
pub(super) fn append(value: ValueRef<'_>, out: &mut String) {
    use std::fmt::Write as _;
    match value {
        ValueRef::Null => out.push_str("NULL"),
        ValueRef::Integer(i64::MIN) => out.push_str("(-9223372036854775807-1)"),
        ValueRef::Integer(number) => {
            // Writing to a String cannot fail.
            let _ = write!(out, "{number}");
        }
        ValueRef::Real(number) => append_real(number, out),
        ValueRef::Text(text) => match std::str::from_utf8(text) {
            Ok(text) if !text.chars().any(is_lost_on_the_way) => {
                out.push('\'');
                out.push_str(&text.replace('\'', "''"));
                out.push('\'');
            }
            _ => {
                out.push_str("CAST(");
                append_hex(text, out);
                out.push_str(" AS TEXT)");
            }
        },
        ValueRef::Blob(bytes) => append_hex(bytes, out),
    }
}

/// Characters that a literal cannot hold (NUL), or that a shell takes out of
/// it: sqlite3 reads CR LF as LF.
fn is_lost_on_the_way(c: char) -> bool {
    c.is_control() && c != '\n' && c != '\t'
}

fn append_real(number: f64, out: &mut String) {
    use std::fmt::Write as _;
    if number.is_infinite() {
        out.push_str(if number > 0.0 { "1e999" } else { "-1e999" });
    } else {
        // The shortest text that reads back as the same number, and always
        // with a point or an exponent, so that it stays a real.
        let _ = write!(out, "{number:?}");
    }
}

fn append_hex(bytes: &[u8], out: &mut String) {
    use std::fmt::Write as _;
    out.push_str("X'");
    for byte in bytes {
        let _ = write!(out, "{byte:02X}");
    }
    out.push('\'');
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use rusqlite::Connection;
    use rusqlite::types::Value;

    use super::*;

    fn read_back(value: &Value) -> Value {
        let mut sql = "SELECT ".to_owned();
        append(ValueRef::from(value), &mut sql);
        let conn = Connection::open_in_memory().unwrap();
        conn.query_row(&sql, [], |row| row.get(0)).unwrap()
    }

    #[test]
    fn the_awkward_ones() {
        for value in [
            Value::Integer(i64::MIN),
            Value::Integer(i64::MAX),
            Value::Real(f64::INFINITY),
            Value::Real(f64::NEG_INFINITY),
            Value::Real(f64::MAX),
            Value::Real(f64::MIN_POSITIVE),
            Value::Real(1e22),
            Value::Real(3.0),
            Value::Text("it's\r\n\0 odd\n.quit\n".to_owned()),
            Value::Blob(Vec::new()),
            Value::Null,
        ] {
            assert_eq!(read_back(&value), value);
        }
    }

    proptest! {
        #[test]
        fn every_value_reads_back(
            integer in any::<i64>(),
            real in any::<f64>().prop_filter("no NaN in SQLite", |r| !r.is_nan()),
            text in any::<String>(),
            blob in any::<Vec<u8>>(),
        ) {
            for value in [
                Value::Integer(integer),
                Value::Real(real),
                Value::Text(text.clone()),
                Value::Blob(blob.clone()),
            ] {
                prop_assert_eq!(&read_back(&value), &value);
            }
        }
    }
}
