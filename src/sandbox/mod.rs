//! The practice database: a guarded private copy that a learner can break and
//! restore.

pub mod counters;
mod rows;

pub use rows::{Column, ResultSet, RowSink, Value, ValueRef, owned};
