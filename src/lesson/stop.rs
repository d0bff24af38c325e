//! Why an attempt could not be replayed to its end.

use std::fmt;

use super::excess::Excess;
use super::feedback::Feedback;
use crate::interrupt::Interrupt;
use crate::sandbox::Error;

/// Why replaying ended early.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Stop {
    /// There was no query among the statements.
    NoQuery,
    /// No statement changed anything, and some should.
    NoChange,
    /// A transaction was open at the end.
    OpenTransaction,
    /// The connections took other turns than the task asks for.
    Turns {
        /// As asked for.
        expected: Vec<String>,
        /// As taken.
        got: Vec<String>,
    },
    /// SQLite or the guard refused one.
    Failed(String),
    /// One ran past its budget.
    TooMuchWork(Excess),
    /// Ctrl-C.
    Interrupted,
}

impl Stop {
    /// Whether two answers stopped for the same reason. What one that costs
    /// too much calls its tables is no matter.
    pub(super) fn is_like(&self, other: &Stop) -> bool {
        matches!((self, other), (Stop::TooMuchWork(_), Stop::TooMuchWork(_))) || self == other
    }
}

impl fmt::Display for Stop {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Stop::Failed(message) => f.write_str(message),
            other => Feedback::from(other).fmt(f),
        }
    }
}

/// What an error means here.
pub(super) fn stop_of(error: Error, interrupt: &Interrupt) -> Stop {
    match error {
        Error::Interrupted if interrupt.is_raised() => Stop::Interrupted,
        // SQLite calls the end of a budget an interrupt, too.
        Error::Interrupted | Error::TimeLimit(_) => too_much(None),
        other => Stop::Failed(other.to_string()),
    }
}

/// A statement was stopped after so many rows, for a reason that is not known.
pub(super) fn too_much(rows: Option<u64>) -> Stop {
    Stop::TooMuchWork(Excess { rows, cause: None })
}
