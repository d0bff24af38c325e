//! Pages by OFFSET: each one reads all pages before it.

use sqlparser::ast::{Expr, LimitClause, Value};

use super::Lint;
use super::reading::Reading;
use crate::units;

pub(super) const LINT: Lint = Lint {
    code: "offset-paging",
    check,
};

/// Rows to skip from which on it is worth a word: the first few pages cost
/// next to nothing.
const MANY: u64 = 100;

fn check(reading: &Reading<'_>) -> Option<String> {
    let skipped = reading.queries.iter().find_map(|at| {
        let offset = match at.query.limit_clause.as_ref()? {
            LimitClause::LimitOffset { offset, .. } => &offset.as_ref()?.value,
            LimitClause::OffsetCommaLimit { offset, .. } => offset,
        };
        number(offset).filter(|&rows| rows >= MANY)
    })?;
    Some(format!(
        "OFFSET reads {} rows to throw them away.",
        units::count(skipped)
    ))
}

/// A whole number, written as such.
pub(super) fn number(expr: &Expr) -> Option<u64> {
    match expr {
        Expr::Value(value) => match &value.value {
            Value::Number(text, _) => text.parse().ok(),
            _ => None,
        },
        _ => None,
    }
}
