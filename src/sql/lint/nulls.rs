//! Which conditions a NULL cannot pass.

use sqlparser::ast::{BinaryOperator, Expr, FunctionArg, FunctionArgExpr, FunctionArguments};
use sqlparser::ast::{Function, UnaryOperator};

use super::scope::{bare, last_name};

/// Functions that give NULL for a NULL.
const STRICT: &[&str] = &[
    "abs",
    "date",
    "datetime",
    "julianday",
    "length",
    "lower",
    "ltrim",
    "round",
    "rtrim",
    "strftime",
    "time",
    "unixepoch",
    "upper",
];

/// Whether `condition` is never true where the columns that `is_it` names are
/// NULL.
pub(super) fn rejects_null(condition: &Expr, is_it: &dyn Fn(&Expr) -> bool) -> bool {
    match bare(condition) {
        Expr::BinaryOp { left, op, right } => match op {
            BinaryOperator::And => rejects_null(left, is_it) || rejects_null(right, is_it),
            BinaryOperator::Or => rejects_null(left, is_it) && rejects_null(right, is_it),
            _ if is_comparison(op) => is_null(left, is_it) || is_null(right, is_it),
            _ => false,
        },
        Expr::UnaryOp {
            op: UnaryOperator::Not,
            expr,
        } => match bare(expr) {
            Expr::BinaryOp { op, .. } if is_comparison(op) => rejects_null(expr, is_it),
            Expr::Like { .. } | Expr::InList { .. } | Expr::InSubquery { .. } => {
                rejects_null(expr, is_it)
            }
            _ => false,
        },
        Expr::IsNotNull(expr)
        | Expr::Like { expr, .. }
        | Expr::Between { expr, .. }
        | Expr::InList { expr, .. } => is_null(expr, is_it),
        // NULL NOT IN (nothing) is true.
        Expr::InSubquery { expr, negated, .. } => !negated && is_null(expr, is_it),
        _ => false,
    }
}

/// Whether `expr` is NULL where those columns are.
fn is_null(expr: &Expr, is_it: &dyn Fn(&Expr) -> bool) -> bool {
    match bare(expr) {
        Expr::BinaryOp { left, op, right } => {
            is_arithmetic(op) && (is_null(left, is_it) || is_null(right, is_it))
        }
        Expr::UnaryOp { expr, .. }
        | Expr::Cast { expr, .. }
        | Expr::Collate { expr, .. }
        | Expr::Substring { expr, .. }
        | Expr::Trim { expr, .. } => is_null(expr, is_it),
        Expr::Function(function) => {
            function_name(function).is_some_and(|name| STRICT.contains(&name.as_str()))
                && arguments(function).iter().any(|it| is_null(it, is_it))
        }
        column => is_it(column),
    }
}

/// `=`, `<` and their kin; not `IS`, which a NULL can pass.
pub(super) fn is_comparison(op: &BinaryOperator) -> bool {
    matches!(
        op,
        BinaryOperator::Eq
            | BinaryOperator::NotEq
            | BinaryOperator::Lt
            | BinaryOperator::LtEq
            | BinaryOperator::Gt
            | BinaryOperator::GtEq
    )
}

/// `+ - * / %` and `||`.
pub(super) fn is_arithmetic(op: &BinaryOperator) -> bool {
    matches!(
        op,
        BinaryOperator::Plus
            | BinaryOperator::Minus
            | BinaryOperator::Multiply
            | BinaryOperator::Divide
            | BinaryOperator::Modulo
            | BinaryOperator::StringConcat
    )
}

/// In lower case.
pub(super) fn function_name(function: &Function) -> Option<String> {
    Some(last_name(&function.name)?.to_ascii_lowercase())
}

/// The plain arguments of a call.
pub(super) fn arguments(function: &Function) -> Vec<&Expr> {
    let FunctionArguments::List(list) = &function.args else {
        return Vec::new();
    };
    list.args
        .iter()
        .filter_map(|argument| match argument {
            FunctionArg::Unnamed(FunctionArgExpr::Expr(expr)) => Some(expr),
            _ => None,
        })
        .collect()
}
