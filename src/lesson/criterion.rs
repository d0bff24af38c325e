//! What makes an answer right: the `toml check` block of an exercise.

use serde::Deserialize;

use super::Variant;

/// How an answer is judged. An answer is a SELECT; its rows must be those of
/// the solution, on the lesson's data and on every variant of it.
#[derive(Debug, Clone, PartialEq)]
pub struct Criterion {
    /// Column names that the task states. `None`: names are the learner's
    /// choice, and so is the order of the columns.
    pub columns: Option<Vec<String>>,
    /// The order that the task asks for; empty when any order will do.
    pub ordered_by: Vec<SortKey>,
    /// What the plan must be like, for `kind = "plan"`.
    pub plan: Option<PlanBounds>,
    /// The hidden databases that an answer must be right on, too.
    pub variants: Vec<Variant>,
}

/// One key of a stated order: a column of the solution's result.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SortKey {
    /// Its name in the solution's result.
    pub column: String,
    /// Largest first.
    pub descending: bool,
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
    kind: Kind,
    columns: Option<Vec<String>>,
    #[serde(default)]
    ordered_by: Vec<SortKey>,
    plan: Option<PlanBounds>,
    variants: Option<Vec<Variant>>,
}

#[derive(Deserialize, PartialEq)]
#[serde(rename_all = "lowercase")]
enum Kind {
    Rows,
    Plan,
}

impl Criterion {
    /// Reads a `toml check` block.
    ///
    /// # Errors
    /// A sentence for the author, with the line inside the block, from 0, if
    /// it is known.
    pub fn from_toml(text: &str) -> Result<Criterion, (Option<usize>, String)> {
        let written: Written = toml::from_str(text).map_err(|error| {
            let line = error
                .span()
                .map(|span| text[..span.start].matches('\n').count());
            (line, error.message().to_owned())
        })?;
        match (&written.kind, &written.plan) {
            (Kind::Rows, Some(_)) => {
                return Err((None, "`plan` needs kind = \"plan\"".to_owned()));
            }
            (Kind::Plan, None) => {
                return Err((
                    None,
                    "kind = \"plan\" needs a `plan = { .. }` of bounds".to_owned(),
                ));
            }
            _ => {}
        }
        Ok(Criterion {
            columns: written.columns,
            ordered_by: written.ordered_by,
            plan: written.plan,
            variants: written.variants.unwrap_or_else(Variant::all),
        })
    }
}

impl<'de> Deserialize<'de> for SortKey {
    fn deserialize<D: serde::Deserializer<'de>>(from: D) -> Result<SortKey, D::Error> {
        let text = String::deserialize(from)?;
        let mut words = text.split_whitespace();
        let (column, direction, rest) = (words.next(), words.next(), words.next());
        let descending = match direction {
            None | Some("asc") => Some(false),
            Some("desc") => Some(true),
            Some(_) => None,
        };
        match (column, descending, rest) {
            (Some(column), Some(descending), None) => Ok(SortKey {
                column: column.to_owned(),
                descending,
            }),
            _ => Err(serde::de::Error::custom(format!(
                "`{text}` is no sort key: write \"column\" or \"column desc\""
            ))),
        }
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
