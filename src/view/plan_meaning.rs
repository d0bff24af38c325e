//! What each node of a plan does, for those of which no finding speaks.

use std::io::{self, Write};

use super::{Style, prose};
use crate::plan::{Explanation, Operation};

/// A sentence for each such node, indented to `column`.
///
/// # Errors
/// What `out` returns.
pub(super) fn write(
    out: &mut dyn Write,
    style: &Style,
    column: usize,
    plan: &Explanation,
) -> io::Result<()> {
    let told = |id| plan.findings.iter().any(|finding| finding.node == Some(id));
    let width = style.width.saturating_sub(column);
    for node in plan.nodes.iter().filter(|node| !told(node.id)) {
        if says_more_than_its_label(&node.operation) {
            for line in prose::wrapped(&node.meaning, width, 0) {
                writeln!(out, "{:column$}{}", "", style.dim(&line))?;
            }
        }
    }
    Ok(())
}

/// What only holds others together is clear from the tree.
fn says_more_than_its_label(operation: &Operation) -> bool {
    matches!(
        operation,
        Operation::Loop(_)
            | Operation::TempBTree(_)
            | Operation::ScalarSubquery { .. }
            | Operation::ListSubquery { .. }
            | Operation::CoRoutine(_)
            | Operation::Materialize(_)
            | Operation::BloomFilter { .. }
            | Operation::MultiIndexOr
    )
}
