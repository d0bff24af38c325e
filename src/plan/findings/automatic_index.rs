//! An index that SQLite builds for one run.

use super::advice::instead_of_automatic;
use super::{Case, Weighed};
use crate::plan::explanation::{Finding, Node, Severity};
use crate::plan::operation::{Access, Term};
use crate::units::counted;

pub(super) fn find(case: &Case<'_>, node: &Node) -> Option<Weighed> {
    let it = node.operation.as_loop()?;
    let Access::AutomaticIndex { terms, .. } = &it.access else {
        return None;
    };
    let columns: Vec<String> = terms
        .iter()
        .flat_map(Term::columns)
        .filter(|column| *column != "<expr>")
        .cloned()
        .collect();
    let name = node.reads().unwrap_or("a subquery");
    let on = match columns.join(", ") {
        all if all.is_empty() => name.to_owned(),
        all => format!("{name}({all})"),
    };
    let steps = case.plan.counters.map(|counters| counters.auto_indexes);
    let of_this_run: Vec<i64> = case
        .plan
        .nodes
        .iter()
        .filter(|node| {
            let it = node.operation.as_loop();
            it.is_some_and(|it| matches!(it.access, Access::AutomaticIndex { .. }))
        })
        .map(|node| node.id)
        .collect();
    let title = match steps {
        // SQLite counts the steps of all of them together.
        Some(_) if of_this_run.len() > 1 && of_this_run.first() != Some(&node.id) => {
            format!("SQLite built an index on {on} for this run alone.")
        }
        Some(steps) if of_this_run.len() > 1 => format!(
            "SQLite built an index on {on} for this run alone: {} for the {} of this run together.",
            counted(steps, "step", "steps"),
            of_this_run.len(),
        ),
        Some(steps) => format!(
            "SQLite built an index on {on} for this run alone, in {}.",
            counted(steps, "step", "steps")
        ),
        None => format!("SQLite will build an index on {on} for each run alone."),
    };
    let (why, try_) = match &node.table {
        Some(table) if !columns.is_empty() => (
            "It is thrown away afterwards. An index that stays is built once.".to_owned(),
            vec![instead_of_automatic(case, node, table, &columns)],
        ),
        _ => (
            "These rows are made on the way, so no index can be kept for them.".to_owned(),
            Vec::new(),
        ),
    };
    let severity = if try_.is_empty() {
        Severity::Notice
    } else {
        Severity::Warning
    };
    Some(Weighed {
        cost: case.cost(node) + steps.unwrap_or(0) as f64 / of_this_run.len().max(1) as f64,
        finding: Finding {
            code: "automatic-index",
            severity,
            node: Some(node.id),
            title,
            why,
            try_,
        },
    })
}
