//! `--format line`, and rows for screen readers: one `name: value` a line, an
//! empty line between rows.

use std::io::{self, Write};

use super::counted::{Options, Shape};
use super::gathered::{Cell, Gathered};
use crate::sandbox::{Column, RowSink, ValueRef};
use crate::view::Style;
use crate::view::cell::{self, Kind, Reading};
use crate::view::sanitize;

pub(super) struct Line<'a> {
    out: &'a mut dyn Write,
    style: Style,
    aligned: bool,
    reading: Reading,
    row: Gathered,
    blocks: Blocks,
    after_result: bool,
}

impl<'a> Line<'a> {
    pub(super) fn new(out: &'a mut dyn Write, style: Style, options: Options) -> Line<'a> {
        Line {
            out,
            style,
            aligned: options.is_terminal && !style.plain,
            reading: Reading::whole(),
            row: Gathered::default(),
            blocks: Blocks::default(),
            after_result: options.after_result,
        }
    }
}

impl RowSink for Line<'_> {
    fn begin(&mut self, columns: &[Column]) -> io::Result<()> {
        let names = columns.iter().map(|c| c.name.as_str());
        self.blocks = Blocks::new(names, self.aligned);
        self.blocks.has_written = self.after_result;
        Ok(())
    }

    fn row(&mut self, values: &[ValueRef<'_>]) -> io::Result<()> {
        self.row.clear();
        self.row.push(values, &mut self.reading);
        self.blocks.write(self.out, self.row.cells(), &self.style)
    }

    fn end(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Shape for Line<'_> {}

/// Rows as blocks of lines.
#[derive(Default)]
pub(super) struct Blocks {
    /// Each column's `name:`, padded where values stand below each other.
    labels: Vec<String>,
    text: String,
    has_written: bool,
}

impl Blocks {
    pub(super) fn new<'a>(names: impl Iterator<Item = &'a str>, aligned: bool) -> Blocks {
        let mut labels: Vec<String> = names
            .map(|name| format!("{}:", sanitize::one_line(name)))
            .collect();
        if aligned {
            let widest = labels.iter().map(|l| cell::width(l)).max().unwrap_or(0);
            for label in &mut labels {
                let missing = widest - cell::width(label);
                label.extend(std::iter::repeat_n(' ', missing));
            }
        }
        Blocks {
            labels,
            ..Blocks::default()
        }
    }

    /// Writes the rows that `cells` make up.
    pub(super) fn write<'c>(
        &mut self,
        out: &mut dyn Write,
        cells: impl Iterator<Item = Cell<'c>>,
        style: &Style,
    ) -> io::Result<()> {
        self.text.clear();
        for (i, cell) in cells.enumerate() {
            let i = i % self.labels.len();
            if i == 0 && std::mem::replace(&mut self.has_written, true) {
                self.text.push('\n');
            }
            let label = &self.labels[i];
            if cell.text.is_empty() {
                self.text.push_str(label.trim_end());
            } else {
                self.text.push_str(label);
                self.text.push(' ');
                match cell.kind {
                    Kind::Null => self.text.push_str(&style.dim(cell.text)),
                    _ => self.text.push_str(cell.text),
                }
            }
            self.text.push('\n');
        }
        out.write_all(self.text.as_bytes())
    }
}
