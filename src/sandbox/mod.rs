//! The practice database: a guarded private copy that a learner can break and
//! restore.

mod catalog;
mod copy;
pub mod counters;
mod error;
mod folder;
mod guard;
mod guarded;
mod notes;
mod practice;
mod rows;
mod run;
mod source;

pub use catalog::Index;
pub use copy::learners_file as copy_database;
pub use counters::Counters;
pub use error::Error;
pub use guard::MAX_VALUE_BYTES;
pub use guarded::{Budget, Guarded};
pub use notes::Notes;
pub use practice::{Practice, Surroundings};
pub use rows::{Column, ResultSet, RowSink, Value, ValueRef, owned};
pub use run::{Kind, Outcome};
pub use source::Source;
