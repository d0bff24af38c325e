//! What makes an answer right: the `toml check` block of an exercise.

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

/// The block as it is written.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    kind: Named,
    columns: Option<Vec<String>>,
    #[serde(default)]
    ordered_by: Vec<SortKey>,
    plan: Option<PlanBounds>,
    tables: Option<Vec<ComparedTable>>,
    #[serde(default)]
    returning: bool,
    predict: Option<Question>,
    #[serde(default)]
    order: Vec<String>,
    #[serde(default)]
    reads: bool,
    redis: Option<Redis>,
    #[serde(default)]
    keeps_given: bool,
    workload: Option<Workload>,
    bounds: Option<WorkloadBounds>,
    variants: Option<Vec<Variant>>,
}

/// The names of the kinds.
#[derive(Clone, Copy, Deserialize, PartialEq)]
#[serde(rename_all = "lowercase")]
enum Named {
    Rows,
    Plan,
    State,
    Schema,
    Predict,
    Transaction,
    Redis,
    Cache,
}

impl Criterion {
    /// Reads a `toml check` block.
    ///
    /// # Errors
    /// A sentence for the author, with the line inside the block, from 0, if
    /// it is known.
    pub fn from_toml(text: &str) -> Result<Criterion, (Option<usize>, String)> {
        let mut written: Written = toml::from_str(text).map_err(|error| {
            let line = error
                .span()
                .map(|span| text[..span.start].matches('\n').count());
            (line, error.message().to_owned())
        })?;
        let problem = |text: &str| Err((None, text.to_owned()));
        let named = written.kind;
        let changes = matches!(named, Named::State | Named::Schema);
        match (named == Named::Plan, written.plan.is_some()) {
            (true, false) => return problem("kind = \"plan\" needs a `plan = { .. }` of bounds"),
            (false, true) => return problem("`plan` needs kind = \"plan\""),
            _ => {}
        }
        if written.keeps_given && !changes && named != Named::Plan && named != Named::Rows {
            return problem("`keeps_given` needs answers in SQL on one connection");
        }
        let in_turns = named == Named::Transaction;
        if !in_turns && (written.reads || !written.order.is_empty()) {
            return problem("`order` and `reads` need kind = \"transaction\"");
        }
        let is_cache = named == Named::Cache;
        if is_cache != written.bounds.is_some() {
            return problem("kind = \"cache\" needs its `[bounds]`, and no other does");
        }
        match (
            is_cache,
            named == Named::Predict,
            written.workload.is_some(),
        ) {
            (true, _, false) => return problem("kind = \"cache\" needs a `[workload]`"),
            (false, false, true) => {
                return problem("`[workload]` needs kind = \"cache\" or \"predict\"");
            }
            _ => {}
        }
        if written
            .bounds
            .as_ref()
            .is_some_and(WorkloadBounds::is_empty)
        {
            return problem("`[bounds]` bounds nothing");
        }
        if named != Named::Redis && written.redis.is_some() {
            return problem("`redis` needs kind = \"redis\"");
        }
        if !changes && ((written.tables.is_some() && !in_turns) || written.returning) {
            return problem("`tables` and `returning` need kind = \"state\" or \"schema\"");
        }
        let is_query = matches!(named, Named::Rows | Named::Plan);
        if !is_query
            && !written.returning
            && (written.columns.is_some() || !written.ordered_by.is_empty())
        {
            return problem("`columns` and `ordered_by` need rows to be returned");
        }
        if (named == Named::Predict) != written.predict.is_some() {
            return problem(
                "kind = \"predict\" needs a `[predict]` of what is measured, and no other does",
            );
        }
        let tables = written.tables.take().unwrap_or_default();
        let kind = match (named, written.predict.take()) {
            (Named::State, _) if tables.is_empty() => {
                return problem("kind = \"state\" needs `tables`: those that the answer changes");
            }
            (Named::State | Named::Schema, _) => Kind::Changes(Changes {
                tables,
                returning: written.returning,
            }),
            (Named::Transaction, _) => Kind::Transaction(Interleaving {
                tables,
                order: written.order,
                reads: written.reads,
            }),
            (Named::Redis, _) => Kind::Redis(written.redis.unwrap_or_default()),
            (Named::Cache, _) => Kind::Cache(Box::new(CacheTask {
                workload: written.workload.unwrap_or_default(),
                bounds: written.bounds.unwrap_or_default(),
            })),
            (_, Some(question)) => {
                let question = question.about(written.workload.take());
                Kind::Predict(question.checked().map_err(|why| (None, why))?)
            }
            (_, None) => Kind::Query,
        };
        let variants = match kind {
            Kind::Predict(_) | Kind::Redis(_) | Kind::Cache(_) => Vec::new(),
            Kind::Transaction(_) => written.variants.unwrap_or_else(|| vec![Variant::Seed(7)]),
            _ => written.variants.unwrap_or_else(Variant::all),
        };
        Ok(Criterion {
            kind,
            columns: written.columns,
            ordered_by: written.ordered_by,
            plan: written.plan,
            keeps_given: written.keeps_given,
            variants,
        })
    }

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

impl<'de> Deserialize<'de> for SortKey {
    fn deserialize<D: serde::Deserializer<'de>>(from: D) -> Result<SortKey, D::Error> {
        let text = String::deserialize(from)?;
        let words: Vec<&str> = text.split_whitespace().collect();
        let read = match words.as_slice() {
            [column, direction @ ("asc" | "desc"), rest @ ..] => Some((*column, *direction, rest)),
            [column, rest @ ..] => Some((*column, "asc", rest)),
            [] => None,
        };
        let read = read.and_then(|(column, direction, rest)| {
            let descending = direction == "desc";
            let nulls_last = match rest {
                [] => descending,
                ["nulls", "last"] => true,
                ["nulls", "first"] => false,
                _ => return None,
            };
            Some(SortKey {
                column: column.to_owned(),
                descending,
                nulls_last,
            })
        });
        read.ok_or_else(|| {
            serde::de::Error::custom(format!(
                "`{text}` is no sort key: write \"column\", \"column desc\", \"column nulls last\""
            ))
        })
    }
}

impl TryFrom<String> for IndexedColumns {
    type Error = String;

    fn try_from(text: String) -> Result<IndexedColumns, String> {
        let wrong = || format!("`{text}` names no index: write \"table(column, column)\"");
        let (table, rest) = text.split_once('(').ok_or_else(wrong)?;
        let columns: Vec<String> = rest
            .strip_suffix(')')
            .ok_or_else(wrong)?
            .split(',')
            .map(|c| c.trim().to_owned())
            .collect();
        if table.trim().is_empty() || columns.iter().any(String::is_empty) {
            return Err(wrong());
        }
        Ok(IndexedColumns {
            table: table.trim().to_owned(),
            columns,
        })
    }
}

impl TryFrom<String> for ComparedTable {
    type Error = String;

    fn try_from(text: String) -> Result<ComparedTable, String> {
        if text.contains('(') {
            let IndexedColumns { table, columns } = text.try_into()?;
            return Ok(ComparedTable { table, columns });
        }
        Ok(ComparedTable {
            table: text,
            columns: Vec::new(),
        })
    }
}

impl std::fmt::Display for IndexedColumns {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}({})", self.table, self.columns.join(", "))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_block_is_read() {
        let read = Criterion::from_toml(
            "kind = \"plan\"\nordered_by = [\"created_at desc\", \"id\"]\n\
             plan = { full_scan_of = [], uses_index_on = [\"orders(customer_id, created_at)\"] }\n\
             variants = [\"seed=7\", \"nulls\"]",
        )
        .unwrap();
        assert_eq!(read.ordered_by[0].column, "created_at");
        assert!(read.ordered_by[0].descending && !read.ordered_by[1].descending);
        let plan = read.plan.unwrap();
        assert_eq!(plan.full_scan_of, Some(vec![]));
        assert_eq!(
            plan.uses_index_on[0].to_string(),
            "orders(customer_id, created_at)"
        );
        assert_eq!(read.variants, [Variant::Seed(7), Variant::Nulls]);
    }

    #[test]
    fn without_a_list_all_variants_are_used() {
        let read = Criterion::from_toml("kind = \"rows\"").unwrap();
        assert_eq!(read.variants, Variant::all());
    }

    #[test]
    fn what_is_not_understood_is_refused() {
        for (text, part) in [
            ("kind = \"rows\"\nsorted = true", "sorted"),
            ("kind = \"poem\"", "poem"),
            (
                "kind = \"rows\"\nplan = { sorts = 0 }",
                "needs kind = \"plan\"",
            ),
            ("kind = \"plan\"", "bounds"),
            ("kind = \"rows\"\nvariants = [\"sunny\"]", "sunny"),
            ("kind = \"rows\"\nordered_by = [\"a down\"]", "a down"),
            (
                "kind = \"plan\"\nplan = { uses_index_on = [\"orders\"] }",
                "`orders` names no index",
            ),
        ] {
            let (_, problem) = Criterion::from_toml(text).unwrap_err();
            assert!(problem.contains(part), "{text}: {problem}");
        }
    }
}
