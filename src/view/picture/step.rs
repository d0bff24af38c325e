//! What a picture says of each node of a plan.

use super::fit::clean;
use crate::plan::{Explanation, Node};
use crate::units::{count, counted, times};
use crate::view::plan::nested;
use crate::view::plan_words::label;

/// One node of the tree, in words and figures.
pub(super) struct Step {
    /// How far it is indented.
    pub(super) depth: usize,
    /// What it does.
    pub(super) label: String,
    /// What was counted, or else expected, of it; may be empty.
    pub(super) figures: String,
    /// Its part of the rows visited by all steps, 0 to 1; `None` where they
    /// were not counted.
    pub(super) share: Option<f64>,
}

/// The nodes from top to bottom.
pub(super) fn steps(plan: &Explanation) -> Vec<Step> {
    steps_of(plan, plan.visited_rows().unwrap_or(0))
}

/// The same with shares of `all` rows, so that the bars of two plans compare.
pub(super) fn steps_of(plan: &Explanation, all: u64) -> Vec<Step> {
    let all = Some(all).filter(|all| *all > 0);
    nested(plan)
        .into_iter()
        .map(|(depth, node)| {
            let visited = node.visited_rows.filter(|_| reads_rows(node));
            Step {
                depth,
                label: clean(&label(node)),
                figures: if reads_rows(node) {
                    figures(node)
                } else {
                    String::new()
                },
                share: all.and_then(|all| Some(visited? as f64 / all as f64)),
            }
        })
        .collect()
}

/// A sort or a subquery's frame visits nothing itself, and a bar of 0% beside it
/// would say that it is free.
fn reads_rows(node: &Node) -> bool {
    node.operation.as_loop().is_some() || node.visited_rows.is_some_and(|n| n > 0)
}

impl Step {
    /// The share as text, such as `99%`.
    pub(super) fn percent(&self) -> Option<String> {
        Some(match self.share? {
            s if s > 0.0 && s < 0.005 => "<1%".to_owned(),
            s => format!("{:.0}%", s * 100.0),
        })
    }
}

fn figures(node: &Node) -> String {
    let mut parts = Vec::new();
    if let Some(visited) = node.visited_rows {
        parts.push(format!("visited {}", count(visited)));
        if let Some(kept) = node.output_rows {
            parts.push(format!("kept {}", count(kept)));
        }
        if let Some(loops) = node.loops.filter(|loops| *loops > 1) {
            parts.push(counted(loops, "loop", "loops"));
        }
    } else if let Some(expected) = node.estimated_rows {
        let rows = count(expected.round().max(1.0) as u64);
        parts.push(format!("planner expects about {rows} of each turn"));
    }
    if let Some(factor) = node.misestimate {
        parts.push(if factor >= 1.0 {
            format!("{} more than planned", times(factor, 1.0))
        } else {
            format!("{} fewer than planned", times(1.0, factor))
        });
    }
    parts.join(", ")
}

/// What the whole run cost, in one line; `None` when it was not run.
pub(super) fn totals(plan: &Explanation) -> Option<String> {
    let (elapsed, counters, rows) = (plan.elapsed?, plan.counters?, plan.rows?);
    let time = crate::units::duration(elapsed.median);
    let time = match elapsed.runs {
        1 => format!("1 run: {time}"),
        runs => format!("median of {runs}: {time}"),
    };
    let rows = counted(rows, "row", "rows");
    let pages = counted(counters.page_fetches, "page fetch", "page fetches");
    Some(match plan.visited_rows() {
        Some(visited) => format!("{rows}, {} visited, {pages}, {time}", count(visited)),
        None => format!("{rows}, {pages}, {time}"),
    })
}
