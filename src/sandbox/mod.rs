//! The practice database: a guarded private copy that a learner can break and
//! restore.

mod catalog;
mod copy;
pub mod counters;
mod dump;
mod error;
mod folder;
mod guard;
mod guarded;
mod notes;
mod objects;
mod practice;
mod rows;
mod run;
mod save;
mod source;

pub use catalog::Index;
pub use counters::Counters;
pub use dump::Scope as DumpScope;
pub use error::Error;
pub use guard::MAX_VALUE_BYTES;
pub use guarded::{Budget, Guarded};
pub use notes::Notes;
pub use objects::{OwnWork, SchemaObject};
pub use practice::{Practice, Surroundings};
pub use rows::{Column, ResultSet, RowSink, Value, ValueRef, owned};
pub use run::{Kind, Outcome};
pub use source::Source;
