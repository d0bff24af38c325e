//! Grading what changes rows or the schema: an attempt is replayed, and what it
//! leaves is compared.

use super::Attempt;
use super::content::{Exercise, Lesson};
use super::criterion::{Changes, ComparedTable};
use super::given;
use super::grade::{GradeError, Grader, Known};
use super::observed::Observed;
use super::played::{Ground, Played};
use super::stage::Stage;
use super::stop::Stop;
use super::variants::Variant;
use crate::progress::Watcher;

impl Grader {
    /// The grounds on which the solution leaves everything as it was.
    pub(super) fn solution_changes_nothing_on(
        &mut self,
        lesson: &Lesson,
        exercise: &Exercise,
        watcher: Watcher<'_>,
    ) -> Result<Vec<Ground>, GradeError> {
        let Some(changes) = exercise.criterion.changes() else {
            return Ok(Vec::new());
        };
        let solution = self.known(lesson, exercise, Known::Solution, &mut *watcher)?;
        let mut found = Vec::new();
        for (ground, result) in &solution.results {
            let mut stage = match ground {
                Ground::Variant(variant) => self.databases.variant(lesson, exercise, *variant)?,
                Ground::Lesson | Ground::Reversed | Ground::Keyspace(_) | Ground::Readers(_) => {
                    self.lesson_stage(lesson, &mut *watcher)?
                }
            };
            let before = observe_changes(&mut stage, exercise, changes);
            let same = |before: &Observed, after: &Observed| {
                before.tables == after.tables && before.probes == after.probes
            };
            if let (Ok(after), Ok(before)) = (result, before)
                && same(&before, after)
            {
                found.push(*ground);
            }
        }
        Ok(found)
    }

    /// Replays `attempt` on every ground.
    pub(super) fn play_changes(
        &mut self,
        lesson: &Lesson,
        exercise: &Exercise,
        changes: &Changes,
        attempt: &Attempt,
        mut stage: Stage,
        mut played: Played,
    ) -> Result<Played, GradeError> {
        let mut untouched = || {
            self.databases
                .lesson_data(lesson, &mut crate::progress::ignore)
        };
        match observe_attempt(&mut stage, exercise, changes, attempt, &mut untouched)? {
            Ok(observed) => played.add(Ground::Lesson, Ok(observed))?,
            Err(stop) => return played.ended(stop),
        }
        drop(stage);
        self.play_variants(lesson, exercise, attempt, &mut played)?;
        Ok(played)
    }

    /// What `attempt` leaves on one variant.
    pub(super) fn changes_on_variant(
        &mut self,
        lesson: &Lesson,
        exercise: &Exercise,
        changes: &Changes,
        attempt: &Attempt,
        variant: Variant,
    ) -> Result<Result<Observed, Stop>, GradeError> {
        let mut stage = self.databases.variant(lesson, exercise, variant)?;
        let mut untouched = || self.databases.variant(lesson, exercise, variant);
        observe_attempt(&mut stage, exercise, changes, attempt, &mut untouched)
    }
}

/// Replays an attempt at a change and looks at what it left. `untouched` makes
/// the same database again, to see what else it changed.
fn observe_attempt(
    stage: &mut Stage,
    exercise: &Exercise,
    changes: &Changes,
    attempt: &Attempt,
    untouched: &mut dyn FnMut() -> Result<Stage, GradeError>,
) -> Result<Result<Observed, Stop>, GradeError> {
    let attempt = attempt.after(exercise.given.as_ref());
    let changed = match stage.replay_changes(&attempt, changes.returning) {
        Ok(changed) => changed,
        Err(stop) => return Ok(Err(stop)),
    };
    let mut observed = match observe_changes(stage, exercise, changes) {
        Ok(observed) => observed,
        Err(stop) => return Ok(Err(stop)),
    };
    if changes.returning {
        observed.rows = Some(changed.returned.unwrap_or_default());
    }
    let is_compared = |name: &str| {
        let mut tables = changes.tables.iter();
        tables.any(|compared| compared.table.eq_ignore_ascii_case(name))
    };
    for table in changed.writes.into_iter().filter(|name| !is_compared(name)) {
        let whole = ComparedTable {
            table: table.clone(),
            columns: Vec::new(),
        };
        match (stage.table(&whole), untouched()?.table(&whole)) {
            (Err(stop), _) | (_, Err(stop)) => return Ok(Err(stop)),
            (Ok(now), Ok(before)) if now != before => observed.also_changed = Some(table),
            _ => {}
        }
    }
    Ok(Ok(observed))
}

/// The tables and probes that count, as they are now.
fn observe_changes(
    stage: &mut Stage,
    exercise: &Exercise,
    changes: &Changes,
) -> Result<Observed, Stop> {
    let mut observed = Observed::default();
    for compared in &changes.tables {
        observed.tables.push(stage.table(compared)?);
    }
    if let Some(given) = exercise
        .given
        .as_ref()
        .filter(|_| exercise.criterion.keeps_given)
    {
        observed.given_lost = given::lost(stage, given)?;
    }
    for probe in &exercise.probes {
        observed.probes.push(stage.probe(&probe.sql.text)?);
    }
    Ok(observed)
}
