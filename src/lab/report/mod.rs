//! A benchmark's results as values: what was measured, what was predicted, and
//! what follows from it. Views draw it.

mod build;
mod note;
mod verdict;

pub use build::{ArmReport, BenchReport, CacheUsed, Predicted, Spread, Used};
pub use note::Note;
pub use verdict::Verdict;

#[cfg(test)]
pub(crate) use build::tests::example;
