//! Grading a guess: what was asked is measured, and set beside it.

use std::collections::BTreeMap;

use super::bounds::{self, Work, inspect};
use super::cache_settings::CacheSettings;
use super::content::{Exercise, Lesson, Sql};
use super::grade::{GradeError, Grader, Verdict};
use super::played::Ground;
use super::predict::{Measure, Measured, Question};
use super::prediction::Prediction;
use super::stop::Stop;
use super::workload::{self, Workload};
use super::workload_result::WorkloadResult;
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
            measured.push(match &question.workload {
                Some(workload) => {
                    self.play_subject(lesson, exercise, workload, subject, workload::SEEDS[0])?
                }
                None => self.measure_subject(lesson, exercise, subject, &mut *watcher)?,
            });
        }
        let first = measured.first();
        let alone = first.filter(|_| measured.len() == 1);
        let came_of_it = match question.measure {
            Measure::Choice => match question.decided_by() {
                Some(measure) => {
                    let figures: Vec<u64> = measured.iter().map(|m| m.figure(measure)).collect();
                    let at = question.best(&figures);
                    let at = at.ok_or_else(|| broken("it has no subject"))?;
                    Measured::Option(at, figures)
                }
                None => Measured::Option(question.answer.map_or(0, |n| n - 1), Vec::new()),
            },
            Measure::Index => {
                let first = first.ok_or_else(|| broken("it has no subject"))?;
                Measured::Indexes(first.indexes())
            }
            measure => {
                let first = first.ok_or_else(|| broken("it has no subject"))?;
                Measured::Count(first.figure(measure))
            }
        };
        Ok(Verdict {
            passed: true,
            feedback: None,
            ground: Ground::Lesson,
            misconception: None,
            question: None,
            work: alone.and_then(Subject::work),
            starter: None,
            bounded: Vec::new(),
            left_out: Vec::new(),
            workload: alone.and_then(Subject::workload),
            prediction: Some(Prediction {
                question: question.clone(),
                guess,
                measured: came_of_it,
            }),
        })
    }

    /// Which option other readers would find right, each time with another
    /// seed; nothing where no workload decides.
    pub(super) fn options_of_others(
        &self,
        lesson: &Lesson,
        exercise: &Exercise,
        question: &Question,
    ) -> Result<Vec<Option<usize>>, GradeError> {
        let (Some(workload), Some(measure)) = (&question.workload, question.decided_by()) else {
            return Ok(Vec::new());
        };
        let mut options = Vec::new();
        for seed in &workload::SEEDS[1..] {
            let mut figures = Vec::new();
            for subject in &exercise.subjects {
                let played = self.play_subject(lesson, exercise, workload, subject, *seed)?;
                figures.push(played.figure(measure));
            }
            options.push(question.best(&figures));
        }
        Ok(options)
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
                why: format!("its subject at line {} does not run: {stop}", subject.line),
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
        Ok(Subject::Statement {
            work: inspect(None, &explanation, counters, &[], &no_sizes).work,
            rows: rows.rows.len() as u64,
            indexes: bounds::indexes_used(&explanation).into_iter().collect(),
        })
    }

    /// Plays a workload against the settings of a subject.
    fn play_subject(
        &self,
        lesson: &Lesson,
        exercise: &Exercise,
        workload: &Workload,
        subject: &Sql,
        seed: u64,
    ) -> Result<Subject, GradeError> {
        let interrupt = self.databases.interrupt();
        let settings = subject.text.parse::<CacheSettings>();
        let played = settings.and_then(|settings| workload.play(&settings, seed, interrupt));
        if interrupt.is_raised() {
            return Err(GradeError::Interrupted);
        }
        played
            .map(Subject::Cache)
            .map_err(|why| GradeError::Broken {
                exercise: lesson.id_of(exercise),
                why: format!("its subject at line {}: {why}", subject.line),
            })
    }
}

/// What was measured of one subject of a guess.
enum Subject {
    /// A statement.
    Statement {
        work: Work,
        rows: u64,
        indexes: Vec<String>,
    },
    /// The settings of a cache.
    Cache(WorkloadResult),
}

impl Subject {
    fn work(&self) -> Option<Work> {
        match self {
            Subject::Statement { work, .. } => Some(*work),
            Subject::Cache(_) => None,
        }
    }

    fn workload(&self) -> Option<WorkloadResult> {
        match self {
            Subject::Statement { .. } => None,
            Subject::Cache(result) => Some(*result),
        }
    }

    fn indexes(&self) -> Vec<String> {
        match self {
            Subject::Statement { indexes, .. } => indexes.clone(),
            Subject::Cache(_) => Vec::new(),
        }
    }

    fn figure(&self, measure: Measure) -> u64 {
        let (work, rows) = match self {
            Subject::Statement { work, rows, .. } => (work, rows),
            Subject::Cache(result) => return result.figure(measure),
        };
        match measure {
            Measure::RowsVisited => work.visited_rows.unwrap_or(0),
            Measure::PageFetches => work.counters.page_fetches,
            Measure::VmSteps => work.counters.vm_steps,
            Measure::Rows => *rows,
            Measure::Sorts => work.counters.sorts,
            _ => 0,
        }
    }
}
