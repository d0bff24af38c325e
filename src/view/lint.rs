//! Lints: the line under a result, and the page behind it.

use std::io::{self, Write};

use super::{Style, cell, prose};
use crate::sql::lint::{Finding, Page, WholeTable};
use crate::units;

/// Text stays this narrow on wider screens, too.
const WIDEST: usize = 80;

/// A line for each finding: `note`, what is odd, and at the right where to
/// read on; on a line of its own where there is no room.
///
/// # Errors
/// What `out` returns.
pub fn write_notes(out: &mut dyn Write, style: &Style, findings: &[Finding]) -> io::Result<()> {
    let label = "note  ";
    let screen = style.width.clamp(20, WIDEST);
    for finding in findings {
        let lines = prose::wrapped(&finding.message, screen.saturating_sub(label.len()), 0);
        let hint = format!(".why {}", finding.code);
        let mut taken = 0;
        for (at, line) in lines.iter().enumerate() {
            if at == 0 {
                write!(out, "{}{line}", style.accent(label))?;
            } else {
                write!(out, "\n{:1$}{line}", "", label.len())?;
            }
            taken = label.len() + cell::width(line);
        }
        let room = screen.saturating_sub(taken + cell::width(&hint));
        match room {
            0..3 => write!(out, "\n{:1$}", "", label.len())?,
            _ if style.plain => write!(out, "   ")?,
            room => write!(out, "{:room$}", "")?,
        }
        writeln!(out, "{}", style.dim(&hint))?;
    }
    Ok(())
}

/// The page of one lint.
///
/// # Errors
/// What `out` returns.
pub fn write_page(out: &mut dyn Write, style: &Style, page: &Page) -> io::Result<()> {
    for line in prose::lines(style, page.markdown.trim_end(), 0) {
        writeln!(out, "{line}")?;
    }
    Ok(())
}

/// All codes, with what each is about.
///
/// # Errors
/// What `out` returns.
pub fn write_list(
    out: &mut dyn Write,
    style: &Style,
    pages: impl Iterator<Item = Page>,
) -> io::Result<()> {
    writeln!(
        out,
        "Notes on statements and findings about plans; .why CODE explains one:"
    )?;
    for page in pages {
        let code = style.accent(&format!("{:<24}", page.code));
        writeln!(out, "  {code}{}", page.title)?;
    }
    Ok(())
}

/// The question before a write that takes every row of a table.
pub fn question(whole: &WholeTable, rows: u64) -> String {
    let (verb, table) = (
        if whole.deletes { "deletes" } else { "changes" },
        &whole.table,
    );
    let rows = match rows {
        1 => "the only row".to_owned(),
        rows => format!("all {} rows", units::count(rows)),
    };
    format!("This {verb} {rows} of {table}. Go on? [y/N] ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn drawn(style: &Style, message: &str) -> String {
        let finding = Finding {
            code: "limit-without-order",
            message: message.to_owned(),
        };
        let mut out = Vec::new();
        write_notes(&mut out, style, &[finding]).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn a_note_is_a_line_or_what_fits() {
        let message = "Which 20 rows? Nothing orders them.";
        insta::assert_snapshot!(
            drawn(&Style::PIPED, message),
            @"note  Which 20 rows? Nothing orders them.               .why limit-without-order"
        );
        let plain = Style {
            plain: true,
            ..Style::PIPED
        };
        insta::assert_snapshot!(
            drawn(&plain, message),
            @"note  Which 20 rows? Nothing orders them.   .why limit-without-order"
        );
        let narrow = Style {
            width: 34,
            ..Style::PIPED
        };
        insta::assert_snapshot!(drawn(&narrow, message), @r"
        note  Which 20 rows? Nothing
              orders them.
              .why limit-without-order
        ");
    }

    #[test]
    fn the_question_counts() {
        let whole = WholeTable {
            table: "orders".to_owned(),
            deletes: false,
        };
        insta::assert_snapshot!(question(&whole, 20_000), @"This changes all 20,000 rows of orders. Go on? [y/N] ");
        let gone = WholeTable {
            deletes: true,
            ..whole
        };
        insta::assert_snapshot!(question(&gone, 1), @"This deletes the only row of orders. Go on? [y/N] ");
    }
}
