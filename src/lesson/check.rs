//! The linter of a course: proves each lesson of it, on one core or on all.

use std::num::NonZero;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc;
use std::thread;

use serde::Serialize;

use super::content::Lesson;
use super::course::Course;
use super::format::FormatError;
use super::grade::{GradeError, Grader};
use super::proof::prove;
use crate::progress::{Progress, Watcher};

/// What a check found. Its field names are the JSON contract.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct Report {
    /// Lessons looked at.
    pub lessons: usize,
    /// Exercises in them.
    pub exercises: usize,
    /// Known wrong answers that were tried.
    pub mutants: usize,
    /// Right answers that were tried: solutions and further answers.
    pub right_answers: usize,
    /// What is wrong.
    pub failures: Vec<Problem>,
}

/// One thing that is wrong with a course.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Problem {
    /// The lesson's id, or its file's name when it could not be read.
    pub lesson: String,
    /// The exercise, when it is one's.
    pub exercise: Option<String>,
    /// What is wrong, with the line of the file where there is one.
    pub problem: String,
}

impl From<Vec<FormatError>> for Report {
    /// The report on a course that could not be read.
    fn from(errors: Vec<FormatError>) -> Report {
        let problem = |error: FormatError| Problem {
            lesson: error.file,
            exercise: None,
            problem: format!("line {}: {}", error.line, error.problem),
        };
        Report {
            failures: errors.into_iter().map(problem).collect(),
            ..Report::default()
        }
    }
}

/// Checks all lessons of `course`, one after the other.
///
/// # Errors
/// Ctrl-C, and trouble with files and databases that is not a lesson's fault.
pub fn check(
    course: &Course,
    grader: &mut Grader,
    watcher: Watcher<'_>,
) -> Result<Report, GradeError> {
    let mut report = Report::default();
    let (mut done, total) = (0, exercises_of(course));
    for lesson in course.lessons() {
        let mut told = || {
            watcher(progress_of(done, total));
            done += 1;
        };
        report.add(prove(course, lesson, grader, &mut told)?);
    }
    Ok(report)
}

/// Checks all lessons of `course` on as many threads as there are cores, each
/// with a grader of its own.
///
/// # Errors
/// As [`check`].
pub fn check_on_cores(
    course: &Course,
    make: &(impl Fn() -> Grader + Sync),
    watcher: Watcher<'_>,
) -> Result<Report, GradeError> {
    let lessons: Vec<&Lesson> = course.lessons().collect();
    let cores = thread::available_parallelism().map_or(1, NonZero::get);
    let (mut done, total) = (0, exercises_of(course));
    let next = AtomicUsize::new(0);
    let mut reports: Vec<Option<Result<Report, GradeError>>> = Vec::new();
    reports.resize_with(lessons.len(), || None);
    thread::scope(|scope| {
        let (tell, told) = mpsc::channel();
        for _ in 0..cores.min(lessons.len()) {
            let (tell, next, lessons) = (tell.clone(), &next, &lessons);
            scope.spawn(move || {
                let mut grader = make();
                loop {
                    let at = next.fetch_add(1, Ordering::Relaxed);
                    let Some(lesson) = lessons.get(at) else {
                        return;
                    };
                    let begun = tell.clone();
                    let mut one = || _ = begun.send(None);
                    let report = prove(course, lesson, &mut grader, &mut one);
                    // Nobody listens any more once another thread has failed.
                    if tell.send(Some((at, report))).is_err() {
                        return;
                    }
                }
            });
        }
        drop(tell);
        for message in told {
            match message {
                None => {
                    watcher(progress_of(done, total));
                    done += 1;
                }
                Some((at, report)) => {
                    if report.is_err() {
                        next.store(lessons.len(), Ordering::Relaxed);
                    }
                    reports[at] = Some(report);
                }
            }
        }
    });
    let mut whole = Report::default();
    for report in reports.into_iter().flatten() {
        whole.add(report?);
    }
    Ok(whole)
}

fn exercises_of(course: &Course) -> u64 {
    course.lessons().map(|l| l.exercises.len() as u64).sum()
}

fn progress_of(done: u64, total: u64) -> Progress<'static> {
    Progress {
        what: "checking lessons",
        done,
        total,
    }
}

impl Report {
    fn add(&mut self, other: Report) {
        self.lessons += other.lessons;
        self.exercises += other.exercises;
        self.mutants += other.mutants;
        self.right_answers += other.right_answers;
        self.failures.extend(other.failures);
    }
}
