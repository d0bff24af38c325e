//! Cached results as MessagePack: an array of the statement, its parameters,
//! three times, the columns and the rows, all rows in one array.

use std::time::Duration;

use rmp::Marker;
use rmp::decode as read;
use rmp::encode as write;

use super::{BadEntry, Entry, Stamp};
use crate::sandbox::{Column, ResultSet, Value};

/// What every entry begins with: an array of eight. JSON begins with a brace.
pub(super) const FIRST: u8 = 0x98;

const WRITTEN: &str = "writing to memory does not fail";

pub(super) fn encode(sql: &str, params: &[Value], stamp: Stamp, rows: &ResultSet) -> Vec<u8> {
    let mut out = Vec::with_capacity(256);
    let o = &mut out;
    write::write_array_len(o, 8).expect(WRITTEN);
    write::write_str(o, sql).expect(WRITTEN);
    array_len(o, params.len());
    params.iter().for_each(|value| push_value(o, value));
    write::write_uint(o, stamp.stored_ms).expect(WRITTEN);
    match stamp.fresh_for {
        Some(time) => push_nanos(o, time),
        None => write::write_nil(o).expect(WRITTEN),
    }
    push_nanos(o, stamp.database);
    array_len(o, 2 * rows.columns.len());
    for column in &rows.columns {
        write::write_str(o, &column.name).expect(WRITTEN);
        match &column.declared_type {
            Some(declared) => write::write_str(o, declared).expect(WRITTEN),
            None => write::write_nil(o).expect(WRITTEN),
        }
    }
    // A result without columns has rows all the same.
    write::write_uint(o, rows.rows.len() as u64).expect(WRITTEN);
    array_len(o, rows.rows.len() * rows.columns.len());
    for value in rows.rows.iter().flatten() {
        push_value(o, value);
    }
    out
}

fn array_len(out: &mut Vec<u8>, length: usize) {
    let length = u32::try_from(length).expect("a result of 4 billion values fits no memory");
    write::write_array_len(out, length).expect(WRITTEN);
}

fn push_nanos(out: &mut Vec<u8>, time: Duration) {
    let nanos = u64::try_from(time.as_nanos()).unwrap_or(u64::MAX);
    write::write_uint(out, nanos).expect(WRITTEN);
}

fn push_value(out: &mut Vec<u8>, value: &Value) {
    match value {
        Value::Null => write::write_nil(out).expect(WRITTEN),
        Value::Integer(i) => {
            write::write_sint(out, *i).expect(WRITTEN);
        }
        Value::Real(r) => write::write_f64(out, *r).expect(WRITTEN),
        Value::Text(text) => write::write_str(out, text).expect(WRITTEN),
        Value::Blob(bytes) => write::write_bin(out, bytes).expect(WRITTEN),
    }
}

pub(super) fn decode(bytes: &[u8]) -> Result<Entry, BadEntry> {
    let mut from = Reader(bytes);
    if from.array_len()? != 8 {
        return Err(bad("another number of parts"));
    }
    let sql = from.text()?;
    let params = (0..from.array_len()?)
        .map(|_| from.value())
        .collect::<Result<_, _>>()?;
    let stamp = Stamp {
        stored_ms: from.number()?,
        fresh_for: from.unless_nil(Reader::nanos)?,
        database: from.nanos()?,
    };
    let columns: Vec<Column> = (0..from.array_len()? / 2)
        .map(|_| {
            Ok(Column {
                name: from.text()?,
                declared_type: from.unless_nil(Reader::text)?,
            })
        })
        .collect::<Result<_, BadEntry>>()?;
    let count = from.number()?;
    let values = from.array_len()? as u64;
    let width = columns.len() as u64;
    // Rows without columns take no bytes: their number must not be believed
    // beyond what one entry can hold.
    if count.checked_mul(width) != Some(values) || (width == 0 && count > 1 << 20) {
        return Err(bad("rows that do not fit the columns"));
    }
    let rows = (0..count)
        .map(|_| columns.iter().map(|_| from.value()).collect())
        .collect::<Result<_, _>>()?;
    if !from.0.is_empty() {
        return Err(bad("more than an entry"));
    }
    Ok(Entry {
        sql,
        params,
        stamp,
        rows: ResultSet { columns, rows },
    })
}

fn bad(what: impl std::fmt::Display) -> BadEntry {
    BadEntry(what.to_string())
}

/// What is left to read. Lengths are claims: nothing is set aside for them.
struct Reader<'a>(&'a [u8]);

impl Reader<'_> {
    fn array_len(&mut self) -> Result<u32, BadEntry> {
        read::read_array_len(&mut self.0).map_err(bad)
    }

    fn number(&mut self) -> Result<u64, BadEntry> {
        read::read_int(&mut self.0).map_err(bad)
    }

    fn nanos(&mut self) -> Result<Duration, BadEntry> {
        self.number().map(Duration::from_nanos)
    }

    fn unless_nil<T>(
        &mut self,
        read: impl FnOnce(&mut Self) -> Result<T, BadEntry>,
    ) -> Result<Option<T>, BadEntry> {
        if self.0.first() == Some(&Marker::Null.to_u8()) {
            self.0 = &self.0[1..];
            return Ok(None);
        }
        read(self).map(Some)
    }

    fn text(&mut self) -> Result<String, BadEntry> {
        let (text, rest) = read::read_str_from_slice(self.0).map_err(bad)?;
        self.0 = rest;
        Ok(text.to_owned())
    }

    fn value(&mut self) -> Result<Value, BadEntry> {
        let first = *self.0.first().ok_or_else(|| bad("it ends too soon"))?;
        match Marker::from_u8(first) {
            Marker::Null => {
                self.0 = &self.0[1..];
                Ok(Value::Null)
            }
            Marker::F64 => read::read_f64(&mut self.0).map(Value::Real).map_err(bad),
            Marker::FixStr(_) | Marker::Str8 | Marker::Str16 | Marker::Str32 => {
                self.text().map(Value::Text)
            }
            Marker::Bin8 | Marker::Bin16 | Marker::Bin32 => {
                let length = read::read_bin_len(&mut self.0).map_err(bad)? as usize;
                if length > self.0.len() {
                    return Err(bad("it ends too soon"));
                }
                let (bytes, rest) = self.0.split_at(length);
                self.0 = rest;
                Ok(Value::Blob(bytes.to_vec()))
            }
            _ => read::read_int(&mut self.0).map(Value::Integer).map_err(bad),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_the_published_format() {
        let rows = ResultSet {
            columns: vec![Column {
                name: "n".into(),
                declared_type: None,
            }],
            rows: vec![vec![Value::Integer(-1)], vec![Value::Blob(vec![7])]],
        };
        let stamp = Stamp {
            stored_ms: 7,
            fresh_for: None,
            database: Duration::from_nanos(300),
        };
        let bytes = encode("s", &[Value::Null], stamp, &rows);
        let expected =
            b"\x98\xa1s\x91\xc0\x07\xc0\xcd\x01\x2c\x92\xa1n\xc0\x02\x92\xff\xc4\x01\x07";
        assert_eq!(bytes, expected);
        assert_eq!(bytes[0], FIRST);
    }
}
