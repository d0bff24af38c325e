//! A benchmark for people, in 80 columns.

use std::io::{self, Write};
use std::time::Duration;

use super::chart;
use crate::cache::aside::{Jitter, Protection, Strategy};
use crate::lab::bench::Tally;
use crate::lab::report::{ArmReport, BenchReport, CacheUsed, Used};
use crate::lab::workload::{Arrivals, FaultKind, Load, Workload};
use crate::units;
use crate::view::Style;
use crate::view::cache::plain_duration;

/// Width of the names of the rows.
const LABEL: usize = 15;
/// Width of a side's column: five of them fit.
const COLUMN: usize = 13;

/// Draws the report.
pub(super) fn draw(out: &mut dyn Write, style: &Style, report: &BenchReport) -> io::Result<()> {
    headline(out, style, report)?;
    writeln!(out)?;
    draw_table(out, style, report)?;
    writeln!(out)?;
    chart::latencies(out, style, &report.arms)?;
    chart::hit_ratios(out, style, &report.arms)?;
    draw_model(out, report)?;
    let mut label = "verdict";
    let verdict = report.verdict.to_string();
    for said in std::iter::once(&verdict).chain(&report.conclusions) {
        wrap(out, label, said)?;
        label = " ";
    }
    if let Some(away) = &report.away {
        let means: Vec<String> = away
            .means
            .iter()
            .map(|(arm, mean)| format!("{arm} {}", units::milliseconds(*mean)))
            .collect();
        let apart = units::duration(away.round_trip);
        wrap(
            out,
            "here",
            "database in this process, cache server on this machine",
        )?;
        wrap(
            out,
            "apart",
            &format!(
                "both servers {apart} away (computed), ms a read: {}",
                means.join(", ")
            ),
        )?;
    }
    for note in &report.notes {
        wrap(out, "note", &note.to_string())?;
    }
    Ok(())
}

fn headline(out: &mut dyn Write, style: &Style, report: &BenchReport) -> io::Result<()> {
    let used = &report.used;
    let workload = &used.workload;
    wrap(
        out,
        "",
        &format!(
            "{}, {} over {}, {}",
            workload.title,
            keys(used),
            units::counted(used.keys, "key", "keys"),
            asking(used),
        ),
    )?;
    if let Some(cache) = &report.cache {
        wrap(out, "", &server(workload, cache))?;
    }
    for simulated in simulated(workload) {
        wrap(out, "", &simulated)?;
    }
    if let Some(indexes) = &report.indexes {
        for ddl in &indexes.ddl {
            wrap(out, "", &format!("indexed: {ddl}"))?;
        }
    }
    let rounds = units::counted(workload.rounds.into(), "round", "rounds");
    let context = format!("{}, {rounds} in turns, seed {}", used.data, used.seed);
    writeln!(out, "{}", style.dim(&context))?;
    if report.interrupted {
        writeln!(
            out,
            "{}: what follows is partial",
            style.error("interrupted")
        )?;
    }
    Ok(())
}

/// Where keys come from: the distribution, or the trace.
pub(super) fn keys(used: &Used) -> String {
    match (&used.workload.trace, &used.trace) {
        (Some(recording), Some(traced)) => format!(
            "{} of {}",
            units::counted(traced.requests, "request", "requests"),
            recording.file.path.display()
        ),
        _ => used.workload.distribution().to_string(),
    }
}

/// Who asks, and when: at the times of a trace, or as the workload says.
pub(super) fn asking(used: &Used) -> String {
    let workload = &used.workload;
    if !(used.is_open() && matches!(workload.load, Load::Closed { .. })) {
        return load(&workload.load);
    }
    at_the_times_of_the_trace(workload)
}

/// A trace that is played at its own times.
pub(in crate::view) fn at_the_times_of_the_trace(workload: &Workload) -> String {
    let clients = units::counted(workload.load.clients() as u64, "client", "clients");
    let speed = match &workload.trace {
        Some(recording) if recording.speed != 1.0 => {
            format!(", {} times faster", recording.speed)
        }
        _ => String::new(),
    };
    format!("open loop, at the times of the trace{speed}, {clients}")
}

/// Who asks, and when.
pub(in crate::view) fn load(load: &Load) -> String {
    let clients = units::counted(load.clients() as u64, "client", "clients");
    match load {
        Load::Closed { think, .. } if think.is_zero() => format!("{clients}, closed loop"),
        Load::Closed { think, .. } => {
            format!(
                "{clients} that think {}, closed loop",
                units::duration(*think)
            )
        }
        Load::Open { arrivals, rate, .. } => {
            let kind = match arrivals {
                Arrivals::Poisson => "Poisson",
                Arrivals::Constant => "constant",
            };
            let ramp = if rate.ramp.is_some() {
                " after a ramp"
            } else {
                ""
            };
            let spikes = match rate.spikes.len() as u64 {
                0 => String::new(),
                n => format!(", {}", units::counted(n, "spike", "spikes")),
            };
            let rate = units::count(rate.base.round() as u64);
            format!("open loop, {kind}, {rate} requests/s{ramp}{spikes}, {clients}")
        }
    }
}

/// What is not real, said as such.
pub(in crate::view) fn simulated(workload: &Workload) -> Vec<String> {
    let mut said = Vec::new();
    let trips = workload.round_trips;
    for (to, trip) in [("database", trips.database), ("cache server", trips.cache)] {
        if !trip.is_zero() {
            said.push(format!(
                "simulated: {} to the {to} and back",
                units::duration(trip)
            ));
        }
    }
    for fault in &workload.faults {
        let what = match fault.kind {
            FaultKind::Down => "cache down".to_owned(),
            FaultKind::Slow(by) => format!("cache slower by {}", units::duration(by)),
            FaultKind::Flushed => "cache flushed".to_owned(),
            FaultKind::Restarted => "cache restarted".to_owned(),
        };
        let lasting = match fault.lasting {
            Duration::ZERO => String::new(),
            lasting => format!(" for {}", units::duration(lasting)),
        };
        let at = units::duration(fault.at);
        said.push(format!("simulated: {what} at {at} of each round{lasting}"));
    }
    said
}

pub(super) fn server(workload: &Workload, cache: &CacheUsed) -> String {
    let name = match cache.name.as_str() {
        "builtin" => "built-in server in this process (not Redis)".to_owned(),
        name if cache.wanted.is_some() => format!("{name} {} on a private socket", cache.version),
        name => format!("{name} {} at {}", cache.version, cache.address),
    };
    let policy = match (&cache.policy, cache.maxmemory) {
        (Some(policy), Some(_)) => format!(", {policy}"),
        _ => String::new(),
    };
    let holds = match (cache.wanted, cache.held) {
        (Some(_), Some(held)) => format!(", held {}", units::counted(held, "result", "results")),
        (Some(wanted), None) if cache.maxmemory.is_some() => {
            format!(", to hold {}", units::counted(wanted, "result", "results"))
        }
        (Some(_), None) => ", large enough for all".to_owned(),
        (None, _) => String::new(),
    };
    let rules = rules(workload);
    format!("{name}{policy}{holds}{rules}")
}

/// How the cache is used, where that is not the usual way.
pub(in crate::view) fn rules(workload: &Workload) -> String {
    let rules = &workload.caching.rules;
    let mut said = String::new();
    if let Some(ttl) = rules.ttl {
        let kind = if rules.sliding { "sliding TTL" } else { "TTL" };
        said += &format!(", {kind} {}", plain_duration(ttl));
        if rules.jitter != Jitter::NONE {
            said += &format!(" +-{}", rules.jitter);
        }
    }
    if let Some(negative) = rules.negative {
        said += &format!(", results without rows {}", plain_duration(negative));
    }
    if rules.protection != Protection::None {
        said += &format!(", {}", rules.protection.name());
    }
    if rules.strategy != Strategy::CacheAside {
        said += &format!(", {}", rules.strategy.name());
    }
    if workload.writes() {
        said += &format!(", on a write: {}", rules.invalidation.name());
    }
    said
}

fn draw_table(out: &mut dyn Write, style: &Style, report: &BenchReport) -> io::Result<()> {
    let mut row = |label: &str, cell: &dyn Fn(&ArmReport) -> String| {
        let mut line = format!("{label:<LABEL$}");
        for arm in &report.arms {
            line.push_str(&format!("{:>COLUMN$}", cell(arm)));
        }
        writeln!(out, "{}", line.trim_end())
    };
    let measured = |arm: &ArmReport, text: String| {
        if arm.requests > 0 {
            text
        } else {
            "-".to_owned()
        }
    };
    let time = |arm: &ArmReport, of: &dyn Fn(&Tally) -> Duration| {
        measured(arm, units::milliseconds(of(&arm.tally)))
    };
    let count = |n: u64| units::count(n);
    let has = |found: &dyn Fn(&ArmReport) -> bool| report.arms.iter().any(found);
    // "indexed+cached" is longer than a column.
    if has(&|arm| arm.arm.name().len() >= COLUMN) {
        row("", &|arm| first_word(arm).0)?;
        row("", &|arm| first_word(arm).1)?;
    } else {
        row("", &|arm| arm.arm.name().to_owned())?;
    }
    row("reads/s", &|arm| {
        measured(arm, count(arm.throughput.round() as u64))
    })?;
    row("rounds differ", &|arm| {
        measured(arm, units::times(arm.noise(), 1.0))
    })?;
    row("mean, ms", &|arm| time(arm, &|tally| tally.mean()))?;
    for (label, q) in [
        ("p50", 0.5),
        ("p99", 0.99),
        ("p99.9", 0.999),
        ("p99.99", 0.9999),
    ] {
        let few = |arm: &ArmReport| arm.requests > 0 && (arm.requests as f64) * (1.0 - q) < 1.0;
        if report.arms.iter().all(|arm| arm.requests == 0 || few(arm)) {
            continue;
        }
        row(label, &|arm| match few(arm) {
            true => "-".to_owned(),
            false => time(arm, &|tally| tally.quantile(q)),
        })?;
    }
    if has(&|arm| arm.tally.uncorrected(0.99).is_some()) {
        row("p99 uncorrected", &|arm| {
            arm.tally
                .uncorrected(0.99)
                .map_or("-".to_owned(), units::milliseconds)
        })?;
    }
    if has(&|arm| arm.arm.has_cache()) {
        let ratio = |ratio: Option<f64>| ratio.map_or("-".to_owned(), |r| format!("{r:.3}"));
        row("hit ratio", &|arm| ratio(arm.hit_ratio))?;
        row("predicted", &|arm| {
            ratio(arm.predicted.map(|p| p.hit_ratio))
        })?;
    }
    row("reads", &|arm| count(arm.requests))?;
    if report.used.workload.writes() {
        row("writes", &|arm| count(arm.tally.writes))?;
    }
    row("database reads", &|arm| count(arm.database_reads))?;
    for (label, of) in [
        ("coalesced", (|tally| tally.coalesced) as fn(&Tally) -> u64),
        ("early refreshes", |tally| tally.early + tally.refreshed),
        ("loads by writes", |tally| tally.restored),
    ] {
        if has(&|arm| of(&arm.tally) > 0) {
            row(label, &|arm| match arm.arm.has_server() {
                true => count(of(&arm.tally)),
                false => "-".to_owned(),
            })?;
        }
    }
    if has(&|arm| {
        arm.server
            .is_some_and(|server| server.evicted + server.expired > 0)
    }) {
        row("evicted", &|arm| {
            arm.server
                .map_or("-".to_owned(), |server| count(server.evicted))
        })?;
    }
    row("stale reads", &|arm| count(arm.stale_reads))?;
    row("errors", &|arm| count(arm.errors))?;
    if report.compared > 0 {
        let compared = format!(
            "stale counts {} compared with the database afterwards, too",
            units::counted(report.compared, "result", "results")
        );
        writeln!(out, "{}", style.dim(&compared))?;
    }
    Ok(())
}

/// A side's name on two lines.
fn first_word(arm: &ArmReport) -> (String, String) {
    match arm.arm.name().split_once('+') {
        Some((first, rest)) => (first.to_owned(), format!("+ {rest}")),
        None => (String::new(), arm.arm.name().to_owned()),
    }
}

fn draw_model(out: &mut dyn Write, report: &BenchReport) -> io::Result<()> {
    if let Some(predicted) = report.arms.iter().find_map(|arm| arm.predicted) {
        let assumed = if predicted.from_sequence {
            let pace = match report.used.workload.caching.rules.ttl {
                Some(_) => ", with this TTL at the pace of the run",
                None => "",
            };
            format!("an exact LRU of this size on this very sequence of reads{pace}")
        } else if predicted.characteristic_time.is_finite() {
            format!(
                "Che's approximation of LRU, independent reads, no TTL, from an empty \
                 cache; T is {} reads",
                units::count(predicted.characteristic_time.round() as u64)
            )
        } else {
            "independent reads, no TTL, everything fits: the first read of a key misses".to_owned()
        };
        wrap(out, "predicted", &assumed)?;
    }
    let Some(model) = report.model else {
        return Ok(());
    };
    let ms = units::milliseconds;
    let cached = report
        .arms
        .iter()
        .find(|arm| arm.arm.has_server() && arm.model.is_some());
    let measured = cached.map_or(String::new(), |arm| {
        let wait = match arm.tally.share_waited() {
            ..0.03 => "",
            _ => ", the wait in line with it",
        };
        format!(", measured {}{wait}", ms(arm.tally.mean()))
    });
    wrap(
        out,
        "cost",
        &format!(
            "database D {} ms   get R {}   set W {}   hit ratio h {:.3}",
            ms(model.database),
            ms(model.get),
            ms(model.set),
            model.hit_ratio,
        ),
    )?;
    let average = ms(model.average());
    wrap(
        out,
        "model",
        &format!("R + (1-h)(D+W) = {average} ms a read{measured}"),
    )?;
    let break_even = match model.break_even() {
        Some(at) => format!(
            "{} ms a query at this hit ratio; this one takes {}",
            ms(at),
            ms(model.database)
        ),
        None => "none: nothing hit".to_owned(),
    };
    wrap(out, "break-even", &break_even)
}

/// Writes `text` in lines of at most 80 columns, the label in front of the
/// first and room for it in front of the others.
pub(super) fn wrap(out: &mut dyn Write, label: &str, text: &str) -> io::Result<()> {
    const INDENT: usize = 12;
    let indent = if label.is_empty() { 0 } else { INDENT };
    let mut line = format!("{label:<indent$}");
    let mut empty = true;
    for word in text.split_inclusive(' ') {
        let width = line.chars().count() + word.trim_end().chars().count();
        if !empty && width > 80 {
            writeln!(out, "{}", line.trim_end())?;
            line = " ".repeat(indent);
        }
        line.push_str(word);
        empty = false;
    }
    writeln!(out, "{}", line.trim_end())
}
