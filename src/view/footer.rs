//! The line below a result: what happened, how long it took, and the one
//! thing worth knowing about it.

use std::io::{self, Write};
use std::time::Duration;

use super::result::Counts;
use super::{Style, cell};
use crate::units;

/// Text stays this narrow on wider screens, too: hints far to the right are
/// not seen.
const WIDEST: usize = 80;

/// What a statement did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// It gave rows.
    Rows(Counts),
    /// It inserted, updated or deleted so many.
    Changed(u64),
    /// It was acknowledged, and waits for the database.
    Queued,
    /// Neither: it changed the schema, a setting or a transaction.
    Done,
}

/// What is told below a result.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Footer {
    /// What the statement did.
    pub outcome: Outcome,
    /// How long it took; `None` where that is told elsewhere or not wanted.
    pub elapsed: Option<Duration>,
    /// A sentence or two: `Read all 5,000 customers to find it.`
    pub note: Option<String>,
    /// Where to go from here: `.explain says why`. At the right, dimmed.
    pub hint: Option<String>,
}

/// Writes the footer, wrapped to the screen.
///
/// # Errors
/// Those of `out`.
pub fn write_footer(out: &mut dyn Write, style: &Style, footer: &Footer) -> io::Result<()> {
    let screen = style.width.clamp(20, WIDEST);
    let mut text = match footer.outcome {
        Outcome::Rows(counts) => {
            let rows = units::counted(counts.rows, "row", "rows");
            if counts.shown < counts.rows {
                format!("{rows} ({} shown)", units::count(counts.shown))
            } else {
                rows
            }
        }
        Outcome::Changed(rows) => format!("{} changed", units::counted(rows, "row", "rows")),
        Outcome::Queued => "queued".to_owned(),
        Outcome::Done => "ok".to_owned(),
    };
    if let Some(elapsed) = footer.elapsed {
        text.push_str(", ");
        text.push_str(&units::duration(elapsed));
    }
    text.push('.');
    if let Some(note) = &footer.note {
        text.push_str("  ");
        text.push_str(note);
    }

    let last = write_wrapped(out, &text, screen)?;
    if let Some(hint) = &footer.hint {
        let taken = last + 2 + cell::width(hint);
        let gap = if style.plain {
            2
        } else {
            2 + screen.saturating_sub(taken)
        };
        if taken > screen {
            writeln!(out)?;
        } else {
            write!(out, "{:gap$}", "")?;
        }
        write!(out, "{}", style.dim(hint))?;
    }
    writeln!(out)
}

/// Breaks `text` at spaces so that no line is wider than `screen`, unless one
/// word is; runs of spaces within a line stay. Ends without a line end and
/// returns the width of the last line.
fn write_wrapped(out: &mut dyn Write, text: &str, screen: usize) -> io::Result<usize> {
    let mut taken = 0;
    let mut spaces = 0;
    for word in text.split(' ') {
        let wide = cell::width(word);
        if taken > 0 && taken + spaces + wide > screen {
            writeln!(out)?;
            (taken, spaces) = (0, 0);
        }
        write!(out, "{:spaces$}{word}", "")?;
        taken += spaces + wide;
        spaces = 1;
    }
    Ok(taken)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn drawn(footer: &Footer, style: &Style) -> String {
        let mut out = Vec::new();
        write_footer(&mut out, style, footer).unwrap();
        String::from_utf8(out).unwrap()
    }

    fn rows(rows: u64, shown: u64) -> Footer {
        Footer {
            outcome: Outcome::Rows(Counts { rows, shown }),
            elapsed: Some(Duration::from_micros(600)),
            note: None,
            hint: None,
        }
    }

    #[test]
    fn counts_and_times_read_like_prose() {
        insta::assert_snapshot!(drawn(&rows(1, 1), &Style::PIPED), @"1 row, 0.60 ms.");
        insta::assert_snapshot!(drawn(&rows(0, 0), &Style::PIPED), @"0 rows, 0.60 ms.");
        insta::assert_snapshot!(
            drawn(&rows(20_000, 40), &Style::PIPED), @"20,000 rows (40 shown), 0.60 ms."
        );
        let changed = Footer {
            outcome: Outcome::Changed(5),
            ..rows(0, 0)
        };
        insta::assert_snapshot!(drawn(&changed, &Style::PIPED), @"5 rows changed, 0.60 ms.");
        let done = Footer {
            outcome: Outcome::Done,
            elapsed: None,
            ..rows(0, 0)
        };
        insta::assert_snapshot!(drawn(&done, &Style::PIPED), @"ok.");
    }

    #[test]
    fn the_hint_stands_at_the_right_edge() {
        let footer = Footer {
            note: Some("Read all 5,000 customers to find it.".into()),
            hint: Some(".explain says why".into()),
            ..rows(1, 1)
        };
        let line = drawn(&footer, &Style::PIPED);
        insta::assert_snapshot!(
            line, @"1 row, 0.60 ms.  Read all 5,000 customers to find it.          .explain says why"
        );
        assert_eq!(cell::width(line.trim_end()), 80);
        let narrow = Style {
            width: 40,
            ..Style::PIPED
        };
        insta::assert_snapshot!(drawn(&footer, &narrow), @r"
        1 row, 0.60 ms.  Read all 5,000
        customers to find it.  .explain says why
        ");
        let narrower = Style {
            width: 30,
            ..Style::PIPED
        };
        insta::assert_snapshot!(drawn(&footer, &narrower), @r"
        1 row, 0.60 ms.  Read all
        5,000 customers to find it.
        .explain says why
        ");
        let plain = Style {
            plain: true,
            ..Style::PIPED
        };
        insta::assert_snapshot!(
            drawn(&footer, &plain),
            @"1 row, 0.60 ms.  Read all 5,000 customers to find it.  .explain says why"
        );
    }
}
