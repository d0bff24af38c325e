//! A simulation's results: hit ratios beside what theory expects.

use std::io::{self, Write};

use serde_json::{Value, json};

use crate::cache::policy::PolicyKind;
use crate::lab::simulate::{PolicyResult, SimulationReport};
use crate::units;
use crate::view::{Format, Style};

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
        Format::Csv => {
            writeln!(out, "policy,capacity,hit_ratio,theory")?;
            report.results.iter().try_for_each(|r| {
                writeln!(
                    out,
                    "{},{},{},{}",
                    r.policy, r.capacity, r.hit_ratio, r.theory
                )
            })
        }
        Format::Table | Format::Markdown | Format::Line => draw(out, style, report),
    }
}

fn as_json(report: &SimulationReport) -> Value {
    let results: Vec<Value> = report
        .results
        .iter()
        .map(|r| {
            json!({
                "policy": r.policy.name(),
                "capacity": r.capacity,
                "hit_ratio": r.hit_ratio,
                "theory": r.theory,
                // JSON has no infinity: null when everything fits.
                "characteristic_time": r.characteristic_time,
                "static_optimum": r.static_optimum,
            })
        })
        .collect();
    json!({
        "requests": report.counted,
        "warmup": report.warmed_up,
        "keys": report.simulation.keys,
        "distribution": report.simulation.distribution.to_string(),
        "seed": report.simulation.seed,
        "seconds": report.seconds,
        "requests_per_second": report.requests_per_second,
        "results": results,
        "mrc": [],
        "interrupted": report.interrupted,
    })
}

fn draw(out: &mut dyn Write, style: &Style, report: &SimulationReport) -> io::Result<()> {
    let simulation = &report.simulation;
    writeln!(
        out,
        "{} over {}, {} after {} of warm-up, seed {}",
        simulation.distribution,
        units::counted(simulation.keys, "key", "keys"),
        units::counted(report.counted, "request", "requests"),
        units::count(report.warmed_up),
        simulation.seed,
    )?;
    if report.interrupted {
        writeln!(
            out,
            "{} after {} of {} requests: what follows is partial",
            style.error("interrupted"),
            units::count(report.warmed_up + report.counted),
            units::count(simulation.warmup + simulation.requests),
        )?;
    }
    writeln!(
        out,
        "{}",
        style.dim("virtual time: what would have hit, not how fast; theory is for a warm cache")
    )?;
    writeln!(out)?;
    writeln!(
        out,
        "{:<7}{:>11}{:>8}{:>11}{:>9}{:>11}{:>19}",
        "policy", "holds", "share", "hit ratio", "theory", "differ by", "T, requests"
    )?;
    for r in &report.results {
        writeln!(
            out,
            "{:<7}{:>11}{:>7.1}%{:>11}{:>9.4}{:>11}{:>19}",
            r.policy.name(),
            units::count(r.capacity),
            100.0 * r.capacity as f64 / simulation.keys as f64,
            if report.counted > 0 {
                style.accent(&format!("{:>11.4}", r.hit_ratio))
            } else {
                format!("{:>11}", "-")
            },
            r.theory,
            if report.counted > 0 {
                format!("{:+.4}", r.hit_ratio - r.theory)
            } else {
                "-".to_owned()
            },
            requests(r.characteristic_time),
        )?;
    }
    draw_notes(out, style, report)
}

fn draw_notes(out: &mut dyn Write, style: &Style, report: &SimulationReport) -> io::Result<()> {
    writeln!(out)?;
    let mut told = Vec::new();
    for r in &report.results {
        if !told.contains(&r.capacity) {
            told.push(r.capacity);
            writeln!(
                out,
                "limit    {:.4} if the {} were held for ever",
                r.static_optimum,
                units::counted(r.capacity, "most popular key", "most popular keys"),
            )?;
        }
    }
    for (kind, source) in [
        (PolicyKind::Lru, "Che et al. 2002"),
        (PolicyKind::Fifo, "Martina et al. 2014"),
    ] {
        if report.results.iter().any(|r| r.policy == kind) {
            let meaning = match kind {
                PolicyKind::Lru => "an object goes T requests after its last use",
                _ => "an object goes about T requests after it came",
            };
            writeln!(out, "{:<9}{meaning} ({source})", kind.name())?;
        }
    }
    let lru_times = report
        .results
        .iter()
        .filter(|r| r.policy == PolicyKind::Lru && r.characteristic_time.is_finite())
        .map(|r| r.characteristic_time);
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
    writeln!(
        out,
        "{}",
        style.dim(&format!(
            "speed    {:.1}M requests/s through the caches, drawing the requests not counted",
            report.requests_per_second / 1e6,
        ))
    )
}

/// Redis's LRU clock has a resolution of a second; below about five ticks an
/// object's age says little.
const COARSE_CLOCK_SECONDS: f64 = 5.0;

fn is_cold(result: &PolicyResult, report: &SimulationReport) -> bool {
    result.characteristic_time.is_finite()
        && result.characteristic_time > report.warmed_up as f64
        && report.counted > 0
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
            distribution: Distribution::Zipf { alpha: 0.99 },
            keys: 10_000,
            policies: vec![PolicyKind::Lru, PolicyKind::Fifo],
            capacities: vec!["1%".parse().unwrap(), "1000".parse().unwrap()],
            warmup,
            requests: 100_000,
            seed: 1,
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
