//! Which index would narrow a scan down, or why none would.

use super::Case;
pub(super) use super::asked::Filters;
use crate::plan::catalog::quoted;
use crate::plan::explanation::Node;
use crate::plan::filters::{How, Scope};

/// What can be done about a scan.
pub(super) enum Advice {
    /// This index, for this reason.
    Create { ddl: String, why: String },
    /// No index, for this reason.
    Leave(String),
    /// Nothing can be said: the statement could not be read so far.
    Unknown,
}

/// A table with at most so many rows fits in a few pages: an index on it saves
/// nothing that could be felt.
pub(super) const SMALL: u64 = 200;

/// The share of a table from which on an index no longer pays: each row found
/// through it costs a walk down the table's tree, while a scan reads on.
pub(super) const MOST: f64 = 0.2;

/// What can be done about `node`, a scan of `table`. `repeated` when it is
/// started again for each row of a loop around it.
pub(super) fn for_scan(case: &Case<'_>, node: &Node, table: &str, repeated: bool) -> Advice {
    let Some(alias) = node.reads() else {
        return Advice::Unknown;
    };
    let Some(scope) = case.reading.and_then(|reading| reading.scope_of(alias)) else {
        return Advice::Unknown;
    };
    let filters = Filters::on(case, scope, alias, table);
    let (columns, joined) = filters.usable(repeated);
    if columns.is_empty() {
        if let Some(served) = filters.by_beginning(case) {
            return served;
        }
        return if repeated {
            filters.reason(case, scope)
        } else {
            start_elsewhere(case, scope, &filters, table)
                .unwrap_or_else(|| filters.reason(case, scope))
        };
    }
    if !repeated {
        if let Some(rows) = case.catalog.rows_at_most(table)
            && rows <= SMALL
        {
            return Advice::Leave(format!(
                "{table} is so small that reading all of it costs no more than an index would."
            ));
        }
        if let (Some(kept), Some(visited)) = (node.output_rows, node.visited_rows)
            && visited > 0
            && kept as f64 > MOST * visited as f64
            && !filters.stops_early(scope, &columns)
        {
            let share = kept as f64 / visited as f64 * 100.0;
            return Advice::Leave(format!(
                "It kept {share:.0}% of what it read. Fetching so many rows one by one through \
                 an index would hardly be faster."
            ));
        }
    }
    if !filters.names_collation(&columns)
        && let Some(index) = existing(case, table, &columns)
    {
        return Advice::Leave(format!(
            "The index {index} starts with {}, but SQLite expects reading all rows to cost less.",
            columns[0]
        ));
    }
    let mut sorted = columns.clone();
    sorted.extend(filters.order_after(case, node, scope, &columns));
    let known = filters.known_before(&columns);
    let keys = [&sorted, &columns, &known];
    let mut proposals = keys
        .into_iter()
        .filter(|key| !key.is_empty())
        .map(|key| filters.create_index(case, table, key));
    let first = proposals.next().unwrap_or_default();
    let ddl = std::iter::once(first.clone())
        .chain(proposals)
        .find(|ddl| case.holds(ddl, Some(alias)))
        .unwrap_or(first);
    let purpose = if joined {
        "it is joined by"
    } else {
        "you filter on"
    };
    let why = match columns.as_slice() {
        [one] => format!("No index starts with {one}, the column {purpose}."),
        _ => format!(
            "No index starts with {}, the columns {purpose}.",
            list(&columns, "or")
        ),
    };
    Advice::Create { ddl, why }
}

/// What an index that stays should hold, where SQLite builds one of `columns`
/// for each run: the other columns asked for, too, as that one does, where they
/// are not too many.
pub(super) fn instead_of_automatic(
    case: &Case<'_>,
    node: &Node,
    table: &str,
    columns: &[String],
) -> String {
    let plain = create_index(case, table, columns);
    let alias = node.reads();
    let scope = alias.and_then(|it| case.reading?.scope_of(it));
    let wide = scope.zip(alias).and_then(|(scope, alias)| {
        let filters = Filters::on(case, scope, alias, table);
        let compared = filters.mine.iter().map(|it| &it.column);
        let used = compared
            .chain(scope.shown.as_ref()?)
            .chain(scope.order_by.iter().map(|it| &it.column))
            .chain(&scope.group_by);
        let rowid = case.catalog.rowid_column(table);
        let mut key = columns.to_vec();
        for column in used.filter(|it| filters.owns(it)) {
            let is_known = |it: &String| it.eq_ignore_ascii_case(&column.name);
            if !key.iter().any(is_known) && !rowid.as_ref().is_some_and(is_known) {
                key.push(column.name.clone());
            }
        }
        let worth_it = key.len() > columns.len() && key.len() <= WIDEST;
        worth_it.then(|| create_index(case, table, &key))
    });
    match wide {
        Some(wide) if !case.holds(&plain, alias) => wide,
        _ => plain,
    }
}

/// The most columns of an index that is proposed to hold all that are used.
const WIDEST: usize = 5;

/// What can be done about `node`, a walk through `table` for min() or max().
pub(super) fn for_min_max(case: &Case<'_>, node: &Node, table: &str, repeated: bool) -> Advice {
    let Some((alias, scope)) = node.reads().and_then(|alias| {
        let scope = case.reading?.scope_of(alias)?;
        Some((alias, scope))
    }) else {
        return Advice::Unknown;
    };
    let filters = Filters::on(case, scope, alias, table);
    let Some(column) = scope
        .min_max_of
        .as_ref()
        .filter(|column| filters.owns(column))
        .map(|column| column.name.clone())
    else {
        return for_scan(case, node, table, repeated);
    };
    if !filters.mine.is_empty() {
        let (mut key, _) = filters.usable(repeated);
        if key.is_empty() || existing(case, table, &key).is_some() {
            return for_scan(case, node, table, repeated);
        }
        if filters.all_equal() {
            key.push(column);
        }
        return Advice::Create {
            why: format!(
                "No index starts with {}, the column it is narrowed down by.",
                list(&key[..1], "or")
            ),
            ddl: create_index(case, table, &key),
        };
    }
    let one = std::slice::from_ref(&column);
    let is_rowid = case
        .catalog
        .rowid_column(table)
        .is_some_and(|rowid| rowid.eq_ignore_ascii_case(&column));
    if is_rowid || existing(case, table, one).is_some() {
        return Advice::Unknown;
    }
    Advice::Create {
        why: format!(
            "No index is sorted by {column}; its first or last entry would be the answer."
        ),
        ddl: create_index(case, table, one),
    }
}

/// `create index orders_customer_id on orders(customer_id);`, under a name that
/// is free.
pub(super) fn create_index(case: &Case<'_>, table: &str, columns: &[String]) -> String {
    let key: Vec<String> = columns.iter().map(|column| quoted(column)).collect();
    create_index_on(case, table, &columns.join("_"), &key.join(", "))
}

/// The same on any key, which is written as SQL; `called` is what the index is
/// called after the table.
pub(super) fn create_index_on(case: &Case<'_>, table: &str, called: &str, key: &str) -> String {
    let base = format!("{table}_{called}");
    let name = std::iter::once(base.clone())
        .chain((2..).map(|n| format!("{base}_{n}")))
        .find(|name| !case.catalog.is_taken(name))
        .unwrap_or(base);
    let schema = match case.catalog.schema_of(table).as_deref() {
        None | Some("main") => String::new(),
        Some(other) => format!("{}.", quoted(other)),
    };
    format!(
        "create index {schema}{} on {}({key});",
        quoted(&name),
        quoted(table),
    )
}

/// The name of an index of `table` that starts with one of `columns`.
pub(super) fn existing(case: &Case<'_>, table: &str, columns: &[String]) -> Option<String> {
    case.catalog
        .indexes(table)
        .into_iter()
        .find(|index| {
            let first = index.columns.first().and_then(Option::as_deref);
            !index.partial
                && first.is_some_and(|first| {
                    columns
                        .iter()
                        .any(|column| column.eq_ignore_ascii_case(first))
                })
        })
        .map(|index| index.name)
}

/// A condition as a sentence can hold it: its beginning, if it is long.
pub(super) fn short(condition: &str) -> String {
    const LONGEST: usize = 60;
    match condition.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{}...", condition[..end].trim_end()),
        None => condition.to_owned(),
    }
}

/// `a`, `a and b`, `a, b and c`.
pub(crate) fn list(words: &[String], last: &str) -> String {
    match words {
        [] => String::new(),
        [one] => one.clone(),
        [most @ .., end] => format!("{} {last} {end}", most.join(", ")),
    }
}

/// Nothing narrows this table down, but another one of the join is narrowed
/// down: an index here would let SQLite start there.
fn start_elsewhere(
    case: &Case<'_>,
    scope: &Scope,
    filters: &Filters<'_>,
    table: &str,
) -> Option<Advice> {
    let join = filters
        .mine
        .iter()
        .find(|it| it.how == How::Equal && it.with.is_some())?;
    let other = join.with.as_ref()?.qualifier.as_deref()?;
    let other_table = case.catalog.table(scope.table_of(other)?)?;
    let narrowed = Filters::on(case, scope, other, &other_table)
        .usable(false)
        .0;
    let column = join.column.name.clone();
    if narrowed.is_empty() || existing(case, table, std::slice::from_ref(&column)).is_some() {
        return None;
    }
    Some(Advice::Create {
        why: format!(
            "Nothing narrows {table} down by itself. With an index on {column} SQLite could start \
             from {other_table}, where you filter on {}.",
            list(&narrowed, "and")
        ),
        ddl: create_index(case, table, &[column]),
    })
}
