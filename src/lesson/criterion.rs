//! What makes an answer right, as an exercise says.

mod block;

use serde::Deserialize;

use super::Variant;
use super::predict::Question;
use super::workload::Workload;
use super::workload_result::WorkloadBounds;

/// How an answer is judged: it must do what the solution does, on the lesson's
/// data and on every variant of it.
#[derive(Debug, Clone, PartialEq)]
pub struct Criterion {
    /// What an answer is, and what of it counts.
    pub kind: Kind,
    /// Column names that the task states. `None`: names are the learner's
    /// choice, and so is the order of the columns.
    pub columns: Option<Vec<String>>,
    /// The order that the task asks for; empty when any order will do.
    pub ordered_by: Vec<SortKey>,
    /// What the plan must be like, for `kind = "plan"`.
    pub plan: Option<PlanBounds>,
    /// What the exercise has made must be there afterwards, as it was.
    pub keeps_given: bool,
    /// The hidden databases that an answer must be right on, too.
    pub variants: Vec<Variant>,
}

/// What an answer is.
#[derive(Debug, Clone, PartialEq)]
pub enum Kind {
    /// A query: its rows count, and where there are bounds, its plan.
    Query,
    /// Statements that change rows or the schema: what they leave counts.
    Changes(Changes),
    /// A guess, before the measurement.
    Predict(Question),
    /// Statements on several connections: what they leave counts, and which
    /// of them were refused.
    Transaction(Interleaving),
    /// Commands to a cache server: what they leave counts.
    Redis(Redis),
    /// The settings of a cache: what comes of them counts.
    Cache(Box<CacheTask>),
}

/// Readers and writers, and what a cache must do for them.
#[derive(Debug, Clone, PartialEq)]
pub struct CacheTask {
    /// Who asks for what.
    pub workload: Workload,
    /// What must come of it.
    pub bounds: WorkloadBounds,
}

/// What counts of statements on several connections.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Interleaving {
    /// The tables that are compared afterwards.
    pub tables: Vec<ComparedTable>,
    /// The turns that the connections must take; empty where they are free.
    pub order: Vec<String>,
    /// What each turn reads last counts, too.
    pub reads: bool,
}

/// What counts of commands to a cache server, besides the probes.
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Redis {
    /// Patterns of the keys whose values and times to live are compared.
    #[serde(default)]
    pub keys: Vec<String>,
    /// The reply to the last command counts, too.
    #[serde(default)]
    pub reply: bool,
}

/// What counts of statements that change something, besides the probes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Changes {
    /// The tables that are compared. Another table of the dataset must be as
    /// it was.
    pub tables: Vec<ComparedTable>,
    /// The rows that the last statement returns count, too.
    pub returning: bool,
}

/// A table that is compared with the solution's, or some of its columns.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct ComparedTable {
    /// The table.
    pub table: String,
    /// Its columns that count; empty for all.
    pub columns: Vec<String>,
}

/// One key of a stated order: a column of the solution's result.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SortKey {
    /// Its name in the solution's result.
    pub column: String,
    /// Largest first.
    pub descending: bool,
    /// Where NULLs stand; SQLite puts them first, and last where descending.
    pub nulls_last: bool,
}

/// Bounds on the plan of the answer, at the lesson's own scale. They speak of
/// plan nodes and counters, never of time.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PlanBounds {
    /// The only tables that may be read from end to end; absent: any may.
    pub full_scan_of: Option<Vec<String>>,
    /// Indexes that the plan must search, each as `table(column, ..)`. An
    /// index that goes on with more columns will do.
    #[serde(default)]
    pub uses_index_on: Vec<IndexedColumns>,
    /// The most sorts allowed.
    pub sorts: Option<u64>,
    /// The most rows that may be looked at, in tables and indexes together.
    /// The lesson's data is always the same, so the solution's figure is.
    pub rows_visited: Option<u64>,
    /// The most pages that may be asked for.
    pub page_fetches: Option<u64>,
    /// The most VM steps for each that the solution takes: 2 for twice as many.
    pub vm_steps: Option<f64>,
    /// The most entries that an index of the plan may have.
    pub largest_index: Option<u64>,
    /// Tables that must be answered from an index alone.
    #[serde(default)]
    pub covering: Vec<String>,
    /// What to ask a learner whose rows are right but whose plan is not.
    pub question: Option<String>,
}

/// `orders(customer_id, created_at)`: the columns an index begins with.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct IndexedColumns {
    /// The table.
    pub table: String,
    /// Its columns, in the index's order.
    pub columns: Vec<String>,
}

impl Criterion {
    /// What is asked before the measurement, if that is all that is asked.
    pub fn question(&self) -> Option<&Question> {
        match &self.kind {
            Kind::Predict(question) => Some(question),
            _ => None,
        }
    }

    /// What counts of an answer that changes something.
    pub fn changes(&self) -> Option<&Changes> {
        match &self.kind {
            Kind::Changes(changes) => Some(changes),
            _ => None,
        }
    }

    /// The tables that are compared, in their order.
    pub fn tables(&self) -> &[ComparedTable] {
        match &self.kind {
            Kind::Changes(changes) => &changes.tables,
            Kind::Transaction(turns) => &turns.tables,
            Kind::Query | Kind::Predict(_) | Kind::Redis(_) | Kind::Cache(_) => &[],
        }
    }

    /// What an answer is written in: the first word of its blocks.
    pub fn language(&self) -> &'static str {
        match &self.kind {
            Kind::Transaction(_) => "script",
            Kind::Redis(_) => "redis",
            Kind::Cache(_) => "cache",
            Kind::Predict(question) if question.workload.is_some() => "cache",
            Kind::Query | Kind::Changes(_) | Kind::Predict(_) => "sql",
        }
    }

    /// Whether the rows that the answer returns count.
    pub fn wants_rows(&self) -> bool {
        match &self.kind {
            Kind::Query => true,
            Kind::Changes(changes) => changes.returning,
            Kind::Predict(_) | Kind::Transaction(_) | Kind::Redis(_) | Kind::Cache(_) => false,
        }
    }
}

impl std::fmt::Display for IndexedColumns {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}({})", self.table, self.columns.join(", "))
    }
}
