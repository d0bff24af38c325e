//! Rows found by an index or key: why it goes well.

use super::{Case, Weighed};
use crate::plan::explanation::{Finding, Node, Severity};
use crate::plan::operation::{Access, Term};
use crate::units::{count, counted};

pub(super) fn find(case: &Case<'_>, node: &Node) -> Option<Weighed> {
    let it = node.operation.as_loop()?;
    if !it.search || it.terms().is_empty() || node.checks_foreign_key {
        return None;
    }
    let name = node.reads().unwrap_or("a subquery");
    let (by, covering) = match &it.access {
        Access::Index {
            name,
            covering,
            terms,
        } => (format!("index {name} on {}", columns(terms)), *covering),
        Access::PrimaryKey { .. } | Access::Rowid { .. } => ("primary key".to_owned(), false),
        _ => return None,
    };
    let title = match (node.loops, node.visited_rows) {
        (Some(loops), Some(visited)) if loops > 1 => format!(
            "{name} was looked up by {by}: {}, {} visited.",
            counted(loops, "time", "times"),
            counted(visited, "row", "rows"),
        ),
        (Some(_), Some(visited)) => {
            format!(
                "{name} was found by {by}: {} visited.",
                counted(visited, "row", "rows")
            )
        }
        _ => format!("{name} will be found by {by}."),
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
            title,
            why,
            try_: Vec::new(),
        },
    })
}

fn columns(terms: &[Term]) -> String {
    let mut columns: Vec<&str> = terms
        .iter()
        .flat_map(Term::columns)
        .map(String::as_str)
        .collect();
    columns.dedup();
    for column in &mut columns {
        if *column == "<expr>" {
            *column = "a computed value";
        }
    }
    columns.join(", ")
}
