//! SQLite's aggregate functions.

/// Their names, in lower case: one value out of many rows
/// (<https://sqlite.org/lang_aggfunc.html>, <https://sqlite.org/percentile.html>,
/// <https://sqlite.org/json1.html>).
pub const AGGREGATES: &[&str] = &[
    "avg",
    "count",
    "group_concat",
    "json_group_array",
    "json_group_object",
    "jsonb_group_array",
    "jsonb_group_object",
    "max",
    "median",
    "min",
    "percentile",
    "percentile_cont",
    "percentile_disc",
    "string_agg",
    "sum",
    "total",
];
