//! The first turns of a join's nested loops, with the rows that they find.
//!
//! `reading` takes the statement apart: tables, and which of them each
//! condition needs. The plan says in which order SQLite nests the tables.
//! `turns` then carries out the first turns of those loops, one small query a
//! turn, so that a join of any size costs little.

mod reading;
mod turns;

use rusqlite::Connection;

use super::error::Error as PlanError;
use super::explain::explain;
use super::explanation::Explanation;
use super::operation::Operation;
use super::{capture, catalog::Catalog};
use crate::sandbox::{Bindings, bindings};
use reading::Reading;

pub use turns::{MOST_ROWS, Row, Turn};

/// The first turns of a join.
#[derive(Debug, Clone, PartialEq)]
pub struct Turns {
    /// The plan.
    pub plan: Explanation,
    /// The tables from the outermost loop inwards.
    pub tables: Vec<Table>,
    /// The first turns of the outermost loop.
    pub turns: Vec<Turn>,
    /// Where none of those found anything: the first that did.
    pub later: Vec<Turn>,
    /// Whether there are further turns.
    pub more: bool,
    /// Whether rows are grouped, or duplicates dropped, afterwards.
    pub grouped: bool,
}

/// The table of one loop.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Table {
    /// What the statement calls it.
    pub alias: String,
    /// Its own name.
    pub name: String,
    /// Whether a LEFT JOIN keeps rows without a partner in it.
    pub left: bool,
}

/// Why a statement's loops cannot be shown.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// One table, or none.
    #[error("this query has no join: {}", match table { Some(table) => format!("its only loop reads {table}"), None => "it reads no table".to_owned() })]
    NoJoin {
        /// The table that it reads.
        table: Option<String>,
    },
    /// No SELECT.
    #[error("the loops of a SELECT can be shown, and this is none, or one with several parts")]
    NoSelect,
    /// A statement that only SQLite can read.
    #[error(
        "SQLite runs this statement, but it could not be taken apart here; joins written as JOIN .. ON are understood"
    )]
    Unread,
    /// A source whose rows have no name.
    #[error(
        "{0} is no table, so its rows cannot be found again one by one: the loops of joins between tables can be shown"
    )]
    NoTable(String),
    /// A kind of join whose loops are not shown.
    #[error("the loops of a {0} cannot be shown; those of JOIN and LEFT JOIN can")]
    Kind(&'static str),
    /// What is wrong with the statement.
    #[error(transparent)]
    Statement(#[from] PlanError),
    /// What SQLite said otherwise.
    #[error(transparent)]
    Sqlite(#[from] rusqlite::Error),
}

/// Carries out the first turns of the loops of `sql`.
///
/// It reads what those turns read, and counts at most
/// [`MOST_ROWS`] rows for each of them.
///
/// # Errors
/// When there is a mistake in `sql`, a parameter without a value, no join, or
/// one whose loops cannot be shown.
pub fn turns(conn: &Connection, sql: &str, given: &Bindings) -> Result<Turns, Error> {
    let values = {
        let statement = conn.prepare(capture::only_statement(conn, sql)?)?;
        given.values(&statement).map_err(PlanError::Parameters)?
    };
    // The loops are carried out by statements of their own, so the values must
    // stand in the text.
    let sql = &bindings::replaced(sql, |number| {
        let value = number.checked_sub(1).and_then(|at| values.get(at));
        value.map_or_else(|| "NULL".to_owned(), bindings::written)
    });
    let plan = explain(conn, sql)?;
    let catalog = Catalog(conn);
    let reading = Reading::of(&plan.sql, &catalog);
    if let Err(error @ Error::NoSelect) = reading {
        return Err(error);
    }
    let loops = loops(&plan);
    if let [] | [_] = loops.as_slice() {
        let table = loops.first().map(|it| it.name.clone());
        return Err(Error::NoJoin { table });
    }
    let reading = reading?;
    let nest = turns::Nest::of(conn, &reading, &loops)?;
    let (turns, more) = nest.turns()?;
    let later = if more && turns.iter().all(|turn| turn.rows == 0) {
        nest.later()?
    } else {
        Vec::new()
    };
    Ok(Turns {
        tables: nest.tables(),
        turns,
        later,
        more,
        grouped: reading.grouped,
        plan,
    })
}

/// One loop of the outermost query.
struct Level {
    /// What the statement calls its table.
    name: String,
    /// It keeps rows without a partner.
    left: bool,
    /// How to write that it reads the table as the plan says.
    hint: String,
}

/// The loops of the outermost query, from the outside in.
fn loops(plan: &Explanation) -> Vec<Level> {
    let mut loops = Vec::new();
    for node in plan.children(None) {
        // An OR searches the same table once for each of its sides.
        let inner = match &node.operation {
            Operation::MultiIndexOr => plan
                .children(Some(node.id))
                .flat_map(|side| plan.children(Some(side.id)).chain([side]))
                .find_map(|it| it.operation.as_loop()),
            operation => operation.as_loop(),
        };
        // EXISTS may become a loop, too; its table gives no rows to the join.
        if let Some(it) = inner
            && !it.exists
            && !node.checks_foreign_key
        {
            let name = it
                .source
                .name()
                .map_or_else(|| "a subquery".to_owned(), str::to_owned);
            loops.push(Level {
                name,
                left: it.left_join,
                hint: match it.index() {
                    Some(index) => format!(" INDEXED BY {}", super::catalog::quoted(index)),
                    None => String::new(),
                },
            });
        }
    }
    loops
}
