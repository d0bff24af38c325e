//! Rows of a result, in each of the formats. Every writer takes rows one at a
//! time and keeps no more than a screenful of them.

mod counted;
mod csv;
mod drawn;
mod frame;
mod gathered;
mod json;
mod jsonl;
mod layout;
mod line;
mod markdown;
mod object;
mod table;

pub use counted::{Counts, Options, ResultSink};

use std::io::Write;

use super::{Format, Style};
use counted::Counted;

/// The writer of results in `format`. It can be used for one result after
/// another; its counts are those of the last one.
pub fn writer<'a>(
    format: Format,
    out: &'a mut dyn Write,
    style: Style,
    options: Options,
) -> Box<dyn ResultSink + 'a> {
    let max = options.max_rows;
    match format {
        Format::Table if style.plain => {
            Box::new(Counted::new(line::Line::new(out, style, options), max))
        }
        Format::Table => Box::new(Counted::new(table::Table::new(out, style, options), max)),
        Format::Csv => Box::new(Counted::new(csv::Csv::new(out, options), max)),
        Format::Json => Box::new(Counted::new(json::Json::new(out, options.is_terminal), max)),
        Format::Jsonl => Box::new(Counted::new(
            jsonl::Jsonl::new(out, options.is_terminal),
            max,
        )),
        Format::Markdown => Box::new(Counted::new(markdown::Markdown::new(out, options), max)),
        Format::Line => Box::new(Counted::new(line::Line::new(out, style, options), max)),
    }
}

#[cfg(test)]
mod tests;
