//! The first turns of a join's nested loops, with the rows that they find.
//!
//! `reading` takes the statement apart: tables, and which of them each
//! condition needs. What is no table (`derived`: a CTE, a subquery, a view) is
//! made one for as long as that takes. The plan says in which order SQLite nests the tables.
//! `turns` then carries out the first turns of those loops, one small query a
//! turn, so that a join of any size costs little.

mod derived;
mod reading;
mod turns;

use rusqlite::Connection;

use super::error::Error as PlanError;
use super::explain::explain;
use super::explanation::Explanation;
use super::operation::Operation;
use super::{capture, catalog::Catalog, measure::Undo};
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
    /// What a RIGHT or FULL JOIN adds after the loops.
    pub unmatched: Option<Unmatched>,
    /// Whether rows are grouped, or duplicates dropped, afterwards.
    pub grouped: bool,
}

/// The rows of the inner table that no row of the outer one met.
#[derive(Debug, Clone, PartialEq)]
pub struct Unmatched {
    /// The first of them.
    pub first: Vec<Row>,
    /// All of them, [`MOST_ROWS`] at most.
    pub rows: u64,
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
        "{0} is no table, so its rows cannot be found again one by one: the loops of joins between tables, views and subqueries can be shown"
    )]
    NoTable(String),
    /// A view, CTE or subquery that is a join itself.
    #[error(
        "SQLite merges {0} into the query around it, so that no loop is over its rows: write its tables into the FROM to see their loops"
    )]
    Merged(String),
    /// A RIGHT or FULL JOIN whose loops are not shown.
    #[error("the loops of a RIGHT or FULL JOIN {0} cannot be shown")]
    Outer(&'static str),
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
/// [`MOST_ROWS`] rows for each of them. The rows of a CTE, a subquery or a view
/// in the FROM are written into a temporary table first, which is taken back.
///
/// # Errors
/// When there is a mistake in `sql`, a parameter without a value, no join, or
/// one whose loops cannot be shown.
pub fn turns(conn: &Connection, sql: &str, given: &Bindings) -> Result<Turns, Error> {
    let values = {
        let sql = capture::only_statement(conn, sql)?;
        let statement = conn.prepare(sql)?;
        given
            .values(&statement, sql)
            .map_err(PlanError::Parameters)?
    };
    // The loops are carried out by statements of their own, so the values must
    // stand in the text.
    let sql = &bindings::replaced(sql, |number| {
        let value = number.checked_sub(1).and_then(|at| values.get(at));
        value.map_or_else(|| "NULL".to_owned(), bindings::written)
    });
    let plan = explain(conn, sql)?;
    let catalog = Catalog(conn);
    let _undo = Undo::begin(conn)?;
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
    let derived = reading.items.iter().find(|it| it.derived);
    let derived = derived.map(|it| it.alias.clone());
    carried_out(conn, plan, &reading, &loops).map_err(|error| match (error, derived) {
        // MATCH and the like ask the virtual table itself.
        (Error::Sqlite(rusqlite::Error::SqlInputError { .. }), Some(alias)) => {
            Error::NoTable(alias)
        }
        (error, _) => error,
    })
}

fn carried_out(
    conn: &Connection,
    plan: Explanation,
    reading: &Reading,
    loops: &[Level],
) -> Result<Turns, Error> {
    let mut nodes = plan.nodes.iter().map(|it| &it.operation);
    let right = nodes.any(|it| matches!(it, Operation::RightJoin(_)));
    let nest = turns::Nest::of(conn, reading, loops)?;
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
        unmatched: if right { Some(nest.unmatched()?) } else { None },
        grouped: reading.grouped,
        plan,
    })
}

/// What a loop over a subquery without a name is called.
const UNNAMED: &str = "a subquery";

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
                .map_or_else(|| UNNAMED.to_owned(), str::to_owned);
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
