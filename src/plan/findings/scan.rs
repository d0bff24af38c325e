//! A table read from end to end, once or again and again.

use super::advice::{self, Advice};
use super::{Case, Weighed};
use crate::plan::explanation::{Finding, Node, Severity};
use crate::plan::filters::Reading;
use crate::plan::operation::{Access, Loop, Operation, Purpose, Source};
use crate::units::{count, counted};

/// Fewer rows than this are not worth a warning.
const FEW: u64 = 100;

pub(super) fn find(case: &Case<'_>, node: &Node) -> Option<Weighed> {
    let it = node.operation.as_loop()?;
    if it.is_min_max() {
        return min_max(case, node);
    }
    if counts_entries(case, node) {
        return Some(counted_by_page(case, node, it));
    }
    if node.checks_foreign_key {
        return checked(case, node, it);
    }
    if !it.is_walk() || matches!(it.source, Source::Values(_)) || node.visited_rows == Some(0) {
        return None;
    }
    let outer = case.outer_loop(node);
    let repeated = match node.loops {
        Some(loops) if case.measured() => loops > 1,
        _ => outer.is_some() || case.in_correlated(node),
    };
    if repeated && is_queue(case, node) {
        return None;
    }
    if repeated {
        return Some(in_loop(case, node, it, outer));
    }
    let table = node.table.as_deref()?;
    if let Some(index) = it.index()
        && case.catalog.is_partial(table, index)
    {
        return Some(partial_index(case, node, index));
    }
    Some(full_scan(case, node, it, table, outer.is_some()))
}

/// A walk through a partial index reads the rows that its condition lets in,
/// and no others: what it was made for.
fn partial_index(case: &Case<'_>, node: &Node, index: &str) -> Weighed {
    let name = named(node);
    let title = match node.visited_rows {
        Some(visited) => format!(
            "{name} was read through the partial index {index}: {} visited.",
            counted(visited, "row", "rows")
        ),
        None => format!("{name} will be read through the partial index {index}."),
    };
    Weighed {
        cost: case.cost(node),
        finding: Finding {
            code: "partial-index",
            severity: Severity::Good,
            node: Some(node.id),
            title,
            why:
                "It holds only the rows that meet its condition, which the statement asks for, too."
                    .to_owned(),
            try_: Vec::new(),
        },
    }
}

fn full_scan(case: &Case<'_>, node: &Node, it: &Loop, table: &str, inner: bool) -> Weighed {
    let name = named(node);
    let through = covering(it).map_or(String::new(), |index| {
        format!(", in the index {index}, which holds all columns asked for")
    });
    let advice = advice::for_scan(case, node, table, inner);
    let stops =
        may_stop(case.reading, &case.plan.nodes, node) || !others_have_rows(&case.plan.nodes, node);
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
        (None, _) if case.measured() => {
            format!("{name} was read row by row{through}; how many rows was not counted.")
        }
        (None, _) if stops => {
            format!("{name} will be read row by row{through}, until no more rows are needed.")
        }
        (None, _) => format!("{name} will be read from end to end{through}."),
    };
    let few = node.visited_rows.is_some_and(|visited| visited < FEW);
    weigh(case, node, "full-scan", title, advice, few)
}

/// `SELECT count(*) FROM t` and nothing else, perhaps as a subquery: SQLite
/// adds up how many entries each page holds.
fn counts_entries(case: &Case<'_>, node: &Node) -> bool {
    let scope = node
        .reads()
        .and_then(|alias| case.reading?.scope_of(alias))
        .filter(|scope| scope.tables.len() == 1);
    node.visited_rows.is_none()
        && node.table.is_some()
        && case.plan.children(node.parent).count() == 1
        && scope.is_some_and(|scope| {
            scope.counts_rows.is_some()
                && scope.shown.as_ref().is_some_and(Vec::is_empty)
                && !scope.filters
        })
}

fn counted_by_page(case: &Case<'_>, node: &Node, it: &Loop) -> Weighed {
    let name = named(node);
    let of = match &it.access {
        Access::Index { name: index, .. } => format!("{name}'s index {index}"),
        _ => name,
    };
    let title = if node.parent.is_some() {
        // Whether a subquery was asked for is not counted.
        format!("For count(*) every page of {of} is fetched, to add up how many rows each holds.")
    } else if case.measured() {
        format!("Every page of {of} was fetched, to add up how many rows each holds.")
    } else {
        format!("Every page of {of} will be fetched, to add up how many rows each holds.")
    };
    let why = "The rows themselves are not looked at.".to_owned();
    weigh(case, node, "full-scan", title, Advice::Leave(why), false)
}

/// A table searched for rows that refer to what the statement changes.
fn checked(case: &Case<'_>, node: &Node, it: &Loop) -> Option<Weighed> {
    let table = node.table.as_deref()?;
    if !it.is_walk() || node.visited_rows == Some(0) {
        return None;
    }
    let title = match (node.loops, node.visited_rows) {
        (Some(loops), Some(visited)) if loops > 1 => format!(
            "Foreign keys: {table} was searched {}, {} in all, for rows that refer to what changes.",
            counted(loops, "time", "times"),
            counted(visited, "row", "rows"),
        ),
        (_, Some(visited)) => format!(
            "Foreign keys: {} of {table} were read, to see whether one refers to what changes.",
            counted(visited, "row", "rows"),
        ),
        _ => format!(
            "Foreign keys: {table} will be read, to see whether a row refers to what changes."
        ),
    };
    let changed = case
        .reading
        .and_then(|it| it.scopes.first()?.tables.first());
    let columns = changed
        .map(|(_, changed)| case.catalog.referring_columns(table, changed))
        .unwrap_or_default();
    let advice = match columns.as_slice() {
        [column] if advice::existing(case, table, &columns).is_none() => Advice::Create {
            ddl: advice::create_index(case, table, &columns),
            why: format!("No index starts with {column}, the column that refers."),
        },
        _ => Advice::Unknown,
    };
    let few = node.visited_rows.is_some_and(|visited| visited < FEW);
    Some(weigh(case, node, "full-scan", title, advice, few))
}

/// The rows that a recursive query found so far: each step takes one of them.
pub(super) fn is_queue(case: &Case<'_>, node: &Node) -> bool {
    let step = node.parent.and_then(|id| case.plan.node(id));
    node.table.is_none()
        && node.visited_rows.is_none_or(|it| Some(it) == node.loops)
        && step.is_some_and(|it| it.operation == Operation::RecursiveStep)
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

/// `SEARCH t` without terms: min() or max(). With an index on the column, or
/// the rowid, it is one row; else it is a walk through everything, which a run
/// shows, and so does a condition that an index could help with.
fn min_max(case: &Case<'_>, node: &Node) -> Option<Weighed> {
    let name = named(node);
    let repeated = match node.loops {
        Some(loops) if case.measured() => loops > 1,
        _ => case.in_correlated(node),
    };
    let advice = match node.table.as_deref() {
        Some(table) => advice::for_min_max(case, node, table, repeated),
        None => Advice::Unknown,
    };
    let title = match (node.loops, node.visited_rows) {
        (Some(loops), Some(visited)) if visited > loops => {
            let rows = counted(visited, "row", "rows");
            if loops > 1 {
                let times = counted(loops, "time", "times");
                format!("{name} was walked through for min() or max() {times}, {rows} in all.")
            } else {
                format!("{name} was walked through for min() or max(), {rows}.")
            }
        }
        (None, None) if matches!(advice, Advice::Create { .. }) => {
            format!("{name} will be walked through for min() or max().")
        }
        _ => return None,
    };
    let code = if repeated {
        "scan-in-loop"
    } else {
        "full-scan"
    };
    let few = node.visited_rows.is_some_and(|visited| visited < FEW);
    Some(weigh(case, node, code, title, advice, few))
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
/// the statement tells: a LIMIT (unless all rows are sorted first), min() or
/// max(). A subquery may be asked for one row, and a view may hold a LIMIT, so
/// only what the statement reads directly is looked at. In a join, an empty
/// table may end the loops around it: see `others_have_rows`.
pub(crate) fn may_stop(reading: Option<&Reading>, nodes: &[Node], node: &Node) -> bool {
    let direct = reading.zip(node.reads()).and_then(|(reading, alias)| {
        let scope = reading.scope_of(alias)?;
        let first = reading.scopes.first().filter(|it| it.outermost)?;
        let same = scope
            .table_of(alias)?
            .eq_ignore_ascii_case(node.table.as_deref()?);
        (same && std::ptr::eq(scope, first)).then_some(scope)
    });
    let Some(scope) = direct.filter(|_| node.parent.is_none()) else {
        return true;
    };
    let sorted = nodes.iter().any(|it| {
        it.parent.is_none()
            && matches!(
                it.operation,
                Operation::TempBTree(Purpose::OrderBy | Purpose::GroupBy)
            )
    });
    // min() and max() together read everything.
    (scope.limit && !sorted) || (scope.min_max && scope.extremes.len() < 2)
}

/// Whether each of the other loops of a join looked at some row: then none of
/// them was empty and ended the join. Without a run nothing is known against it.
pub(super) fn others_have_rows(nodes: &[Node], node: &Node) -> bool {
    nodes
        .iter()
        .filter(|it| it.parent == node.parent && it.operation.as_loop().is_some())
        .filter(|it| !it.checks_foreign_key)
        .all(|it| it.visited_rows != Some(0))
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
pub(super) fn named(node: &Node) -> String {
    match (&node.table, &node.alias) {
        (Some(table), Some(alias)) => format!("{table} ({alias})"),
        _ => node
            .reads()
            .map_or_else(|| "a subquery".to_owned(), str::to_owned),
    }
}
