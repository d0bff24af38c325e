//! Cached results as bytes: JSON that a person can read in `redis-cli get`, or
//! MessagePack, which is smaller and quicker to read. Both give back exactly
//! the values that went in.
//!
//! An entry repeats what it answers, and is believed only when that is what
//! was asked.

mod json;
mod message_pack;

use std::str::FromStr;
use std::time::Duration;

use crate::sandbox::{ResultSet, Value};

/// How results are written into the cache. Either is read back whatever was
/// chosen since.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Encoding {
    /// Text that `redis-cli get` shows.
    #[default]
    Json,
    /// <https://msgpack.org>, with the names left out.
    MessagePack,
}

impl Encoding {
    /// All of them.
    pub const ALL: [Encoding; 2] = [Encoding::Json, Encoding::MessagePack];

    /// The word on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Encoding::Json => "json",
            Encoding::MessagePack => "msgpack",
        }
    }
}

/// The word names no encoding.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("unknown encoding {0:?}: there are json and msgpack")]
pub struct UnknownEncoding(String);

impl FromStr for Encoding {
    type Err = UnknownEncoding;

    fn from_str(word: &str) -> Result<Encoding, UnknownEncoding> {
        Encoding::ALL
            .into_iter()
            .find(|known| known.name().eq_ignore_ascii_case(word))
            .ok_or_else(|| UnknownEncoding(word.to_owned()))
    }
}

/// A result with what the cache layer has to know of it.
#[derive(Debug, Clone, PartialEq)]
pub struct Entry {
    /// The statement it answers, in its normal form.
    pub sql: String,
    /// The values of the statement's parameters.
    pub params: Vec<Value>,
    /// When it was made, and for how long it holds.
    pub stamp: Stamp,
    /// The result itself.
    pub rows: ResultSet,
}

/// What is to be known of a result besides what it says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Stamp {
    /// When the database was asked for it, in milliseconds since 1970.
    pub stored_ms: u64,
    /// How old it may become; `None`: as old as the server keeps it.
    pub fresh_for: Option<Duration>,
    /// How long the database took for it.
    pub database: Duration,
}

/// The bytes are no entry of ours.
#[derive(Debug, thiserror::Error)]
#[error("the cached value cannot be read: {0}")]
pub struct BadEntry(String);

/// A write that waits in the cache for the database to get it.
#[derive(Debug, Clone, PartialEq)]
pub struct QueuedWrite {
    /// Which of the writes it is.
    pub number: u64,
    /// The statement as it was written.
    pub sql: String,
    /// The values of its parameters.
    pub params: Vec<Value>,
}

/// The text to queue for a write: JSON, whatever results are written in, as
/// `LRANGE` is worth a look.
pub fn encode_write(number: u64, sql: &str, params: &[Value]) -> Vec<u8> {
    json::encode_write(number, sql, params)
}

/// Reads back what [`encode_write`] wrote.
///
/// # Errors
/// [`BadEntry`] for anything else.
pub fn decode_write(bytes: &[u8]) -> Result<QueuedWrite, BadEntry> {
    json::decode_write(bytes)
}

/// The bytes to cache for `rows`, the answer to `sql` with `params`.
pub fn encode(
    encoding: Encoding,
    sql: &str,
    params: &[Value],
    stamp: Stamp,
    rows: &ResultSet,
) -> Vec<u8> {
    match encoding {
        Encoding::Json => json::encode(sql, params, stamp, rows),
        Encoding::MessagePack => message_pack::encode(sql, params, stamp, rows),
    }
}

/// Reads back what [`encode`] wrote, in either encoding.
///
/// # Errors
/// [`BadEntry`] for anything else, also for rows that do not fit the columns.
pub fn decode(bytes: &[u8]) -> Result<Entry, BadEntry> {
    if bytes.first() == Some(&message_pack::FIRST) {
        message_pack::decode(bytes)
    } else {
        json::decode(bytes)
    }
}

/// Whether `entry` answers this statement with these parameters.
pub fn answers(entry: &Entry, sql: &str, params: &[Value]) -> bool {
    let same = |(a, b): (&Value, &Value)| match (a, b) {
        // Bit by bit, as in the key.
        (Value::Real(a), Value::Real(b)) => a.to_bits() == b.to_bits(),
        (a, b) => a == b,
    };
    entry.sql == sql
        && entry.params.len() == params.len()
        && entry.params.iter().zip(params).all(same)
}

/// Appends `bytes` in lower-case hexadecimal.
pub(crate) fn push_hex(out: &mut String, bytes: &[u8]) {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    for byte in bytes {
        out.push(char::from(DIGITS[usize::from(byte >> 4)]));
        out.push(char::from(DIGITS[usize::from(byte & 15)]));
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::sandbox::Column;

    fn encoding() -> impl Strategy<Value = Encoding> {
        prop::sample::select(Encoding::ALL.to_vec())
    }

    fn value() -> impl Strategy<Value = Value> {
        prop_oneof![
            Just(Value::Null),
            any::<i64>().prop_map(Value::Integer),
            any::<f64>()
                .prop_filter("SQLite has no NaN", |r| !r.is_nan())
                .prop_map(Value::Real),
            prop::sample::select(vec![
                f64::INFINITY,
                f64::NEG_INFINITY,
                -0.0,
                5.0,
                1e300,
                f64::MIN_POSITIVE / 3.0,
            ])
            .prop_map(Value::Real),
            ".*".prop_map(Value::Text),
            Just(Value::Text(r#"{"$blob":"00"}"#.into())),
            prop::collection::vec(any::<u8>(), 0..40).prop_map(Value::Blob),
        ]
    }

    fn result_set() -> impl Strategy<Value = ResultSet> {
        (0..5_usize).prop_flat_map(|width| {
            let column = (".*", prop::option::of(".*")).prop_map(|(name, declared_type)| Column {
                name,
                declared_type,
            });
            let row = prop::collection::vec(value(), width);
            (
                prop::collection::vec(column, width),
                prop::collection::vec(row, 0..6),
            )
                .prop_map(|(columns, rows)| ResultSet { columns, rows })
        })
    }

    proptest! {
        #[test]
        fn what_went_in_comes_out(
            sql in ".*",
            params in prop::collection::vec(value(), 0..4),
            stored_ms in any::<u64>(),
            fresh_ns in any::<Option<u64>>(),
            database_ns in any::<u64>(),
            rows in result_set(),
            encoding in encoding(),
        ) {
            let stamp = Stamp {
                stored_ms,
                fresh_for: fresh_ns.map(Duration::from_nanos),
                database: Duration::from_nanos(database_ns),
            };
            let bytes = encode(encoding, &sql, &params, stamp, &rows);
            let entry = decode(&bytes).unwrap();
            prop_assert!(answers(&entry, &sql, &params));
            prop_assert_eq!(entry.stamp, stamp);
            // Debug tells -0.0 from 0.0, which == does not.
            prop_assert_eq!(format!("{:?}", entry.rows), format!("{rows:?}"));
            let write = decode_write(&encode_write(stored_ms, &sql, &params)).unwrap();
            let given = QueuedWrite { number: stored_ms, sql, params };
            prop_assert_eq!(format!("{write:?}"), format!("{given:?}"));
        }

        #[test]
        fn damage_is_an_error_or_changes_nothing_unseen(
            rows in result_set(),
            encoding in encoding(),
            cut in any::<prop::sample::Index>(),
        ) {
            let bytes = encode(encoding, "select 1", &[], Stamp::default(), &rows);
            let cut = cut.index(bytes.len());
            prop_assert!(decode(&bytes[..cut]).is_err());
        }
    }

    #[test]
    fn the_words_are_read_back() {
        for encoding in Encoding::ALL {
            assert_eq!(encoding.name().parse(), Ok(encoding));
        }
        assert!("bson".parse::<Encoding>().is_err());
    }

    proptest! {
        #[test]
        fn any_bytes_at_all_are_read_or_refused(
            mut bytes in prop::collection::vec(any::<u8>(), 0..200),
            ours in any::<bool>(),
        ) {
            if let (true, Some(first)) = (ours, bytes.first_mut()) {
                *first = message_pack::FIRST;
            }
            let _ = decode(&bytes);
        }
    }

    #[test]
    fn an_entry_answers_only_its_own_question() {
        let bytes = encode(
            Encoding::Json,
            "s",
            &[Value::Integer(1)],
            Stamp::default(),
            &ResultSet::default(),
        );
        let entry = decode(&bytes).unwrap();
        assert!(answers(&entry, "s", &[Value::Integer(1)]));
        assert!(!answers(&entry, "s", &[Value::Real(1.0)]));
        assert!(!answers(&entry, "s", &[]));
        assert!(!answers(&entry, "t", &[Value::Integer(1)]));
    }
}
