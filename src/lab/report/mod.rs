//! A benchmark's results as values: what was measured, what was predicted, and
//! what follows from it. Views draw it.

mod build;
mod cautions;
mod conclusions;
mod figures;
mod machine;
mod note;
mod room;
mod saved;
#[cfg(test)]
mod tests;
mod verdict;

pub use build::BenchReport;
pub use conclusions::Away;
pub use figures::{ArmReport, Audit, CacheUsed, Measurements, Predicted, Spread, Traced, Used};
pub use machine::Machine;
pub use note::Note;
pub use saved::{BadSaved, Compared, ComparedSide, Saved, SavedArm};
pub use verdict::Verdict;

#[cfg(test)]
pub(crate) use tests::example;
