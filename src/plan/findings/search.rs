//! Rows found by an index or key: why it goes well.

use super::{Case, Weighed};
use crate::plan::explanation::{Finding, Node, Severity};
use crate::plan::operation::Access;
use crate::units::count;

pub(super) fn find(case: &Case<'_>, node: &Node) -> Option<Weighed> {
    let it = node.operation.as_loop()?;
    if !it.search || it.terms().is_empty() || node.checks_foreign_key || node.loops == Some(0) {
        return None;
    }
    let covering = match &it.access {
        Access::Index { covering, .. } => {
            *covering && !case.reading.is_some_and(|it| it.changes(node))
        }
        Access::PrimaryKey { .. } | Access::Rowid { .. } => false,
        _ => return None,
    };
    let why = match (&node.visited_rows, &node.output_rows) {
        (Some(visited), Some(0)) if *visited > 0 => {
            "None of them passed the other conditions.".to_owned()
        }
        (Some(visited), Some(kept)) if *kept < *visited / 10 => {
            format!("Only {} of them passed the other conditions.", count(*kept))
        }
        _ if covering => {
            "The index holds every column asked for, so the table itself is not read.".to_owned()
        }
        _ => String::new(),
    };
    Some(Weighed {
        cost: case.cost(node),
        finding: Finding {
            code: if covering { "covering-index" } else { "search" },
            severity: Severity::Good,
            node: Some(node.id),
            title: node.meaning.clone(),
            why,
            try_: Vec::new(),
        },
    })
}
