//! LIMIT without ORDER BY: which rows is left to chance.

use sqlparser::ast::{GroupByExpr, LimitClause, SetExpr, TableFactor};

use super::Lint;
use super::bare_column::has_aggregate;
use super::offset_paging::number;
use super::reading::{QueryAt, Reading};
use super::scope::Scope;
use crate::units;

pub(super) const LINT: Lint = Lint {
    code: "limit-without-order",
    check,
};

fn check(reading: &Reading<'_>) -> Option<String> {
    reading.queries.iter().find_map(|at| any_rows(reading, at))
}

fn any_rows(reading: &Reading<'_>, at: &QueryAt) -> Option<String> {
    let query = &at.query;
    let (limit, skips) = match query.limit_clause.as_ref()? {
        LimitClause::LimitOffset {
            limit: Some(limit),
            offset,
            ..
        } => (limit, offset.is_some()),
        LimitClause::OffsetCommaLimit { limit, .. } => (limit, true),
        LimitClause::LimitOffset { limit: None, .. } => return None,
    };
    let rows = number(limit);
    // Fewer rows than it allows: there were no others to choose from.
    let given = reading.rows.filter(|_| at.is_whole && !skips);
    if let (Some(given), Some(rows)) = (given, rows)
        && given < rows
    {
        return None;
    }
    if at.limit_is_fine || query.order_by.is_some() || rows == Some(0) {
        return None;
    }
    let SetExpr::Select(select) = &*query.body else {
        return None;
    };
    let is_ordered_inside = select.from.iter().any(|part| {
        matches!(&part.relation, TableFactor::Derived { subquery, .. } if subquery.order_by.is_some())
    });
    let is_grouped =
        !matches!(&select.group_by, GroupByExpr::Expressions(terms, _) if terms.is_empty());
    let is_one_row = has_aggregate(select) && !is_grouped;
    let scope = Scope::of_select((**select).clone(), reading.schema, &reading.ctes);
    let is_pinned = (0..scope.sources.len()).all(|place| scope.is_one_row(place));
    let is_of_tables = scope.sources.iter().any(|source| source.stored().is_some());
    if is_ordered_inside || is_one_row || is_pinned || !is_of_tables {
        return None;
    }
    Some(match rows {
        Some(1) => "Which row? Nothing orders them.".to_owned(),
        Some(rows) => format!("Which {} rows? Nothing orders them.", units::count(rows)),
        None => "Which rows? Nothing orders them.".to_owned(),
    })
}
