//! A subquery that runs again for each row around it.

use super::{Case, Weighed};
use crate::plan::explanation::{Finding, Node, Severity};
use crate::plan::operation::Operation;
use crate::units::{count, counted};

/// Fewer runs than this are not felt.
const FEW: u64 = 100;

/// From so many rows a run on, one run is no quick lookup.
const MANY_EACH: u64 = 100;

pub(super) fn find(case: &Case<'_>, node: &Node) -> Option<Weighed> {
    if !node.operation.is_correlated() {
        return None;
    }
    let below = under(case, node);
    let loops = node
        .loops
        .or_else(|| below.iter().find_map(|it| it.loops))
        .filter(|_| case.measured());
    if loops.is_some_and(|loops| loops < FEW) {
        return None;
    }
    let visited: u64 = below.iter().filter_map(|it| it.visited_rows).sum();
    let what = match node.operation {
        Operation::ListSubquery { .. } => "The subquery of IN",
        _ => "A subquery",
    };
    let around = case
        .outer_loop(node)
        .and_then(Node::reads)
        .map_or_else(|| "around it".to_owned(), |outer| format!("of {outer}"));
    let title = match loops {
        Some(loops) => format!(
            "{what} ran again for each row {around}: {}, {} visited in all.",
            counted(loops, "time", "times"),
            counted(visited, "row", "rows"),
        ),
        None => format!("{what} will run again for each row {around}."),
    };
    let each = loops.map(|loops| visited / loops.max(1));
    let slow = each.is_some_and(|each| each >= MANY_EACH);
    let why = match each {
        Some(each) if slow => format!(
            "Each run looked at about {} rows. An index for its condition makes each run short; a \
             join with GROUP BY reads its table once for all.",
            count(each)
        ),
        Some(_) => "Each run was short, but there were many. A join with GROUP BY reads its table \
                    once for all, which pays only if most of it is needed."
            .to_owned(),
        None => {
            "It is quick where each run is a lookup by an index. A join with GROUP BY reads its \
                 table once for all."
                .to_owned()
        }
    };
    Some(Weighed {
        // Just behind the scan that makes it slow, which tells what to do.
        cost: visited as f64 - 0.5,
        finding: Finding {
            code: "correlated-subquery",
            severity: if slow {
                Severity::Warning
            } else {
                Severity::Notice
            },
            node: Some(node.id),
            title,
            why,
            try_: Vec::new(),
        },
    })
}

/// The nodes below `node`, at any depth.
fn under<'a>(case: &Case<'a>, node: &Node) -> Vec<&'a Node> {
    let mut found: Vec<&Node> = Vec::new();
    let mut above = vec![node.id];
    while let Some(id) = above.pop() {
        for child in case.plan.children(Some(id)) {
            above.push(child.id);
            found.push(child);
        }
    }
    found
}
