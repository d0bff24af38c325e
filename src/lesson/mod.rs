//! Guided lessons: the course and its format, grading, progress.
//!
//! A lesson is one Markdown file ([`parse`] reads it into a [`Lesson`]). A
//! [`Grader`] judges an [`Attempt`] by its rows on the lesson's data and on
//! hidden [`Variant`]s of it, and by its plan; known wrong answers (mutants)
//! explain what was probably misunderstood. [`check`] proves a whole course.

mod attempt;
mod blocks;
mod bounds;
mod cache_settings;
mod changing;
mod check;
mod commands;
mod compare;
mod content;
mod course;
mod criterion;
mod databases;
mod excess;
mod feedback;
mod format;
mod given;
mod grade;
mod guess;
mod observed;
mod on_variants;
mod plan_miss;
mod played;
mod predict;
mod prediction;
mod progress;
mod proof;
mod recap;
mod redis_stage;
mod stage;
mod stop;
mod template;
pub mod tour;
mod turns;
mod variants;
mod workload;
mod workload_result;

pub use attempt::Attempt;
pub use bounds::{Bounded, Work};
pub use cache_settings::CacheSettings;
pub use check::{Problem, Report, check, check_on_cores};
pub use content::{Example, Exercise, Lesson, Mutant, Probe, Prose, Sql};
pub use course::{Course, CourseError, Track, Unknown};
pub use criterion::{
    CacheTask, Changes, ComparedTable, Criterion, IndexedColumns, Interleaving, Kind, PlanBounds,
    Redis, SortKey,
};
pub use databases::LESSON_SEED;
pub use excess::{Cause, Excess};
pub use feedback::{Difference, Feedback};
pub use format::{FormatError, parse};
pub use grade::{GradeError, Grader, Verdict};
pub use plan_miss::PlanMiss;
pub use played::Ground;
pub use predict::{Guess, Measure, Measured, NoGuess, Question, letter};
pub use prediction::{Closeness, Prediction};
pub use progress::{ImportError, Progress, ProgressError, Record, SetAside};
pub use recap::recap;
pub use redis_stage::{NoCommand, RedisStage};
pub use template::{course_of, template};
pub use turns::{Turn, turns};
pub use variants::Variant;
pub use workload::{Span, Workload};
pub use workload_result::{WorkloadBounds, WorkloadResult};
