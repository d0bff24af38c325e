//! A plan for programs: the contract of `explain --format json`.

use serde_json::{Value, json};

use crate::plan::{Elapsed, Explanation, Finding, Node};

/// `plan` as one JSON object. Every field is always there; what was not
/// measured is null.
pub fn plan_json(plan: &Explanation) -> Value {
    json!({
        "sql": plan.sql,
        "sqlite_version": plan.sqlite_version,
        "nodes": plan.nodes.iter().map(node).collect::<Vec<_>>(),
        "counters": plan.counters.map(|it| json!({
            "vm_steps": it.vm_steps,
            "fullscan_steps": it.fullscan_steps,
            "sorts": it.sorts,
            "auto_indexes": it.auto_indexes,
            "page_fetches": it.page_fetches,
        })),
        "rows": plan.rows,
        "elapsed_us": plan.elapsed.map(elapsed),
        "findings": plan.findings.iter().map(finding).collect::<Vec<_>>(),
        "notes": plan.notes,
    })
}

fn node(node: &Node) -> Value {
    let it = node.operation.as_loop();
    json!({
        "id": node.id,
        "parent": node.parent,
        "detail": node.detail,
        "kind": node.operation.kind(),
        "table": node.table,
        "alias": node.alias,
        "meaning": node.meaning,
        "index": it.and_then(|it| it.index()),
        "covering": it.and_then(|it| it.covering()),
        "cost": node.cost,
        "estimated_rows": node.estimated_rows,
        "loops": node.loops,
        "visited_rows": node.visited_rows,
        "output_rows": node.output_rows,
        "time_share": node.time_share,
    })
}

fn elapsed(elapsed: Elapsed) -> Value {
    json!({
        "min": elapsed.min.as_nanos() as f64 / 1e3,
        "median": elapsed.median.as_nanos() as f64 / 1e3,
        "runs": elapsed.runs,
    })
}

fn finding(finding: &Finding) -> Value {
    json!({
        "code": finding.code,
        "severity": finding.severity.word(),
        "node": finding.node,
        "title": finding.title,
        "why": finding.why,
        "try": finding.try_,
    })
}
