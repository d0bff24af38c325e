//! A table read from end to end, once or again and again.

use super::advice::{self, Advice};
use super::{Case, Weighed};
use crate::plan::explanation::{Finding, Node, Severity};
use crate::plan::filters::Reading;
use crate::plan::operation::{Access, Loop, Source};
use crate::units::{count, counted};

/// Fewer rows than this are not worth a warning.
const FEW: u64 = 100;

pub(super) fn find(case: &Case<'_>, node: &Node) -> Option<Weighed> {
    let it = node.operation.as_loop()?;
    if it.is_min_max() && it.access == Access::Table {
        return min_max(case, node);
    }
    if !it.is_walk() || matches!(it.source, Source::Values(_)) || node.visited_rows == Some(0) {
        return None;
    }
    let outer = case.outer_loop(node);
    let repeated = match node.loops {
        Some(loops) if case.measured() => loops > 1,
        _ => outer.is_some() || case.in_correlated(node),
    };
    if repeated {
        return Some(in_loop(case, node, it, outer));
    }
    let table = node.table.as_deref()?;
    Some(full_scan(case, node, it, table, outer.is_some()))
}

fn full_scan(case: &Case<'_>, node: &Node, it: &Loop, table: &str, inner: bool) -> Weighed {
    let name = named(node);
    let through = covering(it).map_or(String::new(), |index| {
        format!(", in the index {index}, which holds all columns asked for")
    });
    let advice = advice::for_scan(case, node, table, inner);
    let stops = may_stop(case.reading, node);
    let title = match (node.visited_rows, node.output_rows) {
        (Some(visited), kept) => {
            let kept = kept
                .filter(|kept| *kept != visited)
                .map_or(String::new(), |kept| format!(" to keep {}", count(kept)));
            let rows = counted(visited, "row", "rows");
            if stops {
                format!("{rows} of {name} were read{through}{kept}.")
            } else {
                let comma = if kept.is_empty() { "" } else { "," };
                format!("{name} was read from end to end{through}, {rows}{comma}{kept}.")
            }
        }
        (None, _) if stops => {
            format!("{name} will be read row by row{through}, until no more rows are needed.")
        }
        (None, _) => format!("{name} will be read from end to end{through}."),
    };
    let few = node.visited_rows.is_some_and(|visited| visited < FEW);
    weigh(case, node, "full-scan", title, advice, few)
}

fn in_loop(case: &Case<'_>, node: &Node, it: &Loop, outer: Option<&Node>) -> Weighed {
    let name = named(node);
    let around = match outer.and_then(Node::reads) {
        Some(outer) => format!("for each row of {outer}"),
        None => "for each row around it".to_owned(),
    };
    let through = covering(it).map_or(String::new(), |index| format!(" (in the index {index})"));
    let title = match (node.loops, node.visited_rows) {
        (Some(loops), Some(visited)) => format!(
            "{name} was scanned again {around}{through}: {}, {} in all.",
            counted(loops, "time", "times"),
            counted(visited, "row", "rows"),
        ),
        _ => format!("{name} will be scanned again {around}{through}."),
    };
    let advice = match node.table.as_deref() {
        Some(table) => advice::for_scan(case, node, table, true),
        None => Advice::Leave("These rows are made on the way, and have no index.".to_owned()),
    };
    let few = node.visited_rows.is_some_and(|visited| visited < FEW);
    weigh(case, node, "scan-in-loop", title, advice, few)
}

/// `SEARCH t` alone: min() or max() without an index on the column, which is
/// one row at the end of the table only if the column is the rowid.
fn min_max(case: &Case<'_>, node: &Node) -> Option<Weighed> {
    let visited = node.visited_rows.filter(|visited| *visited > 1)?;
    let title = format!(
        "{} was walked through for min() or max(), {}.",
        named(node),
        counted(visited, "row", "rows")
    );
    let why = "No index is sorted by that column; its first or last entry would be the answer.";
    let few = visited < FEW;
    Some(weigh(
        case,
        node,
        "full-scan",
        title,
        Advice::Leave(why.to_owned()),
        few,
    ))
}

fn weigh(
    case: &Case<'_>,
    node: &Node,
    code: &'static str,
    title: String,
    advice: Advice,
    few: bool,
) -> Weighed {
    let (severity, why, try_) = match advice {
        Advice::Create { ddl, why } if !few => (Severity::Warning, why, vec![ddl]),
        Advice::Create { why, .. } | Advice::Leave(why) => (Severity::Notice, why, Vec::new()),
        Advice::Unknown => (Severity::Notice, String::new(), Vec::new()),
    };
    Weighed {
        cost: case.cost(node),
        finding: Finding {
            code,
            severity,
            node: Some(node.id),
            title,
            why,
            try_,
        },
    }
}

/// Whether something may end the scan of `node` before the last row, as far as
/// the statement tells: a LIMIT, a subquery (which may be asked for one row), a
/// second table (an empty one ends the join), a view, min() or max().
pub(crate) fn may_stop(reading: Option<&Reading>, node: &Node) -> bool {
    let Some(scope) = reading.and_then(Reading::only_scope) else {
        return true;
    };
    let read_directly = node.reads().is_some_and(|alias| {
        scope
            .table_of(alias)
            .zip(node.table.as_deref())
            .is_some_and(|(written, table)| written.eq_ignore_ascii_case(table))
    });
    !read_directly || scope.limit || scope.min_max || scope.tables.len() != 1
}

fn covering(it: &Loop) -> Option<&str> {
    match &it.access {
        Access::Index {
            name,
            covering: true,
            ..
        } => Some(name),
        _ => None,
    }
}

/// What a node reads, for a sentence.
fn named(node: &Node) -> String {
    match (&node.table, &node.alias) {
        (Some(table), Some(alias)) => format!("{table} ({alias})"),
        _ => node
            .reads()
            .map_or_else(|| "a subquery".to_owned(), str::to_owned),
    }
}
