//! A pattern that begins with anything, on a column with an index.

use sqlparser::ast::{Expr, Value};

use super::Lint;
use super::reading::Reading;

pub(super) const LINT: Lint = Lint {
    code: "leading-wildcard",
    check,
};

fn check(reading: &Reading<'_>) -> Option<String> {
    reading.scopes.iter().find_map(|scope| {
        scope.filters.iter().find_map(|condition| {
            let Expr::Like {
                negated: false,
                expr,
                pattern,
                ..
            } = condition
            else {
                return None;
            };
            let Expr::Value(value) = &**pattern else {
                return None;
            };
            let Value::SingleQuotedString(text) = &value.value else {
                return None;
            };
            let (at, column) = scope.column(expr)?;
            let indexed = scope.sources[at].stored()?.is_indexed(&column.name);
            (indexed && text.starts_with(['%', '_'])).then(|| {
                let first: String = text.chars().take(1).collect();
                format!(
                    "A pattern that begins with {first} cannot use {}'s index.",
                    column.name
                )
            })
        })
    })
}
