//! One request with all that is known of it.

use crate::clock::Time;

/// What a request does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Op {
    /// Reads; what is not there is fetched and kept. Only reads hit or miss.
    #[default]
    Read,
    /// Stores, whatever was there.
    Write,
    /// Deletes.
    Delete,
}

/// One line of a trace, or what was drawn instead.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Request {
    /// When.
    pub time: Time,
    /// A number for the key: its rank, or the hash of its text.
    pub key: u64,
    /// Bytes of the object.
    pub size: u64,
    /// What it does.
    pub op: Op,
}
