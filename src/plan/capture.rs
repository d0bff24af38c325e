//! Asks SQLite for its plan, without running anything.

use std::collections::VecDeque;

use rusqlite::Connection;
use rusqlite::types::Value;

use super::catalog::Catalog;
use super::error::Error;
use super::explanation::Node;
use super::filters::Reading;
use super::grammar;
use super::operation::{Access, Operation, Source};
use super::scanstatus::Step;
use crate::sandbox::bindings;

/// The one statement in `sql`, without a leading EXPLAIN, spaces and semicolon.
///
/// # Errors
/// When it is none, several, or one without a plan.
pub(super) fn only_statement<'a>(conn: &Connection, sql: &'a str) -> Result<&'a str, Error> {
    let sql = sql.trim_end().trim_end_matches(';').trim_end();
    let mut rest = after_space(sql);
    if let Some(after) = after_word(rest, "EXPLAIN") {
        rest = after_word(after, "QUERY")
            .and_then(|after| after_word(after, "PLAN"))
            .unwrap_or(after);
    }
    let verb = first_word(rest).to_ascii_uppercase();
    if rest.is_empty() {
        return Err(Error::Empty);
    }
    const WITH_A_PLAN: [&str; 7] = [
        "SELECT", "WITH", "VALUES", "INSERT", "REPLACE", "UPDATE", "DELETE",
    ];
    // SQLite finds mistakes in it and knows where they are.
    let prepared = conn.prepare(rest).map_err(|error| match error {
        rusqlite::Error::MultipleStatement => Error::Several,
        error => Error::Sqlite(error),
    })?;
    if prepared.is_explain() != 0 || !WITH_A_PLAN.contains(&verb.as_str()) {
        return Err(Error::NoQuery(verb));
    }
    Ok(rest)
}

/// The nodes of EXPLAIN QUERY PLAN, in its order, planned with these values for
/// its first parameters.
pub(super) fn nodes(conn: &Connection, sql: &str, values: &[Value]) -> rusqlite::Result<Vec<Node>> {
    let mut statement = conn.prepare(&format!("EXPLAIN QUERY PLAN {sql}"))?;
    // Parameters may stay open: nothing is run. A value can change the plan.
    bindings::bind(&mut statement, values)?;
    let nodes = statement.raw_query().mapped(|row| {
        let id: i64 = row.get(0)?;
        let parent: i64 = row.get(1)?;
        let log_cost: i64 = row.get(2)?;
        let detail: String = row.get(3)?;
        let operation = grammar::parse(&detail);
        let is_loop = operation.as_loop().is_some();
        Ok(Node {
            id,
            parent: (parent != 0).then_some(parent),
            detail,
            operation,
            table: None,
            alias: None,
            meaning: String::new(),
            cost: is_loop.then(|| libm::exp2(log_cost as f64 / 10.0)),
            estimated_rows: None,
            loops: None,
            visited_rows: None,
            output_rows: None,
            misestimate: None,
            checks_foreign_key: false,
            time_share: None,
        })
    });
    nodes.collect()
}

/// Gives each node the step that measured it.
///
/// SQLite lists steps in the order in which it generated code, and gives ids
/// that are shifted where an automatic index is built, which only they show.
/// Sorted by id and without those, they are the nodes of the plan, one by one.
/// Should that ever fail, the texts decide.
pub(super) fn attach(nodes: &mut [Node], mut steps: Vec<Step>) {
    steps.retain(|step| {
        step.detail.as_deref().is_some_and(|detail| {
            !matches!(grammar::parse(detail), Operation::AutomaticIndex { .. })
        })
    });
    steps.sort_by_key(|step| step.id);
    let mut steps: VecDeque<Step> = steps.into();
    for node in &mut *nodes {
        let same = |step: &Step| step.detail.as_deref() == Some(node.detail.as_str());
        let Some(step) = steps.iter().position(same).and_then(|at| steps.remove(at)) else {
            continue;
        };
        node.estimated_rows = step.estimated_rows;
        node.loops = step.loops;
        node.visited_rows = step.visited;
        node.time_share = step.time_share;
        // For now the name as scan statistics know it; `name_tables` looks it up.
        node.table = step.name;
    }
    share_out(nodes, None, 1.0);
}

/// Sees to it that the nodes under `parent` share no more than `whole`, the
/// share of the node above them. SQLite counts the cycles of a subquery for the
/// loop around it, too, so that beside each other they can come to more.
fn share_out(nodes: &mut [Node], parent: Option<i64>, whole: f64) {
    let under: Vec<usize> = (0..nodes.len())
        .filter(|&at| nodes[at].parent == parent)
        .collect();
    let all: f64 = under.iter().map(|&at| claimed(nodes, at)).sum();
    for at in under {
        if all > whole {
            scale(nodes, at, whole / all);
        }
        let share = claimed(nodes, at);
        share_out(nodes, Some(nodes[at].id), share);
    }
}

/// The share of the node at `at`; of one that only holds others, theirs.
fn claimed(nodes: &[Node], at: usize) -> f64 {
    nodes[at].time_share.unwrap_or_else(|| {
        (0..nodes.len())
            .filter(|&other| nodes[other].parent == Some(nodes[at].id))
            .map(|other| claimed(nodes, other))
            .sum()
    })
}

/// Multiplies the share of the node at `at`, and of those that it holds.
fn scale(nodes: &mut [Node], at: usize, factor: f64) {
    if let Some(share) = &mut nodes[at].time_share {
        *share *= factor;
        return;
    }
    for other in 0..nodes.len() {
        if nodes[other].parent == Some(nodes[at].id) {
            scale(nodes, other, factor);
        }
    }
}

/// Finds the table behind each node: SQLite's own name for it if scan
/// statistics gave one, else what the statement says of its alias.
pub(super) fn name_tables(nodes: &mut [Node], catalog: &Catalog<'_>, reading: Option<&Reading>) {
    for node in nodes {
        let hint = node.table.take();
        let written = match &node.operation {
            Operation::Loop(it) => match &it.source {
                Source::Named { name, .. } => name.as_str(),
                _ => continue,
            },
            Operation::RightJoin(table)
            | Operation::RowidForIn(table)
            | Operation::AutomaticIndex { table, .. } => table.as_str(),
            _ => continue,
        };
        let by_index = node.operation.as_loop().and_then(|it| match &it.access {
            Access::Index { name, .. } => catalog.table_of_index(name),
            _ => None,
        });
        let table = by_index
            .or_else(|| catalog.table(&hint?))
            .or_else(|| {
                let scope = reading?.scope_of(written)?;
                catalog.table(scope.table_of(written)?)
            })
            .or_else(|| {
                // Without a reading the text may still be a table's own name.
                reading.is_none().then(|| catalog.table(written))?
            });
        node.alias = (table.as_deref() != Some(written)).then(|| written.to_owned());
        node.table = table;
    }
}

fn first_word(text: &str) -> &str {
    let end = text
        .find(|c: char| !c.is_ascii_alphanumeric() && c != '_')
        .unwrap_or(text.len());
    &text[..end]
}

/// What follows `word` and the space after it, if `text` begins with it.
fn after_word<'a>(text: &'a str, word: &str) -> Option<&'a str> {
    let first = first_word(text);
    first
        .eq_ignore_ascii_case(word)
        .then(|| after_space(&text[first.len()..]))
}

/// `text` without the spaces, comments and semicolons before it.
fn after_space(mut text: &str) -> &str {
    loop {
        text = text.trim_start_matches(|c: char| c.is_ascii_whitespace() || c == ';');
        if text.starts_with("--") {
            text = text.find('\n').map_or("", |at| &text[at..]);
        } else if let Some(comment) = text.strip_prefix("/*") {
            text = comment.find("*/").map_or("", |at| &comment[at + 2..]);
        } else {
            return text;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn node(id: i64, parent: Option<i64>, time_share: f64) -> Node {
        Node {
            id,
            parent,
            detail: String::new(),
            operation: Operation::Unknown,
            table: None,
            alias: None,
            meaning: String::new(),
            cost: None,
            estimated_rows: None,
            loops: None,
            visited_rows: None,
            output_rows: None,
            misestimate: None,
            checks_foreign_key: false,
            time_share: Some(time_share),
        }
    }

    #[test]
    fn shares_beside_each_other_are_at_most_that_of_what_is_above() {
        let mut nodes = [
            node(1, None, 0.9),
            node(2, None, 0.6),
            node(3, Some(2), 0.5),
            node(4, Some(2), 0.5),
        ];
        share_out(&mut nodes, None, 1.0);
        let shares = nodes.map(|it| (it.time_share.unwrap_or(0.0) * 100.0).round());
        assert_eq!(shares, [60.0, 40.0, 20.0, 20.0]);
        // What only holds others counts for what they take.
        let mut held = [
            node(1, None, 0.0),
            node(2, Some(1), 0.3),
            node(3, None, 0.9),
        ];
        held[0].time_share = None;
        share_out(&mut held, None, 1.0);
        let shares = held.map(|it| it.time_share.map(|share| (share * 100.0).round()));
        assert_eq!(shares, [None, Some(25.0), Some(75.0)]);
        let mut fine = [node(1, None, 0.3), node(2, None, 0.2)];
        share_out(&mut fine, None, 1.0);
        assert_eq!(fine.map(|it| it.time_share), [Some(0.3), Some(0.2)]);
    }
}
