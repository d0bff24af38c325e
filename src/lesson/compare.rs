//! Whether two results are the same answer, and if not, how they differ.
//!
//! Rows are a bag. Where a task states an order, the sort keys must come in
//! that order, and rows with equal keys are a bag. Values are typed: NULL is
//! not `''` and not 0. Numbers are compared as numbers, 3 and 3.0 alike, to a
//! relative 1e-9.

use std::collections::HashMap;

use super::{Criterion, Difference};
use crate::sandbox::{Column, ResultSet, Value};

/// How far apart two floats may be, relative to the larger.
const TOLERANCE: f64 = 1e-9;

/// Rows left over on both sides are paired one by one up to this many; more
/// differ by more than rounding.
const MOST_PAIRED: usize = 1000;

/// Column assignments that are tried where the order of columns is free.
const MOST_MAPPINGS: usize = 24;

/// For each expected column, the column of the answer that holds it.
pub(super) type Mapping = Vec<usize>;

/// The ways to read the answer's columns as the expected ones, the likeliest
/// first. Where the task states names, there is one.
///
/// # Errors
/// The columns cannot be those of the task.
pub(super) fn mappings(
    criterion: &Criterion,
    expected: &ResultSet,
    got: &ResultSet,
) -> Result<Vec<Mapping>, Difference> {
    let wanted = names(&expected.columns);
    let given = names(&got.columns);
    if wanted.len() != given.len() {
        let mut strangers = given
            .iter()
            .filter(|name| !wanted.iter().any(|w| w.eq_ignore_ascii_case(name)));
        let extra = (given.len() == wanted.len() + 1)
            .then(|| (strangers.next(), strangers.next()))
            .and_then(|only| match only {
                (Some(name), None) => Some(name.clone()),
                _ => None,
            });
        return Err(Difference::ColumnCount {
            expected: wanted.len(),
            got: given.len(),
            extra,
        });
    }
    let by_name: Option<Mapping> = criterion
        .columns
        .as_ref()
        .unwrap_or(&wanted)
        .iter()
        .map(|name| given.iter().position(|g| g.eq_ignore_ascii_case(name)))
        .collect::<Option<Mapping>>()
        .filter(|mapping| is_permutation(mapping));
    if let Some(stated) = &criterion.columns {
        return by_name
            .map(|mapping| vec![mapping])
            .ok_or_else(|| Difference::ColumnNames {
                expected: stated.clone(),
                got: given,
            });
    }
    let mut found: Vec<Mapping> = by_name.into_iter().collect();
    let identity: Mapping = (0..wanted.len()).collect();
    if !found.contains(&identity) {
        found.push(identity);
    }
    if expected.rows.len() == got.rows.len() {
        other_orders(expected, got, &mut found);
    }
    Ok(found)
}

fn names(columns: &[Column]) -> Vec<String> {
    columns.iter().map(|column| column.name.clone()).collect()
}

fn is_permutation(mapping: &[usize]) -> bool {
    (0..mapping.len()).all(|i| mapping.contains(&i))
}

/// Adds the assignments in which each column holds the values it should.
fn other_orders(expected: &ResultSet, got: &ResultSet, found: &mut Vec<Mapping>) {
    let width = expected.columns.len();
    let column = |set: &ResultSet, at: usize| ResultSet {
        columns: Vec::new(),
        rows: set.rows.iter().map(|row| vec![row[at].clone()]).collect(),
    };
    let candidates: Vec<Vec<usize>> = (0..width)
        .map(|wanted| {
            let wanted = column(expected, wanted);
            (0..width)
                .filter(|given| {
                    let given = column(got, *given);
                    bag_difference(&wanted, &given, &[0]).is_none()
                })
                .collect()
        })
        .collect();
    extend_mapping(&candidates, &mut Vec::new(), found);
}

fn extend_mapping(candidates: &[Vec<usize>], so_far: &mut Mapping, found: &mut Vec<Mapping>) {
    if found.len() >= MOST_MAPPINGS {
        return;
    }
    let Some(choices) = candidates.get(so_far.len()) else {
        if !found.contains(so_far) {
            found.push(so_far.clone());
        }
        return;
    };
    for choice in choices {
        if !so_far.contains(choice) {
            so_far.push(*choice);
            extend_mapping(candidates, so_far, found);
            so_far.pop();
        }
    }
}

/// How `got`, read through `mapping`, differs from `expected`; `None` when it
/// is the same answer.
pub(super) fn difference(
    criterion: &Criterion,
    expected: &ResultSet,
    got: &ResultSet,
    mapping: &[usize],
) -> Option<Difference> {
    // A statement that an answer rests on can fail on one database only.
    if got.columns.len() != mapping.len() {
        return Some(Difference::ColumnCount {
            expected: mapping.len(),
            got: got.columns.len(),
            extra: None,
        });
    }
    bag_difference(expected, got, mapping)
        .or_else(|| order_difference(criterion, expected, got, mapping))
}

/// How the rows of `got` differ from `expected`, where the names of columns are
/// not a learner's choice: a table, or what a probe returns.
pub(super) fn same_columns_difference(expected: &ResultSet, got: &ResultSet) -> Option<Difference> {
    let (wanted, given) = (names(&expected.columns), names(&got.columns));
    let place = |name: &String| given.iter().position(|g| g.eq_ignore_ascii_case(name));
    let mapping: Option<Mapping> = wanted.iter().map(place).collect();
    match mapping {
        Some(mapping) if given.len() == wanted.len() => bag_difference(expected, got, &mapping),
        _ => Some(Difference::ColumnNames {
            expected: wanted,
            got: given,
        }),
    }
}

fn order_difference(
    criterion: &Criterion,
    expected: &ResultSet,
    got: &ResultSet,
    mapping: &[usize],
) -> Option<Difference> {
    let keys: Vec<usize> = criterion
        .ordered_by
        .iter()
        .filter_map(|key| {
            expected
                .columns
                .iter()
                .position(|column| column.name.eq_ignore_ascii_case(&key.column))
        })
        .collect();
    // The bags are equal already, so equal keys in every place mean that rows
    // with equal keys are equal bags, too.
    for (at, (wanted, given)) in expected.rows.iter().zip(&got.rows).enumerate() {
        for &key in &keys {
            let (wanted, given) = (&wanted[key], &given[mapping[key]]);
            if !same(wanted, given) {
                return Some(Difference::WrongOrder {
                    row: at + 1,
                    column: expected.columns[key].name.clone(),
                    expected: wanted.clone(),
                    got: given.clone(),
                });
            }
        }
    }
    None
}

fn bag_difference(expected: &ResultSet, got: &ResultSet, mapping: &[usize]) -> Option<Difference> {
    let given: Vec<Row> = got
        .rows
        .iter()
        .map(|row| mapping.iter().map(|&at| row[at].clone()).collect())
        .collect();
    let (missing, extra) = left_over(&expected.rows, &given);
    match (missing.first(), extra.first()) {
        (None, None) => None,
        (Some(&first), None) => {
            let (count, example) = (missing.len(), first.clone());
            Some(if all_among(&missing, &given) {
                Difference::DuplicatesLost { count, example }
            } else if missing.iter().all(|row| row.contains(&Value::Null)) {
                Difference::NullsDropped { count, example }
            } else {
                Difference::MissingRows { count, example }
            })
        }
        (None, Some(&first)) => {
            let (count, example) = (extra.len(), first.clone());
            Some(if all_among(&extra, &expected.rows) {
                Difference::DuplicatesAdded { count, example }
            } else {
                Difference::ExtraRows { count, example }
            })
        }
        (Some(&first), Some(&other)) => {
            let alike = |row: &Row| row.iter().zip(first).filter(|(a, b)| same(a, b)).count();
            let nearest = extra.iter().take(MOST_PAIRED).fold(other, |best, &row| {
                if alike(row) > alike(best) { row } else { best }
            });
            Some(Difference::DifferentRows {
                missing: missing.len(),
                extra: extra.len(),
                expected: first.clone(),
                got: nearest.clone(),
            })
        }
    }
}

type Row = Vec<Value>;

/// Whether each of `rows` (of the first many) is also in `whole`.
fn all_among(rows: &[&Row], whole: &[Row]) -> bool {
    let mut rows = rows.iter().take(MOST_PAIRED);
    rows.all(|row| whole.iter().any(|other| same_row(other, row)))
}

/// The rows of each side that have no partner on the other, in their order.
fn left_over<'a>(expected: &'a [Row], given: &'a [Row]) -> (Vec<&'a Row>, Vec<&'a Row>) {
    let mut wanted: HashMap<Vec<Key>, usize> = HashMap::with_capacity(expected.len());
    for row in expected {
        *wanted.entry(keys(row)).or_default() += 1;
    }
    // Takes one of a kind, if there is one left.
    let take = |wanted: &mut HashMap<Vec<Key>, usize>, row: &Row| {
        let count = wanted.get_mut(&keys(row)).filter(|count| **count > 0);
        count.map(|count| *count -= 1).is_some()
    };
    let mut extra: Vec<&Row> = given.iter().filter(|row| !take(&mut wanted, row)).collect();
    let mut missing: Vec<&Row> = expected
        .iter()
        .filter(|row| take(&mut wanted, row))
        .collect();
    if missing.len() <= MOST_PAIRED && extra.len() <= MOST_PAIRED {
        // Floats on two sides of a rounding boundary have different keys.
        missing.retain(|row| match extra.iter().position(|e| same_row(e, row)) {
            Some(at) => {
                extra.remove(at);
                false
            }
            None => true,
        });
    }
    (missing, extra)
}

fn same_row(a: &[Value], b: &[Value]) -> bool {
    a.iter().zip(b).all(|(a, b)| same(a, b))
}

/// Whether two values are equal in an answer.
#[expect(
    clippy::cast_precision_loss,
    reason = "an integer beside a float is compared as SQLite's own arithmetic would give it"
)]
pub(super) fn same(a: &Value, b: &Value) -> bool {
    match (a, b) {
        (Value::Real(a), Value::Real(b)) => close(*a, *b),
        (Value::Integer(i), Value::Real(r)) | (Value::Real(r), Value::Integer(i)) => {
            close(*i as f64, *r)
        }
        (a, b) => a == b,
    }
}

#[expect(clippy::float_cmp, reason = "infinities are equal to themselves only")]
fn close(a: f64, b: f64) -> bool {
    a == b || (a - b).abs() <= TOLERANCE * a.abs().max(b.abs())
}

/// A value as a hash key: equal for values that are surely the same.
#[derive(PartialEq, Eq, Hash)]
enum Key {
    Null,
    Integer(i64),
    Real(u64),
    Text(String),
    Blob(Vec<u8>),
}

fn keys(row: &[Value]) -> Vec<Key> {
    row.iter().map(key).collect()
}

fn key(value: &Value) -> Key {
    match value {
        Value::Null => Key::Null,
        Value::Integer(i) => Key::Integer(*i),
        Value::Real(r) => real_key(*r),
        Value::Text(text) => Key::Text(text.clone()),
        Value::Blob(bytes) => Key::Blob(bytes.clone()),
    }
}

#[expect(
    clippy::cast_possible_truncation,
    reason = "the value is whole and below 2^53"
)]
fn real_key(real: f64) -> Key {
    const WHOLE: f64 = 9_007_199_254_740_992.0;
    let rounded: f64 = format!("{real:.9e}").parse().unwrap_or(real);
    for candidate in [real, rounded] {
        if candidate.fract() == 0.0 && candidate.abs() < WHOLE {
            return Key::Integer(candidate as i64);
        }
    }
    Key::Real(rounded.to_bits())
}

#[cfg(test)]
mod tests;
