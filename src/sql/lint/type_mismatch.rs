//! Comparing a number with text.
//!
//! SQLite converts `'42'` beside a number column, so that is no mistake here.
//! A text column is compared as text, and a function that gives text never
//! equals a number. (<https://sqlite.org/datatype3.html#comparison_expressions>)

use std::ops::ControlFlow;

use sqlparser::ast::{Expr, UnaryOperator, Value};

use super::Lint;
use super::nulls::{function_name, is_arithmetic, is_comparison};
use super::reading::Reading;
use super::scope::{Scope, bare};
use crate::sql::own_expressions;

pub(super) const LINT: Lint = Lint {
    code: "type-mismatch",
    check,
};

/// Functions that give text whatever they are given.
const GIVE_TEXT: &[&str] = &[
    "char",
    "date",
    "datetime",
    "format",
    "group_concat",
    "hex",
    "lower",
    "ltrim",
    "printf",
    "quote",
    "replace",
    "rtrim",
    "strftime",
    "time",
    "typeof",
    "upper",
];

fn check(reading: &Reading<'_>) -> Option<String> {
    reading.scopes.iter().find_map(|scope| {
        scope.conditions().find_map(|condition| {
            let search = Search { scope };
            // A subquery has a scope of its own.
            own_expressions(condition, |expr| match search.compared(expr) {
                Some(message) => ControlFlow::Break(message),
                None => ControlFlow::Continue(()),
            })
        })
    })
}

struct Search<'r> {
    scope: &'r Scope<'r>,
}

/// What one side of a comparison is.
enum Side {
    NumberColumn(String),
    TextColumn(String),
    Number,
    Word(String),
    TextFunction(String),
}

impl Search<'_> {
    /// The mismatch in `expr`, if it is a comparison.
    fn compared(&self, expr: &Expr) -> Option<String> {
        match expr {
            Expr::BinaryOp { left, op, right } if is_comparison(op) => self.mismatch(left, right),
            Expr::Between {
                expr, low, high, ..
            } => self
                .mismatch(expr, low)
                .or_else(|| self.mismatch(expr, high)),
            Expr::InList { expr, list, .. } => list.iter().find_map(|it| self.mismatch(expr, it)),
            _ => None,
        }
    }

    fn mismatch(&self, left: &Expr, right: &Expr) -> Option<String> {
        use Side::{Number, NumberColumn, TextColumn, TextFunction, Word};
        match (self.side(left)?, self.side(right)?) {
            (NumberColumn(column), Word(word)) | (Word(word), NumberColumn(column)) => {
                Some(format!("{column} is a number, '{word}' is text."))
            }
            (TextColumn(column), Number) | (Number, TextColumn(column)) => {
                Some(format!("{column} is text: write the value in quotes."))
            }
            (TextFunction(name), Number) | (Number, TextFunction(name)) => {
                Some(format!("{name}() gives text, which no number equals."))
            }
            (NumberColumn(number), TextColumn(text)) | (TextColumn(text), NumberColumn(number)) => {
                Some(format!("{number} is a number, {text} is text."))
            }
            _ => None,
        }
    }

    fn side(&self, expr: &Expr) -> Option<Side> {
        let expr = bare(expr);
        if is_number(expr) {
            return Some(Side::Number);
        }
        match expr {
            Expr::Value(value) => match &value.value {
                Value::SingleQuotedString(text) if !looks_like_number(text) => {
                    Some(Side::Word(text.chars().take(12).collect()))
                }
                _ => None,
            },
            Expr::Substring { .. } => Some(Side::TextFunction("substr".to_owned())),
            Expr::Trim { .. } => Some(Side::TextFunction("trim".to_owned())),
            Expr::Function(function) => {
                let name = function_name(function)?;
                GIVE_TEXT
                    .contains(&name.as_str())
                    .then_some(Side::TextFunction(name))
            }
            _ => {
                let (at, column) = self.scope.column(expr)?;
                self.scope.sources[at].stored()?;
                let name = column.name.clone();
                let declared = column.declared_type.to_ascii_uppercase();
                let has = |words: &[&str]| words.iter().any(|word| declared.contains(word));
                // The rules of SQLite's column affinity, in their order; a
                // DATE is NUMERIC by them and text by everybody's use.
                if has(&["DATE", "TIME"]) {
                    None
                } else if has(&["INT"]) {
                    Some(Side::NumberColumn(name))
                } else if has(&["CHAR", "CLOB", "TEXT"]) {
                    Some(Side::TextColumn(name))
                } else if has(&["REAL", "FLOA", "DOUB", "NUMERIC", "DECIMAL"]) {
                    Some(Side::NumberColumn(name))
                } else {
                    None
                }
            }
        }
    }
}

/// A number, or arithmetic of numbers such as `2024-01-01`.
fn is_number(expr: &Expr) -> bool {
    match bare(expr) {
        Expr::Value(value) => matches!(value.value, Value::Number(..)),
        Expr::UnaryOp {
            op: UnaryOperator::Minus | UnaryOperator::Plus,
            expr,
        } => is_number(expr),
        Expr::BinaryOp { left, op, right } => {
            is_arithmetic(op) && op.to_string() != "||" && is_number(left) && is_number(right)
        }
        _ => false,
    }
}

fn looks_like_number(text: &str) -> bool {
    text.trim().parse::<f64>().is_ok_and(f64::is_finite)
}
