//! The loops of a plan that the statement did not ask for: SQLite lists the
//! searches that check foreign keys beside those of the statement itself.

use super::catalog::Catalog;
use super::explanation::Node;
use super::filters::{Reading, Verb};

/// Sets [`Node::checks_foreign_key`]. A loop of a changing statement that reads
/// a table which the statement does not name (or not that often) looks for rows
/// that refer to what changes. Where a view or a CTE is named nothing is
/// marked: the tables behind it are not known.
pub(super) fn mark(nodes: &mut [Node], catalog: &Catalog<'_>, reading: Option<&Reading>) {
    let Some(reading) = reading.filter(|it| it.verb != Verb::Select) else {
        return;
    };
    let mut named: Vec<(&str, &str)> = reading
        .scopes
        .iter()
        .flat_map(|scope| &scope.tables)
        .map(|(alias, table)| (alias.as_str(), table.as_str()))
        .collect();
    if !named
        .iter()
        .all(|(_, table)| catalog.table(table).is_some())
    {
        return;
    }
    for node in nodes.iter_mut().filter(|node| node.parent.is_none()) {
        let Some(reads) = node.operation.as_loop().and_then(|it| it.source.name()) else {
            continue;
        };
        match named
            .iter()
            .position(|(alias, _)| alias.eq_ignore_ascii_case(reads))
        {
            Some(at) => drop(named.swap_remove(at)),
            None => node.checks_foreign_key = true,
        }
    }
}
