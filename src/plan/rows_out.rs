//! How many rows each loop handed on. SQLite counts the rows that a loop
//! visits, not those that pass its conditions; but what one loop hands on is
//! how often the next one starts.

use super::catalog::Catalog;
use super::explanation::Node;
use super::filters::{Reading, Verb};
use super::operation::{Operation, Purpose};

/// Fills in [`Node::output_rows`] where it can be known. `rows` is what the
/// statement returned or changed, `counted` what its own `count(*)` found.
pub(super) fn fill(nodes: &mut [Node], reading: Option<&Reading>, rows: u64, counted: Option<u64>) {
    let parents: Vec<Option<i64>> = nodes.iter().map(|node| node.parent).collect();
    for parent in parents {
        let group: Vec<usize> = (0..nodes.len())
            .filter(|&at| nodes[at].parent == parent && !nodes[at].checks_foreign_key)
            .collect();
        // Rows of the right table without a partner enter from the side.
        let right_join = group
            .iter()
            .any(|&at| matches!(nodes[at].operation, Operation::RightJoin(_)));
        if right_join {
            continue;
        }
        let levels: Vec<usize> = group
            .iter()
            .copied()
            .filter(|&at| {
                matches!(
                    nodes[at].operation,
                    Operation::Loop(_) | Operation::MultiIndexOr
                )
            })
            .collect();
        for pair in levels.windows(2) {
            nodes[pair[0]].output_rows = turns(nodes, &nodes[pair[1]]);
        }
        if let Some(&last) = levels.last() {
            // Only what the sorter let go on counts against a LIMIT.
            let cut = reading.is_some_and(|it| it.scopes.iter().any(|scope| scope.limit))
                && group
                    .iter()
                    .any(|&at| matches!(nodes[at].operation, Operation::TempBTree(_)));
            nodes[last].output_rows = sorted(nodes, parent, &group, reading)
                .or_else(|| (parent.is_none() && !cut).then(|| result(reading?, rows, counted))?);
        }
    }
}

/// How often the loop of `node` was started. An OR starts each of its sides
/// once a turn.
pub(super) fn turns(nodes: &[Node], node: &Node) -> Option<u64> {
    if !matches!(node.operation, Operation::MultiIndexOr) {
        return node.loops;
    }
    let below = |id: i64| nodes.iter().find(move |node| node.parent == Some(id));
    below(below(node.id)?.id)?.loops
}

/// The rows that went into the first sorter after the last loop.
fn sorted(
    nodes: &[Node],
    parent: Option<i64>,
    group: &[usize],
    reading: Option<&Reading>,
) -> Option<u64> {
    let visited_by = |wanted: fn(&Purpose) -> bool| {
        group.iter().find_map(|&at| match &nodes[at].operation {
            Operation::TempBTree(purpose) if wanted(purpose) => nodes[at].visited_rows,
            _ => None,
        })
    };
    visited_by(|it| matches!(it, Purpose::GroupBy | Purpose::Distinct)).or_else(|| {
        // A sorter for ORDER BY is fed after grouping and dropping duplicates.
        // The nodes at the top are those of the outermost SELECT; which one a
        // nested group belongs to is not known.
        let scopes = &reading?.scopes;
        let plain = match scopes.first() {
            Some(first) if parent.is_none() && first.outermost => !first.reshapes,
            _ => scopes.iter().all(|scope| !scope.reshapes),
        };
        plain.then(|| {
            visited_by(|it| matches!(it, Purpose::OrderBy | Purpose::LastTermsOfOrderBy(_)))
        })?
    })
}

/// What the statement's result says about the rows of its last loop.
fn result(reading: &Reading, rows: u64, counted: Option<u64>) -> Option<u64> {
    let scope = reading.scopes.first().filter(|scope| scope.outermost)?;
    let one_loop = reading.verb == Verb::Select || scope.tables.len() == 1;
    if counted.is_some() {
        counted.filter(|_| !scope.limit && !scope.offset)
    } else if one_loop && !scope.reshapes && !scope.offset {
        Some(rows)
    } else {
        None
    }
}

/// Fewer rows than this, expected and found, are no misestimate worth a word.
const FEW: f64 = 100.0;

/// Fills in [`Node::misestimate`].
pub(super) fn misestimates(nodes: &mut [Node], catalog: &Catalog<'_>, reading: Option<&Reading>) {
    for node in nodes {
        let analyzed = node
            .table
            .as_ref()
            .is_some_and(|table| catalog.has_statistics(table));
        if analyzed {
            node.misestimate = factor(node, reading);
        }
    }
}

/// Rows handed on, divided by the rows expected, where they are far apart and
/// nothing can have ended the loop early.
pub(super) fn factor(node: &Node, reading: Option<&Reading>) -> Option<f64> {
    // A LIMIT anywhere may leave rows unread.
    let all_read =
        reading.is_some_and(|it| it.scopes.iter().all(|scope| !scope.limit && !scope.min_max));
    let (estimate, loops, kept) = (node.estimated_rows?, node.loops?, node.output_rows?);
    let expected = (estimate * loops as f64).max(1.0);
    let kept = (kept as f64).max(1.0);
    let factor = kept / expected;
    let far = factor >= 10.0 || (all_read && factor <= 0.1);
    let it = node.operation.as_loop()?;
    (far && kept.max(expected) >= FEW && !it.exists).then_some(factor)
}
