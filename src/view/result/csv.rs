//! `--format csv`: RFC 4180 with a header line, and LF, for programs.
//!
//! NULL is an empty field and the empty text is `""`, as PostgreSQL's COPY
//! writes them. Blobs are SQL literals (`x'0102'`), reals have as many digits
//! as they need to read back.

use std::io::{self, Write};

use super::counted::{Options, Shape};
use crate::sandbox::{Column, RowSink, ValueRef};
use crate::view::cell::hex;
use crate::view::number::NumberText;
use crate::view::sanitize;

pub(super) struct Csv<'a> {
    out: &'a mut dyn Write,
    is_terminal: bool,
    numbers: NumberText,
    line: Vec<u8>,
    scratch: String,
    has_head: bool,
}

impl<'a> Csv<'a> {
    pub(super) fn new(out: &'a mut dyn Write, options: Options) -> Csv<'a> {
        Csv {
            out,
            is_terminal: options.is_terminal,
            has_head: !options.no_headers,
            numbers: NumberText::default(),
            line: Vec::new(),
            scratch: String::new(),
        }
    }

    fn text(&mut self, text: &[u8]) {
        if self.is_terminal {
            let text = String::from_utf8_lossy(text);
            field(sanitize::lines(&text).as_bytes(), &mut self.line);
        } else {
            field(text, &mut self.line);
        }
    }

    fn end_line(&mut self) -> io::Result<()> {
        self.line.push(b'\n');
        self.out.write_all(&self.line)
    }
}

/// Appends `text`, quoted if it must be. Bytes that are no UTF-8 stay as they
/// are.
fn field(text: &[u8], line: &mut Vec<u8>) {
    if !text.is_empty() && !text.iter().any(|b| NEEDS_QUOTES[usize::from(*b)]) {
        line.extend_from_slice(text);
        return;
    }
    line.push(b'"');
    let mut rest = text;
    while let Some(quote) = rest.iter().position(|b| *b == b'"') {
        line.extend_from_slice(&rest[..=quote]);
        line.push(b'"');
        rest = &rest[quote + 1..];
    }
    line.extend_from_slice(rest);
    line.push(b'"');
}

const NEEDS_QUOTES: [bool; 256] = {
    let mut table = [false; 256];
    table[b',' as usize] = true;
    table[b'"' as usize] = true;
    table[b'\n' as usize] = true;
    table[b'\r' as usize] = true;
    table
};

impl RowSink for Csv<'_> {
    fn begin(&mut self, columns: &[Column]) -> io::Result<()> {
        if !self.has_head {
            return Ok(());
        }
        self.line.clear();
        for (i, column) in columns.iter().enumerate() {
            if i > 0 {
                self.line.push(b',');
            }
            self.text(column.name.as_bytes());
        }
        self.end_line()
    }

    fn row(&mut self, values: &[ValueRef<'_>]) -> io::Result<()> {
        self.line.clear();
        for (i, value) in values.iter().enumerate() {
            if i > 0 {
                self.line.push(b',');
            }
            match *value {
                ValueRef::Null => {}
                ValueRef::Integer(n) => self.line.extend(self.numbers.integer(n).as_bytes()),
                ValueRef::Real(x) => self.line.extend(self.numbers.exact(x).as_bytes()),
                ValueRef::Text(text) => self.text(text),
                ValueRef::Blob(bytes) => {
                    self.scratch.clear();
                    hex(bytes, &mut self.scratch);
                    self.line.extend(b"x'");
                    self.line.extend(self.scratch.as_bytes());
                    self.line.push(b'\'');
                }
            }
        }
        self.end_line()
    }

    fn end(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Shape for Csv<'_> {}
