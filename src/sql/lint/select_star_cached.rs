//! `SELECT *` of many columns while results are cached: every byte of every
//! column goes to the cache and back.

use sqlparser::ast::{SelectItem, SelectItemQualifiedWildcardKind, SetExpr, Statement};

use super::Lint;
use super::reading::Reading;
use super::scope::{Scope, last_name};

pub(super) const LINT: Lint = Lint {
    code: "select-star-cached",
    check,
};

/// Columns from which on `*` is worth a word.
const MANY: usize = 8;

fn check(reading: &Reading<'_>) -> Option<String> {
    let Statement::Query(query) = &reading.statement else {
        return None;
    };
    let SetExpr::Select(select) = &*query.body else {
        return None;
    };
    if !reading.caching {
        return None;
    }
    let scope = Scope::of_select((**select).clone(), reading.schema, &reading.ctes);
    let wide = |name: Option<&str>| -> usize {
        scope
            .sources
            .iter()
            .filter(|source| name.is_none_or(|name| name.eq_ignore_ascii_case(&source.name)))
            .map(|source| source.table.map_or(0, |table| table.columns.len()))
            .sum()
    };
    let columns: usize = select
        .projection
        .iter()
        .map(|item| match item {
            SelectItem::Wildcard(_) => wide(None),
            SelectItem::QualifiedWildcard(SelectItemQualifiedWildcardKind::ObjectName(name), _) => {
                last_name(name).map_or(0, |name| wide(Some(&name)))
            }
            _ => 0,
        })
        .sum();
    (columns >= MANY).then(|| format!("* sends {columns} columns through the cache."))
}
