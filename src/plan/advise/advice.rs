//! Advice, as plain values.

use std::time::Duration;

use crate::plan::explanation::{Elapsed, Explanation};
use crate::plan::verdict::{Cost, Verdict};
use crate::plan::what_if::Inserts;

/// Which indexes a statement should have, measured.
#[derive(Debug, Clone, PartialEq)]
pub struct Advice {
    /// The statement, trimmed.
    pub sql: String,
    /// The statement as the database is now.
    pub baseline: Side,
    /// What was really built, the best first. The others are there to show why
    /// not. Empty when nothing was worth building.
    pub recommendations: Vec<Recommendation>,
    /// How many indexes were thought of.
    pub candidates: usize,
    /// How many sets of them were priced without building them.
    pub priced: usize,
    /// Time from the question to the sets to build.
    pub thought: Duration,
}

/// A statement's run: what it fetches, how long it takes, by which plan.
#[derive(Debug, Clone, PartialEq)]
pub struct Side {
    /// Pages asked for in one run.
    pub page_fetches: u64,
    /// The time of a run.
    pub elapsed: Elapsed,
    /// The plan, without figures.
    pub plan: Explanation,
}

/// A set of indexes, built and measured.
#[derive(Debug, Clone, PartialEq)]
pub struct Recommendation {
    /// The statements that make it, without semicolons. The last may be an
    /// ANALYZE, where the planner needs one to choose the index.
    pub ddl: Vec<String>,
    /// The names of the indexes.
    pub indexes: Vec<String>,
    /// Build it or not.
    pub verdict: Verdict,
    /// The statement with it.
    pub after: Side,
    /// Time of building all of it.
    pub build: Duration,
    /// Bytes of its pages, from `dbstat`.
    pub size_bytes: u64,
    /// The table on which inserts suffer most, and what they take; or why that
    /// could not be measured.
    pub inserts: Result<Inserts, String>,
    /// Names of indexes that a new one does the work of, if it is to be built.
    pub makes_redundant: Vec<String>,
}

impl Side {
    /// What a run takes.
    pub fn cost(&self) -> Cost {
        Cost {
            page_fetches: self.page_fetches,
            time: self.elapsed.median,
        }
    }
}

impl Advice {
    /// What to build: the statements, none if nothing is worth it.
    pub fn ddl(&self) -> &[String] {
        self.best().map_or(&[], |it| &it.ddl)
    }

    /// The set to build, if one is worth it.
    pub fn best(&self) -> Option<&Recommendation> {
        let mut all = self.recommendations.iter();
        all.find(|it| it.verdict == Verdict::Build)
    }
}

impl Recommendation {
    /// How many times longer an insert takes, 1 for no longer; `None` where it
    /// could not be measured.
    pub fn insert_slowdown(&self) -> Option<f64> {
        let inserts = self.inserts.as_ref().ok()?;
        (!inserts.without.is_zero()).then(|| inserts.slowdown())
    }
}
