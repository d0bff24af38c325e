//! A simulation as an SVG file: miss ratios over the sizes of the cache, or
//! the hit ratios of policies at one size.

use std::io;

use crate::lab::simulate::{SimulationReport, Unit};
use crate::units;
use crate::view::line_chart::{Across, Bar, Chart, Foretold, Line, bars};
use crate::view::svg::file;

/// Writes the report as an SVG file: the curve if there is one, with each
/// policy at each size.
///
/// # Errors
/// What writing to `out` met.
pub fn write_svg(out: &mut dyn io::Write, report: &SimulationReport) -> io::Result<()> {
    let note = note(report);
    if let Some(bars_of) = one_size(report) {
        let title = format!("hits at one size, {}", asked(report));
        let (width, height, body) = bars(&title, &note, &bars_of);
        return writeln!(out, "{}", file(width, height, &title, &body));
    }
    let lines = lines(report);
    let points = lines.iter().flat_map(|it| &it.points).map(|it| it.0);
    let chart = Chart {
        title: format!("misses by the size of the cache, {}", asked(report)),
        note,
        across: Across {
            is_logarithmic: true,
            ticks: ticks(points.clone(), |capacity| match report.simulation.unit {
                Unit::Objects => units::count(capacity),
                Unit::Bytes => units::bytes(capacity),
            }),
            name: format!("{} held, at equal ratios", report.simulation.unit.name()),
        },
        foretold: foretold(report),
        lines,
    };
    let (width, height) = chart.size();
    writeln!(out, "{}", file(width, height, &chart.title, &chart.body()))
}

/// Five places from the smallest to the largest, at equal ratios.
pub(in crate::view) fn ticks(
    points: impl Iterator<Item = f64> + Clone,
    told: impl Fn(u64) -> String,
) -> Vec<(f64, String)> {
    let least = points.clone().fold(f64::INFINITY, f64::min).max(1.0);
    let most = points.fold(1.0, f64::max).max(least);
    let mut ticks: Vec<(f64, String)> = (0..=4)
        .map(|step| {
            let capacity = least * libm::pow(most / least, f64::from(step) / 4.0);
            (capacity, told(capacity.round() as u64))
        })
        .collect();
    ticks.dedup_by(|a, b| a.1 == b.1);
    ticks
}

fn asked(report: &SimulationReport) -> String {
    match &report.simulation.trace {
        Some(trace) => {
            let name = trace.path.file_name().unwrap_or(trace.path.as_os_str());
            name.to_string_lossy().into_owned()
        }
        None => format!(
            "{} over {}",
            report.simulation.distribution,
            units::counted(report.simulation.keys, "key", "keys"),
        ),
    }
}

fn note(report: &SimulationReport) -> String {
    let partial = if report.stopped.is_some() {
        "partial: it was stopped; "
    } else {
        ""
    };
    let requests = units::counted(report.counted, "request", "requests");
    format!("{partial}{requests}, seed {}", report.simulation.seed)
}

/// Policies at one size: a line would be a point.
fn one_size(report: &SimulationReport) -> Option<Vec<Bar>> {
    let first = report.results.first()?;
    let same = report
        .results
        .iter()
        .all(|it| it.capacity == first.capacity);
    (same && report.curve.is_empty()).then(|| {
        let each = report.results.iter().map(|it| Bar {
            name: name(it),
            share: it.hit_ratio,
            expected: it.theory,
        });
        each.collect()
    })
}

fn name(result: &crate::lab::simulate::PolicyResult) -> String {
    match result.ttl {
        Some(ttl) => format!("{} {}", result.policy, super::lifetime(ttl)),
        None => result.policy.to_string(),
    }
}

fn foretold(report: &SimulationReport) -> Vec<Foretold> {
    let of = report.results.iter().filter_map(|it| {
        Some(Foretold {
            x: it.capacity as f64,
            expected: 1.0 - it.theory?,
            found: 1.0 - it.hit_ratio,
            name: format!("{}, {}", name(it), units::count(it.capacity)),
        })
    });
    of.collect()
}

fn lines(report: &SimulationReport) -> Vec<Line> {
    let mut all = curve_lines(&report.curve, &report.curve_theory);
    for result in &report.results {
        let name = name(result);
        let point = (result.capacity as f64, 1.0 - result.hit_ratio);
        match all.iter_mut().find(|it| it.marks && it.name == name) {
            Some(line) => line.points.push(point),
            None => all.push(Line {
                name,
                points: vec![point],
                marks: true,
            }),
        }
    }
    for line in &mut all {
        line.points.sort_by(|a, b| a.0.total_cmp(&b.0));
    }
    all
}

/// LRU at all sizes, and what theory says of it.
pub(in crate::view) fn curve_lines(
    curve: &[crate::lab::simulate::CurvePoint],
    expected_hits: &[f64],
) -> Vec<Line> {
    let mut all = Vec::new();
    if !curve.is_empty() {
        let points = curve.iter();
        all.push(Line {
            name: "lru, all sizes".to_owned(),
            points: points
                .map(|it| (it.capacity as f64, 1.0 - it.hit_ratio))
                .collect(),
            marks: false,
        });
    }
    if !expected_hits.is_empty() {
        let points = curve.iter().zip(expected_hits);
        all.push(Line {
            name: "predicted (Che)".to_owned(),
            points: points
                .map(|(it, hits)| (it.capacity as f64, 1.0 - hits))
                .collect(),
            marks: false,
        });
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

    fn drawn(change: impl FnOnce(&mut Simulation)) -> String {
        let mut simulation = Simulation {
            policies: vec![PolicyKind::Lru, PolicyKind::Sieve, PolicyKind::Opt],
            capacities: vec!["1%".parse().unwrap(), "10%".parse().unwrap()],
            curve: Some(Curve::Exact),
            warmup: 1_000,
            requests: 10_000,
            ..Simulation::of(Distribution::Zipf { alpha: 0.99 }, 1_000)
        };
        change(&mut simulation);
        let (clock, interrupt) = (Clock::virtual_at(0), Interrupt::new());
        let report = simulate(&simulation, &clock, &interrupt, &mut progress::ignore).unwrap();
        let mut out = Vec::new();
        write_svg(&mut out, &report).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn the_picture_is_well_formed_and_names_each_line() {
        let text = drawn(|_| ());
        let document = roxmltree::Document::parse(&text).unwrap();
        let texts: Vec<&str> = document.descendants().filter_map(|it| it.text()).collect();
        for name in ["lru, all sizes", "predicted (Che)", "lru", "sieve", "opt"] {
            assert!(texts.contains(&name), "{name}: {texts:?}");
        }
        let lines = document
            .descendants()
            .filter(|it| it.has_tag_name("polyline"));
        assert_eq!(lines.count(), 5);
        // The two sizes of lru, foretold.
        let rings = document.descendants().filter(|it| {
            it.has_tag_name("title") && it.text().is_some_and(|it| it.contains("predicted: "))
        });
        assert_eq!(rings.count(), 2);
    }

    #[test]
    fn policies_at_one_size_are_bars() {
        let text = drawn(|it| {
            it.curve = None;
            it.capacities.truncate(1);
        });
        let document = roxmltree::Document::parse(&text).unwrap();
        let bars = document
            .descendants()
            .filter(|it| it.attribute("class") == Some("side-1 filled"));
        assert_eq!(bars.count(), 3);
    }
}
