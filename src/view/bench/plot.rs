//! The charts of a benchmark's page, as SVG: narrow enough for a phone, each
//! line named at its end or in a legend, told apart by dashes as by colour.

use std::time::Duration;

use maud::{Markup, html};

use crate::cache::stats::CostModel;
use crate::lab::report::ArmReport;
use crate::units;
use crate::view::svg;

const WIDTH: f64 = 460.0;
const HEIGHT: f64 = 280.0;
/// Room for the numbers of the axes.
const LEFT: f64 = 52.0;
const RIGHT: f64 = 14.0;
const TOP: f64 = 12.0;
const BOTTOM: f64 = 40.0;
/// Height of a line of the legend, and how many stand in it.
const LEGEND: f64 = 20.0;
const IN_A_LINE: usize = 2;

/// Keeps letters readable where they lie over lines.
const HALO: &str = "paint-order:stroke;stroke:var(--paper);stroke-width:4px";

/// How each series is dashed.
const DASHES: [&str; 5] = ["none", "7 3", "2 3", "9 3 2 3", "12 4"];

/// One line of a chart.
struct Series {
    name: String,
    /// 1 to 5: its colour and dashes.
    look: usize,
    points: Vec<(f64, f64)>,
}

/// An axis from one number to another.
struct Axis {
    from: f64,
    to: f64,
    is_logarithmic: bool,
    ticks: Vec<(f64, String)>,
}

impl Axis {
    /// From 0 to 1, as percentages.
    fn shares() -> Axis {
        let tick = |percent: u32| (f64::from(percent) / 100.0, format!("{percent}%"));
        Axis {
            from: 0.0,
            to: 1.0,
            is_logarithmic: false,
            ticks: [0, 25, 50, 75, 100].map(tick).to_vec(),
        }
    }

    /// Seconds, with a tick for each power of ten.
    fn time(from: f64, to: f64) -> Axis {
        let first = libm::ceil(libm::log10(from) - 1e-9) as i32;
        let last = libm::floor(libm::log10(to) + 1e-9) as i32;
        let every = ((last - first) / 5 + 1).max(1) as usize;
        let ticks = (first..=last).step_by(every).map(|power| {
            let seconds = libm::pow(10.0, f64::from(power));
            let time = Duration::try_from_secs_f64(seconds).unwrap_or_default();
            (seconds, units::milliseconds(time))
        });
        Axis {
            from,
            to,
            is_logarithmic: true,
            ticks: ticks.collect(),
        }
    }

    /// Where `x` is, from 0 to 1.
    fn place(&self, x: f64) -> f64 {
        let place = if self.is_logarithmic {
            libm::log(x.max(1e-12) / self.from) / libm::log(self.to / self.from)
        } else {
            (x - self.from) / (self.to - self.from)
        };
        place.clamp(0.0, 1.0)
    }
}

/// The share of the reads that were answered within a time.
pub(super) fn latencies(arms: &[ArmReport]) -> Markup {
    let measured = || arms.iter().enumerate().filter(|(_, arm)| arm.requests > 0);
    let from = measured()
        .map(|(_, arm)| arm.tally.min())
        .min()
        .unwrap_or_default();
    let to = measured()
        .map(|(_, arm)| arm.tally.quantile(0.9999))
        .max()
        .unwrap_or_default();
    let from = from.as_secs_f64().max(1e-9) * 0.9;
    let to = (to.as_secs_f64() * 1.1).max(from * 2.0);
    let series = measured().map(|(at, arm)| {
        let points = (0..=160).map(|i| {
            let time = from * libm::pow(to / from, f64::from(i) / 160.0);
            (time, arm.tally.share_within(Duration::from_secs_f64(time)))
        });
        Series {
            name: arm.arm.name().to_owned(),
            look: at + 1,
            points: points.collect(),
        }
    });
    let series: Vec<Series> = series.collect();
    let x = Axis::time(from, to);
    chart(
        "Share of the reads answered within a time",
        "time, ms",
        &x,
        &Axis::shares(),
        &series,
        None,
    )
}

/// Each cache's hit ratio from the first to the last read; `None` without one.
pub(super) fn hit_ratios(arms: &[ArmReport]) -> Option<Markup> {
    let mut series = Vec::new();
    for (at, arm) in arms.iter().enumerate() {
        let parts = &arm.tally.parts;
        let points: Vec<(f64, f64)> = parts
            .iter()
            .enumerate()
            .filter(|(_, part)| part.asked > 0)
            .map(|(i, part)| {
                let middle = (i as f64 + 0.5) / parts.len() as f64;
                (middle, part.hits as f64 / part.asked as f64)
            })
            .collect();
        if !points.is_empty() {
            series.push(Series {
                name: arm.arm.name().to_owned(),
                look: at + 1,
                points,
            });
        }
    }
    if series.is_empty() {
        return None;
    }
    let predicted = arms
        .iter()
        .find_map(|arm| arm.predicted)
        .map(|p| p.hit_ratio);
    let x = Axis {
        from: 0.0,
        to: 1.0,
        is_logarithmic: false,
        ticks: vec![(0.0, "first".to_owned()), (1.0, "last".to_owned())],
    };
    let mark = predicted.map(Mark::Height);
    Some(chart(
        "Hit ratio from the first to the last read",
        "reads",
        &x,
        &Axis::shares(),
        &series,
        mark,
    ))
}

/// What a read costs with and without the cache, over what the database takes;
/// `None` when nothing hit.
pub(super) fn cost(model: &CostModel) -> Option<Markup> {
    let break_even = model.break_even()?.as_secs_f64();
    let here = model.database.as_secs_f64();
    let from = break_even.min(here).max(1e-8) / 8.0;
    let to = break_even.max(here) * 8.0;
    let line = |name: &str, look, cost: &dyn Fn(f64) -> f64| Series {
        name: name.to_owned(),
        look,
        points: (0..=80)
            .map(|i| {
                let database = from * libm::pow(to / from, f64::from(i) / 80.0);
                (database, cost(database))
            })
            .collect(),
    };
    let through_cache = |database: f64| {
        let at = CostModel {
            database: Duration::from_secs_f64(database),
            ..*model
        };
        at.average().as_secs_f64()
    };
    let series = [
        line("without a cache", 1, &|database| database),
        line("with it", 2, &through_cache),
    ];
    let lowest = from.min(through_cache(from));
    let mark = Mark::Across {
        at: here,
        name: "this query",
        other: break_even,
        other_name: "break-even",
    };
    let (x, y) = (Axis::time(from, to), Axis::time(lowest, to));
    Some(chart(
        "Mean time of a read over the time that the database takes",
        "database, ms (upwards: the read, ms)",
        &x,
        &y,
        &series,
        Some(mark),
    ))
}

/// Something that a chart points at.
enum Mark {
    /// A height.
    Height(f64),
    /// Two places on the horizontal axis.
    Across {
        at: f64,
        name: &'static str,
        other: f64,
        other_name: &'static str,
    },
}

fn chart(
    title: &str,
    below: &str,
    x: &Axis,
    y: &Axis,
    series: &[Series],
    mark: Option<Mark>,
) -> Markup {
    let legend = series.len().div_ceil(IN_A_LINE) as f64 * LEGEND;
    let (bottom, right) = (HEIGHT - BOTTOM, WIDTH - RIGHT);
    let across = |value: f64| LEFT + x.place(value) * (right - LEFT);
    let up = |value: f64| bottom - y.place(value) * (bottom - TOP);
    let body = html! {
        @for (value, name) in &y.ticks {
            line class="line" x1=(LEFT) x2=(right) y1=(px(up(*value))) y2=(px(up(*value))) {}
            text class="dim" x=(LEFT - 6.0) y=(px(up(*value) + 4.0)) text-anchor="end" { (name) }
        }
        @for (i, (value, name)) in x.ticks.iter().enumerate() {
            @let at = across(*value);
            line class="line" x1=(px(at)) x2=(px(at)) y1=(px(bottom)) y2=(px(bottom + 4.0)) {}
            text class="dim" x=(px(at)) y=(px(bottom + 17.0))
                text-anchor=(anchor(at, right, i)) { (name) }
        }
        text class="dim" x=(px((LEFT + right) / 2.0)) y=(px(bottom + 33.0)) text-anchor="middle" { (below) }
        @match &mark {
            Some(Mark::Height(value)) => {
                line class="line" style="stroke:var(--ink)" stroke-dasharray="4 4"
                    x1=(LEFT) x2=(right) y1=(px(up(*value))) y2=(px(up(*value))) {}
                text class="ink" style=(HALO) x=(px(right)) y=(px(up(*value) - 24.0)) text-anchor="end" { "predicted" }
            }
            Some(Mark::Across { at, name, other, other_name }) => {
                // The upper name is that of the place further left.
                @for (place, value, name) in [(0.0, other, other_name), (1.0, at, name)] {
                    @let value = across(*value);
                    @let is_right = value > (LEFT + right) / 2.0;
                    line class="line" style="stroke:var(--ink)" stroke-dasharray="4 4"
                        x1=(px(value)) x2=(px(value)) y1=(TOP) y2=(px(bottom)) {}
                    text class="ink" style=(HALO) x=(px(value + if is_right { -5.0 } else { 5.0 }))
                        y=(px(TOP + 12.0 + place * 18.0))
                        text-anchor=(if is_right { "end" } else { "start" }) { (name) }
                }
            }
            None => {}
        }
        @for it in series {
            polyline class=(format!("side-{}", it.look)) fill="none" stroke-width="2"
                stroke-dasharray=(dashes(it.look)) points=(points(it, &across, &up)) {}
        }
        @for (i, it) in series.iter().enumerate() {
            @let column = (right - LEFT) / IN_A_LINE as f64;
            @let left = LEFT + (i % IN_A_LINE) as f64 * column;
            @let line = HEIGHT + (i / IN_A_LINE) as f64 * LEGEND + 10.0;
            line class=(format!("side-{}", it.look)) stroke-width="2"
                stroke-dasharray=(dashes(it.look))
                x1=(px(left)) x2=(px(left + 24.0)) y1=(px(line)) y2=(px(line)) {}
            text class="ink" x=(px(left + 30.0)) y=(px(line + 4.0)) { (it.name) }
        }
    };
    svg::figure(WIDTH, HEIGHT + legend, title, &body)
}

/// The name of the first and last tick stays inside the picture.
fn anchor(at: f64, right: f64, i: usize) -> &'static str {
    if at > right - 12.0 {
        "end"
    } else if i == 0 && at < LEFT + 4.0 {
        "start"
    } else {
        "middle"
    }
}

fn dashes(look: usize) -> &'static str {
    DASHES[(look - 1) % DASHES.len()]
}

fn points(series: &Series, across: &dyn Fn(f64) -> f64, up: &dyn Fn(f64) -> f64) -> String {
    let point = |(x, y): &(f64, f64)| format!("{},{}", px(across(*x)), px(up(*y)));
    series
        .points
        .iter()
        .map(point)
        .collect::<Vec<_>>()
        .join(" ")
}

/// A tenth of a pixel is enough.
fn px(value: f64) -> f64 {
    (value * 10.0).round() / 10.0
}
