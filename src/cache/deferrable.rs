//! Which writes may wait in a queue, and why the others may not.

use std::fmt;

use super::cacheable::{StatementFacts, changing_function};
use crate::units;

/// Why a write does not wait in the queue of write-behind.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Undeferrable {
    /// A transaction is open: its owner decides when it counts.
    InTransaction,
    /// `RETURNING`: its rows are wanted now.
    Returning,
    /// The named function gives another value later.
    Function(String),
    /// Temporary and attached tables belong to one connection.
    TemporaryTable,
    /// Its text and values take so many bytes.
    TooLong(usize),
}

/// A write of more bytes than this is no entry for a queue.
const LONGEST: usize = 16 << 10;

impl Undeferrable {
    /// Why the write with these facts must not wait; `None` if it may. `bytes`
    /// is what it would take in the queue.
    pub fn reason(facts: &StatementFacts, bytes: usize) -> Option<Undeferrable> {
        if facts.in_transaction {
            return Some(Undeferrable::InTransaction);
        }
        if facts.is_query {
            return Some(Undeferrable::Returning);
        }
        if facts.reads_temp {
            return Some(Undeferrable::TemporaryTable);
        }
        if let Some(function) = changing_function(facts) {
            return Some(Undeferrable::Function(function.to_ascii_lowercase()));
        }
        (bytes > LONGEST).then_some(Undeferrable::TooLong(bytes))
    }
}

impl fmt::Display for Undeferrable {
    /// A reason that reads on after `not queued: `.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Undeferrable::InTransaction => f.write_str("a transaction is open"),
            Undeferrable::Returning => f.write_str("RETURNING wants its rows now"),
            Undeferrable::Function(name) => {
                write!(f, "{name}() would give another value later")
            }
            Undeferrable::TemporaryTable => {
                f.write_str("a temporary or attached table belongs to one connection")
            }
            Undeferrable::TooLong(bytes) => {
                write!(f, "its {} are too much", units::bytes(*bytes as u64))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn write() -> StatementFacts {
        StatementFacts {
            writes: vec!["orders".into()],
            functions: vec!["abs".into()],
            ..StatementFacts::default()
        }
    }

    #[test]
    fn each_reason_is_told() {
        let because = |facts: StatementFacts| {
            let why = Undeferrable::reason(&facts, 100);
            why.map(|why| why.to_string()).unwrap_or_default()
        };
        assert_eq!(because(write()), "");
        let open = StatementFacts {
            in_transaction: true,
            ..write()
        };
        assert_eq!(because(open), "a transaction is open");
        let returning = StatementFacts {
            is_query: true,
            ..write()
        };
        assert_eq!(because(returning), "RETURNING wants its rows now");
        let random = StatementFacts {
            functions: vec!["RANDOM".into()],
            ..write()
        };
        assert_eq!(because(random), "random() would give another value later");
        let long = Undeferrable::reason(&write(), 20_000).unwrap();
        assert_eq!(long.to_string(), "its 20 kB are too much");
    }
}
