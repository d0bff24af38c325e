//! Takes a WHERE or ON apart into what it asks of each column.

use std::ops::ControlFlow;

use sqlparser::ast::{
    BinaryOperator, Expr, UnaryOperator, Value, visit_expressions, visit_expressions_mut,
};

use super::filters::{Column, Comparison, How, Or};
use crate::sql::own_expressions;

/// The comparisons in `condition`: those joined by AND as they are, those
/// inside an OR or NOT as [`How::Either`] or [`How::Unequal`].
pub(super) fn read(condition: &Expr) -> Vec<Comparison> {
    let mut found = Vec::new();
    conjunct(condition, &mut found);
    found
}

/// The ORs among what `condition` joins by AND.
pub(super) fn ors(condition: &Expr) -> Vec<Or> {
    match condition {
        Expr::Nested(inner) => ors(inner),
        Expr::BinaryOp {
            left,
            op: BinaryOperator::And,
            right,
        } => {
            let mut found = ors(left);
            found.extend(ors(right));
            found
        }
        Expr::BinaryOp {
            op: BinaryOperator::Or,
            ..
        } => vec![Or {
            text: condition.to_string(),
            sides: sides(condition),
        }],
        _ => Vec::new(),
    }
}

fn sides(expr: &Expr) -> Vec<(String, Vec<Comparison>)> {
    match expr {
        Expr::Nested(inner) => sides(inner),
        Expr::BinaryOp {
            left,
            op: BinaryOperator::Or,
            right,
        } => {
            let mut found = sides(left);
            found.extend(sides(right));
            found
        }
        _ => vec![(expr.to_string(), read(expr))],
    }
}

/// The parameter that `expr` is, as it is written.
pub(super) fn parameter(expr: &Expr) -> Option<String> {
    match expr {
        Expr::Nested(inner) => parameter(inner),
        Expr::Value(value) => match &value.value {
            Value::Placeholder(name) => Some(name.clone()),
            _ => None,
        },
        _ => None,
    }
}

/// The parameters that stand alone on a side of the comparison `whole`.
fn compared_parameters(whole: &Expr) -> Vec<String> {
    let sides: Vec<&Expr> = match whole {
        Expr::BinaryOp { left, right, .. } => vec![left, right],
        Expr::Between { low, high, .. } => vec![low, high],
        Expr::InList { list, .. } => list.iter().collect(),
        Expr::Like { pattern, .. } => vec![pattern],
        Expr::IsNotDistinctFrom(left, right) => vec![left, right],
        _ => Vec::new(),
    };
    sides.into_iter().filter_map(parameter).collect()
}

/// `expr` with bare column names, as an index on it would be written.
fn unqualified(expr: &Expr) -> String {
    let mut expr = expr.clone();
    let _ = visit_expressions_mut(&mut expr, |it| {
        if let Expr::CompoundIdentifier(parts) = it
            && let Some(name) = parts.last()
        {
            *it = Expr::Identifier(name.clone());
        }
        ControlFlow::<()>::Continue(())
    });
    expr.to_string()
}

/// The column that `expr` is, if it is nothing else.
pub(super) fn column(expr: &Expr) -> Option<Column> {
    match expr {
        Expr::Identifier(ident) => Some(Column {
            qualifier: None,
            name: ident.value.clone(),
        }),
        Expr::CompoundIdentifier(parts) => {
            let [.., table, name] = parts.as_slice() else {
                return None;
            };
            Some(Column {
                qualifier: Some(table.value.clone()),
                name: name.value.clone(),
            })
        }
        Expr::Nested(inner) => column(inner),
        _ => None,
    }
}

fn conjunct(expr: &Expr, found: &mut Vec<Comparison>) {
    match expr {
        Expr::Nested(inner) => conjunct(inner, found),
        Expr::BinaryOp {
            left,
            op: BinaryOperator::And,
            right,
        } => {
            conjunct(left, found);
            conjunct(right, found);
        }
        Expr::BinaryOp {
            op: BinaryOperator::Or,
            ..
        } => {
            for column in columns(expr) {
                push(found, column, How::Either, None, expr);
            }
        }
        Expr::BinaryOp {
            left,
            op: BinaryOperator::Glob,
            right,
        } => asked(left, glob(right), expr, found),
        Expr::BinaryOp { left, op, right }
            if let (Some(how), Some(left), Some(right)) = (how(op), tuple(left), tuple(right)) =>
        {
            row_values(how, left, right, expr, found);
        }
        Expr::BinaryOp { left, op, right } => match how(op) {
            Some(how) => {
                compared(left, how, right, expr, found);
                compared(right, how, left, expr, found);
            }
            None => hidden(expr, expr, found),
        },
        Expr::InList {
            expr: left,
            negated,
            ..
        }
        | Expr::InSubquery {
            expr: left,
            negated,
            ..
        } => {
            let how = unless(*negated, How::Equal);
            match tuple(left) {
                Some(parts) => parts.iter().for_each(|it| asked(it, how, expr, found)),
                None => asked(left, how, expr, found),
            }
        }
        Expr::UnaryOp {
            op: UnaryOperator::Not,
            expr: inner,
        } => {
            for column in columns(inner) {
                push(found, column, How::Unequal, None, expr);
            }
        }
        Expr::Between {
            expr: left,
            negated,
            ..
        } => {
            asked(left, unless(*negated, How::Range), expr, found);
        }
        Expr::Like {
            expr: left,
            negated,
            pattern,
            ..
        } => {
            asked(left, unless(*negated, like(pattern)), expr, found);
        }
        Expr::IsNull(left) => asked(left, How::Equal, expr, found),
        Expr::IsNotNull(left) => asked(left, How::Unequal, expr, found),
        Expr::IsNotDistinctFrom(left, right) => {
            compared(left, How::Equal, right, expr, found);
            compared(right, How::Equal, left, expr, found);
        }
        _ => hidden(expr, expr, found),
    }
}

fn how(op: &BinaryOperator) -> Option<How> {
    Some(match op {
        BinaryOperator::Eq | BinaryOperator::Spaceship => How::Equal,
        BinaryOperator::Lt | BinaryOperator::LtEq | BinaryOperator::Gt | BinaryOperator::GtEq => {
            How::Range
        }
        BinaryOperator::NotEq => How::Unequal,
        _ => return None,
    })
}

fn unless(negated: bool, how: How) -> How {
    if negated { How::Unequal } else { how }
}

fn like(pattern: &Expr) -> How {
    match pattern {
        Expr::Value(value) => match &value.value {
            Value::SingleQuotedString(text) if !text.starts_with(['%', '_']) => How::LikePrefix,
            Value::Placeholder(_) => How::LikePrefix,
            _ => How::LikeAnywhere,
        },
        _ => How::LikeAnywhere,
    }
}

/// GLOB minds case, so its beginning is a range of an ordinary index.
fn glob(pattern: &Expr) -> How {
    match pattern {
        Expr::Value(value) => match &value.value {
            Value::SingleQuotedString(text) if !text.starts_with(['*', '?', '[']) => How::Range,
            Value::Placeholder(_) => How::Range,
            _ => How::LikeAnywhere,
        },
        _ => How::LikeAnywhere,
    }
}

/// The parts of a row value, `(a, b)`.
fn tuple(expr: &Expr) -> Option<&[Expr]> {
    match expr {
        Expr::Tuple(parts) => Some(parts),
        Expr::Nested(inner) => tuple(inner),
        _ => None,
    }
}

/// Equal row values are equal in each part; which is the greater is told by the
/// first part, as far as an index goes.
fn row_values(how: How, left: &[Expr], right: &[Expr], whole: &Expr, found: &mut Vec<Comparison>) {
    let parts = if how == How::Range { 1 } else { left.len() };
    for (left, right) in left.iter().zip(right).take(parts) {
        compared(left, how, right, whole, found);
        compared(right, how, left, whole, found);
    }
}

/// Whether a subquery stands in `expr`.
fn asks(expr: &Expr) -> bool {
    visit_expressions(expr, |it| match it {
        Expr::Subquery(_) | Expr::Exists { .. } | Expr::InSubquery { .. } => ControlFlow::Break(()),
        _ => ControlFlow::Continue(()),
    })
    .is_break()
}

/// The collation that a side of the comparison `whole` names; the left one's
/// comes first (<https://sqlite.org/datatype3.html#collation>).
fn collation(whole: &Expr) -> Option<String> {
    let named = |expr: &Expr| {
        let mut expr = expr;
        while let Expr::Nested(inner) = expr {
            expr = inner;
        }
        match expr {
            Expr::Collate { collation, .. } => Some(collation.to_string()),
            _ => None,
        }
    };
    match whole {
        Expr::BinaryOp { left, right, .. } => named(left).or_else(|| named(right)),
        Expr::Between { expr, .. } | Expr::InList { expr, .. } | Expr::InSubquery { expr, .. } => {
            named(expr)
        }
        _ => None,
    }
}

/// The column that a side of a comparison is, if it is nothing else than that
/// under some collation.
fn side_column(expr: &Expr) -> Option<Column> {
    match expr {
        Expr::Nested(inner) => side_column(inner),
        Expr::Collate { expr, .. } => side_column(expr),
        _ => column(expr),
    }
}

/// `side` compared with `other`, seen from `side`.
fn compared(side: &Expr, how: How, other: &Expr, whole: &Expr, found: &mut Vec<Comparison>) {
    match side_column(side) {
        Some(it) => {
            push(found, it, how, columns(other).into_iter().next(), whole);
            if let Some(last) = found.last_mut() {
                last.subquery = asks(other);
            }
        }
        None => hidden(side, whole, found),
    }
}

/// `side` asked something that holds no other column.
fn asked(side: &Expr, how: How, whole: &Expr, found: &mut Vec<Comparison>) {
    match side_column(side) {
        Some(it) => push(found, it, how, None, whole),
        None => hidden(side, whole, found),
    }
}

/// Every column in `part` is inside something that an index does not hold.
fn hidden(part: &Expr, whole: &Expr, found: &mut Vec<Comparison>) {
    // A whole condition is no value that something could be looked up by.
    let inside = (!std::ptr::eq(part, whole)).then(|| unqualified(part));
    for column in columns(part) {
        push(found, column, How::Hidden, None, whole);
        if let Some(last) = found.last_mut() {
            last.inside.clone_from(&inside);
        }
    }
}

fn push(found: &mut Vec<Comparison>, column: Column, how: How, with: Option<Column>, whole: &Expr) {
    found.push(Comparison {
        column,
        how,
        with,
        text: whole.to_string(),
        inside: None,
        parameters: compared_parameters(whole),
        collation: collation(whole),
        subquery: false,
    });
}

/// The columns in `expr`, without those of subqueries in it.
pub(super) fn columns(expr: &Expr) -> Vec<Column> {
    let mut found = Vec::new();
    own_expressions(expr, |expr| {
        if !matches!(expr, Expr::Nested(_))
            && let Some(it) = column(expr)
            && !found.contains(&it)
        {
            found.push(it);
        }
        ControlFlow::<()>::Continue(())
    });
    found
}
