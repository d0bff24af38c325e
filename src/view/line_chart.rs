//! Lines over one another as SVG: told apart by dashes as by colour, named in a
//! legend below, narrow enough for a page.

use maud::{Markup, html};

use crate::view::prose::wrapped;

/// All lengths are in pixels.
const WIDTH: f64 = 640.0;
const HEIGHT: f64 = 400.0;
const LEFT: f64 = 60.0;
const RIGHT: f64 = 24.0;
const TOP: f64 = 74.0;
const BOTTOM: f64 = 60.0;
/// A line of the legend, and how many names stand in it.
const LEGEND: f64 = 20.0;
const IN_A_LINE: usize = 3;
/// Letters in a line below the title.
const NOTE: usize = 84;
/// The theme's colours; further lines begin again, with other dashes.
const COLOURS: usize = 5;
const DASHES: [&str; 6] = ["none", "7 3", "2 3", "9 3 2 3", "12 4", "4 2 4 6"];

/// One line.
pub(super) struct Line {
    pub(super) name: String,
    /// From left to right.
    pub(super) points: Vec<(f64, f64)>,
    /// Whether each point is marked, with what is said of it.
    pub(super) marks: bool,
}

/// A place that was foretold, and what came.
pub(super) struct Foretold {
    pub(super) x: f64,
    pub(super) expected: f64,
    pub(super) found: f64,
    pub(super) name: String,
}

/// The horizontal axis.
pub(super) struct Across {
    pub(super) is_logarithmic: bool,
    pub(super) ticks: Vec<(f64, String)>,
    pub(super) name: String,
}

/// A chart of shares, 0 to 1.
pub(super) struct Chart {
    pub(super) title: String,
    /// Smaller, below the title; two lines of it.
    pub(super) note: String,
    pub(super) across: Across,
    pub(super) lines: Vec<Line>,
    pub(super) foretold: Vec<Foretold>,
}

impl Chart {
    /// The width and height of the picture.
    pub(super) fn size(&self) -> (f64, f64) {
        let names = self.lines.len() + usize::from(!self.foretold.is_empty());
        (
            WIDTH,
            HEIGHT + names.div_ceil(IN_A_LINE) as f64 * LEGEND + 8.0,
        )
    }

    /// What is in the picture.
    pub(super) fn body(&self) -> Markup {
        let (right, bottom) = (WIDTH - RIGHT, HEIGHT - BOTTOM);
        let (from, to) = self.ends();
        let place = |x: f64| {
            let at = if self.across.is_logarithmic {
                libm::log(x / from) / libm::log(to / from)
            } else {
                (x - from) / (to - from)
            };
            px(LEFT + at.clamp(0.0, 1.0) * (right - LEFT))
        };
        let up = |share: f64| px(bottom - share.clamp(0.0, 1.0) * (bottom - TOP));
        html! {
            text class="ink bold" x=(LEFT) y="24" { (self.title) }
            (notes(LEFT, &self.note))
            @for fifth in 0..=5 {
                @let share = f64::from(fifth) / 5.0;
                line class="line" x1=(LEFT) x2=(right) y1=(up(share)) y2=(up(share)) {}
                text class="dim" x=(LEFT - 8.0) y=(up(share) + 4.0) text-anchor="end" { (fifth * 20) "%" }
            }
            @for (x, name) in &self.across.ticks {
                @let at = place(*x);
                line class="line" x1=(at) x2=(at) y1=(bottom) y2=(bottom + 4.0) {}
                text class="dim" x=(at) y=(bottom + 18.0)
                    text-anchor=(if at > right - 20.0 { "end" } else { "middle" }) { (name) }
            }
            text class="dim" x=(px((LEFT + right) / 2.0)) y=(bottom + 38.0) text-anchor="middle" { (self.across.name) }
            @for (n, it) in self.lines.iter().enumerate() {
                @let points: Vec<String> = it.points.iter().map(|(x, y)| format!("{},{}", place(*x), up(*y))).collect();
                polyline class=(colour(n)) fill="none" stroke-width="2" stroke-dasharray=(dashes(n))
                    points=(points.join(" ")) {}
                @if it.marks {
                    @for (x, y) in &it.points {
                        circle class={ (colour(n)) " filled" } r="3.5" cx=(place(*x)) cy=(up(*y)) {
                            title { (it.name) ": " (format!("{y:.4}")) }
                        }
                    }
                }
            }
            @for it in &self.foretold {
                circle class="accent" r="4" cx=(place(it.x)) cy=(up(it.found)) {
                    title { (it.name) ", found: " (format!("{:.4}", it.found)) }
                }
                circle class="line" style="stroke:var(--ink)" stroke-width="1.5" r="7.5"
                    cx=(place(it.x)) cy=(up(it.expected)) {
                    title { (it.name) ", predicted: " (format!("{:.4}", it.expected)) }
                }
            }
            @for (n, name) in self.names().enumerate() {
                @let column = (right - LEFT) / IN_A_LINE as f64;
                @let x = LEFT + (n % IN_A_LINE) as f64 * column;
                @let y = HEIGHT + (n / IN_A_LINE) as f64 * LEGEND + 4.0;
                @if n < self.lines.len() {
                    line class=(colour(n)) stroke-width="2" stroke-dasharray=(dashes(n))
                        x1=(px(x)) x2=(px(x + 26.0)) y1=(y) y2=(y) {}
                } @else {
                    circle class="accent" r="4" cx=(px(x + 13.0)) cy=(y) {}
                    circle class="line" style="stroke:var(--ink)" stroke-width="1.5" r="7.5" cx=(px(x + 13.0)) cy=(y) {}
                }
                text class="ink" x=(px(x + 32.0)) y=(y + 4.0) { (name) }
            }
        }
    }

    fn names(&self) -> impl Iterator<Item = &str> {
        let foretold = (!self.foretold.is_empty()).then_some("found; ring: predicted");
        self.lines.iter().map(|it| it.name.as_str()).chain(foretold)
    }

    fn ends(&self) -> (f64, f64) {
        let lines = self.lines.iter().flat_map(|it| &it.points).map(|it| it.0);
        let all = || lines.clone().chain(self.foretold.iter().map(|it| it.x));
        let from = all().fold(f64::INFINITY, f64::min);
        let to = all().fold(f64::NEG_INFINITY, f64::max);
        match (from < to, self.across.is_logarithmic) {
            (true, _) => (from, to),
            // One place, in the middle.
            (false, true) => (from.max(1e-9) / 2.0, from.max(1e-9) * 2.0),
            (false, false) => (from - 0.5, from + 0.5),
        }
    }
}

/// Two lines below the title.
fn notes(x: f64, note: &str) -> Markup {
    html! {
        @for (n, line) in wrapped(note, NOTE, 0).iter().take(2).enumerate() {
            text class="dim" x=(x) y=(42.0 + 17.0 * n as f64) { (line) }
        }
    }
}

fn colour(n: usize) -> String {
    format!("side-{}", n % COLOURS + 1)
}

fn dashes(n: usize) -> &'static str {
    DASHES[n % DASHES.len()]
}

/// A tenth of a pixel is enough.
fn px(value: f64) -> f64 {
    (value * 10.0).round() / 10.0
}

/// A bar with its name.
pub(super) struct Bar {
    pub(super) name: String,
    /// 0 to 1.
    pub(super) share: f64,
    /// What theory expects.
    pub(super) expected: Option<f64>,
}

/// Height of a bar with its distance to the next.
const BAR: f64 = 28.0;
/// Room for their names.
const NAMES: f64 = 190.0;

/// Bars below one another, for what is no number: policies, for instance.
pub(super) fn bars(title: &str, note: &str, bars: &[Bar]) -> (f64, f64, Markup) {
    let height = TOP + bars.len() as f64 * BAR + 44.0;
    let across = |share: f64| px(share.clamp(0.0, 1.0) * (WIDTH - NAMES - 70.0));
    let has_theory = bars.iter().any(|it| it.expected.is_some());
    let body = html! {
        text class="ink bold" x="16" y="24" { (title) }
        (notes(16.0, note))
        @for (n, it) in bars.iter().enumerate() {
            @let y = TOP + n as f64 * BAR;
            text class="ink" x=(NAMES - 8.0) y=(y + 15.0) text-anchor="end" { (it.name) }
            rect class="side-1 filled" x=(NAMES) y=(y + 2.0) width=(across(it.share)) height="18" {}
            text class="ink" x=(NAMES + across(it.share.max(it.expected.unwrap_or_default())) + 8.0) y=(y + 15.0) { (format!("{:.4}", it.share)) }
            @if let Some(expected) = it.expected {
                line class="line" style="stroke:var(--ink)" stroke-width="2"
                    x1=(NAMES + across(expected)) x2=(NAMES + across(expected)) y1=(y - 1.0) y2=(y + 23.0) {
                    title { "predicted " (format!("{expected:.4}")) }
                }
            }
        }
        @if has_theory {
            text class="dim" x=(NAMES) y=(height - 14.0) { "hit ratio; the line is what theory predicts" }
        } @else {
            text class="dim" x=(NAMES) y=(height - 14.0) { "hit ratio" }
        }
    };
    (WIDTH, height, body)
}
