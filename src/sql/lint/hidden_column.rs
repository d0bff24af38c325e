//! A function or arithmetic around an indexed column: the index holds the
//! column, not what is made of it.

use sqlparser::ast::{Expr, UnaryOperator};

use super::Lint;
use super::nulls::{function_name, is_arithmetic, is_comparison};
use super::reading::Reading;
use super::scope::{Scope, bare, columns};
use crate::sql::Table;

pub(super) const LINT: Lint = Lint {
    code: "hidden-column",
    check,
};

fn check(reading: &Reading<'_>) -> Option<String> {
    reading.scopes.iter().find_map(|scope| {
        scope
            .filters
            .iter()
            .flat_map(sides)
            .find_map(|(side, others)| hidden(scope, side, &others))
    })
}

/// What a condition compares, and with what.
fn sides(condition: &Expr) -> Vec<(&Expr, Vec<&Expr>)> {
    match condition {
        Expr::BinaryOp { left, op, right } if is_comparison(op) => {
            vec![(left, vec![&**right]), (right, vec![&**left])]
        }
        Expr::Between {
            expr,
            negated: false,
            low,
            high,
        } => vec![(expr, vec![&**low, &**high])],
        Expr::InList {
            expr,
            negated: false,
            list,
        } => vec![(expr, list.iter().collect())],
        _ => Vec::new(),
    }
}

fn hidden(scope: &Scope<'_>, side: &Expr, others: &[&Expr]) -> Option<String> {
    let side = bare(side);
    let by = match side {
        Expr::Function(function) => format!("{}()", function_name(function)?),
        Expr::Substring { .. } => "substr()".to_owned(),
        Expr::Trim { .. } => "trim()".to_owned(),
        Expr::Cast { .. } => "CAST".to_owned(),
        Expr::BinaryOp { op, .. } if is_arithmetic(op) => "The arithmetic".to_owned(),
        // A unary plus is how one hides a column on purpose.
        Expr::UnaryOp {
            op: UnaryOperator::Minus,
            ..
        } => "The minus".to_owned(),
        _ => return None,
    };
    let found = columns(side);
    let [column] = found.as_slice() else {
        return None;
    };
    let (at, column) = scope.column(column)?;
    let table = scope.sources[at].stored()?;
    let told = table.is_indexed(&column.name)
        && !holds(table, side)
        && !others.iter().any(|it| scope.mentioned(it).contains(&at))
        && !is_looked_up(scope, at, table);
    told.then(|| format!("{by} hides {} from its index.", column.name))
}

/// Whether an index holds this very expression.
fn holds(table: &Table, expr: &Expr) -> bool {
    let plain = |text: &str| -> String {
        text.chars()
            .filter(|c| !c.is_whitespace() && !"\"`[]".contains(*c))
            .flat_map(char::to_lowercase)
            .collect()
    };
    let mut text = expr.to_string();
    for column in columns(expr) {
        if let Expr::CompoundIdentifier(parts) = &column
            && let Some(name) = parts.last()
        {
            text = text.replace(&column.to_string(), &name.to_string());
        }
    }
    let text = plain(&text);
    table
        .indexes
        .iter()
        .any(|index| index.columns.contains(&None) && plain(&index.sql).contains(&text))
}

/// Whether another condition finds the rows by an index already.
fn is_looked_up(scope: &Scope<'_>, at: usize, table: &Table) -> bool {
    scope
        .filters
        .iter()
        .filter_map(|condition| scope.pinned(condition))
        .filter_map(|(column, _)| scope.column(column))
        .any(|(source, column)| source == at && table.is_indexed(&column.name))
}
