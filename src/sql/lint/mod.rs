//! Lints: statements that run but are probably not what was meant.
//!
//! One file a lint. Each reads the statement with `sqlparser` and what is known
//! of the schema, and is silent when it is not sure: a false alarm teaches
//! people to look away. `tests/lints/good.sql` is the corpus that must stay
//! silent.

mod bare_column;
mod cartesian_join;
mod hidden_column;
mod leading_wildcard;
mod left_join_undone;
mod limit_without_order;
mod not_in_nullable;
mod null_comparison;
mod nulls;
mod offset_paging;
mod page;
mod reading;
mod scope;
mod select_star_cached;
mod type_mismatch;
mod write_without_where;

use super::Schema;
use reading::Reading;

pub use page::{Page, page, pages};
pub use write_without_where::{WholeTable, whole_table};

/// The code of the lint on writes of a whole table, about which a person is
/// asked first.
pub const WHOLE_TABLE: &str = write_without_where::LINT.code;

/// The code of the lint on tables that nothing joins.
pub const CARTESIAN_JOIN: &str = cartesian_join::LINT.code;

/// One thing that a statement can be told.
pub struct Lint {
    /// Stable: in messages, in `.why CODE`, in the name of its page.
    pub code: &'static str,
    check: fn(&Reading<'_>) -> Option<String>,
}

/// What a lint says of a statement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// The lint's.
    pub code: &'static str,
    /// A sentence, short enough for a line.
    pub message: String,
}

/// All of them; those about wrong answers come before those about cost.
pub const LINTS: &[Lint] = &[
    write_without_where::LINT,
    cartesian_join::LINT,
    not_in_nullable::LINT,
    left_join_undone::LINT,
    type_mismatch::LINT,
    null_comparison::LINT,
    bare_column::LINT,
    limit_without_order::LINT,
    hidden_column::LINT,
    leading_wildcard::LINT,
    offset_paging::LINT,
    select_star_cached::LINT,
];

/// What there is to say of `sql`, one statement that has run. `caching` tells
/// whether results are cached. Nothing, when it cannot be read.
pub fn lint(sql: &str, schema: &Schema, caching: bool) -> Vec<Finding> {
    lint_ran(sql, schema, caching, None)
}

/// The same, where it is known how many rows `sql` gave: a LIMIT that cut
/// nothing is no news.
pub fn lint_ran(sql: &str, schema: &Schema, caching: bool, rows: Option<u64>) -> Vec<Finding> {
    let Some(mut reading) = Reading::of(sql, schema, caching) else {
        return Vec::new();
    };
    reading.rows = rows;
    LINTS
        .iter()
        .filter_map(|lint| {
            (lint.check)(&reading).map(|message| Finding {
                code: lint.code,
                message,
            })
        })
        .collect()
}
