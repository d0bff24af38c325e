//! A benchmark as a page: one file, no network, no script.

use std::time::Duration;

use maud::{Markup, html};

use super::plot;
use super::table::{asking, keys, server, simulated};
use crate::lab::report::{ArmReport, BenchReport};
use crate::units;
use crate::view::svg;

/// The files of all charts that there can be.
pub const PICTURES: [&str; 4] = [
    "latencies.svg",
    "hit-ratio.svg",
    "miss-ratio.svg",
    "cost.svg",
];

/// Each chart as a file of its own: its name, and the SVG.
pub fn pictures(report: &BenchReport) -> Vec<(String, String)> {
    let charts = plot::all(report);
    let named = charts.iter();
    named
        .map(|it| (format!("{}.svg", it.name), it.file()))
        .collect()
}

/// One self-contained page: the verdict first, then charts, tables and how to
/// measure it again. `command` is the command line.
pub fn page(report: &BenchReport, command: &str) -> String {
    let workload = &report.used.workload;
    let body = html! {
        @if report.interrupted {
            p { strong { "Interrupted: what follows is partial." } }
        }
        div.verdict {
            p { (report.verdict.to_string()) }
            @for said in &report.conclusions { p { (said) } }
        }
        p.quiet {
            (keys(&report.used)) " over "
            (units::counted(report.used.keys, "key", "keys")) ", " (asking(&report.used)) ". "
            @if let Some(cache) = &report.cache { "Cache: " (server(workload, cache)) ". " }
            "Data: " (report.used.data) ", " (units::counted(workload.rounds.into(), "round", "rounds"))
            " in turns."
            @for it in simulated(workload) { br; (it) "." }
        }
        h2 { "The sides" }
        (figures(report))
        @if let Some(indexes) = report.indexes.as_ref().filter(|it| !it.ddl.is_empty()) {
            p { "The indexed sides have:" }
            @for ddl in &indexes.ddl { pre.sql { (ddl) } }
        }
        h2 { "How long reads took" }
        (plot::latencies(&report.arms).figure())
        p.quiet {
            "How many of the reads were answered within a time. The time is on a logarithmic scale"
            @if workload_is_open(report) { ", and counts from when a read should have started" }
            "."
        }
        @if let Some(ratios) = plot::hit_ratios(&report.arms) {
            h2 { "How many reads hit" }
            (ratios.figure())
            (prediction(report))
        }
        @if let Some(curve) = plot::miss_ratios(report) {
            h2 { "What another size would miss" }
            (curve.figure())
            p.quiet {
                "The line: the share of these very reads that an exact LRU would have missed, had it "
                "held so many results. The points: this cache."
            }
        }
        @if let Some((model, chart)) = report.model.and_then(|m| Some((m, plot::cost(&m)?))) {
            h2 { "What a read costs" }
            (chart.figure())
            p {
                "A read through the cache costs R + (1-h)(D+W) = " (ms(model.average()))
                " ms: D = " (ms(model.database)) " ms in the database, R = " (ms(model.get))
                " to ask the cache, W = " (ms(model.set)) " to store a result, and h = "
                (format!("{:.3}", model.hit_ratio)) " of the reads hit. "
                @match model.break_even() {
                    Some(at) => { "It pays for queries that take more than " (ms(at)) " ms." }
                    None => { "Nothing hit, so it never pays." }
                }
            }
        }
        @if let Some(away) = &report.away {
            h2 { "The same with a network between" }
            p {
                "Above, the database is in the process that asks, and the cache server on the same "
                "machine. With both " (units::duration(away.round_trip))
                " away (computed, not measured), a read takes on average:"
            }
            table {
                @for (arm, mean) in &away.means {
                    tr { th scope="row" { (arm.name()) } td.n { (ms(*mean)) " ms" } }
                }
            }
        }
        @if !report.notes.is_empty() {
            h2 { "What to keep in mind" }
            ul { @for note in &report.notes { li { (note.to_string()) } } }
        }
        h2 { "The statements" }
        @for template in &workload.templates {
            pre.sql { (template.sql) }
            p.quiet {
                @if template.writes { "A write. " }
                "Weight " (template.weight) ", keys: " code { (template.values) } ", "
                (template.distribution.to_string()) "."
            }
        }
        h2 { "To measure it again" }
        pre.sql { (command) }
        (made_on(report))
    };
    svg::page(&format!("Benchmark: {}", workload.title), &body)
}

fn workload_is_open(report: &BenchReport) -> bool {
    let mut arms = report.arms.iter();
    arms.any(|arm| arm.tally.uncorrected(0.5).is_some())
}

fn prediction(report: &BenchReport) -> Markup {
    let both = |arm: &&ArmReport| arm.hit_ratio.is_some() && arm.predicted.is_some();
    let arms: Vec<&ArmReport> = report.arms.iter().filter(both).collect();
    html! {
        @if arms.is_empty() {
            p.quiet { "The share of the reads that the cache answered, from the first to the last." }
        } @else {
            p {
                @for arm in arms {
                    (arm.arm.name()) ": " (ratio(arm.hit_ratio)) ", predicted "
                    (ratio(arm.predicted.map(|p| p.hit_ratio))) ". "
                }
            }
            p.quiet {
                @if arms_from_sequence(report) {
                    "Dashed: an exact LRU of this size on this very sequence of reads."
                } @else {
                    "Dashed: Che's approximation of LRU for independent reads of this distribution, "
                    "from an empty cache."
                }
            }
        }
    }
}

fn arms_from_sequence(report: &BenchReport) -> bool {
    let mut predicted = report.arms.iter().filter_map(|arm| arm.predicted);
    predicted.any(|it| it.from_sequence)
}

fn figures(report: &BenchReport) -> Markup {
    let time = |arm: &ArmReport, q: f64| ms(arm.tally.quantile(q));
    type Cell<'a> = Box<dyn Fn(&ArmReport) -> String + 'a>;
    let count = units::count;
    let mut rows: Vec<(&str, Cell<'_>)> = vec![
        (
            "reads/s",
            Box::new(|arm| count(arm.throughput.round() as u64)),
        ),
        ("mean, ms", Box::new(|arm| ms(arm.tally.mean()))),
        ("p50, ms", Box::new(|arm| time(arm, 0.5))),
        ("p90, ms", Box::new(|arm| time(arm, 0.9))),
        ("p99, ms", Box::new(|arm| time(arm, 0.99))),
        ("p99.9, ms", Box::new(|arm| time(arm, 0.999))),
        ("p99.99, ms", Box::new(|arm| time(arm, 0.9999))),
        ("longest, ms", Box::new(|arm| ms(arm.tally.max()))),
    ];
    if workload_is_open(report) {
        let uncorrected = |arm: &ArmReport| arm.tally.uncorrected(0.99).map_or("-".to_owned(), ms);
        rows.push(("p99 from the real start, ms", Box::new(uncorrected)));
    }
    rows.extend::<[(&str, Cell<'_>); 9]>([
        ("hit ratio", Box::new(|arm| ratio(arm.hit_ratio))),
        (
            "predicted",
            Box::new(|arm| ratio(arm.predicted.map(|p| p.hit_ratio))),
        ),
        ("reads", Box::new(|arm| count(arm.requests))),
        ("writes", Box::new(|arm| count(arm.tally.writes))),
        ("database reads", Box::new(|arm| count(arm.database_reads))),
        ("coalesced", Box::new(|arm| count(arm.tally.coalesced))),
        (
            "early refreshes",
            Box::new(|arm| count(arm.tally.early + arm.tally.refreshed)),
        ),
        ("stale reads", Box::new(|arm| count(arm.stale_reads))),
        ("errors", Box::new(|arm| count(arm.errors))),
    ]);
    let counts = |of: &dyn Fn(&ArmReport) -> u64| report.arms.iter().any(|arm| of(arm) > 0);
    rows.retain(|(name, _)| match *name {
        "writes" => counts(&|arm| arm.tally.writes),
        "coalesced" => counts(&|arm| arm.tally.coalesced),
        "early refreshes" => counts(&|arm| arm.tally.early + arm.tally.refreshed),
        _ => true,
    });
    html! {
        // Five sides are wider than a phone: they scroll, by keyboard, too.
        div.wide role="region" aria-label="The sides" tabindex="0" { table {
            thead { tr {
                th scope="col" { "side" }
                @for arm in &report.arms { th.n scope="col" { (arm.arm.name()) } }
            } }
            tbody {
                @for (name, cell) in &rows {
                    tr {
                        th scope="row" { (name) }
                        @for arm in &report.arms {
                            td.n { @if arm.requests > 0 { (cell(arm)) } @else { "-" } }
                        }
                    }
                }
            }
        } }
    }
}

fn made_on(report: &BenchReport) -> Markup {
    let machine = &report.used.machine;
    html! {
        p.quiet {
            "Measured by dbdojo " (machine.dbdojo)
            @if machine.is_debug { " (built without optimisation)" }
            " with SQLite " (machine.sqlite)
            @if let Some(cache) = &report.cache { ", " (cache.name) " " (cache.version) }
            ", on " (machine.os) " " (machine.arch)
            @if let Some(n) = machine.processors {
                ", " (units::counted(n as u64, "processor", "processors"))
            }
            ", seed " (report.used.seed) "."
        }
    }
}

fn ratio(ratio: Option<f64>) -> String {
    ratio.map_or("-".to_owned(), |ratio| format!("{ratio:.3}"))
}

fn ms(time: Duration) -> String {
    units::milliseconds(time)
}
