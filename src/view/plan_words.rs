//! Each kind of plan node in a few plain words.

use crate::plan::{Access, Loop, Node, Operation, Purpose, SetOperator, Source};

/// What a node does, for its line in the tree.
pub(super) fn label(node: &Node) -> String {
    match &node.operation {
        Operation::Loop(it) if node.checks_foreign_key => {
            format!("foreign key: {}", loop_label(node, it))
        }
        Operation::Loop(it) => loop_label(node, it),
        Operation::MultiIndexOr => "one search for each side of the OR".to_owned(),
        Operation::OrTerm(number) => format!("side {number}"),
        Operation::BloomFilter { source, .. } => {
            format!("skip rows that cannot be in {}", name(source))
        }
        Operation::CreateBloomFilter => "note which values occur (Bloom filter)".to_owned(),
        Operation::AutomaticIndex { table, .. } => {
            format!("build an index on {table} for this run")
        }
        Operation::CoRoutine(source) => format!("make {} row by row", name(source)),
        Operation::Materialize(source) => format!("make {} and keep it", name(source)),
        Operation::ScalarSubquery { correlated, .. } => {
            format!("subquery for one value{}", again(*correlated))
        }
        Operation::ListSubquery { correlated, .. } => {
            format!("subquery for the list of IN{}", again(*correlated))
        }
        Operation::ReuseSubquery(_) => "the value of the subquery above".to_owned(),
        Operation::ReuseListSubquery(_) => "the list of the subquery above".to_owned(),
        Operation::RowidForIn(table) => format!("IN looks into {table} by primary key"),
        Operation::IndexForIn(index) => format!("IN looks into index {index}"),
        Operation::TempBTree(purpose) => purpose_label(purpose),
        Operation::Compound => "one query after the other".to_owned(),
        Operation::LeftMost => "first".to_owned(),
        Operation::UnionAll => "then (UNION ALL)".to_owned(),
        Operation::Merge(operator) => {
            format!("walk two sorted results side by side ({})", word(*operator))
        }
        Operation::Left => "left side".to_owned(),
        Operation::Right => "right side".to_owned(),
        Operation::Setup => "first rows".to_owned(),
        Operation::RecursiveStep => "rows from each row".to_owned(),
        Operation::RightJoin(table) => format!("the rows of {table} without a partner"),
        Operation::ConstantRows(None | Some(1)) => "one row without a table".to_owned(),
        Operation::ConstantRows(Some(rows)) => format!("{rows} rows without a table"),
        Operation::Unknown => node.detail.clone(),
    }
}

fn loop_label(node: &Node, it: &Loop) -> String {
    let what = match (&node.table, &node.alias) {
        (Some(table), Some(alias)) => format!("{table} {alias}"),
        (Some(table), None) => table.clone(),
        (None, _) => name(&it.source),
    };
    let one = if it.exists { " (first match)" } else { "" };
    let left = if it.left_join { " (left join)" } else { "" };
    let way = match &it.access {
        _ if it.is_min_max() => match &it.access {
            Access::Index { name, .. } => {
                return format!("min or max of {what} by index {name}");
            }
            _ => return format!("min or max of {what}"),
        },
        Access::Table => String::new(),
        Access::Index {
            name,
            covering: true,
            ..
        } => format!(" in index {name} alone"),
        Access::Index { name, .. } => format!(" by index {name}"),
        Access::AutomaticIndex { .. } => " by an index for this run".to_owned(),
        Access::PrimaryKey { .. } | Access::Rowid { .. } => " by primary key".to_owned(),
        Access::Virtual { .. } => " (virtual table)".to_owned(),
    };
    let verb = if it.search { "search" } else { "scan" };
    format!("{verb} {what}{way}{one}{left}")
}

fn purpose_label(purpose: &Purpose) -> String {
    match purpose {
        Purpose::OrderBy => "sort for ORDER BY".to_owned(),
        Purpose::LastTermsOfOrderBy(1) => "sort by the last term of ORDER BY".to_owned(),
        Purpose::LastTermsOfOrderBy(n) => format!("sort by the last {n} terms of ORDER BY"),
        Purpose::GroupBy => "sort into groups".to_owned(),
        Purpose::Distinct => "keep values to drop duplicates".to_owned(),
        Purpose::AggregateDistinct(function) => format!("keep values for {function}(DISTINCT)"),
        Purpose::AggregateOrderBy(function) => format!("sort values for {function}(ORDER BY)"),
    }
}

fn name(source: &Source) -> String {
    match source {
        Source::Named { name, .. } => name.clone(),
        Source::Subquery(number) => format!("subquery {number}"),
        Source::Join(number) => format!("join {number}"),
        Source::Values(rows) => format!("{rows} rows of VALUES"),
    }
}

fn again(correlated: bool) -> &'static str {
    if correlated { ", for each row" } else { "" }
}

fn word(operator: SetOperator) -> &'static str {
    match operator {
        SetOperator::Union => "UNION",
        SetOperator::UnionAll => "UNION ALL",
        SetOperator::Intersect => "INTERSECT",
        SetOperator::Except => "EXCEPT",
    }
}
