//! UPDATE or DELETE of every row.

use sqlparser::ast::{FromTable, Statement, TableFactor};

use super::Lint;
use super::reading::{Reading, parse};
use super::scope::last_name;

pub(super) const LINT: Lint = Lint {
    code: "write-without-where",
    check,
};

/// A write that takes a whole table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WholeTable {
    /// The table.
    pub table: String,
    /// Whether the rows go; otherwise they change.
    pub deletes: bool,
}

/// The table of which `sql` writes every row; `None` when it has a WHERE, even
/// `WHERE true`, or writes nothing, or cannot be read.
pub fn whole_table(sql: &str) -> Option<WholeTable> {
    of_statement(&parse(sql)?)
}

fn of_statement(statement: &Statement) -> Option<WholeTable> {
    let (table, deletes) = match statement {
        Statement::Update(it) if it.selection.is_none() && it.limit.is_none() => (&it.table, false),
        Statement::Delete(it) if it.selection.is_none() && it.limit.is_none() => {
            let (FromTable::WithFromKeyword(from) | FromTable::WithoutKeyword(from)) = &it.from;
            (from.first()?, true)
        }
        _ => return None,
    };
    let TableFactor::Table { name, .. } = &table.relation else {
        return None;
    };
    Some(WholeTable {
        table: last_name(name)?,
        deletes,
    })
}

fn check(reading: &Reading<'_>) -> Option<String> {
    let whole = of_statement(&reading.statement)?;
    let did = if whole.deletes { "deleted" } else { "changed" };
    Some(format!("No WHERE: every row of {} was {did}.", whole.table))
}
