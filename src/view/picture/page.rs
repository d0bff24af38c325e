//! A plan as a web page in one file: the statement, what there is to say of
//! it, the tree, the figures; or two of them beside each other.

use std::io;

use maud::{Markup, html};

use super::fit::clean;
use super::step::{Step, steps, steps_of, totals};
use crate::plan::compare::Comparison;
use crate::plan::what_if::WhatIf;
use crate::plan::{Explanation, Severity};
use crate::units::{count, duration};
use crate::view::beside::{Beside, Row, inserts_row};
use crate::view::svg::page;
use crate::view::{compare, sanitize, what_if};

/// Writes `plan` as a page; `data` is what it was planned or run on.
///
/// # Errors
/// What writing to `out` met.
pub fn write(out: &mut dyn io::Write, plan: &Explanation, data: &str) -> io::Result<()> {
    let body = html! {
        (sql(&plan.sql))
        (findings(plan))
        h2 { "The plan" }
        (tree(plan))
        (counters(plan))
        (notes(plan))
        (made_by(plan, data))
    };
    writeln!(out, "{}", page("The plan of a query", &body))
}

/// Writes two statements beside each other, run on `data`.
///
/// # Errors
/// What writing to `out` met.
pub fn write_comparison(out: &mut dyn io::Write, it: &Comparison, data: &str) -> io::Result<()> {
    let [first, second] = &it.plans;
    let beside = Beside {
        names: ["first", "second"],
        plans: [first, second],
    };
    let body = html! {
        @if let Some(answers) = compare::answers(it) {
            p.verdict { "Answers: " (clean(&answers)) }
        }
        (figures(&beside.names, &beside.rows()))
        div.beside {
            @for (name, plan) in ["First", "Second"].iter().zip(beside.plans) {
                section { h2 { (name) } (sql(&plan.sql)) (one_of(plan, beside.plans)) (findings(plan)) }
            }
        }
        (made_by(first, data))
    };
    writeln!(out, "{}", page("Two queries beside each other", &body))
}

/// Writes a statement before and after an index is made on `data`.
///
/// # Errors
/// What writing to `out` met.
pub fn write_what_if(out: &mut dyn io::Write, it: &WhatIf, data: &str) -> io::Result<()> {
    let beside = Beside {
        names: ["now", "with it"],
        plans: [&it.before, &it.after],
    };
    let mut rows = beside.rows();
    if let Ok(inserts) = &it.inserts {
        rows.push(inserts_row(inserts));
    }
    let body = html! {
        (sql(&it.before.sql))
        h2 { "With this index?" }
        (sql(&it.ddl))
        p.verdict { "Verdict: " (clean(&what_if::verdict(it))) }
        (figures(&beside.names, &rows))
        p { "It costs " (clean(&what_if::costs(it))) "." }
        div.beside {
            @for (name, plan) in ["Now", "With it"].iter().zip(beside.plans) {
                section { h2 { (name) } (one_of(plan, beside.plans)) (findings(plan)) }
            }
        }
        (made_by(&it.before, data))
    };
    writeln!(out, "{}", page("A query, before and after an index", &body))
}

fn sql(text: &str) -> Markup {
    html! { pre.sql { (sanitize::lines(text)) } }
}

fn findings(plan: &Explanation) -> Markup {
    html! {
        @for finding in &plan.findings {
            section.finding {
                p {
                    @match finding.severity {
                        Severity::Warning => strong { (finding.code) },
                        Severity::Notice | Severity::Good => span.quiet { (finding.code) },
                    }
                    " " (clean(&finding.title)) " " (clean(&finding.why))
                }
                @for statement in &finding.try_ { (sql(statement)) }
            }
        }
    }
}

fn tree(plan: &Explanation) -> Markup {
    drawn(plan, &steps(plan), " of the rows visited")
}

/// One of two plans, whose bars are drawn to the same scale.
fn one_of(plan: &Explanation, plans: [&Explanation; 2]) -> Markup {
    let visited = plans.map(|plan| plan.visited_rows().unwrap_or(0));
    let most = visited[0].max(visited[1]);
    let caption = if visited[0] == visited[1] {
        " of the rows visited"
    } else {
        " of the larger side's rows"
    };
    drawn(plan, &steps_of(plan, most), caption)
}

fn drawn(plan: &Explanation, steps: &[Step], caption: &str) -> Markup {
    html! {
        @if steps.is_empty() {
            p { "No table is searched, so there is nothing to plan." }
        }
        div.plan role="list" aria-label="the steps of the plan" {
            @for step in steps {
                div.step role="listitem" aria-level=(step.depth + 1)
                    style=(format!("--depth:{}", step.depth.min(12))) {
                    div.does { (step.label) }
                    @if !step.figures.is_empty() { div.quiet { (step.figures) } }
                    @if let (Some(share), Some(percent)) = (step.share, step.percent()) {
                        div.share {
                            div.bar { div style=(format!("width:{:.1}%", share * 100.0)) {} }
                            span { (percent) (caption) }
                        }
                    }
                }
            }
        }
        @if let Some(totals) = totals(plan) { p.quiet { (totals) } }
    }
}

fn counters(plan: &Explanation) -> Markup {
    let (Some(elapsed), Some(counters)) = (plan.elapsed, plan.counters) else {
        return html! { p.quiet { "Not run: these are plans. --run measures what really happens." } };
    };
    let runs = count(u64::from(elapsed.runs));
    let rows = [
        ("page fetches", count(counters.page_fetches)),
        ("VM steps", count(counters.vm_steps)),
        ("full-scan steps", count(counters.fullscan_steps)),
        ("sorts", count(counters.sorts)),
        (
            "rows put into automatic indexes",
            count(counters.auto_indexes),
        ),
        ("fastest run", duration(elapsed.min)),
        ("median run", duration(elapsed.median)),
        ("runs", runs),
    ];
    html! {
        h2 { "What it cost" }
        table {
            @for (name, value) in rows { tr { th scope="row" { (name) } td.n { (value) } } }
        }
    }
}

fn figures(names: &[&str; 2], rows: &[Row]) -> Markup {
    html! {
        table {
            tr { th {} @for name in names { th.n { (name) } } th {} }
            @for row in rows {
                tr {
                    th scope="row" { (row.name) }
                    td.n { (row.first) } td.n { (row.second) } td { (row.ratio) }
                }
            }
        }
    }
}

fn notes(plan: &Explanation) -> Markup {
    html! { @for note in &plan.notes { p.quiet { (clean(note)) } } }
}

fn made_by(plan: &Explanation, data: &str) -> Markup {
    let how = if plan.was_run() {
        "Measured"
    } else {
        "Planned"
    };
    html! {
        p.quiet { (how) " by dbdojo on " (clean(data)) ", with SQLite " (plan.sqlite_version) "." }
    }
}
