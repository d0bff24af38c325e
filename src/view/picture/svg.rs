//! A plan as an SVG file: the statement, then one row a step with a bar for
//! its share of the rows visited.

use std::io;

use maud::{Markup, html};

use super::fit::{statement, wrapped};
use super::step::{Step, steps, totals};
use crate::plan::Explanation;
use crate::view::svg::{MONO_WIDTH, file};

/// Writes `plan` as an SVG file.
///
/// # Errors
/// What writing to `out` met.
pub fn write(out: &mut dyn io::Write, plan: &Explanation) -> io::Result<()> {
    let picture = Drawing::of(plan);
    let text = file(WIDTH, picture.height, "the plan of a query", &picture.body);
    writeln!(out, "{text}")
}

/// All lengths are in pixels.
const WIDTH: f64 = 680.0;
const MARGIN: f64 = 20.0;
const LINE: f64 = 18.0;
/// From one step to the next, besides its lines.
const GAP: f64 = 12.0;
const INDENT: f64 = 22.0;
/// The indent stops growing here, so that a deep tree leaves room for words;
/// what is deeper says its level.
const DEEPEST: usize = 12;
const BAR: f64 = 130.0;
/// Room for `100%` beside a bar.
const PERCENT: f64 = 44.0;
const SQL_LINES: usize = 6;

struct Drawing {
    height: f64,
    body: Markup,
}

/// A step with its place.
struct Placed {
    step: Step,
    label: Vec<String>,
    figures: Vec<String>,
    x: f64,
    /// Top of the row.
    y: f64,
    height: f64,
}

impl Drawing {
    fn of(plan: &Explanation) -> Drawing {
        let sql = wrapped(
            &statement(&plan.sql),
            columns(WIDTH - 2.0 * MARGIN),
            SQL_LINES,
        );
        let top = MARGIN + LINE * sql.len() as f64 + GAP * 1.5;
        let (rows, bottom) = placed(steps(plan), top);
        let measured = rows.iter().any(|row| row.step.share.is_some());
        let totals = totals(plan);
        let mut notes: Vec<String> = Vec::new();
        notes.extend(totals);
        if measured {
            notes.push("bars: share of the rows visited".to_owned());
        }
        if rows.is_empty() {
            notes.push("No table is searched, so there is nothing to plan.".to_owned());
        }
        let notes: Vec<String> = notes
            .iter()
            .flat_map(|note| wrapped(note, columns(WIDTH - 2.0 * MARGIN), 2))
            .collect();
        let height = bottom + GAP + LINE * notes.len() as f64 + MARGIN - 6.0;
        let body = html! {
            @for (at, line) in sql.iter().enumerate() {
                (text(MARGIN, MARGIN + LINE * at as f64 + 12.0, "ink mono", line))
            }
            (branches(&rows))
            @for row in &rows { (row.draw()) }
            @for (at, note) in notes.iter().enumerate() {
                (text(MARGIN, bottom + GAP + LINE * at as f64 + 12.0, "dim mono", note))
            }
        };
        Drawing { height, body }
    }
}

fn placed(steps: Vec<Step>, top: f64) -> (Vec<Placed>, f64) {
    let mut y = top;
    let mut rows = Vec::new();
    for step in steps {
        let x = MARGIN + INDENT * step.depth.min(DEEPEST) as f64;
        let right = if step.share.is_some() {
            WIDTH - MARGIN - BAR - PERCENT - 16.0
        } else {
            WIDTH - MARGIN
        };
        let room = columns(right - x);
        let label = match step.depth {
            depth if depth > DEEPEST => format!("level {}: {}", depth + 1, step.label),
            _ => step.label.clone(),
        };
        let label = wrapped(&label, room, 3);
        let figures = match step.figures.as_str() {
            "" => Vec::new(),
            figures => wrapped(figures, room, 2),
        };
        let height = LINE * (label.len() + figures.len()) as f64;
        rows.push(Placed {
            step,
            label,
            figures,
            x,
            y,
            height,
        });
        y += height + GAP;
    }
    (rows, y)
}

impl Placed {
    fn draw(&self) -> Markup {
        let below = self.y + LINE * self.label.len() as f64;
        html! {
            g {
                @for (at, line) in self.label.iter().enumerate() {
                    (text(self.x, self.y + LINE * at as f64 + 12.0, "ink mono bold", line))
                }
                @for (at, line) in self.figures.iter().enumerate() {
                    (text(self.x, below + LINE * at as f64 + 12.0, "dim mono", line))
                }
                @if let (Some(share), Some(percent)) = (self.step.share, self.step.percent()) {
                    @let left = WIDTH - MARGIN - PERCENT - BAR;
                    rect class="box" x=(left) y=(self.y + 2.0) width=(BAR) height="12" {}
                    rect class="accent" x=(left) y=(self.y + 2.0)
                        width=(px(BAR * share.clamp(0.0, 1.0))) height="12" {}
                    text class="ink mono" x=(WIDTH - MARGIN) y=(self.y + 13.0)
                        text-anchor="end" { (percent) }
                }
            }
        }
    }
}

/// The lines from each step to the one it hangs from.
fn branches(rows: &[Placed]) -> Markup {
    html! {
        @for (at, row) in rows.iter().enumerate() {
            @if let Some(parent) = rows[..at].iter().rev().find(|it| it.x < row.x) {
                @let x = parent.x + 7.0;
                path class="line" d=(format!(
                    "M{} {} V{} H{}",
                    px(x),
                    px(parent.y + parent.height + 2.0),
                    px(row.y + 8.0),
                    px(row.x - 5.0),
                )) {}
            }
        }
    }
}

fn text(x: f64, y: f64, class: &str, line: &str) -> Markup {
    html! { text class=(class) x=(px(x)) y=(px(y)) { (line) } }
}

/// Columns of the `mono` class that `width` pixels hold.
fn columns(width: f64) -> usize {
    (width / MONO_WIDTH).floor().max(0.0) as usize
}

/// A length with at most one digit after the point.
fn px(length: f64) -> f64 {
    (length * 10.0).round() / 10.0
}
