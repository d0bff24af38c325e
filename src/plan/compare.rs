//! Two statements beside each other: what each costs, and whether they answer
//! the same.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::time::Duration;

use rusqlite::Connection;
use rusqlite::types::ValueRef;

use super::error::Error;
use super::explain::explain_run;
use super::explanation::{Elapsed, Explanation};
use super::measure::{self, Repeat};
use crate::clock::Clock;

/// Rounds, and runs of each statement in a round: 9 runs in all.
const ROUNDS: u32 = 3;
const A_ROUND: Repeat = Repeat {
    at_most: 3,
    within: Duration::from_millis(400),
};

/// Two statements that were run in turns.
#[derive(Debug, Clone, PartialEq)]
pub struct Comparison {
    /// Both, with plans, counters and times.
    pub plans: [Explanation; 2],
    /// Whether they answer the same; `None` where one of them returns nothing
    /// or changes something.
    pub answers: Option<Answers>,
}

/// How two results compare. Values are the same when type and content are; 1
/// and 1.0 are not.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Answers {
    /// The same rows in the same order.
    Same,
    /// The same rows in another order.
    OtherOrder,
    /// Other rows.
    Different,
}

/// Runs both statements in turns and rolls back what they change.
///
/// # Errors
/// As [`explain_run`]'s, with the place, 0 or 1, of the statement at fault.
pub fn compare(
    conn: &Connection,
    sql: [&str; 2],
    clock: &Clock,
) -> Result<Comparison, (usize, Error)> {
    let once = Repeat {
        at_most: 1,
        within: Duration::ZERO,
    };
    let explained =
        |at: usize| explain_run(conn, sql[at], clock, once).map_err(|error| (at, error));
    let mut plans = [explained(0)?, explained(1)?];
    let mut times = [Vec::new(), Vec::new()];
    for _ in 0..ROUNDS {
        for (at, times) in times.iter_mut().enumerate() {
            let ran = measure::run_times(conn, &plans[at].sql, clock, A_ROUND);
            times.extend(ran.map_err(|error| (at, error))?);
        }
    }
    let printed = |at: usize| Print::of(conn, &plans[at].sql).map_err(|e| (at, Error::from(e)));
    let answers = match (printed(0)?, printed(1)?) {
        (Some(first), Some(second)) => Some(first.compared_to(&second)),
        _ => None,
    };
    for (plan, times) in plans.iter_mut().zip(times) {
        plan.elapsed = Some(Elapsed::of(times));
    }
    Ok(Comparison { plans, answers })
}

/// A fingerprint of a result, so that it need not be held in memory. Two
/// results that differ have the same one with a chance of 1 in 2^64.
#[derive(Debug, PartialEq, Eq)]
struct Print {
    columns: usize,
    rows: u64,
    /// Over the rows in their order.
    ordered: u64,
    /// The same for each order of the rows.
    unordered: u64,
}

impl Print {
    /// `None` for a statement that returns nothing or changes something.
    fn of(conn: &Connection, sql: &str) -> rusqlite::Result<Option<Print>> {
        let mut statement = conn.prepare(sql)?;
        let columns = statement.column_count();
        if columns == 0 || !statement.readonly() {
            return Ok(None);
        }
        let (mut count, mut ordered, mut unordered) = (0, DefaultHasher::new(), 0_u64);
        let mut rows = statement.raw_query();
        while let Some(row) = rows.next()? {
            let mut hasher = DefaultHasher::new();
            for column in 0..columns {
                hash(row.get_ref(column)?, &mut hasher);
            }
            let hashed = hasher.finish();
            hashed.hash(&mut ordered);
            unordered = unordered.wrapping_add(hashed);
            count += 1;
        }
        Ok(Some(Print {
            columns,
            rows: count,
            ordered: ordered.finish(),
            unordered,
        }))
    }

    fn compared_to(&self, other: &Print) -> Answers {
        let alike = (self.columns, self.rows, self.unordered)
            == (other.columns, other.rows, other.unordered);
        match alike {
            true if self.ordered == other.ordered => Answers::Same,
            true => Answers::OtherOrder,
            false => Answers::Different,
        }
    }
}

fn hash(value: ValueRef<'_>, hasher: &mut DefaultHasher) {
    match value {
        ValueRef::Null => 0_u8.hash(hasher),
        ValueRef::Integer(n) => (1_u8, n).hash(hasher),
        ValueRef::Real(x) => (2_u8, x.to_bits()).hash(hasher),
        ValueRef::Text(text) => (3_u8, text).hash(hasher),
        ValueRef::Blob(bytes) => (4_u8, bytes).hash(hasher),
    }
}
