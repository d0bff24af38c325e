//! One step of the tour as it came out, as a value to be drawn.

use std::time::Duration;

use crate::cache::{self, Server, Times};
use crate::plan::Explanation;
use crate::plan::what_if::WhatIf;
use crate::sandbox::ResultSet;

/// One step, played.
#[derive(Debug)]
pub struct Scene {
    /// From 1.
    pub number: usize,
    /// How many steps there are.
    pub of: usize,
    /// Such as `the plan`.
    pub title: String,
    /// What we want to know; may be empty.
    pub asks: String,
    /// What was typed, and what came of it.
    pub shown: Vec<Shown>,
    /// What to notice; may be empty.
    pub notice: String,
    /// What the learner is asked to guess before going on.
    pub question: Option<String>,
    /// The title of the next step; `None` after the last.
    pub next: Option<String>,
}

/// Something typed, or what it gave.
#[derive(Debug)]
pub enum Shown {
    /// A statement or a dot command.
    Typed(String),
    /// Rows from the database.
    Rows {
        /// The rows.
        rows: ResultSet,
        /// What they took.
        elapsed: Duration,
    },
    /// A plan that was run.
    Plan(Box<Explanation>),
    /// An index that was weighed.
    Weighed(Box<WhatIf>),
    /// The cache is on.
    CacheOn {
        /// The server that answers.
        server: Server,
        /// With what.
        options: cache::Options,
    },
    /// A read through the cache; its rows are those of before.
    Served {
        /// How many rows came.
        rows: u64,
        /// Who gave them.
        outcome: cache::Outcome,
        /// What it cost.
        times: Times,
    },
    /// A statement that gives no rows.
    Done {
        /// What it took.
        elapsed: Duration,
    },
    /// The database and the cache, without and with the index.
    Against(Against),
    /// The same three statements with two kinds of cache.
    Stale([Side; 2]),
    /// What was done in the whole tour: (name, sentence).
    Told(Vec<Told>),
}

/// Medians of who answers how fast; the first without the index, the second
/// with it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Against {
    /// The database alone, the statement prepared.
    pub database: [Duration; 2],
    /// A hit in the cache.
    pub hit: [Duration; 2],
    /// Runs behind each median, at least.
    pub runs: u32,
}

/// A read, a write and a read.
#[derive(Debug, Clone, PartialEq)]
pub struct Side {
    /// The kind of cache: `TTL alone`.
    pub name: String,
    /// Before the write.
    pub before: Read,
    /// Rows that the write changed.
    pub changed: u64,
    /// Cached results that it dropped.
    pub dropped: u64,
    /// After the write.
    pub after: Read,
    /// What the database itself says at the end.
    pub truth: String,
}

/// What one read through the cache said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Read {
    /// The status of the newest order.
    pub status: String,
    /// Whether the cache answered.
    pub hit: bool,
}

impl Side {
    /// Whether the last read was not the truth.
    pub fn is_stale(&self) -> bool {
        self.after.status != self.truth
    }
}

/// One line of "what you did".
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Told {
    /// Such as `index`.
    pub name: String,
    /// What came out.
    pub says: String,
}
