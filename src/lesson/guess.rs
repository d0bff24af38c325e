//! Grading a guess: what was asked is measured, and set beside it.

use std::collections::BTreeMap;

use super::bounds::{self, Work, inspect};
use super::content::{Exercise, Lesson, Sql};
use super::grade::{GradeError, Grader, Verdict};
use super::played::Ground;
use super::predict::{Measure, Measured, Prediction};
use super::stage::Stop;
use crate::plan::COUNTS_ROWS;
use crate::progress::Watcher;
use crate::sql;

impl Grader {
    /// The verdict on a guess: it is always passed, and scored.
    pub(super) fn predict(
        &mut self,
        lesson: &Lesson,
        exercise: &Exercise,
        typed: &str,
        watcher: Watcher<'_>,
    ) -> Result<Verdict, GradeError> {
        let broken = |why: &str| GradeError::Broken {
            exercise: lesson.id_of(exercise),
            why: why.to_owned(),
        };
        let question = exercise.criterion.question();
        let question = question.ok_or_else(|| broken("it asks for no guess"))?;
        let guess = question.read(typed)?;
        let about = question.decided_by().unwrap_or(question.measure);
        if about == Measure::RowsVisited && !COUNTS_ROWS {
            return Err(GradeError::Uncounted);
        }
        let mut measured = Vec::new();
        for subject in &exercise.subjects {
            measured.push(self.measure_subject(lesson, exercise, subject, &mut *watcher)?);
        }
        let first = measured.first();
        let came_of_it = match question.measure {
            Measure::Choice => match question.decided_by() {
                Some(measure) => {
                    let figures: Vec<u64> = measured.iter().map(|m| m.figure(measure)).collect();
                    let best = if question.least.is_some() {
                        figures.iter().min()
                    } else {
                        figures.iter().max()
                    };
                    let at = figures.iter().position(|figure| Some(figure) == best);
                    let at = at.ok_or_else(|| broken("it has no `sql subject`"))?;
                    Measured::Option(at, figures)
                }
                None => Measured::Option(question.answer.map_or(0, |n| n - 1), Vec::new()),
            },
            Measure::Index => {
                let first = first.ok_or_else(|| broken("it has no `sql subject`"))?;
                Measured::Indexes(first.indexes.clone())
            }
            measure => {
                let first = first.ok_or_else(|| broken("it has no `sql subject`"))?;
                Measured::Count(first.figure(measure))
            }
        };
        Ok(Verdict {
            passed: true,
            feedback: None,
            ground: Ground::Lesson,
            misconception: None,
            question: None,
            work: first.filter(|_| measured.len() == 1).map(|m| m.work),
            starter: None,
            left_out: Vec::new(),
            workload: None,
            prediction: Some(Prediction {
                question: question.clone(),
                guess,
                measured: came_of_it,
            }),
        })
    }

    /// Runs a subject on a fresh copy and measures its last statement.
    fn measure_subject(
        &self,
        lesson: &Lesson,
        exercise: &Exercise,
        subject: &Sql,
        watcher: Watcher<'_>,
    ) -> Result<Subject, GradeError> {
        let failed = |stop: Stop| match stop {
            Stop::Interrupted => GradeError::Interrupted,
            stop => GradeError::Broken {
                exercise: lesson.id_of(exercise),
                why: format!(
                    "its subject at line {} does not run: {stop:?}",
                    subject.line
                ),
            },
        };
        let mut stage = self.lesson_stage(lesson, watcher)?;
        let statements: Vec<&str> = sql::split(&subject.text).map(|s| s.text).collect();
        let Some((last, before)) = statements.split_last() else {
            return Err(failed(Stop::NoQuery));
        };
        for statement in before {
            stage.rehearse(statement).map_err(failed)?;
        }
        let (explanation, _) = self.explained(&mut stage, last)?;
        let (rows, _) = stage.rehearse(last).map_err(failed)?;
        let counters = explanation.counters.unwrap_or_default();
        let no_sizes = BTreeMap::new();
        Ok(Subject {
            work: inspect(None, &explanation, counters, &[], &no_sizes).work,
            rows: rows.rows.len() as u64,
            indexes: bounds::indexes_used(&explanation).into_iter().collect(),
        })
    }
}

/// What was measured of one subject of a guess.
struct Subject {
    work: Work,
    rows: u64,
    indexes: Vec<String>,
}

impl Subject {
    fn figure(&self, measure: Measure) -> u64 {
        match measure {
            Measure::RowsVisited => self.work.visited_rows.unwrap_or(0),
            Measure::PageFetches => self.work.counters.page_fetches,
            Measure::VmSteps => self.work.counters.vm_steps,
            Measure::Rows => self.rows,
            Measure::Sorts => self.work.counters.sorts,
            Measure::Index | Measure::Choice => 0,
        }
    }
}
