//! What an attempt did on each database, and how that compares with another
//! attempt: right, wrong, or wrong in a known way.

use super::bounds::{Inspection, Work};
use super::compare::{self, Mapping};
use super::content::Exercise;
use super::feedback::{Difference, Feedback};
use super::grade::GradeError;
use super::observed::{self, Observed};
use super::stop::Stop;
use super::workload_result::WorkloadResult;
use super::{Kind, Variant};
use crate::sandbox::Counters;

/// A database that an answer is run on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ground {
    /// The lesson's data, which the learner sees.
    Lesson,
    /// A hidden variant of it.
    Variant(Variant),
    /// A hidden keyspace: the n-th setup of an exercise on commands.
    Keyspace(usize),
    /// Other readers of a cache: another seed.
    Readers(u64),
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
            Ground::Keyspace(_) => Some("with other keys in the cache"),
            Ground::Readers(_) => Some("with other readers like them"),
            Ground::Reversed => Some("as soon as SQLite reads the table from its other end"),
        }
    }

    /// Its name in a lesson file; nothing for the lesson's own data.
    pub fn name(self) -> Option<String> {
        match self {
            Ground::Lesson => None,
            Ground::Variant(variant) => Some(variant.to_string()),
            Ground::Keyspace(n) => Some(format!("setup {n}")),
            Ground::Readers(seed) => Some(format!("seed={seed}")),
            Ground::Reversed => Some("reversed".to_owned()),
        }
    }
}

/// What an attempt did on each ground.
#[derive(Default)]
pub(super) struct Played {
    /// On the lesson's data first. Nothing after that where it stopped there.
    pub(super) results: Vec<(Ground, Result<Observed, Stop>)>,
    /// What the answer cost on the lesson's data.
    pub(super) counters: Counters,
    /// Statements that were not replayed.
    pub(super) left_out: Vec<String>,
    /// Its plan there, where the plan counts.
    pub(super) inspection: Option<Inspection>,
    /// What came of the settings of a cache.
    pub(super) workload: Option<WorkloadResult>,
}

impl Played {
    /// Takes the result on one more ground.
    ///
    /// # Errors
    /// Ctrl-C is no result.
    pub(super) fn add(
        &mut self,
        ground: Ground,
        result: Result<Observed, Stop>,
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

    /// What was given and is not kept, on the first ground where that is so.
    pub(super) fn given_lost(&self) -> Option<&String> {
        let mut observed = self.results.iter().filter_map(|(_, r)| r.as_ref().ok());
        observed.find_map(|observed| observed.given_lost.as_ref())
    }

    /// The attempt did not get past the lesson's own data.
    pub(super) fn ended(mut self, stop: Stop) -> Result<Played, GradeError> {
        self.add(Ground::Lesson, Err(stop))?;
        Ok(self)
    }

    /// What the answer cost on the lesson's data, if it ran there.
    pub(super) fn work(&self) -> Option<Work> {
        let first = self
            .results
            .first()
            .and_then(|(_, first)| first.as_ref().ok());
        let ran = first.is_some_and(|observed| observed.rows.is_some());
        let counted = Work {
            visited_rows: None,
            counters: self.counters,
        };
        ran.then(|| self.inspection.as_ref().map_or(counted, |i| i.work))
    }
}

/// The first ground on which the answer does not do what the solution does,
/// and how so.
pub(super) fn first_problem(
    exercise: &Exercise,
    solution: &Played,
    played: &Played,
) -> Option<(Ground, Feedback)> {
    for (ground, result) in &played.results {
        if let Err(stop) = result {
            return Some((*ground, Feedback::from(stop)));
        }
    }
    let mappings = match mappings(exercise, solution, played) {
        Ok(mappings) => mappings,
        Err(difference) => return Some((Ground::Lesson, Feedback::Rows(difference))),
    };
    let mut first = None;
    for mapping in &mappings {
        match first_difference(exercise, solution, played, mapping) {
            None => return None,
            Some(found) => _ = first.get_or_insert(found),
        }
    }
    first
}

/// How the columns of the answer can be read; one empty way where no rows
/// count.
fn mappings(
    exercise: &Exercise,
    expected: &Played,
    got: &Played,
) -> Result<Vec<Mapping>, Difference> {
    let rows = |played: &Played| {
        let (_, first) = played.results.first()?;
        first.as_ref().ok()?.rows.clone()
    };
    match (rows(expected), rows(got)) {
        (Some(expected), Some(got)) => compare::mappings(&exercise.criterion, &expected, &got),
        _ => Ok(vec![Mapping::new()]),
    }
}

fn first_difference(
    exercise: &Exercise,
    expected: &Played,
    got: &Played,
    mapping: &Mapping,
) -> Option<(Ground, Feedback)> {
    expected
        .results
        .iter()
        .zip(&got.results)
        .find_map(|((ground, expected), (_, got))| {
            let (Ok(expected), Ok(got)) = (expected, got) else {
                return None;
            };
            let found = observed::first_difference(exercise, expected, got, mapping);
            found.map(|feedback| (*ground, feedback))
        })
}

/// Whether a wrong answer is wrong in the way of a known one: the same on
/// every ground, and where that is right, the same fault in the plan.
pub(super) fn behave_alike(
    exercise: &Exercise,
    solution: &Played,
    known: &Played,
    played: &Played,
) -> bool {
    if let Kind::Cache(task) = &exercise.criterion.kind {
        let results = known.workload.zip(played.workload);
        return results.is_some_and(|(known, played)| task.bounds.missed_alike(&known, &played));
    }
    if known.results.len() != played.results.len() {
        return false;
    }
    let outcomes_match = known
        .results
        .iter()
        .zip(&played.results)
        .all(|((_, a), (_, b))| match (a, b) {
            (Ok(_), Ok(_)) => true,
            (Err(a), Err(b)) => a.is_like(b),
            _ => false,
        });
    let does_the_same = mappings(exercise, known, played).is_ok_and(|mappings| {
        mappings
            .iter()
            .any(|mapping| first_difference(exercise, known, played, mapping).is_none())
    });
    if !outcomes_match || !does_the_same {
        return false;
    }
    let plans_match = match (&known.inspection, &played.inspection) {
        (Some(known), Some(played)) => known.is_like(played),
        _ => true,
    };
    plans_match || first_problem(exercise, solution, played).is_some()
}
