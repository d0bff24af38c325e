//! A WHERE that drops what LEFT JOIN kept.

use sqlparser::ast::Expr;

use super::Lint;
use super::nulls::rejects_null;
use super::reading::Reading;
use super::scope::Scope;

pub(super) const LINT: Lint = Lint {
    code: "left-join-undone",
    check,
};

fn check(reading: &Reading<'_>) -> Option<String> {
    reading.scopes.iter().find_map(undone)
}

fn undone(scope: &Scope<'_>) -> Option<String> {
    if scope.unclear {
        return None;
    }
    let mut left = (0..scope.sources.len()).filter(|&at| scope.sources[at].left_joined);
    left.find_map(|at| {
        // A column of USING is also the left table's, which is not NULL.
        let is_it = |expr: &Expr| {
            scope.column(expr).is_some_and(|(place, column)| {
                place == at
                    && !scope
                        .using
                        .iter()
                        .any(|u| u.eq_ignore_ascii_case(&column.name))
            })
        };
        scope
            .filters
            .iter()
            .any(|condition| rejects_null(condition, &is_it))
            .then(|| {
                let name = &scope.sources[at].name;
                format!("WHERE on {name} drops the rows that LEFT JOIN kept.")
            })
    })
}
