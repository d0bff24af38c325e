//! What was played, above the figures.

use std::io::{self, Write};

use crate::cache::aside::{Jitter, Protection};
use crate::lab::simulate::{Capacity, Simulation, Stopped, Unit};
use crate::lab::sweep::{Asked, Rehearsal, Setting, SweepReport};
use crate::units;
use crate::view::Style;
use crate::view::bench::table::{at_the_times_of_the_trace, load, rules, simulated};
use crate::view::prose::wrapped;

/// What is the same for all combinations, and whether something is missing.
pub(super) fn draw(out: &mut dyn Write, style: &Style, report: &SweepReport) -> io::Result<()> {
    let mut line = |text: &str| -> io::Result<()> {
        let lines = wrapped(text, style.width.min(80), 2);
        lines.iter().try_for_each(|it| writeln!(out, "{it}"))
    };
    let context = match &report.asked {
        Asked::Workload {
            rehearsal,
            keys,
            data,
            written,
            is_measured,
            ..
        } => {
            line(&title(report))?;
            line(&cache(report, rehearsal, *keys, *written))?;
            line(&times(report, rehearsal, *is_measured))?;
            for told in simulated(&rehearsal.workload) {
                line(&told)?;
            }
            let data = data
                .as_ref()
                .map(|it| format!("{it}, "))
                .unwrap_or_default();
            let first = report.played().find_map(|(_, it)| it.outcome.as_deref());
            let counted = first.map_or(rehearsal.workload.requests, |it| it.reads + it.writes);
            let requests = units::counted(counted, "request", "requests");
            format!(
                "{data}{requests} after {} of warm-up, seed {}; virtual time: the cache \
                 layer's own code, on another clock",
                units::count(rehearsal.workload.warmup),
                report.seed,
            )
        }
        Asked::Requests(simulation) => {
            line(&requests(report, simulation))?;
            "virtual time: what would have hit, not how fast; theory is for a warm cache".to_owned()
        }
    };
    for told in wrapped(&context, style.width.min(80), 2) {
        writeln!(out, "{}", style.dim(&told))?;
    }
    if let Some(stopped) = report.stopped {
        let why = match stopped {
            Stopped::Interrupted => "interrupted".to_owned(),
            Stopped::TimeLimit(limit) => format!("stopped at {}", units::duration(limit)),
        };
        let whole = report.played().filter(|(_, it)| !it.partial).count();
        writeln!(
            out,
            "{} after {whole} of {}: what follows is partial",
            style.error(&why),
            units::counted(report.points.len() as u64, "simulation", "simulations"),
        )?;
        if matches!(stopped, Stopped::TimeLimit(_)) {
            writeln!(out, "--timeout 0 lets it run to the end")?;
        }
    }
    writeln!(out)
}

/// Whether this is the same for all combinations.
pub(super) fn is_fixed(report: &SweepReport, name: &str) -> bool {
    let mut first = report.axes.iter().filter_map(|axis| axis.first());
    !first.any(|setting| setting.name() == name)
}

/// The title of a picture, and the first line of a text.
pub(super) fn title(report: &SweepReport) -> String {
    match &report.asked {
        Asked::Workload {
            rehearsal,
            keys,
            written,
            at_times_of_trace,
            ..
        } => {
            let load = match at_times_of_trace {
                true => at_the_times_of_the_trace(&rehearsal.workload),
                false => load(&rehearsal.workload.load),
            };
            asked(report, rehearsal, *keys, *written, &load)
        }
        Asked::Requests(simulation) => requests(report, simulation),
    }
}

fn asked(
    report: &SweepReport,
    rehearsal: &Rehearsal,
    keys: u64,
    written: f64,
    load: &str,
) -> String {
    let workload = &rehearsal.workload;
    let mut text = workload.title.clone();
    if let Some(trace) = &workload.trace {
        text += &format!(", as {} has it", trace.file.path.display());
    } else if is_fixed(report, "distribution") {
        text += &format!(", {}", workload.distribution());
    }
    if is_fixed(report, "keys") {
        text += &format!(" over {}", units::counted(keys, "key", "keys"));
    }
    if written > 0.0 && workload.trace.is_none() {
        text += &format!(", {:.1}% writes", written * 100.0);
    }
    if is_fixed(report, "rate") && is_fixed(report, "clients") {
        text += &format!(", {load}");
    }
    text
}

fn cache(report: &SweepReport, rehearsal: &Rehearsal, keys: u64, written: f64) -> String {
    let caching = &rehearsal.workload.caching;
    let mut text = "cache".to_owned();
    if is_fixed(report, "capacity") {
        text += &match caching.size.objects(keys) {
            Ok(objects) if objects >= keys => " for all results".to_owned(),
            Ok(objects) => format!(" of {}", units::counted(objects, "result", "results")),
            Err(_) => format!(" of {}", caching.size),
        };
    }
    if is_fixed(report, "policy") {
        text += &format!(", {}", rehearsal.policy);
    }
    // What varies is told where it varies.
    let mut same = rehearsal.workload.clone();
    let own = &mut same.caching.rules;
    if !is_fixed(report, "ttl") {
        own.ttl = None;
    }
    if !is_fixed(report, "jitter") {
        own.jitter = Jitter::NONE;
    }
    if !is_fixed(report, "protection") || !is_fixed(report, "beta") {
        own.protection = Protection::None;
    }
    let invalidation = own.invalidation;
    let says_writes = is_fixed(report, "invalidation");
    if !says_writes {
        same.templates.retain(|it| !it.writes);
    }
    text += &rules(&same);
    if says_writes && written > 0.0 && !same.writes() {
        text += &format!(", on a write: {}", invalidation.name());
    }
    text
}

fn times(report: &SweepReport, rehearsal: &Rehearsal, is_measured: bool) -> String {
    let services = &rehearsal.services;
    let mut told = Vec::new();
    if is_fixed(report, "db_time") {
        let how = if is_measured {
            "measured here; --db-time sets it"
        } else {
            "--db-time"
        };
        told.push(format!(
            "a query takes {} ({how})",
            units::duration(services.database)
        ));
    }
    if is_fixed(report, "cache_time") {
        told.push(format!(
            "a command to the cache {} (--cache-time)",
            units::duration(services.cache)
        ));
    }
    if let Some(connections) = services.connections {
        told.push(match connections {
            1 => "one query at a time".to_owned(),
            n => format!("{n} queries at a time"),
        });
    }
    told.join(", ")
}

fn requests(report: &SweepReport, simulation: &Simulation) -> String {
    let mut parts = Vec::new();
    if is_fixed(report, "distribution") {
        parts.push(simulation.distribution.to_string());
    }
    if is_fixed(report, "keys") {
        parts.push(units::counted(simulation.keys, "key", "keys"));
    }
    if let ([policy], true) = (&simulation.policies[..], is_fixed(report, "policy")) {
        parts.push(policy.to_string());
    }
    if let ([capacity], true) = (&simulation.capacities[..], is_fixed(report, "capacity")) {
        let unit = match simulation.unit {
            Unit::Objects => "objects",
            Unit::Bytes => "bytes",
        };
        let of = match capacity {
            Capacity::Percent(_) => format!("{capacity} held"),
            Capacity::Objects(_) => format!("{capacity} {unit} held"),
        };
        parts.push(of);
    }
    if let ([ttl], true) = (&simulation.ttls[..], is_fixed(report, "ttl")) {
        parts.push(format!("TTL {}", Setting::Ttl(*ttl)));
    }
    parts.push(format!(
        "{} after {} of warm-up, seed {}",
        units::counted(simulation.requests, "request", "requests"),
        units::count(simulation.warmup),
        simulation.seed
    ));
    parts.join(", ")
}
