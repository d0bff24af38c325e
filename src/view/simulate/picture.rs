//! A simulation as an SVG file: miss ratios over the sizes of the cache.

use std::io;

use maud::{Markup, html};

use crate::lab::simulate::{SimulationReport, Unit};
use crate::units;
use crate::view::svg::file;

/// All lengths are in pixels.
const WIDTH: f64 = 720.0;
const HEIGHT: f64 = 440.0;
const LEFT: f64 = 60.0;
const RIGHT: f64 = 150.0;
const TOP: f64 = 50.0;
const BOTTOM: f64 = 60.0;
/// The theme's colours; further series begin again, and differ by their names.
const SIDES: usize = 5;

/// A line with its name.
struct Series {
    name: String,
    points: Vec<(u64, f64)>,
    dashed: bool,
    dots: bool,
}

/// Writes the report as an SVG file: the curve if there is one, and each policy
/// at each size.
///
/// # Errors
/// What writing to `out` met.
pub fn write_svg(out: &mut dyn io::Write, report: &SimulationReport) -> io::Result<()> {
    let series = series(report);
    let capacities = || series.iter().flat_map(|it| &it.points).map(|it| it.0);
    let least = capacities().min().unwrap_or(1).max(1);
    let most = capacities().max().unwrap_or(1).max(least + 1);
    let span = libm::log(most as f64 / least as f64);
    let x = |capacity: u64| {
        let at = libm::log(capacity as f64 / least as f64) / span;
        LEFT + at * (WIDTH - LEFT - RIGHT)
    };
    let y = |misses: f64| TOP + (1.0 - misses) * (HEIGHT - TOP - BOTTOM);
    let holds = |capacity: u64| match report.simulation.unit {
        Unit::Objects => units::count(capacity),
        Unit::Bytes => units::bytes(capacity),
    };
    let title = match &report.simulation.trace {
        Some(trace) => format!("misses by the size of the cache, {}", trace.path.display()),
        None => format!(
            "misses by the size of the cache, {} over {}",
            report.simulation.distribution,
            units::counted(report.simulation.keys, "key", "keys"),
        ),
    };
    let body = html! {
        text class="ink bold" x=(LEFT) y="26" { (title) }
        @if report.stopped.is_some() {
            text class="dim" x=(LEFT) y="42" { "partial: it was stopped" }
        }
        @for tenths in (0..=10).step_by(2) {
            @let at = y(f64::from(tenths) / 10.0);
            line class="line" x1=(LEFT) x2=(WIDTH - RIGHT) y1=(at) y2=(at) {}
            text class="dim" x=(LEFT - 8.0) y=(at + 4.0) text-anchor="end" { (tenths * 10) "%" }
        }
        @for step in 0..=4 {
            @let ratio = f64::from(step) / 4.0;
            @let capacity = (least as f64 * libm::exp(span * ratio)).round() as u64;
            @let at = LEFT + ratio * (WIDTH - LEFT - RIGHT);
            text class="dim" x=(at) y=(HEIGHT - BOTTOM + 20.0) text-anchor="middle" {
                (holds(capacity))
            }
        }
        text class="dim" x=(LEFT) y=(HEIGHT - 14.0) {
            (report.simulation.unit.name()) " held, at equal ratios; "
            (units::counted(report.counted, "request", "requests"))
        }
        @for (n, it) in series.iter().enumerate() {
            (line(it, n, &x, &y))
            @let at = TOP + 12.0 + 20.0 * n as f64;
            line class={ "side-" (n % SIDES + 1) } stroke-width="2"
                stroke-dasharray=[it.dashed.then_some("5 4")]
                x1=(WIDTH - RIGHT + 12.0) x2=(WIDTH - RIGHT + 32.0) y1=(at - 4.0) y2=(at - 4.0) {}
            text class="ink" x=(WIDTH - RIGHT + 38.0) y=(at) { (it.name) }
        }
    };
    writeln!(out, "{}", file(WIDTH, HEIGHT, &title, &body))
}

fn line(
    series: &Series,
    number: usize,
    x: &impl Fn(u64) -> f64,
    y: &impl Fn(f64) -> f64,
) -> Markup {
    let class = format!("side-{}", number % SIDES + 1);
    let points: Vec<String> = series
        .points
        .iter()
        .map(|(capacity, misses)| format!("{:.1},{:.1}", x(*capacity), y(*misses)))
        .collect();
    html! {
        polyline class=(class) fill="none" stroke-width="2"
            stroke-dasharray=[series.dashed.then_some("5 4")] points=(points.join(" ")) {}
        @if series.dots {
            @for (capacity, misses) in &series.points {
                circle class={ (class) " filled" } r="4"
                    cx=(format!("{:.1}", x(*capacity))) cy=(format!("{:.1}", y(*misses))) {
                    title { (series.name) ", " (units::count(*capacity)) ": " (format!("{misses:.4}")) }
                }
            }
        }
    }
}

fn series(report: &SimulationReport) -> Vec<Series> {
    let mut all = Vec::new();
    if !report.curve.is_empty() {
        let points = report.curve.iter();
        all.push(Series {
            name: "lru, all sizes".to_owned(),
            points: points.map(|it| (it.capacity, 1.0 - it.hit_ratio)).collect(),
            dashed: false,
            dots: false,
        });
    }
    if !report.curve_theory.is_empty() {
        let points = report.curve.iter().zip(&report.curve_theory);
        all.push(Series {
            name: "expected (Che)".to_owned(),
            points: points.map(|(it, hits)| (it.capacity, 1.0 - hits)).collect(),
            dashed: true,
            dots: false,
        });
    }
    for result in &report.results {
        let name = match result.ttl {
            Some(ttl) => format!("{} {}", result.policy, super::lifetime(ttl)),
            None => result.policy.to_string(),
        };
        let point = (result.capacity, 1.0 - result.hit_ratio);
        match all.iter_mut().find(|it| it.dots && it.name == name) {
            Some(series) => series.points.push(point),
            None => all.push(Series {
                name,
                points: vec![point],
                dashed: false,
                dots: true,
            }),
        }
    }
    for series in &mut all {
        series.points.sort_by_key(|it| it.0);
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cache::policy::PolicyKind;
    use crate::clock::Clock;
    use crate::interrupt::Interrupt;
    use crate::lab::keys::Distribution;
    use crate::lab::simulate::{Curve, Simulation, simulate};
    use crate::progress;

    #[test]
    fn the_picture_is_well_formed_and_names_each_line() {
        let simulation = Simulation {
            policies: vec![PolicyKind::Lru, PolicyKind::Sieve, PolicyKind::Opt],
            capacities: vec!["1%".parse().unwrap(), "10%".parse().unwrap()],
            curve: Some(Curve::Exact),
            warmup: 1_000,
            requests: 10_000,
            ..Simulation::of(Distribution::Zipf { alpha: 0.99 }, 1_000)
        };
        let (clock, interrupt) = (Clock::virtual_at(0), Interrupt::new());
        let report = simulate(&simulation, &clock, &interrupt, &mut progress::ignore).unwrap();
        let mut out = Vec::new();
        write_svg(&mut out, &report).unwrap();
        let text = String::from_utf8(out).unwrap();
        let document = roxmltree::Document::parse(&text).unwrap();
        let texts: Vec<&str> = document.descendants().filter_map(|it| it.text()).collect();
        for name in ["lru, all sizes", "expected (Che)", "lru", "sieve", "opt"] {
            assert!(texts.contains(&name), "{name}: {texts:?}");
        }
        let lines = document
            .descendants()
            .filter(|it| it.has_tag_name("polyline"));
        assert_eq!(lines.count(), 5);
    }
}
