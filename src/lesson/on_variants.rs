//! An attempt on the hidden variants, and what it is about one that makes it
//! fail there.

use super::attempt::Attempt;
use super::content::{Exercise, Lesson};
use super::criterion::Kind;
use super::feedback::Feedback;
use super::grade::{GradeError, Grader};
use super::observed::Observed;
use super::played::{Ground, Played, first_problem};
use super::stop::Stop;
use super::variants::Variant;

impl Grader {
    /// Plays `attempt` on every variant of the exercise.
    pub(super) fn play_variants(
        &mut self,
        lesson: &Lesson,
        exercise: &Exercise,
        attempt: &Attempt,
        played: &mut Played,
    ) -> Result<(), GradeError> {
        for &variant in &exercise.criterion.variants {
            let observed = self.on_variant(lesson, exercise, attempt, variant)?;
            played.add(Ground::Variant(variant), observed)?;
        }
        Ok(())
    }

    fn on_variant(
        &mut self,
        lesson: &Lesson,
        exercise: &Exercise,
        attempt: &Attempt,
        variant: Variant,
    ) -> Result<Result<Observed, Stop>, GradeError> {
        match &exercise.criterion.kind {
            Kind::Changes(changes) => {
                self.changes_on_variant(lesson, exercise, changes, attempt, variant)
            }
            Kind::Transaction(turns) => {
                self.turns_on_variant(lesson, exercise, turns, attempt, variant)
            }
            _ => {
                let mut stage = self.databases.variant(lesson, exercise, variant)?;
                let result = stage
                    .replay(&attempt.after(exercise.given.as_ref()))
                    .and_then(|replayed| stage.run(&replayed.answer));
                Ok(result.map(|(rows, _)| Observed::of_rows(rows)))
            }
        }
    }

    /// The problem on the rows of the variant at `ground` as they were before
    /// they were changed, if there is one: then the change is not to blame.
    pub(super) fn problem_without_change(
        &mut self,
        lesson: &Lesson,
        exercise: &Exercise,
        attempt: &Attempt,
        ground: Ground,
        (solution, played): (&Played, &Played),
    ) -> Result<Option<(Ground, Feedback)>, GradeError> {
        let Ground::Variant(variant) = ground else {
            return Ok(None);
        };
        let Some(unchanged) = variant.unchanged() else {
            return Ok(None);
        };
        let right = Attempt::from_text(&exercise.solution.text);
        let mut both = Vec::new();
        for (attempt, played) in [(&right, solution), (attempt, played)] {
            // The lesson's data tells how the columns are to be read.
            let mut beside = Played {
                results: played.results.iter().take(1).cloned().collect(),
                ..Played::default()
            };
            let observed = self.on_variant(lesson, exercise, attempt, unchanged)?;
            beside.add(Ground::Variant(unchanged), observed)?;
            both.push(beside);
        }
        Ok(first_problem(exercise, &both[0], &both[1]))
    }
}
