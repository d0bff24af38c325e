//! Two saved runs beside each other.

use std::io::{self, Write};

use serde_json::json;

use super::table::wrap;
use crate::lab::report::{Compared, ComparedSide};
use crate::units;
use crate::view::{Format, Style};

/// Draws it, or writes it for a program.
///
/// # Errors
/// What writing met.
pub fn write_comparison(
    out: &mut dyn Write,
    style: &Style,
    format: Format,
    compared: &Compared,
) -> io::Result<()> {
    match format {
        Format::Json | Format::Jsonl => writeln!(out, "{}", as_json(compared)),
        Format::Csv => {
            writeln!(out, "arm,figure,a,b")?;
            for side in &compared.sides {
                for (name, a, b) in figures(side) {
                    writeln!(out, "{},{name},{a},{b}", side.a.arm)?;
                }
            }
            Ok(())
        }
        Format::Table | Format::Markdown | Format::Line => draw(out, style, compared),
    }
}

/// Names, and the figures of both runs.
fn figures(side: &ComparedSide) -> Vec<(&'static str, f64, f64)> {
    let (a, b) = (&side.a, &side.b);
    let mut figures = vec![
        ("throughput_per_s", a.throughput_per_s, b.throughput_per_s),
        ("mean_us", a.latency_us.mean, b.latency_us.mean),
        ("p50_us", a.latency_us.p50, b.latency_us.p50),
        ("p99_us", a.latency_us.p99, b.latency_us.p99),
        (
            "database_reads",
            a.database_reads as f64,
            b.database_reads as f64,
        ),
    ];
    figures.extend(
        a.hit_ratio
            .zip(b.hit_ratio)
            .map(|(a, b)| ("hit_ratio", a, b)),
    );
    figures
}

fn as_json(compared: &Compared) -> serde_json::Value {
    let sides = compared.sides.iter().map(|side| {
        let mut object = json!({
            "arm": side.a.arm,
            "throughput_ratio": side.by,
            "within_noise": side.is_within_noise,
        });
        for (name, a, b) in figures(side) {
            object[name] = json!([a, b]);
        }
        object
    });
    json!({
        "arms": sides.collect::<Vec<_>>(),
        "differences": compared.differences,
    })
}

fn draw(out: &mut dyn Write, style: &Style, compared: &Compared) -> io::Result<()> {
    let (a, b) = (&compared.a.workload, &compared.b.workload);
    wrap(
        out,
        "",
        &format!("A  {} on {}, seed {}", a.name, a.data, a.seed),
    )?;
    wrap(
        out,
        "",
        &format!("B  {} on {}, seed {}", b.name, b.data, b.seed),
    )?;
    writeln!(out)?;
    if compared.sides.is_empty() {
        writeln!(out, "They have no side in common.")?;
    } else {
        let head = format!(
            "{:<15}{:>11}{:>11}{:>12}{:>12}{:>9}{:>9}",
            "", "A reads/s", "B reads/s", "A p99, ms", "B p99, ms", "A hits", "B hits"
        );
        writeln!(out, "{}", style.dim(&head))?;
    }
    for side in &compared.sides {
        let rate = |x: f64| units::count(x.round() as u64);
        let ms = |us: f64| {
            let time = std::time::Duration::try_from_secs_f64(us / 1e6).unwrap_or_default();
            units::milliseconds(time)
        };
        let ratio = |r: Option<f64>| r.map_or("-".to_owned(), |r| format!("{r:.3}"));
        writeln!(
            out,
            "{:<15}{:>11}{:>11}{:>12}{:>12}{:>9}{:>9}",
            side.a.arm,
            rate(side.a.throughput_per_s),
            rate(side.b.throughput_per_s),
            ms(side.a.latency_us.p99),
            ms(side.b.latency_us.p99),
            ratio(side.a.hit_ratio),
            ratio(side.b.hit_ratio),
        )?;
    }
    writeln!(out)?;
    for side in &compared.sides {
        let said = match (side.is_within_noise, side.by >= 1.0) {
            (true, _) => {
                "no difference that the rounds of both runs do not have themselves".to_owned()
            }
            (false, true) => format!("B is {} faster", units::times(side.by, 1.0)),
            (false, false) => format!("B is {} slower", units::times(1.0 / side.by, 1.0)),
        };
        // A name of 14 letters leaves no room behind it.
        let label = if side.a.arm.len() < 12 {
            side.a.arm.as_str()
        } else {
            "both"
        };
        wrap(out, label, &said)?;
    }
    for difference in &compared.differences {
        wrap(out, "note", difference)?;
    }
    Ok(())
}
