//! A benchmark's results as values: what was measured, what was predicted, and
//! what follows from it. Views draw it.

mod build;
mod conclusions;
mod machine;
mod note;
mod saved;
mod verdict;

pub use build::{ArmReport, Audit, BenchReport, CacheUsed, Measurements, Predicted, Spread, Used};
pub use conclusions::Away;
pub use machine::Machine;
pub use note::Note;
pub use saved::{BadSaved, Compared, ComparedSide, Saved, SavedArm};
pub use verdict::Verdict;

#[cfg(test)]
pub(crate) use build::tests::example;
