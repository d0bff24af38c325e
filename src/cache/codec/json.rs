//! Cached results as JSON: text that a person can read in `redis-cli get`,
//! and that gives back exactly the values that went in.
//!
//! ```text
//! {"sql":"select …","params":[42],"stored_ms":1732140000000,"fresh_ns":30000000000,
//!  "database_ns":4660000,"columns":[["name","TEXT"],["n",null]],"rows":[["Ada",5],[{"$blob":"00ff"},null]]}
//! ```
//!
//! Integers have no point and reals do. What JSON cannot say is an object with
//! one member: `{"$blob":"hex"}`, `{"$real":"inf"}`.

use std::borrow::Cow;
use std::fmt;
use std::time::Duration;

use serde::de::{self, Deserialize, Deserializer, MapAccess, Visitor};
use serde::ser::{Serialize, SerializeMap, SerializeSeq, Serializer};

use super::{BadEntry, Entry, QueuedWrite, Stamp, push_hex};
use crate::sandbox::{Column, ResultSet, Value};

/// The bytes for a write that waits in the queue under this number.
pub(super) fn encode_write(number: u64, sql: &str, params: &[Value]) -> Vec<u8> {
    let wire = WriteRef {
        write: number,
        sql,
        params: Cells(params),
    };
    serde_json::to_vec(&wire).expect("maps have string keys and writing to memory does not fail")
}

/// Reads back what [`encode_write`] wrote.
///
/// # Errors
/// [`BadEntry`] for anything else.
pub(super) fn decode_write(bytes: &[u8]) -> Result<QueuedWrite, BadEntry> {
    let wire: Write = serde_json::from_slice(bytes).map_err(|error| BadEntry(error.to_string()))?;
    Ok(QueuedWrite {
        number: wire.write,
        sql: wire.sql,
        params: wire.params.into_iter().map(|cell| cell.0).collect(),
    })
}

#[derive(serde::Serialize)]
struct WriteRef<'a> {
    write: u64,
    sql: &'a str,
    params: Cells<'a>,
}

#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct Write {
    write: u64,
    sql: String,
    params: Vec<Cell>,
}

/// The bytes to cache for `rows`, the answer to `sql` with `params`.
pub(super) fn encode(sql: &str, params: &[Value], stamp: Stamp, rows: &ResultSet) -> Vec<u8> {
    let nanos = |time: Duration| u64::try_from(time.as_nanos()).unwrap_or(u64::MAX);
    let wire = WireRef {
        sql,
        params: Cells(params),
        stored_ms: stamp.stored_ms,
        fresh_ns: stamp.fresh_for.map(nanos),
        database_ns: nanos(stamp.database),
        columns: Columns(&rows.columns),
        rows: Rows(&rows.rows),
    };
    serde_json::to_vec(&wire).expect("maps have string keys and writing to memory does not fail")
}

/// Reads back what [`encode`] wrote.
///
/// # Errors
/// [`BadEntry`] for anything else, also for rows that do not fit the columns.
pub(super) fn decode(bytes: &[u8]) -> Result<Entry, BadEntry> {
    let wire: Wire<'_> =
        serde_json::from_slice(bytes).map_err(|error| BadEntry(error.to_string()))?;
    let width = wire.columns.len();
    if let Some(row) = wire.rows.iter().find(|row| row.len() != width) {
        let found = row.len();
        return Err(BadEntry(format!(
            "a row of {found} values, {width} columns"
        )));
    }
    let values = |cells: Vec<Cell>| cells.into_iter().map(|cell| cell.0).collect();
    let column = |(name, declared_type)| Column {
        name,
        declared_type,
    };
    Ok(Entry {
        sql: wire.sql.into_owned(),
        params: values(wire.params),
        stamp: Stamp {
            stored_ms: wire.stored_ms,
            fresh_for: wire.fresh_ns.map(Duration::from_nanos),
            database: Duration::from_nanos(wire.database_ns),
        },
        rows: ResultSet {
            columns: wire.columns.into_iter().map(column).collect(),
            rows: wire.rows.into_iter().map(values).collect(),
        },
    })
}

#[derive(serde::Serialize)]
struct WireRef<'a> {
    sql: &'a str,
    params: Cells<'a>,
    stored_ms: u64,
    fresh_ns: Option<u64>,
    database_ns: u64,
    columns: Columns<'a>,
    rows: Rows<'a>,
}

#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct Wire<'a> {
    #[serde(borrow)]
    sql: Cow<'a, str>,
    params: Vec<Cell>,
    stored_ms: u64,
    fresh_ns: Option<u64>,
    database_ns: u64,
    columns: Vec<(String, Option<String>)>,
    rows: Vec<Vec<Cell>>,
}

struct Columns<'a>(&'a [Column]);

impl Serialize for Columns<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.0.iter().map(|c| (&c.name, &c.declared_type)))
    }
}

struct Rows<'a>(&'a [Vec<Value>]);

impl Serialize for Rows<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.0.iter().map(|row| Cells(row)))
    }
}

struct Cells<'a>(&'a [Value]);

impl Serialize for Cells<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut seq = serializer.serialize_seq(Some(self.0.len()))?;
        for value in self.0 {
            seq.serialize_element(&CellRef(value))?;
        }
        seq.end()
    }
}

struct CellRef<'a>(&'a Value);

impl Serialize for CellRef<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let tagged = |serializer: S, tag: &str, text: &str| {
            let mut map = serializer.serialize_map(Some(1))?;
            map.serialize_entry(tag, text)?;
            map.end()
        };
        match self.0 {
            Value::Null => serializer.serialize_unit(),
            Value::Integer(i) => serializer.serialize_i64(*i),
            Value::Real(r) if r.is_finite() => serializer.serialize_f64(*r),
            Value::Real(r) => tagged(serializer, REAL, &r.to_string()),
            Value::Text(text) => serializer.serialize_str(text),
            Value::Blob(bytes) => {
                let mut hex = String::with_capacity(2 * bytes.len());
                push_hex(&mut hex, bytes);
                tagged(serializer, BLOB, &hex)
            }
        }
    }
}

const BLOB: &str = "$blob";
const REAL: &str = "$real";

/// One value on its way out of JSON.
struct Cell(Value);

impl<'de> Deserialize<'de> for Cell {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Cell, D::Error> {
        deserializer.deserialize_any(CellVisitor).map(Cell)
    }
}

struct CellVisitor;

impl<'de> Visitor<'de> for CellVisitor {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("null, a number, a text, a $blob or a $real")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_i64<E>(self, i: i64) -> Result<Value, E> {
        Ok(Value::Integer(i))
    }

    fn visit_u64<E: de::Error>(self, u: u64) -> Result<Value, E> {
        i64::try_from(u)
            .map(Value::Integer)
            .map_err(|_| E::custom("an integer beyond 64 bits"))
    }

    fn visit_f64<E>(self, r: f64) -> Result<Value, E> {
        Ok(Value::Real(r))
    }

    fn visit_str<E>(self, text: &str) -> Result<Value, E> {
        Ok(Value::Text(text.to_owned()))
    }

    fn visit_string<E>(self, text: String) -> Result<Value, E> {
        Ok(Value::Text(text))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Value, A::Error> {
        let (tag, text): (Cow<'de, str>, Cow<'de, str>) = map
            .next_entry()?
            .ok_or_else(|| de::Error::custom("an object without a member"))?;
        if map
            .next_entry::<de::IgnoredAny, de::IgnoredAny>()?
            .is_some()
        {
            return Err(de::Error::custom("an object of two members"));
        }
        match &*tag {
            BLOB => from_hex(&text)
                .map(Value::Blob)
                .ok_or_else(|| de::Error::custom("a $blob that is not hexadecimal")),
            REAL => match &*text {
                "inf" => Ok(Value::Real(f64::INFINITY)),
                "-inf" => Ok(Value::Real(f64::NEG_INFINITY)),
                "NaN" => Ok(Value::Real(f64::NAN)),
                _ => Err(de::Error::custom("a $real that is not inf, -inf or NaN")),
            },
            _ => Err(de::Error::custom("an object that is no $blob or $real")),
        }
    }
}

fn from_hex(text: &str) -> Option<Vec<u8>> {
    let digit = |byte: u8| char::from(byte).to_digit(16);
    let (pairs, rest) = text.as_bytes().as_chunks::<2>();
    if !rest.is_empty() {
        return None;
    }
    pairs
        .iter()
        .map(|[high, low]| u8::try_from(digit(*high)? * 16 + digit(*low)?).ok())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_person_can_read_it() {
        let rows = ResultSet {
            columns: vec![
                Column {
                    name: "name".into(),
                    declared_type: Some("TEXT".into()),
                },
                Column {
                    name: "x".into(),
                    declared_type: None,
                },
            ],
            rows: vec![
                vec![Value::Text("Ada".into()), Value::Real(5.0)],
                vec![Value::Blob(vec![0, 255]), Value::Real(f64::INFINITY)],
            ],
        };
        let stamp = Stamp {
            stored_ms: 7,
            fresh_for: Some(Duration::from_secs(30)),
            database: Duration::from_micros(4660),
        };
        let bytes = encode("select 1", &[Value::Integer(42)], stamp, &rows);
        insta::assert_snapshot!(String::from_utf8(bytes).unwrap(), @r#"{"sql":"select 1","params":[42],"stored_ms":7,"fresh_ns":30000000000,"database_ns":4660000,"columns":[["name","TEXT"],["x",null]],"rows":[["Ada",5.0],[{"$blob":"00ff"},{"$real":"inf"}]]}"#);
    }

    #[test]
    fn foreign_values_are_not_believed() {
        let entry = |rows: &str| {
            format!(
                r#"{{"sql":"s","params":[],"stored_ms":1,"fresh_ns":null,"database_ns":1,"columns":[["a",null]],"rows":{rows}}}"#
            )
        };
        assert!(decode(entry("[[1]]").as_bytes()).is_ok());
        for rows in [
            "[[1,2]]",
            "[[]]",
            "[[true]]",
            "[[18446744073709551615]]",
            r#"[[{"$blob":"0"}]]"#,
            r#"[[{"$blob":"zz"}]]"#,
            r#"[[{"$real":"1"}]]"#,
            r#"[[{"a":"b"}]]"#,
            r#"[[{}]]"#,
            "[[1]]x",
        ] {
            assert!(decode(entry(rows).as_bytes()).is_err(), "{rows}");
        }
        assert!(decode(b"").is_err());
        assert!(decode(b"+OK\r\n").is_err());
    }
}
