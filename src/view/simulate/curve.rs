//! The miss-ratio curve in a terminal.

use std::io::{self, Write};

use crate::lab::simulate::CurvePoint;
use crate::units;
use crate::view::Style;

/// Rows of the chart; each is a tenth.
const ROWS: usize = 10;
/// Columns left of it.
const AXIS: usize = 7;
/// A list that is read aloud is shorter.
const LISTED: usize = 12;

/// Draws the miss ratio of LRU over the sizes of the cache, at equal ratios.
///
/// # Errors
/// What writing met.
pub fn draw_curve(
    out: &mut dyn Write,
    style: &Style,
    curve: &[CurvePoint],
    expected_hits: &[f64],
) -> io::Result<()> {
    writeln!(
        out,
        "{}",
        style.bold("misses of lru by the size of the cache")
    )?;
    if style.plain {
        return list(out, curve);
    }
    let columns = style.width.min(80).saturating_sub(AXIS + 3).clamp(20, 64);
    let (Some(first), Some(last)) = (curve.first(), curve.last()) else {
        return Ok(());
    };
    let span = libm::log(last.capacity as f64 / first.capacity as f64).max(1e-9);
    let place = |capacity: u64| {
        let at = libm::log(capacity as f64 / first.capacity as f64) / span;
        (at * (columns - 1) as f64).round() as usize
    };
    let row = |misses: f64| (((1.0 - misses) * ROWS as f64).round() as usize).min(ROWS);
    let (found, expected, both) = if style.unicode {
        ('●', '○', '●')
    } else {
        ('*', 'o', '*')
    };
    let mut cells = vec![vec![' '; columns]; ROWS + 1];
    for (point, theory) in curve.iter().zip(expected_hits) {
        cells[row(1.0 - theory)][place(point.capacity)] = expected;
    }
    for point in curve {
        let cell = &mut cells[row(1.0 - point.hit_ratio)][place(point.capacity)];
        *cell = if *cell == expected { both } else { found };
    }
    let (side, corner, bar) = if style.unicode {
        ('│', '└', '─')
    } else {
        ('|', '+', '-')
    };
    for (n, cells) in cells.iter().enumerate() {
        let share = format!("{}%", 100 - 100 * n / ROWS);
        let text: String = cells.iter().collect();
        writeln!(out, "{share:>AXIS$} {side}{}", text.trim_end())?;
    }
    writeln!(
        out,
        "{:>AXIS$} {corner}{}",
        "",
        bar.to_string().repeat(columns)
    )?;
    let ends = (units::count(first.capacity), units::count(last.capacity));
    let middle = (first.capacity as f64 * libm::exp(span / 2.0)).round() as u64;
    let middle = units::count(middle);
    let left = columns / 2 - middle.len() / 2;
    let mut axis = format!("{:<left$}{middle}", ends.0);
    axis = format!("{axis}{:>1$}", ends.1, columns - axis.len());
    writeln!(out, "{:>AXIS$}  {axis}", "")?;
    let theory = match expected_hits.first() {
        Some(_) => format!("{found} found   {expected} predicted (Che), where it differs   "),
        None => String::new(),
    };
    let legend = format!("{:>AXIS$}  {theory}objects held", "");
    writeln!(out, "{}", style.dim(&legend))
}

/// For who cannot see a chart.
fn list(out: &mut dyn Write, curve: &[CurvePoint]) -> io::Result<()> {
    let every = curve.len().div_ceil(LISTED).max(1);
    for point in curve.iter().step_by(every) {
        let misses = 100.0 * (1.0 - point.hit_ratio);
        let objects = units::counted(point.capacity, "object", "objects");
        writeln!(out, "{objects}: {misses:.1}% miss")?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::Clock;
    use crate::interrupt::Interrupt;
    use crate::lab::keys::Distribution;
    use crate::lab::simulate::{Curve, Simulation, simulate};
    use crate::progress;

    fn drawn(style: Style) -> String {
        let simulation = Simulation {
            policies: Vec::new(),
            curve: Some(Curve::Exact),
            warmup: 50_000,
            requests: 100_000,
            ..Simulation::of(Distribution::Zipf { alpha: 0.99 }, 10_000)
        };
        let (clock, interrupt) = (Clock::virtual_at(0), Interrupt::new());
        let report = simulate(&simulation, &clock, &interrupt, &mut progress::ignore).unwrap();
        let mut out = Vec::new();
        draw_curve(&mut out, &style, &report.curve, &report.curve_theory).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn the_curve_falls_within_80_columns() {
        let text = drawn(Style::PIPED);
        assert!(text.lines().all(|line| line.chars().count() <= 80));
        insta::assert_snapshot!(text);
    }

    #[test]
    fn ascii_has_no_other_letters_and_plain_no_chart() {
        let ascii = drawn(Style {
            unicode: false,
            ..Style::PIPED
        });
        assert!(ascii.is_ascii());
        let plain = drawn(Style {
            plain: true,
            ..Style::PIPED
        });
        assert!(plain.contains("1 object: "), "{plain}");
        assert!(!plain.contains('●'));
    }
}
