//! What an answer gave on one database, and the first thing in it that is not
//! the solution's.

use super::Criterion;
use super::compare::{self, Mapping};
use super::content::Exercise;
use super::feedback::{Difference, Feedback};
use crate::sandbox::ResultSet;

/// What an answer gave on one database.
#[derive(Debug, Clone, PartialEq, Default)]
pub(super) struct Observed {
    /// The rows that it returned, where they count.
    pub(super) rows: Option<ResultSet>,
    /// The compared tables afterwards, in the criterion's order; `None` for
    /// one that is not there.
    pub(super) tables: Vec<Option<ResultSet>>,
    /// A table of the dataset that was to stay as it was, and did not.
    pub(super) also_changed: Option<String>,
    /// What the exercise had made and that should be there as it was, and is
    /// not.
    pub(super) given_lost: Option<String>,
    /// What came of the probes, in their order.
    pub(super) probes: Vec<Outcome>,
    /// What else counts, in the order in which it is told: of what, and how
    /// it is.
    pub(super) facts: Vec<(String, String)>,
}

impl Observed {
    /// Of a query.
    pub(super) fn of_rows(rows: ResultSet) -> Observed {
        Observed {
            rows: Some(rows),
            ..Observed::default()
        }
    }
}

/// What came of a probe.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Outcome {
    /// It ran, and its last statement gave these rows.
    Accepted(ResultSet),
    /// A constraint refused it.
    Refused(String),
    /// It does not fit what is there: a column is missing.
    Misfit(String),
}

/// The first thing that is not as `expected`, with the columns of the rows read
/// through `mapping`.
pub(super) fn first_difference(
    exercise: &Exercise,
    expected: &Observed,
    got: &Observed,
    mapping: &Mapping,
) -> Option<Feedback> {
    let criterion = &exercise.criterion;
    rows_difference(criterion, expected, got, mapping)
        .map(Feedback::Rows)
        .or_else(|| table_difference(criterion, expected, got))
        .or_else(|| given_lost(expected, got))
        .or_else(|| probe_difference(exercise, expected, got))
        .or_else(|| fact_difference(expected, got))
}

fn rows_difference(
    criterion: &Criterion,
    expected: &Observed,
    got: &Observed,
    mapping: &Mapping,
) -> Option<Difference> {
    let (expected, got) = (expected.rows.as_ref()?, got.rows.as_ref()?);
    compare::difference(criterion, expected, got, mapping)
}

fn table_difference(
    criterion: &Criterion,
    expected: &Observed,
    got: &Observed,
) -> Option<Feedback> {
    let names = criterion.tables();
    for (name, (expected, got)) in names.iter().zip(expected.tables.iter().zip(&got.tables)) {
        let table = name.table.clone();
        match (expected, got) {
            (Some(expected), Some(got)) => {
                if let Some(difference) = compare::same_columns_difference(expected, got) {
                    return Some(Feedback::Table { table, difference });
                }
            }
            (Some(_), None) => return Some(Feedback::NoTable { table }),
            (None, Some(_)) => return Some(Feedback::TableLeft { table }),
            (None, None) => {}
        }
    }
    if got.also_changed == expected.also_changed {
        return None;
    }
    let table = got.also_changed.clone()?;
    Some(Feedback::AlsoChanged { table })
}

fn given_lost(expected: &Observed, got: &Observed) -> Option<Feedback> {
    let name = got.given_lost.clone()?;
    expected
        .given_lost
        .is_none()
        .then_some(Feedback::GivenLost { name })
}

fn probe_difference(exercise: &Exercise, expected: &Observed, got: &Observed) -> Option<Feedback> {
    let outcomes = expected.probes.iter().zip(&got.probes);
    for (probe, (expected, got)) in exercise.probes.iter().zip(outcomes) {
        let tries = probe.tries.clone();
        let found = match (expected, got) {
            (Outcome::Accepted(expected), Outcome::Accepted(got)) => {
                match compare::same_columns_difference(expected, got) {
                    Some(difference) => Feedback::ProbeRows { tries, difference },
                    None => continue,
                }
            }
            (Outcome::Refused(_), Outcome::Refused(_))
            | (Outcome::Misfit(_), Outcome::Misfit(_)) => continue,
            (_, Outcome::Misfit(message)) => Feedback::ProbeMisfit {
                tries,
                message: message.clone(),
            },
            (Outcome::Refused(_) | Outcome::Misfit(_), Outcome::Accepted(_)) => {
                Feedback::ProbeAccepted { tries }
            }
            (_, Outcome::Refused(message)) => Feedback::ProbeRefused {
                tries,
                message: message.clone(),
            },
        };
        return Some(found);
    }
    None
}

fn fact_difference(expected: &Observed, got: &Observed) -> Option<Feedback> {
    let how_it_is = |observed: &Observed, what: &str| {
        let facts = observed.facts.iter();
        facts
            .clone()
            .find(|(of, _)| of == what)
            .map(|(_, is)| is.clone())
    };
    for (what, expected) in &expected.facts {
        let is = how_it_is(got, what);
        if is.as_ref() != Some(expected) {
            return Some(Feedback::Fact {
                what: what.clone(),
                expected: Some(expected.clone()),
                got: is,
            });
        }
    }
    let extra = got
        .facts
        .iter()
        .find(|(what, _)| how_it_is(expected, what).is_none());
    extra.map(|(what, is)| Feedback::Fact {
        what: what.clone(),
        expected: None,
        got: Some(is.clone()),
    })
}
