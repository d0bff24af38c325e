//! Scenes in virtual time: what was found beside what a formula expects.

use std::io::{self, Write};

use serde_json::{Value, json};

use crate::lab::scenario::{Played, Scenario};
use crate::view::{Format, Style, prose};

/// Columns of what was measured.
const WHAT: usize = 46;

/// Lists the scenes.
///
/// # Errors
/// What writing met.
pub fn write_list(out: &mut dyn Write, format: Format) -> io::Result<()> {
    match format {
        Format::Json | Format::Jsonl => {
            let all = Scenario::ALL
                .iter()
                .map(|it| json!({"scenario": it.name, "shows": it.shows, "source": it.source}));
            writeln!(out, "{}", Value::Array(all.collect()))
        }
        Format::Csv => {
            writeln!(out, "scenario,shows")?;
            Scenario::ALL
                .iter()
                .try_for_each(|it| writeln!(out, "{},\"{}\"", it.name, it.shows))
        }
        Format::Table | Format::Markdown | Format::Line => {
            let longest = Scenario::ALL.iter().map(|it| it.name.len()).max();
            let column = longest.unwrap_or_default() + 1;
            for it in Scenario::ALL {
                writeln!(out, "{:<column$}{}", it.name, it.shows)?;
            }
            writeln!(out)?;
            writeln!(
                out,
                "dbdojo simulate --scenario {} plays it",
                Scenario::ALL[0].name
            )
        }
    }
}

/// Draws a scene that was played, or writes it for a program.
///
/// # Errors
/// What writing met.
pub fn write(
    out: &mut dyn Write,
    style: &Style,
    format: Format,
    played: &Played,
) -> io::Result<()> {
    match format {
        Format::Json | Format::Jsonl => {
            let findings = played.findings.iter().map(|it| {
                json!({
                    "what": it.what,
                    "found": it.found,
                    "expected": it.expected,
                    "tolerance": it.tolerance,
                    "agrees": it.agrees(),
                })
            });
            let findings: Vec<Value> = findings.collect();
            let value = json!({
                "scenario": played.name,
                "shows": played.shows,
                "source": played.source,
                "seed": played.seed,
                "findings": findings,
                "interrupted": played.interrupted,
            });
            writeln!(out, "{value}")
        }
        Format::Csv => {
            writeln!(out, "what,found,expected,tolerance")?;
            played.findings.iter().try_for_each(|it| {
                writeln!(
                    out,
                    "\"{}\",{},{},{}",
                    it.what, it.found, it.expected, it.tolerance
                )
            })
        }
        Format::Table | Format::Markdown | Format::Line => draw(out, style, played),
    }
}

fn draw(out: &mut dyn Write, style: &Style, played: &Played) -> io::Result<()> {
    writeln!(out, "{}", style.bold(played.name))?;
    for line in prose::wrapped(played.shows, style.width.min(80), 0) {
        writeln!(out, "{line}")?;
    }
    if played.interrupted {
        writeln!(
            out,
            "{}: what follows is partial",
            style.error("interrupted")
        )?;
    }
    let about = format!("virtual time, seed {}: no server, no waiting", played.seed);
    writeln!(out, "{}", style.dim(&about))?;
    writeln!(out)?;
    writeln!(
        out,
        "{:<WHAT$}{:>10}{:>11}{:>13}",
        "", "found", "expected", "differ by"
    )?;
    for it in &played.findings {
        let differ = if it.expected != 0.0 {
            format!("{:+.1}%", 100.0 * (it.found / it.expected - 1.0))
        } else {
            number(it.found - it.expected)
        };
        writeln!(
            out,
            "{:<WHAT$}{}{:>11}{:>13}{}",
            it.what,
            style.accent(&format!("{:>10}", number(it.found))),
            number(it.expected),
            differ,
            if it.agrees() || played.interrupted {
                ""
            } else {
                "  more than chance"
            },
        )?;
    }
    writeln!(out)?;
    let source = format!("expected: {}", played.source);
    for line in prose::wrapped(&source, style.width.min(80), 0) {
        writeln!(out, "{}", style.dim(&line))?;
    }
    Ok(())
}

/// Ratios to four places, others as short as they are clear.
fn number(n: f64) -> String {
    match n.abs() {
        0.0 => "0".to_owned(),
        n if n < 1.0 => format!("{:.4}", n),
        n if n < 100.0 && n.fract() != 0.0 => format!("{n:.2}"),
        n => format!("{n:.0}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::interrupt::Interrupt;

    #[test]
    fn a_scene_fits_80_columns() {
        let scan = Scenario::find("scan").unwrap();
        let played = scan.play(1, &Interrupt::new()).unwrap();
        let mut out = Vec::new();
        write(&mut out, &Style::PIPED, Format::Table, &played).unwrap();
        let text = String::from_utf8(out).unwrap();
        assert!(
            text.lines().all(|line| line.chars().count() <= 80),
            "{text}"
        );
        assert!(text.contains("a scan, lru "), "{text}");
        let mut list = Vec::new();
        write_list(&mut list, Format::Table).unwrap();
        let list = String::from_utf8(list).unwrap();
        assert!(
            list.lines().all(|line| line.chars().count() <= 80),
            "{list}"
        );
    }
}
