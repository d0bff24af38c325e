//! A statement's plan with everything known about it, as a plain value.

use std::time::Duration;

use super::operation::Operation;
use super::verdict::Cost;
use crate::sandbox::counters::Counters;

/// What SQLite does with a statement, what it cost, and what that means.
#[derive(Debug, Clone, PartialEq)]
pub struct Explanation {
    /// The statement, trimmed.
    pub sql: String,
    /// The version of SQLite that planned it.
    pub sqlite_version: &'static str,
    /// The nodes, in SQLite's order. Empty for `INSERT .. VALUES`.
    pub nodes: Vec<Node>,
    /// The counters of one run; `None` when it was not run.
    pub counters: Option<Counters>,
    /// Rows returned, or rows changed; `None` when it was not run.
    pub rows: Option<u64>,
    /// Time of the runs; `None` when it was not run.
    pub elapsed: Option<Elapsed>,
    /// What is worth telling, the costliest first.
    pub findings: Vec<Finding>,
    /// What could not be measured, or must be known to read the figures.
    pub notes: Vec<String>,
}

/// Times of several runs of one statement.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Elapsed {
    /// The shortest.
    pub min: Duration,
    /// The median.
    pub median: Duration,
    /// How many.
    pub runs: u32,
}

impl Elapsed {
    /// Of these times, of which there is at least one.
    pub(crate) fn of(mut times: Vec<Duration>) -> Elapsed {
        times.sort_unstable();
        Elapsed {
            min: times.first().copied().unwrap_or_default(),
            median: times.get(times.len() / 2).copied().unwrap_or_default(),
            runs: u32::try_from(times.len()).unwrap_or(u32::MAX),
        }
    }
}

/// One node of a plan. What is measured is `None` without a run, and in a
/// build without scan statistics.
#[derive(Debug, Clone, PartialEq)]
pub struct Node {
    /// SQLite's id.
    pub id: i64,
    /// The id of the node it stands under.
    pub parent: Option<i64>,
    /// SQLite's text.
    pub detail: String,
    /// What that text says.
    pub operation: Operation,
    /// The table that is read, where it is one and its name is known.
    pub table: Option<String>,
    /// The name the statement gives it, if it is another.
    pub alias: Option<String>,
    /// What it does, in a sentence with the names of the statement, and after a
    /// run with its numbers.
    pub meaning: String,
    /// The planner's cost of one turn, in its own unit (about the time of
    /// one row): 2^(x/10) of what SQLite reports. Building an automatic index
    /// is not in it.
    pub cost: Option<f64>,
    /// Rows that the planner expects out of one turn of the loop. Known without
    /// running it.
    pub estimated_rows: Option<f64>,
    /// Turns: how often the loop was started.
    pub loops: Option<u64>,
    /// Rows looked at, over all turns.
    pub visited_rows: Option<u64>,
    /// Rows handed on, over all turns: those that passed the conditions that
    /// can be tested here. A LEFT JOIN may hand on more than it visited.
    pub output_rows: Option<u64>,
    /// Rows handed on, divided by the rows that the planner expected, where
    /// that is at least 10 or at most 1/10, the table has statistics (without
    /// ANALYZE the planner guesses, and says nothing about the data) and
    /// nothing can have ended the loop early.
    pub misestimate: Option<f64>,
    /// It is no part of the statement: SQLite looks for rows that refer to what
    /// the statement changes, because a foreign key does.
    pub checks_foreign_key: bool,
    /// Share of the run's time spent here, 0 to 1; a subquery's holds that of
    /// the nodes below it.
    pub time_share: Option<f64>,
}

/// Something worth telling about a plan.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// Its stable name, such as `full-scan`.
    pub code: &'static str,
    /// How much it matters.
    pub severity: Severity,
    /// The node it is about.
    pub node: Option<i64>,
    /// One sentence with the learner's own names, and numbers where measured.
    pub title: String,
    /// Why it is so; may be empty.
    pub why: String,
    /// Statements that may help, ready to run, each ending in a semicolon.
    pub try_: Vec<String>,
}

/// How much a finding matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// It goes well, and this is why.
    Good,
    /// Good to know.
    Notice,
    /// It costs much, and something can be done.
    Warning,
}

impl Severity {
    /// The word of the JSON contract.
    pub fn word(self) -> &'static str {
        match self {
            Severity::Good => "good",
            Severity::Notice => "notice",
            Severity::Warning => "warning",
        }
    }
}

impl Explanation {
    /// The nodes that stand directly under `parent`, in SQLite's order.
    pub fn children(&self, parent: Option<i64>) -> impl Iterator<Item = &Node> {
        self.nodes.iter().filter(move |node| node.parent == parent)
    }

    /// The node called `id`.
    pub fn node(&self, id: i64) -> Option<&Node> {
        self.nodes.iter().find(|node| node.id == id)
    }

    /// Whether any step reads the index `name`.
    pub fn uses(&self, name: &str) -> bool {
        self.nodes.iter().any(|node| node.operation.uses(name))
    }

    /// What a run took; nothing for one that was not run.
    pub fn cost(&self) -> Cost {
        Cost {
            page_fetches: self.counters.map_or(0, |it| it.page_fetches),
            time: self.elapsed.map(|it| it.median).unwrap_or_default(),
        }
    }

    /// Whether it was run.
    pub fn was_run(&self) -> bool {
        self.elapsed.is_some()
    }
}

impl Node {
    /// The table, or whatever else the node reads, as the statement calls it.
    pub fn reads(&self) -> Option<&str> {
        self.alias
            .as_deref()
            .or(self.table.as_deref())
            .or_else(|| self.operation.as_loop()?.source.name())
    }
}
