//! The frame of a benchmark's charts: axes, lines, legend, and what they point
//! at. Narrow enough for a phone; lines are told apart by dashes as by colour.

use std::time::Duration;

use maud::{Markup, html};

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

/// What a name beside a line or a point takes.
const ROOM: f64 = 90.0;

/// Around a chart that is a file of its own, and above it, for its title.
const MARGIN: f64 = 16.0;
const HEADING: f64 = 28.0;

/// A chart, ready for a page or a file.
pub(super) struct Chart {
    /// The name of its file, without `.svg`.
    pub(super) name: &'static str,
    title: &'static str,
    height: f64,
    body: Markup,
}

/// One line of a chart.
pub(super) struct Series {
    pub(super) name: String,
    /// 1 to 5: its colour and dashes.
    pub(super) look: usize,
    pub(super) points: Vec<(f64, f64)>,
}

/// An axis from one number to another.
pub(super) struct Axis {
    pub(super) from: f64,
    pub(super) to: f64,
    pub(super) is_logarithmic: bool,
    pub(super) ticks: Vec<(f64, String)>,
}

impl Axis {
    /// From 0 to 1, as percentages.
    pub(super) fn shares() -> Axis {
        let tick = |percent: u32| (f64::from(percent) / 100.0, format!("{percent}%"));
        Axis {
            from: 0.0,
            to: 1.0,
            is_logarithmic: false,
            ticks: [0, 25, 50, 75, 100].map(tick).to_vec(),
        }
    }

    /// Seconds, with a tick for each power of ten.
    pub(super) fn time(from: f64, to: f64) -> Axis {
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

    /// Sizes from 1 to `most`, with a tick for each power of ten.
    pub(super) fn sizes(most: f64) -> Axis {
        let powers = (0..).map(|power| libm::pow(10.0, f64::from(power)));
        let ticks = powers.take_while(|size| *size <= most);
        Axis {
            from: 1.0,
            to: most.max(2.0),
            is_logarithmic: true,
            ticks: ticks
                .map(|size| (size, units::count(size as u64)))
                .collect(),
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

/// Something that a chart points at.
pub(super) enum Mark {
    /// A height.
    Height(f64),
    /// Named points, told apart by their shapes.
    Points(Vec<(f64, f64, &'static str)>),
    /// Two places on the horizontal axis.
    Across {
        at: f64,
        name: &'static str,
        other: f64,
        other_name: &'static str,
    },
}

impl Chart {
    /// As a part of a page.
    pub(super) fn figure(&self) -> Markup {
        svg::figure(WIDTH, self.height, self.title, &self.body)
    }

    /// As a file of its own, with room around it.
    pub(super) fn file(&self) -> String {
        let body = html! {
            text class="ink bold" x=(MARGIN) y=(MARGIN + 13.0) { (self.title) }
            g transform=(format!("translate({MARGIN} {})", MARGIN + HEADING)) { (self.body) }
        };
        let height = self.height + HEADING + 2.0 * MARGIN;
        svg::file(WIDTH + 2.0 * MARGIN, height, self.title, &body)
    }
}

/// Draws series on two axes. `name` is that of its file, without `.svg`.
pub(super) fn chart(
    name: &'static str,
    title: &'static str,
    below: &str,
    axes: [&Axis; 2],
    series: &[Series],
    mark: Option<Mark>,
) -> Chart {
    let [x, y] = axes;
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
            // Drawn over the lines, below.
            Some(Mark::Points(_)) | None => {}
            Some(Mark::Across { at, name, other, other_name }) => {
                // Each name stands on the outer side of its line, if there is room.
                @for (place, value, beside, name) in [(0.0, other, at, other_name), (1.0, at, other, name)] {
                    @let (value, beside) = (across(*value), across(*beside));
                    @let is_left = if value < beside { value > LEFT + ROOM } else { value > right - ROOM };
                    line class="line" style="stroke:var(--ink)" stroke-dasharray="4 4"
                        x1=(px(value)) x2=(px(value)) y1=(TOP) y2=(px(bottom)) {}
                    text class="ink" style=(HALO) x=(px(value + if is_left { -5.0 } else { 5.0 }))
                        y=(px(TOP + 12.0 + place * 18.0))
                        text-anchor=(if is_left { "end" } else { "start" }) { (name) }
                }
            }
        }
        @for it in series {
            polyline class=(format!("side-{}", it.look)) fill="none" stroke-width="2"
                stroke-dasharray=(dashes(it.look)) points=(points(it, &across, &up)) {}
        }
        @if let Some(Mark::Points(named)) = &mark {
            @for (i, (value, height, name)) in named.iter().enumerate() {
                @let (at, level) = (across(*value), up(*height));
                @if i == 0 {
                    circle class="ink" cx=(px(at)) cy=(px(level)) r="5" {}
                } @else {
                    path class="line" style="stroke:var(--ink);stroke-width:2px" d=(cross(at, level)) {}
                }
                // A curve of misses falls, so there is room above it and below.
                @let is_upper = named.iter().enumerate().all(|(n, other)| other.1 < *height || (other.1 == *height && n >= i));
                @let is_right = at > right - ROOM;
                text class="ink" style=(HALO) x=(px(at + if is_right { -10.0 } else { 10.0 }))
                    y=(px(level + if is_upper { -6.0 } else { 18.0 }))
                    text-anchor=(if is_right { "end" } else { "start" }) { (name) }
            }
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
    Chart {
        name,
        title,
        height: HEIGHT + legend,
        body,
    }
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

/// An upright cross.
fn cross(x: f64, y: f64) -> String {
    const ARM: f64 = 8.0;
    let (left, right, top, bottom) = (x - ARM, x + ARM, y - ARM, y + ARM);
    let (x, y, left, right) = (px(x), px(y), px(left), px(right));
    format!("M{left} {y}H{right}M{x} {}V{}", px(top), px(bottom))
}

/// A tenth of a pixel is enough.
fn px(value: f64) -> f64 {
    (value * 10.0).round() / 10.0
}
