//! The values of one record, and how they compare.
//!
//! The format: <https://sqlite.org/fileformat2.html>, section 2.1; the order:
//! section 2.5.

use std::cmp::Ordering;

use rusqlite::types::Value;

use super::page::{Encoding, varint};

/// The values in `record`; `None` when its bytes are no record.
pub fn values(record: &[u8], encoding: Encoding) -> Option<Vec<Value>> {
    let (size, mut at) = varint(record)?;
    let size = usize::try_from(size).ok()?;
    let mut body = size;
    let mut values = Vec::new();
    while at < size {
        let (kind, length) = varint(record.get(at..size)?)?;
        at += length;
        let width = width_of(kind)?;
        let bytes = record.get(body..body.checked_add(width)?)?;
        body += width;
        values.push(value(kind, bytes, encoding));
    }
    Some(values)
}

/// Bytes of a value of this serial type.
fn width_of(kind: u64) -> Option<usize> {
    Some(match kind {
        0 | 8 | 9 => 0,
        1..=4 => usize::try_from(kind).ok()?,
        5 => 6,
        6 | 7 => 8,
        10 | 11 => return None,
        n => usize::try_from((n - 12) / 2).ok()?,
    })
}

fn value(kind: u64, bytes: &[u8], encoding: Encoding) -> Value {
    match kind {
        0 => Value::Null,
        8 => Value::Integer(0),
        9 => Value::Integer(1),
        7 => {
            let mut eight = [0; 8];
            eight.copy_from_slice(bytes);
            Value::Real(f64::from_be_bytes(eight))
        }
        1..=6 => {
            // Signed: the first bit fills what is not there.
            let negative = bytes.first().is_some_and(|byte| byte & 0x80 != 0);
            let start = if negative { -1_i64 } else { 0 };
            Value::Integer(
                bytes
                    .iter()
                    .fold(start, |n, byte| n << 8 | i64::from(*byte)),
            )
        }
        n if n % 2 == 0 => Value::Blob(bytes.to_vec()),
        _ => Value::Text(text(bytes, encoding)),
    }
}

fn text(bytes: &[u8], encoding: Encoding) -> String {
    let units = |order: fn([u8; 2]) -> u16| -> Vec<u16> {
        bytes
            .chunks_exact(2)
            .map(|pair| order([pair[0], pair[1]]))
            .collect()
    };
    match encoding {
        Encoding::Utf8 => String::from_utf8_lossy(bytes).into_owned(),
        Encoding::Utf16Le => String::from_utf16_lossy(&units(u16::from_le_bytes)),
        Encoding::Utf16Be => String::from_utf16_lossy(&units(u16::from_be_bytes)),
    }
}

/// How texts are compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Collation {
    /// By their bytes.
    Binary,
    /// By their bytes, A to Z as a to z.
    NoCase,
    /// By their bytes, without spaces at the end.
    RTrim,
}

impl Collation {
    /// SQLite's own ones; `None` for another.
    pub fn named(name: &str) -> Option<Collation> {
        match name.to_ascii_uppercase().as_str() {
            "BINARY" => Some(Collation::Binary),
            "NOCASE" => Some(Collation::NoCase),
            "RTRIM" => Some(Collation::RTrim),
            _ => None,
        }
    }

    /// Its name in SQL.
    pub fn name(self) -> &'static str {
        match self {
            Collation::Binary => "binary",
            Collation::NoCase => "nocase",
            Collation::RTrim => "rtrim",
        }
    }

    fn compare(self, a: &str, b: &str, encoding: Encoding) -> Ordering {
        let fold = |text: &str| text.to_ascii_lowercase();
        match (self, encoding) {
            (Collation::Binary, Encoding::Utf8) => a.cmp(b),
            (Collation::Binary, Encoding::Utf16Le) => {
                let bytes = |text: &str| -> Vec<u8> {
                    text.encode_utf16().flat_map(u16::to_le_bytes).collect()
                };
                bytes(a).cmp(&bytes(b))
            }
            (Collation::Binary, Encoding::Utf16Be) => a.encode_utf16().cmp(b.encode_utf16()),
            (Collation::NoCase, _) => fold(a).cmp(&fold(b)),
            (Collation::RTrim, _) => a.trim_end_matches(' ').cmp(b.trim_end_matches(' ')),
        }
    }
}

/// SQLite's order of values: NULL, numbers, texts, blobs.
pub fn compare(a: &Value, b: &Value, collation: Collation, encoding: Encoding) -> Ordering {
    match (a, b) {
        (Value::Integer(a), Value::Integer(b)) => a.cmp(b),
        (Value::Real(a), Value::Real(b)) => a.partial_cmp(b).unwrap_or(Ordering::Equal),
        (Value::Integer(a), Value::Real(b)) => integer_and_real(*a, *b),
        (Value::Real(a), Value::Integer(b)) => integer_and_real(*b, *a).reverse(),
        (Value::Text(a), Value::Text(b)) => collation.compare(a, b, encoding),
        (Value::Blob(a), Value::Blob(b)) => a.cmp(b),
        _ => class(a).cmp(&class(b)),
    }
}

fn class(value: &Value) -> u8 {
    match value {
        Value::Null => 0,
        Value::Integer(_) | Value::Real(_) => 1,
        Value::Text(_) => 2,
        Value::Blob(_) => 3,
    }
}

/// Without the loss of turning a large integer into a float.
fn integer_and_real(a: i64, b: f64) -> Ordering {
    /// 2^63: the first float above every integer.
    const TOP: f64 = 9_223_372_036_854_775_808.0;
    if b >= TOP {
        Ordering::Less
    } else if b < -TOP {
        Ordering::Greater
    } else {
        let whole = b.trunc();
        a.cmp(&(whole as i64))
            .then_with(|| 0.0_f64.partial_cmp(&(b - whole)).unwrap_or(Ordering::Equal))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn no_bytes_make_it_panic(bytes in proptest::collection::vec(any::<u8>(), 0..80)) {
            for encoding in [Encoding::Utf8, Encoding::Utf16Le, Encoding::Utf16Be] {
                let _ = values(&bytes, encoding);
            }
        }

        /// SQLite is the judge of its own order.
        #[test]
        fn numbers_compare_as_in_sqlite(a in any::<i64>(), b in any::<f64>(), near in -2_i64..3) {
            let db = rusqlite::Connection::open_in_memory().unwrap();
            for (a, b) in [(a, b), (a, a as f64), ((1_i64 << 53) + near, (1_i64 << 53) as f64)] {
                if b.is_nan() {
                    continue;
                }
                let less: (bool, bool) = db
                    .query_row("SELECT ?1 < ?2, ?1 > ?2", (a, b), |row| Ok((row.get(0)?, row.get(1)?)))
                    .unwrap();
                let ours = compare(&Value::Integer(a), &Value::Real(b), Collation::Binary, Encoding::Utf8);
                prop_assert_eq!(less, (ours.is_lt(), ours.is_gt()), "{} {}", a, b);
            }
        }
    }
}
