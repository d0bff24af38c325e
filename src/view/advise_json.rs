//! Advice for programs: the contract of `advise --format json`.

use std::time::Duration;

use serde_json::{Value, json};

use super::advise::reason;
use crate::plan::Verdict;
use crate::plan::advise::{Advice, Recommendation, Side, Workload};
use crate::plan::what_if::Inserts;

/// `advice` as one JSON object. Every field is always there; what was not
/// measured is null.
pub fn advise_json(advice: &Advice) -> Value {
    let recommended = advice.recommendations.iter();
    json!({
        "sql": advice.sql,
        "baseline": side(&advice.baseline),
        "recommendations": recommended.map(|it| recommendation(advice, it)).collect::<Vec<_>>(),
    })
}

/// `workload` as one JSON object.
pub fn workload_json(workload: &Workload) -> Value {
    let [now, with_all, with] = workload.page_fetches;
    let statements = workload.statements.iter().map(|it| {
        json!({
            "sql": it.sql,
            "weight": it.weight,
            "page_fetches": it.before,
            "page_fetches_after": it.after,
        })
    });
    let left_out = workload.left_out.iter();
    let left_out = left_out.map(|(sql, why)| json!({ "sql": sql, "reason": why }));
    let inserts = workload.inserts.iter().map(|(table, inserts)| {
        json!({ "table": table, "insert_slowdown": inserts.as_ref().ok().map(Inserts::slowdown) })
    });
    json!({
        "statements": statements.collect::<Vec<_>>(),
        "left_out": left_out.collect::<Vec<_>>(),
        "ddl": workload.ddl,
        "page_fetches": { "now": now, "with_all_proposed": with_all, "with_ddl": with },
        "proposed_indexes": workload.proposed,
        "build_ms": milliseconds(workload.build),
        "size_bytes": workload.size_bytes,
        "tables": inserts.collect::<Vec<_>>(),
        "makes_redundant": workload.makes_redundant,
    })
}

fn recommendation(advice: &Advice, it: &Recommendation) -> Value {
    json!({
        "ddl": it.ddl,
        "verdict": match it.verdict {
            Verdict::Build => "build",
            Verdict::Skip(_) => "skip",
        },
        "reason": reason(advice, it),
        "after": side(&it.after),
        "build_ms": milliseconds(it.build),
        "size_bytes": it.size_bytes,
        "insert_slowdown": it.insert_slowdown(),
        "makes_redundant": it.makes_redundant,
    })
}

fn side(side: &Side) -> Value {
    let plan = side.plan.nodes.iter().map(|node| &node.detail);
    json!({
        "page_fetches": side.page_fetches,
        "median_us": side.elapsed.median.as_nanos() as f64 / 1e3,
        "plan": plan.collect::<Vec<_>>(),
    })
}

fn milliseconds(time: Duration) -> f64 {
    time.as_micros() as f64 / 1e3
}
