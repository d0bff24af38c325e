//! Tables that meet row by row because nothing joins them.

use std::collections::{HashMap, HashSet};

use super::Lint;
use super::reading::Reading;
use super::scope::Scope;

pub(super) const LINT: Lint = Lint {
    code: "cartesian-join",
    check,
};

fn check(reading: &Reading<'_>) -> Option<String> {
    reading.scopes.iter().find_map(unjoined)
}

fn unjoined(scope: &Scope<'_>) -> Option<String> {
    let count = scope.sources.len();
    if scope.unclear || count < 2 {
        return None;
    }
    // The group of each table; joining two groups renames one of them.
    let mut group: Vec<usize> = (0..count).collect();
    let mut join = |a: usize, b: usize| {
        let (from, to) = (group[a], group[b]);
        for it in &mut group {
            if *it == from {
                *it = to;
            }
        }
    };
    for at in (1..count).filter(|&at| scope.sources[at].tied) {
        join(at, at - 1);
    }
    let mut same: HashMap<String, usize> = HashMap::new();
    for condition in scope.conditions() {
        let tables: Vec<usize> = scope.mentioned(condition).into_iter().collect();
        tables.windows(2).for_each(|pair| join(pair[0], pair[1]));
        // Two tables asked for the same value are joined by it.
        if let Some((column, value)) = scope.pinned(condition)
            && let Some((at, _)) = scope.column(column)
        {
            let first = *same.entry(value.to_string()).or_insert(at);
            join(first, at);
        }
    }
    let mut seen = HashSet::new();
    let apart: Vec<&str> = (0..count)
        .filter(|&at| scope.sources[at].stored().is_some() && !scope.is_one_row(at))
        .filter(|&at| seen.insert(group[at]))
        .map(|at| scope.sources[at].name.as_str())
        .collect();
    let [first, second, ..] = apart.as_slice() else {
        return None;
    };
    Some(format!(
        "Nothing joins {first} to {second}: every row meets every row."
    ))
}
