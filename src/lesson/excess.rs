//! An answer that was stopped: what it had done until then, and what in it
//! makes so much work, where that can be told.

use std::fmt;

use rusqlite::Connection;

use crate::plan::{self, Operation};
use crate::sql::{Schema, lint};
use crate::units::{count, counted};

/// VM steps that one statement of an attempt may take: a second or two. The
/// same on every machine, so that a verdict is.
pub(super) const STEPS: u64 = 100_000_000;

/// Rows that an answer may return.
pub(super) const MOST_ROWS: u64 = 200_000;

/// What a statement had done when its budget was spent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Excess {
    /// The rows it had returned; `None` for a statement that returns none.
    pub rows: Option<u64>,
    /// What makes so much work; `None` where that is not known.
    pub cause: Option<Cause>,
}

/// What makes a statement cost too much.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Cause {
    /// Tables that nothing joins; the sentence names them.
    Unjoined(String),
    /// A WITH that refers to itself.
    Recursion,
}

impl Excess {
    /// Of `sql`, which was stopped on `conn` after so many rows. `schema` is
    /// that of `conn`, if known.
    pub(super) fn of(
        conn: &Connection,
        schema: Option<&Schema>,
        sql: &str,
        rows: Option<u64>,
    ) -> Excess {
        let unjoined = schema.and_then(|schema| {
            let mut found = lint::lint(sql, schema, false).into_iter();
            found.find(|finding| finding.code == lint::CARTESIAN_JOIN)
        });
        let recurs = || {
            let plan = plan::explain(conn, sql).ok()?;
            let mut nodes = plan.nodes.iter();
            nodes
                .any(|node| node.operation == Operation::RecursiveStep)
                .then_some(Cause::Recursion)
        };
        let cause = unjoined.map(|finding| Cause::Unjoined(finding.message));
        Excess {
            rows,
            cause: cause.or_else(recurs),
        }
    }
}

impl fmt::Display for Excess {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.rows {
            Some(rows) if rows >= MOST_ROWS => write!(
                f,
                "stopped at {} rows: far more than the task needs",
                count(rows)
            )?,
            rows => {
                write!(f, "stopped after {} VM steps", count(STEPS))?;
                match rows {
                    None => {}
                    Some(0) => write!(f, " and not one row")?,
                    Some(rows) => write!(f, " and {}", counted(rows, "row", "rows"))?,
                }
                write!(f, ": far more work than the task needs")?;
            }
        }
        match &self.cause {
            None => Ok(()),
            Some(Cause::Unjoined(sentence)) => {
                write!(f, ". {sentence} Is a join condition missing?")
            }
            Some(Cause::Recursion) => write!(
                f,
                ". Does its recursion end? The second SELECT of a recursive WITH must at some \
                 point find no more rows."
            ),
        }
    }
}
