//! `--format table`: boxes, for people.
//!
//! The first 1,000 rows are gathered to find the widths of the columns. If
//! that is all, comfy-table draws them. Otherwise they and the rows after them
//! stream in the same look: a later cell that is wider than its column makes
//! its own row wider. So memory does not grow with the result.
//!
//! On a terminal, long text is shortened so that the table fits; where that
//! would leave too little of it, rows become blocks of `name: value`. Nothing
//! is shortened on its way into a pipe or a file.

use std::io::{self, Write};

use super::counted::{Options, Shape};
use super::gathered::Gathered;
use super::layout::Layout;
use super::line::Blocks;
use super::{drawn, frame};
use crate::sandbox::{Column, RowSink, ValueRef};
use crate::view::Style;
use crate::view::cell::Reading;
use crate::view::sanitize;

/// Rows that decide the widths of the columns.
const GATHERED_ROWS: usize = 1000;

/// Bytes of text that are gathered at most, for rows that hold documents.
const GATHERED_BYTES: usize = 2_000_000;

const SHORTENED: &str = "Long text is shortened; .mode line shows all.";
const TOO_WIDE: &str = "Too wide for the screen, so one value a line.";

pub(super) struct Table<'a> {
    out: &'a mut dyn Write,
    style: Style,
    is_terminal: bool,
    has_head: bool,
    reading: Reading,
    names: Vec<String>,
    rows: Gathered,
    state: State,
    line: String,
    note: Option<&'static str>,
}

enum State {
    /// So many rows, of which none is written.
    Gathering(usize),
    /// The head is written.
    Streaming(Layout),
    /// It would be too wide.
    Blocks(Blocks),
}

impl<'a> Table<'a> {
    pub(super) fn new(out: &'a mut dyn Write, style: Style, options: Options) -> Table<'a> {
        let is_terminal = options.is_terminal;
        Table {
            out,
            style,
            is_terminal,
            has_head: !options.no_headers,
            reading: if is_terminal {
                Reading::short(&style)
            } else {
                Reading::whole()
            },
            names: Vec::new(),
            rows: Gathered::default(),
            state: State::Gathering(0),
            line: String::new(),
            note: None,
        }
    }

    /// The columns' widths, or `None` if the screen is too narrow.
    fn layout(&mut self) -> Option<Layout> {
        let natural = Layout::natural(&self.names, &self.rows, self.has_head);
        if !self.is_terminal {
            return Some(natural);
        }
        let fitted = natural.fitted(self.style.width, &self.rows);
        self.note = match &fitted {
            None => Some(TOO_WIDE),
            Some(layout) if layout.shortens => Some(SHORTENED),
            Some(_) => None,
        };
        fitted
    }

    fn blocks(&self) -> Blocks {
        let names = self.names.iter().map(String::as_str);
        Blocks::new(names, self.is_terminal)
    }

    /// Writes the head and the gathered rows; later rows follow one by one.
    fn start_streaming(&mut self, layout: Layout) -> io::Result<()> {
        self.line.clear();
        frame::append_head(&layout, &self.style, &mut self.line);
        let mut cells = self.rows.cells().peekable();
        while cells.peek().is_some() {
            let row = cells.by_ref().take(layout.columns.len());
            frame::append_row(row, &layout, &self.style, &mut self.line);
        }
        drop(cells);
        self.state = State::Streaming(layout);
        self.flush_line()
    }

    fn start_blocks(&mut self) -> io::Result<()> {
        let mut blocks = self.blocks();
        blocks.write(self.out, self.rows.cells(), &self.style)?;
        self.state = State::Blocks(blocks);
        Ok(())
    }

    /// Stops gathering.
    fn start_writing(&mut self) -> io::Result<()> {
        match self.layout() {
            Some(layout) => self.start_streaming(layout)?,
            None => self.start_blocks()?,
        }
        // Give back what the first rows took.
        self.rows = Gathered::default();
        self.line = String::new();
        Ok(())
    }

    fn flush_line(&mut self) -> io::Result<()> {
        self.out.write_all(self.line.as_bytes())?;
        self.line.clear();
        Ok(())
    }
}

impl RowSink for Table<'_> {
    fn begin(&mut self, columns: &[Column]) -> io::Result<()> {
        self.names = columns
            .iter()
            .map(|column| sanitize::one_line(&column.name).into_owned())
            .collect();
        self.rows.clear();
        self.line.clear();
        self.state = State::Gathering(0);
        self.note = None;
        Ok(())
    }

    fn row(&mut self, values: &[ValueRef<'_>]) -> io::Result<()> {
        if let State::Gathering(n) = &mut self.state {
            if *n < GATHERED_ROWS && self.rows.bytes() < GATHERED_BYTES {
                *n += 1;
                self.rows.push(values, &mut self.reading);
                return Ok(());
            }
            self.start_writing()?;
        }
        self.rows.clear();
        self.rows.push(values, &mut self.reading);
        match &mut self.state {
            State::Streaming(layout) => {
                frame::append_row(self.rows.cells(), layout, &self.style, &mut self.line);
                self.flush_line()
            }
            State::Blocks(blocks) => blocks.write(self.out, self.rows.cells(), &self.style),
            State::Gathering(_) => Ok(()),
        }
    }

    fn end(&mut self) -> io::Result<()> {
        if self.names.is_empty() {
            return Ok(());
        }
        if let State::Gathering(_) = self.state {
            match self.layout() {
                None => self.start_blocks()?,
                Some(layout) if layout.total_width() > drawn::WIDEST => {
                    self.start_streaming(layout)?;
                }
                Some(layout) => {
                    drawn::append(&layout, &self.rows, &self.style, &mut self.line);
                    self.flush_line()?;
                }
            }
        }
        if let State::Streaming(layout) = &self.state {
            frame::append_foot(layout, &self.style, &mut self.line);
            self.flush_line()?;
        }
        self.names.clear();
        Ok(())
    }
}

impl Shape for Table<'_> {
    fn note(&self) -> Option<&'static str> {
        self.note
    }
}
