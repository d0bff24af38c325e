//! Rows kept aside to sort, group or compare them.

use super::advice::{Filters, create_index, existing};
use super::{Case, Weighed};
use crate::plan::explanation::{Finding, Node, Severity};
use crate::plan::filters::{Column, Scope};
use crate::plan::operation::{Operation, Purpose};
use crate::units::counted;

/// Sorting fewer rows than this is not felt.
const FEW: u64 = 1000;

pub(super) fn find(case: &Case<'_>, node: &Node) -> Option<Weighed> {
    let Operation::TempBTree(purpose) = &node.operation else {
        return None;
    };
    let rows = node.visited_rows;
    let title = title(purpose, rows);
    let (why, try_) = match purpose {
        Purpose::OrderBy => order_by(case, node),
        Purpose::LastTermsOfOrderBy(_) => (
            "An index gives the first terms in order; rows that are equal in those are sorted."
                .to_owned(),
            None,
        ),
        Purpose::GroupBy => group_by(case, node),
        Purpose::Distinct => distinct(case, node),
        Purpose::AggregateDistinct(_) => (
            "No index brings equal values together, so those seen so far are kept aside."
                .to_owned(),
            None,
        ),
        Purpose::AggregateOrderBy(_) => (
            "The function asks for its values in an order that no index gives.".to_owned(),
            None,
        ),
    };
    let felt = rows.is_none_or(|rows| rows >= FEW);
    let try_: Vec<String> = try_.into_iter().filter(|_| felt).collect();
    let severity = if try_.is_empty() {
        Severity::Notice
    } else {
        Severity::Warning
    };
    Some(Weighed {
        cost: rows.unwrap_or(0) as f64,
        finding: Finding {
            code: "temp-b-tree",
            severity,
            node: Some(node.id),
            title,
            why,
            try_,
        },
    })
}

fn title(purpose: &Purpose, rows: Option<u64>) -> String {
    let rows = rows.map(|rows| counted(rows, "row", "rows"));
    match (purpose, rows) {
        (Purpose::OrderBy, Some(rows)) => format!("{rows} sorted for ORDER BY, after reading."),
        (Purpose::OrderBy, None) => "The rows are sorted for ORDER BY, after reading.".to_owned(),
        (Purpose::LastTermsOfOrderBy(_), Some(rows)) => {
            format!("{rows} sorted by the last terms of ORDER BY, in small groups.")
        }
        (Purpose::LastTermsOfOrderBy(_), None) => {
            "The rows are sorted by the last terms of ORDER BY, in small groups.".to_owned()
        }
        (Purpose::GroupBy, Some(rows)) => format!("{rows} sorted to group them."),
        (Purpose::GroupBy, None) => "The rows are sorted to group them.".to_owned(),
        (Purpose::Distinct, _) => "Duplicates are found by keeping all values aside.".to_owned(),
        (Purpose::AggregateDistinct(function), _) => {
            format!("{function}(DISTINCT) keeps all its values aside to find duplicates.")
        }
        (Purpose::AggregateOrderBy(function), _) => {
            format!("{function}(ORDER BY) keeps all its values aside to sort them.")
        }
    }
}

fn order_by(case: &Case<'_>, node: &Node) -> (String, Option<String>) {
    let plain = "No index gives them in this order.".to_owned();
    let Some((table, filters, scope)) = only_table(case, node) else {
        return (plain, None);
    };
    let order = filters.order(scope);
    if order.is_empty() {
        return (plain, None);
    }
    let why = format!("No index gives them in the order of {}.", order.join(", "));
    let found = filters.usable(false).0;
    if !found.is_empty() {
        // With the scan's advice comes an index that also sorts; a search has
        // an index already, and then it is the order that is missing.
        let searched = case
            .plan
            .children(node.parent)
            .any(|other| other.operation.as_loop().is_some_and(|it| it.search));
        let mut key = found;
        key.extend(order.into_iter().filter(|it| !filters.is_compared(it)));
        let ddl = (searched && filters.all_equal()).then(|| create_index(case, &table, &key));
        return (why, ddl);
    }
    if !scope.limit {
        let why = format!(
            "{why} To return all rows, sorting them costs less than fetching them in order."
        );
        return (why, None);
    }
    if existing(case, &table, &order[..1]).is_some() {
        return (why, None);
    }
    (why, Some(create_index(case, &table, &order)))
}

fn group_by(case: &Case<'_>, node: &Node) -> (String, Option<String>) {
    let plain = "No index brings the rows of a group together.".to_owned();
    let Some((table, filters, scope)) = only_table(case, node) else {
        return (plain, None);
    };
    match together(case, &table, &filters, scope, &scope.group_by) {
        Some((columns, ddl)) => (
            format!(
                "No index brings the rows of a group ({}) together.",
                columns.join(", ")
            ),
            Some(ddl),
        ),
        None => (plain, None),
    }
}

fn distinct(case: &Case<'_>, node: &Node) -> (String, Option<String>) {
    let why = "No index brings equal values together, so those seen so far are kept aside.";
    let ddl = only_table(case, node).and_then(|(table, filters, scope)| {
        let shown = scope.shown.as_ref()?;
        let (_, ddl) = together(case, &table, &filters, scope, shown)?;
        scope.distinct.then_some(ddl)
    });
    (why.to_owned(), ddl)
}

/// The most columns that an index is proposed with.
const WIDEST: usize = 4;

/// The columns of `wanted`, and an index that brings their equal values
/// together. It holds all columns that are read, because one that does not sends
/// SQLite to the table for every row, which can cost more than sorting.
fn together(
    case: &Case<'_>,
    table: &str,
    filters: &Filters<'_>,
    scope: &Scope,
    wanted: &[Column],
) -> Option<(Vec<String>, String)> {
    let owned = |columns: &[Column]| -> Option<Vec<String>> {
        columns
            .iter()
            .map(|column| filters.owns(column).then(|| column.name.clone()))
            .collect()
    };
    let columns = owned(wanted)?;
    let mut key = columns.clone();
    for column in owned(scope.shown.as_deref()?)? {
        if !key.contains(&column) {
            key.push(column);
        }
    }
    let helps = !columns.is_empty()
        && key.len() <= WIDEST
        && !scope.filters
        && existing(case, table, &columns[..1]).is_none();
    helps.then(|| (columns, create_index(case, table, &key)))
}

/// The table of a statement that reads only one.
fn only_table<'a>(
    case: &Case<'a>,
    node: &Node,
) -> Option<(String, Filters<'a>, &'a crate::plan::filters::Scope)> {
    let scope = case.reading?.only_scope()?;
    let [(alias, table)] = scope.tables.as_slice() else {
        return None;
    };
    node.parent.is_none().then_some(())?;
    let table = case.catalog.table(table)?;
    let filters = Filters::on(case, scope, alias, &table);
    Some((table, filters, scope))
}
