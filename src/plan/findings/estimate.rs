//! What the planner believed, against what was found, and what it knows of the
//! tables at all.

use super::advice::{Filters, existing};
use super::scan::named;
use super::{Case, Weighed};
use crate::plan::catalog::quoted;
use crate::plan::explanation::{Finding, Node, Severity};
use crate::plan::filters::How;
use crate::plan::rows_out;
use crate::units::{count, counted};

/// A count is stale when the table has grown or shrunk by this factor.
const STALE: u64 = 4;

/// Tables with fewer rows are read in no time, however they are read.
const FEW: u64 = 1000;

/// Counting more rows than this only to find out is not worth it.
const MOST_COUNTED: u64 = 1_000_000;

/// At most one finding on a plan: one ANALYZE mends them all.
pub(super) fn find(case: &Case<'_>) -> Option<Weighed> {
    stale(case)
        .or_else(|| misestimate(case))
        .or_else(|| missing(case))
}

fn misestimate(case: &Case<'_>) -> Option<Weighed> {
    let far = |node: &&Node| -> Option<f64> {
        let factor = rows_out::factor(node, case.reading)?;
        // It matters where it decided on the order of a join or on an index.
        // What a condition lets through a single scan is read all the same.
        let tables: Vec<&str> = case
            .plan
            .children(node.parent)
            .filter(|it| it.operation.as_loop().is_some())
            .filter_map(|it| it.table.as_deref())
            .collect();
        let indexes: usize = tables
            .iter()
            .map(|table| case.catalog.indexes(table).len())
            .sum();
        let joins = tables.len() > 1;
        let decided = if case.catalog.has_statistics(node.table.as_deref()?) {
            joins || node.operation.as_loop()?.index().is_some()
        } else {
            // Without statistics every table is taken for a big one; that it is
            // small matters only where there was a choice.
            factor > 1.0 && (joins || indexes > 0) || indexes > usize::from(!joins)
        };
        decided.then_some(factor)
    };
    let size = |factor: f64| factor.max(1.0 / factor);
    let (node, factor) = case
        .plan
        .nodes
        .iter()
        .filter_map(|node| Some((node, far(&node)?)))
        .max_by(|a, b| size(a.1).total_cmp(&size(b.1)))?;
    let table = node.table.as_deref()?;
    let expected = node.estimated_rows? * node.loops? as f64;
    let times = [1000.0, 100.0, 10.0]
        .into_iter()
        .find(|it| size(factor) >= *it)?;
    let than = if factor > 1.0 { "more" } else { "fewer" };
    let title = format!(
        "The planner expected about {} out of {} and got {}: over {} times {than}.",
        counted(expected.round().max(1.0) as u64, "row", "rows"),
        named(node),
        count(node.output_rows?),
        count(times as u64),
    );
    let (why, try_) = if case.catalog.has_statistics(table) {
        (believed(case, node, table), Vec::new())
    } else {
        let loops = case.plan.nodes.iter();
        let joins = loops.filter(|it| it.operation.as_loop().is_some()).count() > 1;
        let rests = if joins {
            "the order of the join rests"
        } else {
            "the choice of an index rests"
        };
        (
            format!("{table} was never analyzed, so the planner guessed, and {rests} on that."),
            vec![format!("analyze {};", quoted(table))],
        )
    };
    Some(told("misestimate", Some(node.id), title, why, try_))
}

/// Where the planner's number came from, on a table that was analyzed.
fn believed(case: &Case<'_>, node: &Node, table: &str) -> String {
    let filters = node.reads().and_then(|alias| {
        let scope = case.reading?.scope_of(alias)?;
        Some(Filters::on(case, scope, alias, table))
    });
    let mut asked: Vec<String> = Vec::new();
    let mut uncounted: Vec<String> = Vec::new();
    for it in filters.iter().flat_map(|it| &it.mine) {
        let column = &it.column.name;
        if !asked.contains(column) {
            asked.push(column.clone());
            if existing(case, table, std::slice::from_ref(column)).is_none()
                || matches!(it.how, How::Hidden | How::LikeAnywhere | How::Unequal)
            {
                uncounted.push(column.clone());
            }
        }
    }
    if !uncounted.is_empty() {
        return format!(
            "ANALYZE counts the values of columns that an index begins with. It knows nothing of \
             what is asked of {} here, so the planner guessed.",
            super::list(&uncounted, "and")
        );
    }
    match asked.as_slice() {
        [] => "The planner knows how many rows there are, not how many of them fit the rows of \
               the loops around."
            .to_owned(),
        [one] => format!(
            "ANALYZE knows how often a value of {one} occurs on average; those asked for here are \
             no average ones."
        ),
        _ => "ANALYZE knows how often a value occurs on average, not how the conditions of this \
              statement go together."
            .to_owned(),
    }
}

/// Two indexes could serve, and nothing says which is better.
fn missing(case: &Case<'_>) -> Option<Weighed> {
    let (node, table, columns) = case.plan.nodes.iter().find_map(|node| {
        let it = node.operation.as_loop()?;
        let (table, alias) = (node.table.as_deref()?, node.reads()?);
        it.index()?;
        if case.catalog.has_statistics(table) || node.visited_rows.is_some_and(|it| it < FEW / 10) {
            return None;
        }
        let filters = Filters::on(case, case.reading?.scope_of(alias)?, alias, table);
        let mut columns: Vec<String> = Vec::new();
        for asked in &filters.mine {
            let name = &asked.column.name;
            if matches!(asked.how, How::Equal | How::Range)
                && asked.with.is_none()
                && !columns.contains(name)
                && existing(case, table, std::slice::from_ref(name)).is_some()
            {
                columns.push(name.clone());
            }
        }
        (columns.len() > 1).then_some((node, table, columns))
    })?;
    Some(told(
        "missing-statistics",
        Some(node.id),
        format!(
            "{table} has indexes on {}, and no statistics to tell which finds fewer rows.",
            super::list(&columns, "and")
        ),
        "Without ANALYZE the planner takes every index for about equally good.".to_owned(),
        vec![format!("analyze {};", quoted(table))],
    ))
}

fn stale(case: &Case<'_>) -> Option<Weighed> {
    let mut seen: Vec<&str> = Vec::new();
    case.plan.nodes.iter().find_map(|node| {
        node.operation.as_loop()?;
        let table = node.table.as_deref()?;
        if seen.contains(&table) {
            return None;
        }
        seen.push(table);
        let then = case.catalog.counted_rows(table)?;
        let most = case.catalog.rows_at_most(table)?;
        let grown = then.saturating_mul(STALE).max(FEW);
        let now = if most.saturating_mul(STALE) <= then && then >= FEW {
            format!("at most {}", counted(most, "row", "rows"))
        } else if most >= grown
            && grown <= MOST_COUNTED
            && case.catalog.rows_up_to(table, grown)? >= grown
        {
            format!("at least {}", counted(grown, "row", "rows"))
        } else {
            return None;
        };
        Some(told(
            "stale-statistics",
            Some(node.id),
            format!(
                "ANALYZE counted {} in {table}; now there are {now}.",
                counted(then, "row", "rows")
            ),
            "The planner still plans for the old number.".to_owned(),
            vec![format!("analyze {};", quoted(table))],
        ))
    })
}

/// What concerns the planner's knowledge costs nothing by itself, so it is told
/// after what does.
fn told(
    code: &'static str,
    node: Option<i64>,
    title: String,
    why: String,
    try_: Vec<String>,
) -> Weighed {
    Weighed {
        cost: 0.0,
        finding: Finding {
            code,
            severity: Severity::Notice,
            node,
            title,
            why,
            try_,
        },
    }
}
