//! Whether the plan of an answer is within the bounds of its exercise.

use std::collections::{BTreeMap, BTreeSet};

use super::criterion::PlanBounds;
use super::plan_miss::PlanMiss;
use crate::plan::{Access, Explanation, Loop, Node, Operation};
use crate::sandbox::{Counters, Index};
use crate::units::count;

/// What is known of the plan of an answer whose rows are right.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Inspection {
    /// The bounds it misses.
    pub(super) misses: Vec<PlanMiss>,
    /// The indexes there are, each as `table(columns)`: with the misses they
    /// tell one wrong way from another.
    pub(super) indexes: BTreeSet<String>,
    /// What it cost.
    pub(super) work: Work,
}

/// What one run of an answer cost on the lesson's own data.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Work {
    /// Rows looked at in tables and indexes; `None` in a build that cannot
    /// count them.
    pub visited_rows: Option<u64>,
    /// SQLite's counters.
    pub counters: Counters,
}

/// A figure that an exercise bounds, beside what it was at first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bounded {
    /// What is bounded, such as `rows visited`.
    pub what: &'static str,
    /// Of the answer.
    pub yours: String,
    /// What is asked for, such as `at most 25`.
    pub bound: String,
    /// Of what the exercise begins with, if that runs.
    pub at_first: Option<String>,
}

/// The bounded counters of an answer, of the solution and of the starter.
pub(super) fn bounded(
    bounds: &PlanBounds,
    [answer, solution, starter]: [Option<Work>; 3],
) -> Vec<Bounded> {
    let Some(answer) = answer else {
        return Vec::new();
    };
    type Figure = fn(&Work) -> Option<u64>;
    let steps = bounds.vm_steps.zip(solution);
    let steps = steps.map(|(factor, solution)| steps_allowed(factor, solution));
    let counters: [(&str, Option<u64>, Figure); 4] = [
        ("rows visited", bounds.rows_visited, |w| w.visited_rows),
        ("page fetches", bounds.page_fetches, |w| {
            Some(w.counters.page_fetches)
        }),
        ("steps", steps, |w| Some(w.counters.vm_steps)),
        ("sorts", bounds.sorts, |w| Some(w.counters.sorts)),
    ];
    let told = |(what, most, figure): (&'static str, Option<u64>, Figure)| {
        Some(Bounded {
            what,
            bound: format!("at most {}", count(most?)),
            yours: count(figure(&answer)?),
            at_first: starter.as_ref().and_then(figure).map(count),
        })
    };
    counters.into_iter().filter_map(told).collect()
}

#[expect(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "steps are bounded by the budget, far below 2^53"
)]
fn steps_allowed(factor: f64, solution: Work) -> u64 {
    (solution.counters.vm_steps as f64 * factor).max(0.0) as u64
}

/// Looks at a plan that has been run.
pub(super) fn inspect(
    bounds: Option<&PlanBounds>,
    explanation: &Explanation,
    counters: Counters,
    indexes: &[Index],
    entries: &BTreeMap<String, u64>,
) -> Inspection {
    let visited = explanation
        .nodes
        .iter()
        .filter_map(|node| node.operation.as_loop().and(node.visited_rows));
    let counted = explanation.nodes.iter().any(|n| n.visited_rows.is_some());
    let work = Work {
        visited_rows: counted.then(|| visited.sum()),
        counters,
    };
    Inspection {
        misses: bounds.map_or_else(Vec::new, |bounds| {
            let mut found = misses(bounds, explanation, work, indexes);
            found.extend(large_indexes(bounds, entries));
            found
        }),
        indexes: indexes
            .iter()
            .filter(|index| !index.automatic)
            .map(described)
            .collect(),
        work,
    }
}

fn described(index: &Index) -> String {
    let partial = if index.partial { " where .." } else { "" };
    let text = format!("{}({}){partial}", index.table, index.columns.join(", "));
    text.to_lowercase()
}

impl Inspection {
    /// Whether another plan is wrong in the same way: it misses the same
    /// bounds with the same indexes at hand, whatever it visited.
    pub(super) fn is_like(&self, other: &Inspection) -> bool {
        let ways = |inspection: &Inspection| -> Vec<PlanMiss> {
            let mut misses = inspection.misses.clone();
            for miss in &mut misses {
                match miss {
                    PlanMiss::FullScan { visited, .. } => *visited = None,
                    PlanMiss::Visited { visited, .. } => *visited = 0,
                    PlanMiss::Fetched { fetches, .. } => *fetches = 0,
                    PlanMiss::LargeIndex { index, .. } => index.clear(),
                    _ => {}
                }
            }
            misses
        };
        self.indexes == other.indexes && ways(self) == ways(other)
    }
}

/// The indexes that a plan uses, each once.
pub(super) fn indexes_used(explanation: &Explanation) -> BTreeSet<String> {
    let names = explanation.nodes.iter().filter_map(|node| {
        let walked = node.operation.as_loop().and_then(Loop::index);
        walked.or_else(|| searched_index(node))
    });
    names.map(str::to_owned).collect()
}

fn large_indexes<'a>(
    bounds: &'a PlanBounds,
    entries: &'a BTreeMap<String, u64>,
) -> impl Iterator<Item = PlanMiss> + 'a {
    let allowed = bounds.largest_index.unwrap_or(u64::MAX);
    let large = entries
        .iter()
        .filter(move |(_, entries)| **entries > allowed);
    large.map(move |(index, &entries)| PlanMiss::LargeIndex {
        index: index.clone(),
        entries,
        allowed,
    })
}

/// Whether an answer takes more VM steps than the solution by more than the
/// exercise allows.
pub(super) fn steps_miss(
    bounds: Option<&PlanBounds>,
    solution: Option<Work>,
    work: Option<Work>,
) -> Option<PlanMiss> {
    let factor = bounds?.vm_steps?;
    let steps = work?.counters.vm_steps;
    let allowed = steps_allowed(factor, solution?);
    (steps > allowed).then_some(PlanMiss::Steps { steps, allowed })
}

fn misses(
    bounds: &PlanBounds,
    explanation: &Explanation,
    work: Work,
    indexes: &[Index],
) -> Vec<PlanMiss> {
    let mut found = Vec::new();
    if let Some(allowed) = &bounds.full_scan_of {
        for node in &explanation.nodes {
            let Some(table) = fully_scanned(node, indexes) else {
                continue;
            };
            if !allowed.iter().any(|name| name.eq_ignore_ascii_case(table)) {
                found.push(PlanMiss::FullScan {
                    table: table.to_owned(),
                    visited: node.visited_rows,
                });
            }
        }
    }
    for wanted in &bounds.uses_index_on {
        let begins_so = |index: &Index| {
            index.table.eq_ignore_ascii_case(&wanted.table)
                && index.columns.len() >= wanted.columns.len()
                && index.columns.iter().zip(&wanted.columns).all(|(a, b)| {
                    let a = a.strip_suffix(" desc").unwrap_or(a);
                    a.eq_ignore_ascii_case(b)
                })
        };
        let fit: Vec<&Index> = indexes.iter().filter(|index| begins_so(index)).collect();
        let searched = explanation.nodes.iter().any(|node| {
            searched_index(node).is_some_and(|name| {
                fit.iter()
                    .any(|index| index.name.eq_ignore_ascii_case(name))
            })
        });
        if !searched {
            found.push(PlanMiss::IndexNotUsed {
                wanted: wanted.clone(),
                exists: !fit.is_empty(),
            });
        }
    }
    for table in &bounds.covering {
        let fetched = explanation.nodes.iter().any(|node| {
            node.table
                .as_ref()
                .is_some_and(|t| t.eq_ignore_ascii_case(table))
                && node
                    .operation
                    .as_loop()
                    .is_some_and(|it| it.covering() != Some(true))
        });
        if fetched {
            found.push(PlanMiss::NotCovered {
                table: table.clone(),
            });
        }
    }
    let sorts = work.counters.sorts;
    if let Some(allowed) = bounds.sorts.filter(|most| sorts > *most) {
        found.push(PlanMiss::Sorted { sorts, allowed });
    }
    let visited = work.visited_rows.unwrap_or(0);
    if let Some(allowed) = bounds.rows_visited.filter(|most| visited > *most) {
        found.push(PlanMiss::Visited { visited, allowed });
    }
    let fetches = work.counters.page_fetches;
    if let Some(allowed) = bounds.page_fetches.filter(|most| fetches > *most) {
        found.push(PlanMiss::Fetched { fetches, allowed });
    }
    found
}

/// The table that a node reads from end to end. Walking a whole index is that,
/// too, unless it is a partial one, and so is filling an automatic one.
fn fully_scanned<'n>(node: &'n Node, indexes: &[Index]) -> Option<&'n str> {
    let Operation::Loop(it) = &node.operation else {
        return None;
    };
    let partial = it.index().is_some_and(|name| {
        indexes
            .iter()
            .any(|index| index.partial && index.name.eq_ignore_ascii_case(name))
    });
    let reads_all = (!it.search && !partial) || matches!(it.access, Access::AutomaticIndex { .. });
    node.table.as_deref().filter(|_| reads_all)
}

fn searched_index(node: &Node) -> Option<&str> {
    match &node.operation {
        Operation::Loop(Loop {
            search: true,
            access: Access::Index { name, .. },
            ..
        }) => Some(name),
        Operation::IndexForIn(name) => Some(name),
        _ => None,
    }
}
