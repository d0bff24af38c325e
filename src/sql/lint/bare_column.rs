//! A column beside an aggregate that its group does not determine: SQLite
//! takes it from any row of the group.
//!
//! Beside one `min()` or `max()` it comes from the row that has it, which is
//! documented and useful (<https://sqlite.org/lang_select.html#bareagg>).

use std::collections::HashSet;
use std::ops::ControlFlow;

use sqlparser::ast::{BinaryOperator, Expr, Function, GroupByExpr, Select, SelectItem};

use super::Lint;
use super::nulls::{arguments, function_name};
use super::offset_paging::number;
use super::reading::Reading;
use super::scope::{Scope, bare};
use crate::sql::{AGGREGATES, own_expressions};

pub(super) const LINT: Lint = Lint {
    code: "bare-column",
    check,
};

fn check(reading: &Reading<'_>) -> Option<String> {
    reading.scopes.iter().find_map(|scope| {
        let select = scope.select.as_ref()?;
        let column = bare_column(scope, select)?;
        Some(format!(
            "Which {column}? A group has many; any one is shown."
        ))
    })
}

fn bare_column(scope: &Scope<'_>, select: &Select) -> Option<String> {
    let GroupByExpr::Expressions(terms, _) = &select.group_by else {
        return None;
    };
    let calls = aggregates(select);
    let extremes = calls.iter().filter(|name| *name == "min" || *name == "max");
    if scope.unclear || (terms.is_empty() && calls.is_empty()) || extremes.count() == 1 {
        return None;
    }
    let grouped: Vec<&Expr> = terms.iter().map(|term| meant(term, select)).collect();
    let texts: HashSet<String> = grouped.iter().map(|it| it.to_string()).collect();
    let known = determined(scope, &grouped);
    select.projection.iter().find_map(|item| match item {
        SelectItem::UnnamedExpr(expr) | SelectItem::ExprWithAlias { expr, .. } => {
            undetermined(scope, expr, &texts, &known)
        }
        _ => None,
    })
}

/// The expression that a term of GROUP BY stands for: an alias and a number
/// name one of the result's columns.
fn meant<'e>(term: &'e Expr, select: &'e Select) -> &'e Expr {
    let item = match (bare(term), number(term)) {
        (_, Some(place)) => usize::try_from(place)
            .ok()
            .and_then(|place| select.projection.get(place.checked_sub(1)?)),
        (Expr::Identifier(name), _) => select.projection.iter().find(|item| {
            matches!(item, SelectItem::ExprWithAlias { alias, .. }
                if alias.value.eq_ignore_ascii_case(&name.value))
        }),
        _ => None,
    };
    match item {
        Some(SelectItem::UnnamedExpr(expr) | SelectItem::ExprWithAlias { expr, .. }) => bare(expr),
        _ => bare(term),
    }
}

/// The columns of which a group has one value: what is grouped by, what WHERE
/// sets, what is joined to those, and whatever their keys single out.
fn determined(scope: &Scope<'_>, grouped: &[&Expr]) -> HashSet<(usize, String)> {
    let place = |expr: &Expr| {
        scope
            .column(expr)
            .map(|(at, column)| (at, column.name.clone()))
    };
    let mut known: HashSet<(usize, String)> = grouped.iter().filter_map(|it| place(it)).collect();
    let pinned = scope.filters.iter().filter_map(|it| scope.pinned(it));
    known.extend(pinned.filter_map(|(column, _)| place(column)));
    loop {
        let before = known.len();
        for condition in scope.conditions() {
            if let Expr::BinaryOp {
                left,
                op: BinaryOperator::Eq,
                right,
            } = condition
                && let (Some(left), Some(right)) = (place(left), place(right))
                && (known.contains(&left) || known.contains(&right))
            {
                known.extend([left, right]);
            }
        }
        for (at, source) in scope.sources.iter().enumerate() {
            let Some(table) = source.table else { continue };
            for column in &table.columns {
                let shared = scope
                    .using
                    .iter()
                    .any(|u| u.eq_ignore_ascii_case(&column.name))
                    && known
                        .iter()
                        .any(|(_, name)| name.eq_ignore_ascii_case(&column.name));
                if shared {
                    known.insert((at, column.name.clone()));
                }
            }
            let has = |column: &&str| known.contains(&(at, (*column).to_owned()));
            if table.keys().iter().any(|key| key.iter().all(has)) {
                known.extend(table.columns.iter().map(|c| (at, c.name.clone())));
            }
        }
        if known.len() == before {
            return known;
        }
    }
}

/// A column in `expr` of which a group may have several values.
fn undetermined(
    scope: &Scope<'_>,
    expr: &Expr,
    texts: &HashSet<String>,
    known: &HashSet<(usize, String)>,
) -> Option<String> {
    let expr = bare(expr);
    if texts.contains(&expr.to_string()) {
        return None;
    }
    let within = |inner: &Expr| undetermined(scope, inner, texts, known);
    match expr {
        Expr::Identifier(_) | Expr::CompoundIdentifier(_) => {
            let (at, column) = scope.column(expr)?;
            // What a view or an expression of it determines is not known.
            scope.sources[at].stored()?;
            (!known.contains(&(at, column.name.clone()))).then(|| column.name.clone())
        }
        Expr::BinaryOp { left, right, .. } => within(left).or_else(|| within(right)),
        Expr::UnaryOp { expr, .. }
        | Expr::Cast { expr, .. }
        | Expr::Collate { expr, .. }
        | Expr::Substring { expr, .. }
        | Expr::Trim { expr, .. } => within(expr),
        Expr::Function(function) if function.over.is_none() && !is_aggregate(function) => {
            arguments(function).into_iter().find_map(within)
        }
        _ => None,
    }
}

/// Whether a call sums up the rows of a group. `min` and `max` of several
/// arguments do not.
fn is_aggregate(function: &Function) -> bool {
    let Some(name) = function_name(function) else {
        return false;
    };
    let of_each_row = matches!(name.as_str(), "min" | "max") && arguments(function).len() > 1;
    function.over.is_none() && AGGREGATES.contains(&name.as_str()) && !of_each_row
}

/// Whether the result of `select` sums up rows.
pub(super) fn has_aggregate(select: &Select) -> bool {
    !aggregates(select).is_empty()
}

/// The aggregates that a SELECT calls, without those of its subqueries.
fn aggregates(select: &Select) -> Vec<String> {
    let mut found = Vec::new();
    let mut note = |expr: &Expr| {
        if let Expr::Function(function) = expr
            && is_aggregate(function)
        {
            found.extend(function_name(function));
        }
        ControlFlow::<()>::Continue(())
    };
    own_expressions(&select.projection, &mut note);
    own_expressions(&select.having, &mut note);
    found
}
