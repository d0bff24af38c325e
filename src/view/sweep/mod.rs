//! The same simulation under several settings: hit ratios and what else
//! happened, beside what theory expects.

mod data;
mod head;
mod picture;
mod table;
#[cfg(test)]
mod tests;

use std::io::{self, Write};

use crate::lab::sweep::SweepReport;
use crate::view::{Format, Style};

pub use picture::write_svg;

/// Draws the report, or writes it for a program.
///
/// # Errors
/// What writing met.
pub fn write(
    out: &mut dyn Write,
    style: &Style,
    format: Format,
    report: &SweepReport,
) -> io::Result<()> {
    match format {
        Format::Json | Format::Jsonl => data::write_json(out, report),
        Format::Csv => data::write_csv(out, report),
        Format::Table | Format::Markdown | Format::Line => {
            head::draw(out, style, report)?;
            table::draw(out, style, report)
        }
    }
}
