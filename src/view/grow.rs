//! How a query grows with its data: one small chart a figure, without and with
//! an index beside each other.

use std::io::{self, Write};
use std::time::Duration;

use super::plan::{bar_of, cut};
use super::{Style, cell, prose, sanitize};
use crate::dataset::Scale;
use crate::plan::Explanation;
use crate::plan::growth::Point;
use crate::units::{count, duration, times};

/// A query at several scales.
pub struct Curve {
    /// The dataset.
    pub dataset: String,
    /// The indexes that it was measured with.
    pub ddl: Vec<String>,
    /// From the smallest scale up.
    pub points: Vec<Measured>,
    /// Whether the largest scale was not asked for.
    pub left_out: bool,
}

/// One scale.
pub struct Measured {
    /// Which.
    pub scale: Scale,
    /// Rows of all tables.
    pub rows: u64,
    /// What was measured, or why nothing was.
    pub point: Result<Point, String>,
}

/// Draws it.
///
/// # Errors
/// What writing to `out` met.
pub fn write(out: &mut dyn Write, style: &Style, it: &Curve) -> io::Result<()> {
    if let Some(sql) = it
        .points
        .iter()
        .find_map(|it| Some(&it.point.as_ref().ok()?.without.sql))
    {
        let sql = sql.split_whitespace().collect::<Vec<_>>().join(" ");
        writeln!(
            out,
            "{}",
            cut(style, &sanitize::one_line(&sql), style.width)
        )?;
    }
    match it.ddl.as_slice() {
        [] => writeln!(
            out,
            "{}",
            style.dim("no index of yours, and none is proposed")
        )?,
        all => {
            for ddl in all {
                let ddl = ddl.split_whitespace().collect::<Vec<_>>().join(" ");
                let text = format!("with  {}", sanitize::one_line(&ddl));
                writeln!(out, "{}", cut(style, &text, style.width))?;
            }
        }
    }
    let charts = [
        (
            "rows visited",
            Figure::of(it, |plan| Some(plan.visited_rows()? as f64), whole),
        ),
        (
            "page fetches",
            Figure::of(it, |plan| Some(plan.counters?.page_fetches as f64), whole),
        ),
        (
            "time, median",
            Figure::of(it, |plan| Some(plan.elapsed?.median.as_secs_f64()), seconds),
        ),
    ];
    for (name, chart) in charts {
        writeln!(out)?;
        chart.write(out, style, it, name)?;
    }
    writeln!(out)?;
    for line in it.notes() {
        for line in prose::wrapped(&line, style.width, 0) {
            writeln!(out, "{}", style.dim(&line))?;
        }
    }
    Ok(())
}

impl Curve {
    fn measured(&self) -> impl Iterator<Item = (&Measured, &Point)> {
        self.points
            .iter()
            .filter_map(|it| Some((it, it.point.as_ref().ok()?)))
    }

    fn notes(&self) -> Vec<String> {
        let mut notes = Vec::new();
        for it in &self.points {
            if let Err(why) = &it.point {
                notes.push(format!("@{}: {why}", it.scale));
            }
        }
        let scales: Vec<String> = self
            .points
            .iter()
            .map(|it| format!("@{} {} rows", it.scale, count(it.rows)))
            .collect();
        let mut text = format!(
            "{}, as it is built, without changes of yours: {}.",
            self.dataset,
            scales.join(", ")
        );
        if self.left_out {
            text += " .grow --large adds @large.";
        }
        notes.push(text);
        notes
    }
}

fn whole(n: f64) -> String {
    count(n as u64)
}

fn seconds(n: f64) -> String {
    duration(Duration::from_secs_f64(n))
}

/// One figure of both sides at each scale.
struct Figure {
    values: Vec<[Option<f64>; 2]>,
    shown: fn(f64) -> String,
}

/// Columns of a scale's name, and of a figure.
const NAME: usize = 11;
const NUMBER: usize = 10;

impl Figure {
    fn of(it: &Curve, read: fn(&Explanation) -> Option<f64>, shown: fn(f64) -> String) -> Figure {
        Figure {
            values: it
                .measured()
                .map(|(_, point)| [read(&point.without), point.with.as_ref().and_then(read)])
                .collect(),
            shown,
        }
    }

    fn write(&self, out: &mut dyn Write, style: &Style, it: &Curve, name: &str) -> io::Result<()> {
        let two = !it.ddl.is_empty();
        let sides = if two { 2 } else { 1 };
        let most = self
            .values
            .iter()
            .flatten()
            .flatten()
            .copied()
            .fold(0.0, f64::max);
        let room = style.width.min(80).saturating_sub(NAME) / sides;
        let cells = if style.plain {
            0
        } else {
            room.saturating_sub(NUMBER + 3).min(24)
        };
        let column = NUMBER + 1 + cells;
        let title = if two {
            let gap =
                " ".repeat((NAME + NUMBER).saturating_sub(cell::width(name) + "without".len()));
            let second = " ".repeat((column + 2 + NUMBER).saturating_sub(NUMBER + "with it".len()));
            format!("{}{gap}without{second}with it", style.bold(name))
        } else {
            style.bold(name)
        };
        writeln!(out, "{title}")?;
        for ((measured, _), values) in it.measured().zip(&self.values) {
            let mut line = format!("{:<NAME$}", format!("@{}", measured.scale));
            for (side, value) in values.iter().take(sides).enumerate() {
                if side > 0 {
                    line += "  ";
                }
                let text = value.map_or_else(|| "-".to_owned(), self.shown);
                line += &format!("{text:>NUMBER$}");
                if cells > 0 {
                    let share = value.map_or(0.0, |it| if most > 0.0 { it / most } else { 0.0 });
                    line.push(' ');
                    line += &style.accent(&bar_of(style, share, cells));
                }
            }
            writeln!(out, "{}", line.trim_end())?;
        }
        if let Some(text) = self.grew(it) {
            writeln!(out, "{}", style.dim(&text))?;
        }
        Ok(())
    }

    /// How much it grew from the first scale to the last, in a sentence.
    fn grew(&self, it: &Curve) -> Option<String> {
        let first = it.measured().next()?.0;
        let last = it.measured().last()?.0;
        if first.scale == last.scale {
            return None;
        }
        let grew = |side: usize| {
            let first = self.values.first()?.get(side).copied()??;
            let last = self.values.last()?.get(side).copied()??;
            (first > 0.0).then(|| times(last, first))
        };
        let data = times(last.rows as f64, first.rows as f64);
        let without = grew(0)?;
        let text = match grew(1) {
            Some(with) => format!("data {data}, without it {without}, with it {with}"),
            None => format!("data {data}, this {without}"),
        };
        let text = format!("{:NAME$}@{} to @{}: {text}", "", first.scale, last.scale);
        Some(text)
    }
}
