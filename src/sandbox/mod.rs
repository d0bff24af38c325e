//! The practice database: a guarded private copy that a learner can break and
//! restore.

pub mod bindings;
mod catalog;
mod changes;
mod connections;
mod copy;
pub mod counters;
mod drop_table;
mod dump;
mod error;
mod folder;
mod guard;
mod guarded;
mod marks;
mod notes;
mod objects;
mod practice;
mod rows;
mod run;
mod save;
mod source;
mod trial;

pub use bindings::Bindings;
pub use catalog::Index;
pub use changes::{Changes, Object};
pub use connections::{
    Conflict, ConnectionError, Connections, FIRST, Hold, Holder, Standing, Switched,
};
pub use copy::learners_file as copy_database;
pub use counters::Counters;
pub use dump::Scope as DumpScope;
pub use error::Error;
pub use guard::MAX_VALUE_BYTES;
pub use guarded::{Budget, Guarded};
pub use marks::{MOST_MARK_BYTES, MOST_MARKS, Mark, MarkError};
pub use notes::Notes;
pub use objects::{OwnWork, SchemaObject};
pub use practice::{Practice, Surroundings, random_id};
pub use rows::{Column, ResultSet, RowSink, Value, ValueRef, owned};
pub use run::{Kind, Outcome};
pub use source::Source;
pub use trial::Trial;
