//! `= NULL` and its kin, which are never true.

use std::ops::ControlFlow;

use sqlparser::ast::{BinaryOperator, Expr, Value, Visit, Visitor};

use super::Lint;
use super::nulls::is_comparison;
use super::reading::Reading;
use super::scope::bare;

pub(super) const LINT: Lint = Lint {
    code: "null-comparison",
    check,
};

fn check(reading: &Reading<'_>) -> Option<String> {
    let mut search = Search(None);
    let _ = reading.statement.visit(&mut search);
    search.0.map(str::to_owned)
}

struct Search(Option<&'static str>);

impl Visitor for Search {
    type Break = ();

    fn pre_visit_expr(&mut self, expr: &Expr) -> ControlFlow<()> {
        self.0 = never_true(expr);
        match self.0 {
            Some(_) => ControlFlow::Break(()),
            None => ControlFlow::Continue(()),
        }
    }
}

/// What is wrong with `expr`. Of two literals nothing is: whoever writes
/// `SELECT NULL = NULL` wants to see what comes of it.
fn never_true(expr: &Expr) -> Option<&'static str> {
    match expr {
        Expr::BinaryOp { left, op, right } if is_comparison(op) => {
            let is_meant =
                is_null(right) && !is_literal(left) || is_null(left) && !is_literal(right);
            is_meant.then_some(match op {
                BinaryOperator::Eq => "= NULL is never true: write IS NULL.",
                BinaryOperator::NotEq => "<> NULL is never true: write IS NOT NULL.",
                _ => "Nothing is less or greater than NULL: this is never true.",
            })
        }
        Expr::InList {
            expr,
            list,
            negated: false,
        } => (!is_literal(expr) && list.iter().any(is_null))
            .then_some("IN does not find NULL: write IS NULL."),
        Expr::Case {
            operand: Some(operand),
            conditions,
            ..
        } => (!is_literal(operand) && conditions.iter().any(|when| is_null(&when.condition)))
            .then_some("WHEN NULL is never met: write CASE WHEN x IS NULL."),
        _ => None,
    }
}

fn is_null(expr: &Expr) -> bool {
    matches!(bare(expr), Expr::Value(it) if it.value == Value::Null)
}

fn is_literal(expr: &Expr) -> bool {
    matches!(bare(expr), Expr::Value(it) if !matches!(it.value, Value::Placeholder(_)))
}
