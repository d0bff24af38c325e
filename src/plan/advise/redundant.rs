//! Indexes that a new one makes redundant.

use super::candidate::Candidate;
use super::schema::{Index, Schema, Table};

/// The indexes of `schema` that one of `set` does the work of: it begins with
/// the same columns in the same order. Those that keep something unique stay.
pub(super) fn made_redundant(schema: &Schema, set: &[&Candidate]) -> Vec<String> {
    let begins_with = |candidate: &Candidate, table: &Table, index: &Index| {
        candidate.condition.is_none()
            && candidate.key.len() >= index.key.len()
            && candidate.key.iter().zip(&index.key).all(|(mine, there)| {
                let column = mine.column.map(|at| &table.columns[at]);
                column.is_some_and(|column| {
                    Some(&column.name) == there.0.as_ref()
                        && column.collation.eq_ignore_ascii_case(&there.1)
                        && !mine.text.contains(" COLLATE ")
                        && mine.descending == there.2
                })
            })
    };
    let indexes = schema
        .indexes
        .iter()
        .filter(|it| it.own && !it.unique && !it.partial);
    indexes
        .filter(|index| {
            let Some(table) = schema.table(&index.table) else {
                return false;
            };
            set.iter()
                .any(|it| it.table == index.table && begins_with(it, table, index))
        })
        .map(|index| index.name.clone())
        .collect()
}
