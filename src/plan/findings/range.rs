//! Searches by an index that do more than they should: a range that hides the
//! columns behind it, a range so wide that the table's rows cost more than a
//! scan, a first column without a value.

use super::advice::{Filters, MOST, create_index, existing, list};
use super::scan::named;
use super::{Case, Weighed};
use crate::plan::explanation::{Finding, Node, Severity};
use crate::plan::filters::{How, Scope};
use crate::plan::operation::{Access, Term};
use crate::units::{count, counted};

/// Fewer rows than this are not worth a word.
const FEW: u64 = 100;

/// Fetching fewer rows one by one is not felt.
const MANY: u64 = 1000;

/// The widest index that is proposed to hold all columns.
const WIDEST: usize = 5;

/// A search through an index that has a name.
struct Search<'a> {
    node: &'a Node,
    table: &'a str,
    index: &'a str,
    covering: bool,
    terms: &'a [Term],
    scope: &'a Scope,
    filters: Filters<'a>,
}

impl<'a> Search<'a> {
    fn of(case: &Case<'a>, node: &'a Node) -> Option<Search<'a>> {
        let it = node.operation.as_loop()?;
        let Access::Index {
            name,
            covering,
            terms,
        } = &it.access
        else {
            return None;
        };
        if terms.is_empty() || node.checks_foreign_key {
            return None;
        }
        let (table, alias) = (node.table.as_deref()?, node.reads()?);
        let scope = case.reading?.scope_of(alias)?;
        Some(Search {
            node,
            table,
            index: name,
            covering: *covering,
            terms,
            scope,
            filters: Filters::on(case, scope, alias, table),
        })
    }

    fn weighed(&self, case: &Case<'_>, told: Told) -> Weighed {
        Weighed {
            cost: case.cost(self.node),
            finding: Finding {
                code: told.code,
                severity: told.severity,
                node: Some(self.node.id),
                title: told.title,
                why: told.why,
                try_: told.try_,
            },
        }
    }
}

struct Told {
    code: &'static str,
    severity: Severity,
    title: String,
    why: String,
    try_: Vec<String>,
}

/// An index whose range column stands before a column that is asked for one
/// value.
pub(super) fn before_equality(case: &Case<'_>, node: &Node) -> Option<Weighed> {
    let search = Search::of(case, node)?;
    let range = search.terms.iter().find_map(|term| match term {
        Term::Greater(columns) | Term::Less(columns) => match columns.as_slice() {
            [one] => Some(one.as_str()),
            _ => None,
        },
        _ => None,
    })?;
    let skips = search.terms.iter().any(|it| matches!(it, Term::Any(_)));
    let felt = node.visited_rows.is_none_or(|visited| visited >= FEW);
    // What most rows pass narrows nothing down wherever it stands.
    let dropped = match (node.visited_rows, node.output_rows) {
        (Some(visited), Some(kept)) => kept * 2 <= visited,
        _ => true,
    };
    if skips || !felt || !dropped {
        return None;
    }
    let indexes = case.catalog.indexes(search.table);
    let index = indexes.iter().find(|it| it.name == search.index)?;
    let behind: Vec<String> = index
        .columns
        .iter()
        .flatten()
        .skip_while(|column| !column.eq_ignore_ascii_case(range))
        .skip(1)
        .filter(|column| {
            search.filters.mine.iter().any(|it| {
                it.how == How::Equal
                    && it.with.is_none()
                    && it.column.name.eq_ignore_ascii_case(column)
            })
        })
        .cloned()
        .collect();
    let first = behind.first()?;
    let mut key: Vec<String> = equal_columns(search.terms);
    key.extend(behind.iter().cloned());
    key.push(range.to_owned());
    let visited = node.visited_rows.map_or_else(String::new, |visited| {
        let kept = node
            .output_rows
            .map_or_else(String::new, |kept| format!(" to keep {}", count(kept)));
        format!(": {} visited{kept}", counted(visited, "entry", "entries"))
    });
    let told = Told {
        code: "range-before-equality",
        severity: Severity::Warning,
        title: format!(
            "Index {} narrows {} down by the range of {range} alone{visited}.",
            search.index,
            named(node)
        ),
        why: format!(
            "{first} stands behind {range} in it. Within a range of {range} the values of {first} \
             are in no order, so each entry is looked at. Put columns with = first, the range last."
        ),
        try_: vec![create_index(case, search.table, &key)],
    };
    Some(search.weighed(case, told))
}

/// An index that sends SQLite to the table for a large part of its rows.
pub(super) fn wide(case: &Case<'_>, node: &Node) -> Option<Weighed> {
    let search = Search::of(case, node).filter(|it| !it.covering)?;
    let visited = node.visited_rows?;
    let rows = case.catalog.rows_at_most(search.table)?;
    if node.loops != Some(1) || visited < MANY || (visited as f64) < MOST * rows as f64 {
        return None;
    }
    let pages = match case.plan.counters {
        Some(counters) if case.plan.nodes.len() == 1 => format!(
            " That took {}.",
            counted(counters.page_fetches, "page fetch", "page fetches")
        ),
        _ => String::new(),
    };
    let covering = covering_key(case, &search);
    let advice = match &covering {
        Some(_) => {
            "Another index on the same column changes nothing; one that holds every column \
                    the statement uses spares the way to the table."
        }
        None if search.scope.shown.is_none() => {
            "An index that holds every column the statement uses would spare the way to the \
             table; name the columns you need instead of *."
        }
        None => "Reading all of the table may be faster: NOT INDEXED after its name tries that.",
    };
    let told = Told {
        code: "wide-range",
        severity: if covering.is_some() {
            Severity::Warning
        } else {
            Severity::Notice
        },
        title: format!(
            "Index {} led to {} of {}, each fetched from the table one by one.",
            search.index,
            counted(visited, "row", "rows"),
            named(node)
        ),
        why: format!(
            "{}{pages} {advice}",
            match visited as f64 / rows as f64 {
                share if share < 0.995 =>
                    format!("That is about {:.0}% of the table.", share * 100.0),
                _ => "That is all of the table.".to_owned(),
            }
        ),
        try_: covering
            .map(|key| create_index(case, search.table, &key))
            .into_iter()
            .collect(),
    };
    Some(search.weighed(case, told))
}

/// The columns of an index that begins as the one that was used and holds
/// every column that the statement uses of the table.
fn covering_key(case: &Case<'_>, search: &Search<'_>) -> Option<Vec<String>> {
    let mut key: Vec<String> = Vec::new();
    for term in search.terms {
        match term {
            Term::Equal(column) => key.push(column.clone()),
            Term::Greater(columns) | Term::Less(columns) => {
                key.extend(columns.iter().cloned());
            }
            Term::Any(_) => return None,
        }
    }
    let compared = search.filters.mine.iter().map(|it| &it.column);
    let ordered = search.scope.order_by.iter().map(|it| &it.column);
    let used = search
        .scope
        .shown
        .as_ref()?
        .iter()
        .chain(compared)
        .chain(ordered)
        .chain(&search.scope.group_by);
    for column in used.filter(|it| search.filters.owns(it)) {
        key.push(column.name.clone());
    }
    // Every index ends with the rowid, whatever it is called.
    let rowid = case.catalog.rowid_column(search.table);
    key.retain(|column| Some(column) != rowid.as_ref());
    let mut seen: Vec<String> = Vec::new();
    for column in key {
        if column == "<expr>" {
            return None;
        }
        if !seen.iter().any(|it| it.eq_ignore_ascii_case(&column)) {
            seen.push(column);
        }
    }
    (seen.len() <= WIDEST).then_some(seen)
}

/// A search that tries each value of an index's first columns.
pub(super) fn skip_scan(case: &Case<'_>, node: &Node) -> Option<Weighed> {
    let search = Search::of(case, node)?;
    let skipped: Vec<String> = search
        .terms
        .iter()
        .filter_map(|term| match term {
            Term::Any(column) => Some(column.clone()),
            _ => None,
        })
        .collect();
    if skipped.is_empty() {
        return None;
    }
    let mut key = equal_columns(search.terms);
    for term in search.terms {
        if let Term::Greater(columns) | Term::Less(columns) = term {
            key.extend(
                columns
                    .iter()
                    .filter(|it| !key.contains(it))
                    .cloned()
                    .collect::<Vec<_>>(),
            );
        }
    }
    let plain = !key.is_empty() && key.iter().all(|it| it != "<expr>");
    let wanted = list(&key, "and");
    let try_ = plain && existing(case, search.table, &key[..1]).is_none();
    let told = Told {
        code: "skip-scan",
        severity: Severity::Notice,
        title: format!(
            "Index {} begins with {}, for which the statement asks nothing: each of its values is \
             tried in turn (skip-scan).",
            search.index,
            list(&skipped, "and")
        ),
        why: format!(
            "ANALYZE counted few values there, so that this costs less than a scan. It costs more \
             with each new value; an index that begins with {wanted} does not."
        ),
        try_: try_
            .then(|| create_index(case, search.table, &key))
            .into_iter()
            .collect(),
    };
    Some(search.weighed(case, told))
}

fn equal_columns(terms: &[Term]) -> Vec<String> {
    terms
        .iter()
        .filter_map(|term| match term {
            Term::Equal(column) => Some(column.clone()),
            _ => None,
        })
        .collect()
}
