//! What an attempt did on each database, and how that compares with another
//! attempt: right, wrong, or wrong in a known way.

use super::bounds::{Inspection, Work};
use super::compare::{self, Mapping};
use super::feedback::{Difference, Feedback};
use super::grade::GradeError;
use super::stage::Stop;
use super::{Criterion, Variant};
use crate::sandbox::{Counters, ResultSet};

/// A database that an answer is run on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ground {
    /// The lesson's data, which the learner sees.
    Lesson,
    /// A hidden variant of it.
    Variant(Variant),
    /// The lesson's data with the order of what is not ordered turned round.
    Reversed,
}

impl Ground {
    /// Where an answer failed, in a learner's words; nothing for the data that
    /// the learner sees.
    pub fn description(self) -> Option<&'static str> {
        match self {
            Ground::Lesson => None,
            Ground::Variant(variant) => Some(variant.description()),
            Ground::Reversed => Some("as soon as SQLite reads the table from its other end"),
        }
    }

    /// Its name in a lesson file; nothing for the lesson's own data.
    pub fn name(self) -> Option<String> {
        match self {
            Ground::Lesson => None,
            Ground::Variant(variant) => Some(variant.to_string()),
            Ground::Reversed => Some("reversed".to_owned()),
        }
    }
}

/// What an attempt did on each ground.
pub(super) struct Played {
    /// On the lesson's data first. Nothing after that where it stopped there.
    pub(super) results: Vec<(Ground, Result<ResultSet, Stop>)>,
    /// What the answer cost on the lesson's data.
    pub(super) counters: Counters,
    /// Statements that were not replayed.
    pub(super) left_out: Vec<String>,
    /// Its plan there, where the plan counts.
    pub(super) inspection: Option<Inspection>,
}

impl Played {
    /// Takes the result on one more ground.
    ///
    /// # Errors
    /// Ctrl-C is no result.
    pub(super) fn add(
        &mut self,
        ground: Ground,
        result: Result<ResultSet, Stop>,
    ) -> Result<(), GradeError> {
        if matches!(result, Err(Stop::Interrupted)) {
            return Err(GradeError::Interrupted);
        }
        self.results.push((ground, result));
        Ok(())
    }

    /// What is expected of an answer when the order of what is not ordered is
    /// turned round: the rows as they were. So a solution that leaves
    /// something to chance fails its own check.
    pub(super) fn expect_the_same_reversed(&mut self) {
        let forwards = self.results.first().map(|(_, result)| result.clone());
        for (ground, result) in &mut self.results {
            if let (Ground::Reversed, Some(forwards)) = (*ground, &forwards) {
                result.clone_from(forwards);
            }
        }
    }

    /// The attempt did not get past the lesson's own data.
    pub(super) fn ended(mut self, stop: Stop) -> Result<Played, GradeError> {
        self.add(Ground::Lesson, Err(stop))?;
        Ok(self)
    }

    /// What the answer cost on the lesson's data, if it ran there.
    pub(super) fn work(&self) -> Option<Work> {
        let ran = matches!(self.results.first(), Some((_, Ok(_))));
        let counted = Work {
            visited_rows: None,
            counters: self.counters,
        };
        ran.then(|| self.inspection.as_ref().map_or(counted, |i| i.work))
    }
}

/// The first ground on which the rows are not the solution's, and how so.
pub(super) fn first_problem(
    criterion: &Criterion,
    solution: &Played,
    played: &Played,
) -> Option<(Ground, Feedback)> {
    for (ground, result) in &played.results {
        if let Err(stop) = result {
            let feedback = match stop {
                Stop::NoQuery => Feedback::NoQuery,
                Stop::Failed(message) => Feedback::Failed {
                    message: message.clone(),
                },
                Stop::TooMuchWork | Stop::Interrupted => Feedback::TooMuchWork,
            };
            return Some((*ground, feedback));
        }
    }
    let mappings = match mappings(criterion, solution, played)? {
        Ok(mappings) => mappings,
        Err(difference) => return Some((Ground::Lesson, Feedback::Rows(difference))),
    };
    let mut first = None;
    for mapping in &mappings {
        match first_difference(criterion, solution, played, mapping) {
            None => return None,
            Some(found) => _ = first.get_or_insert(found),
        }
    }
    first.map(|(ground, difference)| (ground, Feedback::Rows(difference)))
}

/// How the columns of the answer can be read; nothing without a result.
fn mappings(
    criterion: &Criterion,
    expected: &Played,
    got: &Played,
) -> Option<Result<Vec<Mapping>, Difference>> {
    let (_, Ok(expected)) = expected.results.first()? else {
        return None;
    };
    let (_, Ok(got)) = got.results.first()? else {
        return None;
    };
    Some(compare::mappings(criterion, expected, got))
}

fn first_difference(
    criterion: &Criterion,
    expected: &Played,
    got: &Played,
    mapping: &Mapping,
) -> Option<(Ground, Difference)> {
    expected
        .results
        .iter()
        .zip(&got.results)
        .find_map(|((ground, expected), (_, got))| {
            let (Ok(expected), Ok(got)) = (expected, got) else {
                return None;
            };
            compare::difference(criterion, expected, got, mapping).map(|d| (*ground, d))
        })
}

/// Whether a wrong answer is wrong in the way of a known one: the same rows on
/// every ground, and where those are right, the same fault in the plan.
pub(super) fn behave_alike(
    criterion: &Criterion,
    solution: &Played,
    known: &Played,
    played: &Played,
) -> bool {
    if known.results.len() != played.results.len() {
        return false;
    }
    let outcomes_match = known
        .results
        .iter()
        .zip(&played.results)
        .all(|((_, a), (_, b))| match (a, b) {
            (Ok(_), Ok(_)) => true,
            (Err(a), Err(b)) => a == b,
            _ => false,
        });
    let rows_match = match mappings(criterion, known, played) {
        None => true,
        Some(Err(_)) => false,
        Some(Ok(mappings)) => mappings
            .iter()
            .any(|mapping| first_difference(criterion, known, played, mapping).is_none()),
    };
    if !outcomes_match || !rows_match {
        return false;
    }
    let plans_match = match (&known.inspection, &played.inspection) {
        (Some(known), Some(played)) => known.is_like(played),
        _ => true,
    };
    plans_match || first_problem(criterion, solution, played).is_some()
}
