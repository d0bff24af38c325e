//! Whether indexes are worth it, in a sentence.

use crate::plan::{Access, Cost, Explanation, Operation, Verdict, Why};
use crate::units::{self, bytes, count, counted, times};

/// Indexes that were weighed on a statement.
pub(super) struct Weighed<'a> {
    pub(super) verdict: Verdict,
    pub(super) before: Cost,
    pub(super) after: Cost,
    /// Their names.
    pub(super) indexes: &'a [String],
    /// Bytes of all of them.
    pub(super) size: u64,
    /// The plan with them.
    pub(super) plan: &'a Explanation,
}

/// Worth it, or why not.
pub(super) fn sentence(it: &Weighed<'_>) -> String {
    let (before, after) = (it.before.page_fetches, it.after.page_fetches);
    let what = if it.indexes.len() == 1 { "it" } else { "them" };
    let fetches = |n: u64| counted(n, "page fetch", "page fetches");
    let instead = format!("{} instead of {}", fetches(after), count(before));
    match it.verdict {
        Verdict::Build => format!(
            "build {what}: {instead}{}.",
            if after > 0 && before / after >= 2 {
                format!(", {} fewer", times(before as f64, after as f64))
            } else {
                String::new()
            }
        ),
        Verdict::Skip(Why::Unused) => format!(
            "skip {what}: SQLite does not use {} for this statement, so it would only cost.",
            it.indexes.join(", ")
        ),
        Verdict::Skip(Why::Slower) if after > before => {
            if it.after.time < it.before.time.mul_f64(0.8) {
                format!(
                    "skip {what}: faster while all pages are in memory, but {instead}, which a \
                     colder machine would feel."
                )
            } else if let Some(table) = looked_up(it) {
                format!(
                    "skip {what}: {instead}, because each row found is looked up in {table} again."
                )
            } else {
                format!("skip {what}: with {what} the statement makes {instead}.")
            }
        }
        Verdict::Skip(Why::Slower) => format!(
            "skip {what}: {instead}, and yet the statement takes {} instead of {}.",
            units::duration(it.after.time),
            units::duration(it.before.time)
        ),
        Verdict::Skip(Why::Small) => format!(
            "skip {what} for now: the statement fetches only {}. It may pay once the data has \
             grown.",
            counted(before, "page", "pages")
        ),
        Verdict::Skip(Why::TooLittle) => {
            format!("skip {what}: {instead} saves less than {what} would cost.")
        }
        Verdict::Skip(Why::Surpassed) => format!(
            "skip {what}: {} and {}; the one that is advised does better.",
            fetches(after),
            bytes(it.size)
        ),
    }
}

/// The table whose rows are looked up after one of the indexes has found them.
fn looked_up<'a>(it: &Weighed<'a>) -> Option<&'a str> {
    it.plan.nodes.iter().find_map(|node| match &node.operation {
        Operation::Loop(one) => match &one.access {
            Access::Index {
                name,
                covering: false,
                ..
            } if it.indexes.contains(name) => node.table.as_deref().or_else(|| node.reads()),
            _ => None,
        },
        _ => None,
    })
}
