//! Guided lessons: the course and its format, grading, progress.
//!
//! A lesson is one Markdown file ([`parse`] reads it into a [`Lesson`]). A
//! [`Grader`] judges an [`Attempt`] by its rows on the lesson's data and on
//! hidden [`Variant`]s of it, and by its plan; known wrong answers (mutants)
//! explain what was probably misunderstood. [`check`] proves a whole course.

mod attempt;
mod blocks;
mod bounds;
mod changing;
mod check;
mod compare;
mod content;
mod course;
mod criterion;
mod databases;
mod feedback;
mod format;
mod grade;
mod guess;
mod observed;
mod played;
mod predict;
mod progress;
mod stage;
pub mod tour;
mod variants;

pub use attempt::Attempt;
pub use bounds::Work;
pub use check::{Problem, Report, check};
pub use content::{Example, Exercise, Lesson, Mutant, Probe, Prose, Sql};
pub use course::{Course, CourseError, Track, Unknown};
pub use criterion::{Changes, ComparedTable, Criterion, IndexedColumns, Kind, PlanBounds, SortKey};
pub use databases::LESSON_SEED;
pub use feedback::{Difference, Feedback, PlanMiss};
pub use format::{FormatError, parse};
pub use grade::{GradeError, Grader, Verdict};
pub use played::Ground;
pub use predict::{Closeness, Guess, Measure, Measured, NoGuess, Prediction, Question, letter};
pub use progress::{Progress, ProgressError, Record, SetAside};
pub use variants::Variant;
