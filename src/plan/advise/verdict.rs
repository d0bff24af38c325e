//! Whether a set of indexes is worth it, and what it makes redundant.

use super::advice::{Side, Verdict, Why};
use super::candidate::Candidate;
use super::schema::{Index, Schema, Table};
use crate::plan::what_if::verdict::FEW_PAGES;

/// An index that spares less than this share of the pages does not pay.
const SPARES: f64 = 0.2;

/// An index that has so many times the pages that it spares a run is a second
/// table to keep.
const SECOND_TABLE: f64 = 1.5;

/// So many times the time is slower, whatever else disturbs the machine.
const SLOWER: f64 = 1.5;

/// Page fetches decide: they are the same on each run. A time only speaks
/// where it contradicts a saving that is small.
pub(super) fn of(before: &Side, after: &Side, used: bool, index_pages: u64) -> Verdict {
    let (pages_before, pages_after) = (before.page_fetches as f64, after.page_fetches as f64);
    let (time_before, time_after) = (before.elapsed.median, after.elapsed.median);
    let spared = pages_before - pages_after;
    if !used {
        Verdict::Skip(Why::Unused)
    } else if spared < 0.0
        || (spared < pages_before / 2.0 && time_after > time_before.mul_f64(SLOWER))
    {
        Verdict::Skip(Why::Slower)
    } else if before.page_fetches < FEW_PAGES {
        Verdict::Skip(Why::Small)
    } else if spared < pages_before * SPARES
        // Nearly as much to keep as the table itself, to read half of it.
        || (index_pages as f64 > SECOND_TABLE * spared && pages_after > pages_before / 4.0)
    {
        Verdict::Skip(Why::TooLittle)
    } else {
        Verdict::Build
    }
}

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
