//! A sweep as an SVG file: hit ratios over the setting that is a number, a line
//! for each value of the others; bars where none is.

use std::io;

use super::head::title;
use super::table::shown;
use crate::lab::sweep::{Axis, Played, Point, Setting, SweepReport};
use crate::units;
use crate::view::line_chart::{Across, Bar, Chart, Foretold, Line, bars};
use crate::view::simulate::{curve_lines, ticks};
use crate::view::svg::file;

/// Writes the report as an SVG file.
///
/// # Errors
/// What writing to `out` met.
pub fn write_svg(out: &mut dyn io::Write, report: &SweepReport) -> io::Result<()> {
    let mut note = format!("{}; virtual time, seed {}", title(report), report.seed);
    if report.stopped.is_some() {
        note = format!("partial: it was stopped; {note}");
    }
    if !report.curve.is_empty() {
        return write_chart(out, &curve(report, note));
    }
    match numeric(report) {
        Some(at) => write_chart(out, &chart(report, at, note)),
        None => {
            let each = report.played().map(|(point, it)| Bar {
                name: match point.settings[..] {
                    [] => "hit ratio".to_owned(),
                    _ => named(point, None),
                },
                share: it.hit_ratio,
                expected: it.expected,
            });
            let title = "hit ratio";
            let (width, height, body) = bars(title, &note, &each.collect::<Vec<_>>());
            writeln!(out, "{}", file(width, height, title, &body))
        }
    }
}

fn write_chart(out: &mut dyn io::Write, chart: &Chart) -> io::Result<()> {
    let (width, height) = chart.size();
    writeln!(out, "{}", file(width, height, &chart.title, &chart.body()))
}

/// The setting that goes across: the one with the most numbers.
fn numeric(report: &SweepReport) -> Option<usize> {
    let is_numeric = |axis: &Axis| axis.iter().all(|it| it.number().is_some());
    let axes = report.axes.iter().enumerate();
    let found = axes.filter(|(_, axis)| is_numeric(axis));
    found.max_by_key(|(_, axis)| axis.len()).map(|(at, _)| at)
}

/// A combination's settings but one.
fn named(point: &Point, but: Option<usize>) -> String {
    let settings = point.settings.iter().enumerate();
    let told = settings.filter(|(at, _)| Some(*at) != but).map(|(_, it)| {
        if it.number().is_some() {
            format!("{} {it}", shown(*it))
        } else {
            it.to_string()
        }
    });
    told.collect::<Vec<_>>().join(", ")
}

fn place(setting: Setting, played: &Played) -> f64 {
    match setting {
        Setting::Capacity(_) => played.room as f64,
        other => other.number().unwrap_or_default(),
    }
}

fn chart(report: &SweepReport, at: usize, note: String) -> Chart {
    let mut lines: Vec<Line> = Vec::new();
    let mut foretold = Vec::new();
    let mut marks: Vec<(f64, String)> = Vec::new();
    for (point, played) in report.played() {
        let (setting, name) = (point.settings[at], named(point, Some(at)));
        let name = if name.is_empty() {
            "hit ratio".to_owned()
        } else {
            name
        };
        let x = place(setting, played);
        marks.push((x, setting.to_string()));
        if let Some(expected) = played.expected {
            foretold.push(Foretold {
                x,
                expected,
                found: played.hit_ratio,
                name: name.clone(),
            });
        }
        match lines.iter_mut().find(|it| it.name == name) {
            Some(line) => line.points.push((x, played.hit_ratio)),
            None => lines.push(Line {
                name,
                points: vec![(x, played.hit_ratio)],
                marks: true,
            }),
        }
    }
    for line in &mut lines {
        line.points.sort_by(|a, b| a.0.total_cmp(&b.0));
    }
    marks.sort_by(|a, b| a.0.total_cmp(&b.0));
    marks.dedup_by(|a, b| a.0 == b.0);
    let (least, most) = (marks.first(), marks.last());
    let spread = least
        .zip(most)
        .map_or(1.0, |(least, most)| most.0 / least.0);
    let name = shown(report.axes[at][0]);
    let is_logarithmic = spread >= 8.0 && spread.is_finite();
    Chart {
        title: format!("hit ratio by {name}"),
        note,
        across: Across {
            is_logarithmic,
            ticks: marks,
            name: if is_logarithmic {
                format!("{name}, at equal ratios")
            } else {
                name.to_owned()
            },
        },
        lines,
        foretold,
    }
}

/// Misses by size, with what was played as points.
fn curve(report: &SweepReport, note: String) -> Chart {
    let mut lines = curve_lines(&report.curve, &report.curve_theory);
    let mut foretold = Vec::new();
    for (point, it) in report.played() {
        let (x, found) = (it.room as f64, 1.0 - it.hit_ratio);
        let name = named(point, None);
        match it.expected {
            Some(expected) => foretold.push(Foretold {
                x,
                expected: 1.0 - expected,
                found,
                name,
            }),
            None => lines.push(Line {
                name: if name.is_empty() {
                    "found".to_owned()
                } else {
                    name
                },
                points: vec![(x, found)],
                marks: true,
            }),
        }
    }
    let points = report.curve.iter().map(|it| it.capacity as f64);
    Chart {
        title: "misses by the size of the cache".to_owned(),
        note,
        across: Across {
            is_logarithmic: true,
            ticks: ticks(points, units::count),
            name: "results held, at equal ratios".to_owned(),
        },
        lines,
        foretold,
    }
}
