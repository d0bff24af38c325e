//! The `toml check` block of an exercise, read.

use serde::Deserialize;

use super::{
    CacheTask, Changes, ComparedTable, Criterion, IndexedColumns, Interleaving, Kind, PlanBounds,
    Redis, SortKey,
};
use crate::lesson::Variant;
use crate::lesson::predict::Question;
use crate::lesson::workload::Workload;
use crate::lesson::workload_result::WorkloadBounds;

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
