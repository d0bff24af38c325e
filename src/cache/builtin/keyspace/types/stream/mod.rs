//! Streams: entries by id, and groups of consumers that read them.

mod entries;
mod group;
mod id;

pub use entries::{Stream, Threshold, Trim};
pub use group::{Consumer, Group, Pending};
pub use id::StreamId;
