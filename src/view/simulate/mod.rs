//! A simulation's results: hit ratios beside what theory expects.

use std::io::{self, Write};
use std::time::Duration;

use serde_json::{Value, json};

use crate::cache::policy::PolicyKind;
use crate::lab::simulate::{Curve, PolicyResult, SimulationReport, Stopped, Unit};
use crate::units;
use crate::view::{Format, Style};

mod curve;
mod picture;

pub use curve::draw_curve;
pub use picture::write_svg;
pub(in crate::view) use picture::{curve_lines, ticks};

/// Draws the report, or writes it for a program.
///
/// # Errors
/// What writing met.
pub fn write(
    out: &mut dyn Write,
    style: &Style,
    format: Format,
    report: &SimulationReport,
) -> io::Result<()> {
    match format {
        Format::Json | Format::Jsonl => writeln!(out, "{}", as_json(report)),
        Format::Csv => write_csv(out, report),
        Format::Table | Format::Markdown | Format::Line => draw(out, style, report),
    }
}

/// One table: what was played, then the points of the curve as policy
/// `lru-curve`.
fn write_csv(out: &mut dyn Write, report: &SimulationReport) -> io::Result<()> {
    let or_empty = |it: Option<f64>| it.map(|it| it.to_string()).unwrap_or_default();
    writeln!(
        out,
        "policy,capacity,hit_ratio,theory,ttl_s,byte_hit_ratio,error"
    )?;
    for r in &report.results {
        writeln!(
            out,
            "{},{},{},{},{},{},",
            r.policy,
            r.capacity,
            r.hit_ratio,
            or_empty(r.theory),
            or_empty(r.ttl.map(|ttl| ttl.as_secs_f64())),
            r.byte_hit_ratio,
        )?;
    }
    for (n, point) in report.curve.iter().enumerate() {
        writeln!(
            out,
            "lru-curve,{},{},{},,,{}",
            point.capacity,
            point.hit_ratio,
            or_empty(report.curve_theory.get(n).copied()),
            point.error,
        )?;
    }
    Ok(())
}

fn as_json(report: &SimulationReport) -> Value {
    let results: Vec<Value> = report
        .results
        .iter()
        .map(|r| {
            json!({
                "policy": r.policy.name(),
                "capacity": r.capacity,
                "ttl_s": r.ttl.map(|ttl| ttl.as_secs_f64()),
                "hit_ratio": r.hit_ratio,
                "byte_hit_ratio": r.byte_hit_ratio,
                "theory": r.theory,
                // JSON has no infinity: null when everything fits.
                "characteristic_time": r.characteristic_time,
                "static_optimum": r.static_optimum,
            })
        })
        .collect();
    let curve: Vec<Value> = report
        .curve
        .iter()
        .enumerate()
        .map(|(n, point)| {
            json!({
                "capacity": point.capacity,
                "hit_ratio": point.hit_ratio,
                "error": point.error,
                "theory": report.curve_theory.get(n),
            })
        })
        .collect();
    let simulation = &report.simulation;
    json!({
        "requests": report.counted,
        "warmup": report.warmed_up,
        "keys": report.keys,
        "distribution": simulation.trace.is_none().then(|| simulation.distribution.to_string()),
        "trace": simulation.trace.as_ref().map(|it| it.path.display().to_string()),
        "bad_lines": report.bad_lines.count,
        "unit": simulation.unit.name(),
        "rate": simulation.rate,
        "seed": simulation.seed,
        "seconds": report.seconds,
        "requests_per_second": report.requests_per_second,
        "results": results,
        "mrc": curve,
        "interrupted": report.stopped == Some(Stopped::Interrupted),
        "timed_out": matches!(report.stopped, Some(Stopped::TimeLimit(_))),
    })
}

fn draw(out: &mut dyn Write, style: &Style, report: &SimulationReport) -> io::Result<()> {
    draw_head(out, style, report)?;
    if !report.results.is_empty() {
        writeln!(out)?;
        draw_table(out, style, report)?;
    }
    if !report.curve.is_empty() && report.counted > 0 {
        writeln!(out)?;
        draw_curve(out, style, &report.curve, &report.curve_theory)?;
    }
    draw_notes(out, style, report)
}

fn draw_head(out: &mut dyn Write, style: &Style, report: &SimulationReport) -> io::Result<()> {
    let simulation = &report.simulation;
    let keys = report.keys.map(|keys| units::counted(keys, "key", "keys"));
    match (&simulation.trace, keys) {
        (Some(trace), keys) => {
            let keys = keys.map(|it| format!(" over {it}")).unwrap_or_default();
            let requests = units::counted(report.counted, "request", "requests");
            writeln!(out, "{}: {requests}{keys}", trace.path.display())?;
            if report.warmed_up > 0 {
                writeln!(out, "after {} of warm-up", units::count(report.warmed_up))?;
            }
        }
        (None, keys) => writeln!(
            out,
            "{} over {}, {} after {} of warm-up, seed {}",
            simulation.distribution,
            keys.unwrap_or_default(),
            units::counted(report.counted, "request", "requests"),
            units::count(report.warmed_up),
            simulation.seed,
        )?,
    }
    if let Some(stopped) = report.stopped {
        let played = units::count(report.warmed_up + report.counted);
        let of = match simulation.trace {
            Some(_) => String::new(),
            None => format!(
                " of {}",
                units::count(simulation.warmup + simulation.requests)
            ),
        };
        let why = match stopped {
            Stopped::Interrupted => "interrupted".to_owned(),
            Stopped::TimeLimit(limit) => format!("stopped at {}", units::duration(limit)),
        };
        writeln!(
            out,
            "{} after {played}{of} requests: what follows is partial",
            style.error(&why),
        )?;
        if matches!(stopped, Stopped::TimeLimit(_)) {
            writeln!(out, "--timeout 0 lets it run to the end")?;
        }
    }
    if let Some((line, why)) = &report.bad_lines.first {
        writeln!(
            out,
            "{} passed over, the first at line {line}: {why}",
            units::counted(report.bad_lines.count, "bad line", "bad lines"),
        )?;
    }
    let theory = if simulation.trace.is_none() {
        "; theory is for a warm cache"
    } else {
        ""
    };
    writeln!(
        out,
        "{}",
        style.dim(&format!(
            "virtual time: what would have hit, not how fast{theory}"
        ))
    )
}

fn draw_table(out: &mut dyn Write, style: &Style, report: &SimulationReport) -> io::Result<()> {
    let simulation = &report.simulation;
    let by_bytes = simulation.unit == Unit::Bytes;
    let expires = !simulation.ttls.is_empty();
    let last = if expires {
        "TTL"
    } else if by_bytes {
        "byte hits"
    } else {
        "T, requests"
    };
    writeln!(
        out,
        "{:<10}{:>11}{:>8}{:>11}{:>9}{:>11}{:>16}",
        "policy", "holds", "share", "hit ratio", "theory", "differ by", last
    )?;
    for r in &report.results {
        let there = match (report.keys, simulation.unit) {
            (Some(keys), Unit::Objects) => Some(keys),
            _ => None,
        };
        let counted = report.counted > 0;
        let last = match r.ttl {
            Some(ttl) => lifetime(ttl),
            None if by_bytes && counted => format!("{:.4}", r.byte_hit_ratio),
            None if by_bytes => "-".to_owned(),
            None => r.characteristic_time.map_or("-".to_owned(), requests),
        };
        let differs = r.theory.filter(|_| counted).map(|it| r.hit_ratio - it);
        writeln!(
            out,
            "{:<10}{:>11}{:>8}{}{:>9}{:>11}{:>16}",
            r.policy.name(),
            if by_bytes {
                units::bytes(r.capacity)
            } else {
                units::count(r.capacity)
            },
            there.map_or("-".to_owned(), |keys| {
                format!("{:.1}%", 100.0 * r.capacity as f64 / keys as f64)
            }),
            if counted {
                style.accent(&format!("{:>11.4}", r.hit_ratio))
            } else {
                format!("{:>11}", "-")
            },
            r.theory.map_or("-".to_owned(), |it| format!("{it:.4}")),
            differs.map_or("-".to_owned(), |it| format!("{it:+.4}")),
            last,
        )?;
    }
    Ok(())
}

/// As people write it: `10s`, `500ms`.
fn lifetime(ttl: Duration) -> String {
    if ttl.subsec_nanos() == 0 {
        format!("{} s", units::count(ttl.as_secs()))
    } else {
        units::duration(ttl)
    }
}

fn draw_notes(out: &mut dyn Write, style: &Style, report: &SimulationReport) -> io::Result<()> {
    writeln!(out)?;
    let mut told = Vec::new();
    for r in &report.results {
        let Some(optimum) = r.static_optimum.filter(|_| !told.contains(&r.capacity)) else {
            continue;
        };
        told.push(r.capacity);
        writeln!(
            out,
            "limit    {optimum:.4} if the {} were held for ever",
            units::counted(r.capacity, "most popular key", "most popular keys"),
        )?;
    }
    let without_ttl = report.simulation.ttls.is_empty();
    for (kind, meaning) in [
        (
            PolicyKind::Lru,
            "an object goes T requests after its last use (Che et al. 2002)",
        ),
        (
            PolicyKind::Fifo,
            "an object goes about T requests after it came (Martina et al. 2014)",
        ),
    ] {
        let is_there = |r: &PolicyResult| r.policy == kind && r.theory.is_some();
        if without_ttl && report.results.iter().any(is_there) {
            writeln!(out, "{:<9}{meaning}", kind.name())?;
        }
    }
    if !without_ttl && report.results.iter().any(|r| r.theory.is_some()) {
        writeln!(
            out,
            "ttl      L*TTL / (1 + L*TTL) of the reads of a key hit, L its reads a second"
        )?;
        writeln!(out, "         (Jung et al. 2003), where nothing is evicted")?;
    }
    if report.results.iter().any(|r| r.policy == PolicyKind::Opt) {
        writeln!(
            out,
            "opt      knows the future (Belady 1966): no policy can hit more"
        )?;
    }
    let lru_times = report
        .results
        .iter()
        .filter(|r| r.policy == PolicyKind::Lru)
        .filter_map(|r| r.characteristic_time.filter(|it| it.is_finite()));
    if let Some(shortest) = lru_times.reduce(f64::min) {
        writeln!(
            out,
            "redis    ages keys in whole seconds: above {} requests/s, where T is",
            requests(shortest / COARSE_CLOCK_SECONDS),
        )?;
        writeln!(
            out,
            "         under 5 s, expect it between lru and random (= fifo)"
        )?;
    }
    if let Some(cold) = report.results.iter().find(|r| is_cold(r, report)) {
        writeln!(
            out,
            "{}  the warm-up is shorter than T of {} at {}: it was still filling",
            style.bold("warning"),
            cold.policy,
            units::count(cold.capacity),
        )?;
    }
    if let Some(Curve::Sampled(_)) = report.simulation.curve {
        let error = report.curve.iter().map(|it| it.error).fold(0.0, f64::max);
        writeln!(
            out,
            "sample   the curve is from {} and off by at most {error:.4} (95%; SHARDS,",
            units::counted(report.curve_keys, "key", "keys"),
        )?;
        writeln!(
            out,
            "         Waldspurger et al. 2015; from how far eight parts of it differ)"
        )?;
    }
    if report.requests_per_second > 0.0 {
        let text = format!(
            "speed    {:.1}M requests/s through the caches, making the requests not counted",
            report.requests_per_second / 1e6,
        );
        writeln!(out, "{}", style.dim(&text))?;
    }
    Ok(())
}

/// Redis's LRU clock has a resolution of a second; below about five ticks an
/// object's age says little.
const COARSE_CLOCK_SECONDS: f64 = 5.0;

fn is_cold(result: &PolicyResult, report: &SimulationReport) -> bool {
    result
        .characteristic_time
        .is_some_and(|it| it.is_finite() && it > report.warmed_up as f64 && report.counted > 0)
}

/// A number of requests that is not whole: `31,204`, or `-` for no end.
fn requests(n: f64) -> String {
    if n.is_finite() {
        units::count(n.round() as u64)
    } else {
        "-".to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::Clock;
    use crate::interrupt::Interrupt;
    use crate::lab::keys::Distribution;
    use crate::lab::simulate::{Simulation, simulate};
    use crate::progress;

    fn report(warmup: u64, interrupt: &Interrupt) -> SimulationReport {
        let simulation = Simulation {
            capacities: vec!["1%".parse().unwrap(), "1000".parse().unwrap()],
            warmup,
            requests: 100_000,
            ..Simulation::of(Distribution::Zipf { alpha: 0.99 }, 10_000)
        };
        let clock = Clock::virtual_at(0);
        simulate(&simulation, &clock, interrupt, &mut progress::ignore).unwrap()
    }

    fn drawn(format: Format, report: &SimulationReport) -> String {
        let mut out = Vec::new();
        write(&mut out, &Style::PIPED, format, report).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn what_a_person_sees() {
        let text = drawn(Format::Table, &report(50_000, &Interrupt::new()));
        assert!(text.lines().all(|line| line.chars().count() <= 80));
        insta::assert_snapshot!(text);
    }

    #[test]
    fn a_short_warm_up_is_told() {
        let text = drawn(Format::Table, &report(1_000, &Interrupt::new()));
        assert!(
            text.contains("the warm-up is shorter than T of lru at 1,000"),
            "{text}"
        );
    }

    #[test]
    fn an_interruption_is_told_and_nothing_is_invented() {
        let interrupt = Interrupt::new();
        interrupt.raise();
        let report = report(1_000, &interrupt);
        let text = drawn(Format::Table, &report);
        assert!(
            text.contains("interrupted after 0 of 101,000 requests"),
            "{text}"
        );
        assert!(!text.contains("0.0000"), "{text}");
        let json: Value = serde_json::from_str(&drawn(Format::Json, &report)).unwrap();
        assert_eq!(json["interrupted"], true);
    }

    #[test]
    fn the_json_contract() {
        let text = drawn(Format::Json, &report(50_000, &Interrupt::new()));
        let json: Value = serde_json::from_str(&text).unwrap();
        let names: Vec<&String> = json.as_object().unwrap().keys().collect();
        for name in [
            "requests",
            "warmup",
            "keys",
            "seconds",
            "requests_per_second",
            "results",
            "mrc",
        ] {
            assert!(names.iter().any(|n| *n == name), "{name} in {names:?}");
        }
        assert_eq!(json["results"][1]["policy"], "lru");
        assert_eq!(json["results"][1]["capacity"], 1000);
        assert!(json["results"][1]["hit_ratio"].as_f64().unwrap() > 0.6);
        assert!(json["results"][1]["theory"].as_f64().unwrap() > 0.6);
    }
}
