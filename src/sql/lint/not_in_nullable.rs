//! `NOT IN` a list in which a NULL may be: one NULL, and no row is left.

use std::ops::ControlFlow;

use sqlparser::ast::{Expr, Query, SelectItem, SetExpr, UnaryOperator, Value, Visit, Visitor};

use super::Lint;
use super::nulls::rejects_null;
use super::reading::Reading;
use super::scope::{Scope, bare};

pub(super) const LINT: Lint = Lint {
    code: "not-in-nullable",
    check,
};

fn check(reading: &Reading<'_>) -> Option<String> {
    let mut search = Search {
        reading,
        found: None,
    };
    let _ = reading.statement.visit(&mut search);
    search.found
}

struct Search<'r> {
    reading: &'r Reading<'r>,
    found: Option<String>,
}

impl Visitor for Search<'_> {
    type Break = ();

    fn pre_visit_expr(&mut self, expr: &Expr) -> ControlFlow<()> {
        let found = match expr {
            Expr::UnaryOp {
                op: UnaryOperator::Not,
                expr,
            } => self.not_in(bare(expr), false),
            _ => self.not_in(expr, true),
        };
        match found {
            Some(message) => {
                self.found = Some(message);
                ControlFlow::Break(())
            }
            None => ControlFlow::Continue(()),
        }
    }
}

impl Search<'_> {
    /// What is wrong with `expr`, if it is an IN that is negated as said.
    fn not_in(&self, expr: &Expr, is_negated: bool) -> Option<String> {
        match expr {
            Expr::InList { list, negated, .. } if *negated == is_negated => {
                let is_null = |it: &Expr| matches!(it, Expr::Value(v) if v.value == Value::Null);
                list.iter()
                    .any(is_null)
                    .then(|| "NOT IN a list with NULL is never true.".to_owned())
            }
            Expr::InSubquery {
                subquery, negated, ..
            } if *negated == is_negated => self
                .nullable(subquery)
                .map(|column| format!("One NULL in {column}, and NOT IN is true of no row.")),
            _ => None,
        }
    }

    /// The column that `query` gives, if it may be NULL.
    fn nullable(&self, query: &Query) -> Option<String> {
        let SetExpr::Select(select) = &*query.body else {
            return None;
        };
        let [SelectItem::UnnamedExpr(expr) | SelectItem::ExprWithAlias { expr, .. }] =
            select.projection.as_slice()
        else {
            return None;
        };
        let scope = Scope::of_select((**select).clone(), self.reading.schema, &self.reading.ctes);
        let (at, column) = scope.column(expr)?;
        scope.sources[at].stored()?;
        let is_it = |other: &Expr| {
            scope
                .column(other)
                .is_some_and(|(place, it)| place == at && it.name == column.name)
        };
        let declared = column.not_null || column.in_primary_key;
        let joined = !scope.sources[at].left_joined
            && scope.joined.iter().any(|it| rejects_null(it, &is_it));
        let filtered = joined || scope.filters.iter().any(|it| rejects_null(it, &is_it));
        let may_be_null = (!declared || scope.sources[at].left_joined) && !filtered;
        (may_be_null && !scope.unclear && scope.using.is_empty()).then(|| column.name.clone())
    }
}
