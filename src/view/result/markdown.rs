//! `--format markdown`: a table of GitHub's Markdown, to paste into an issue.

use std::borrow::Cow;
use std::io::{self, Write};

use super::counted::{Options, Shape};
use crate::sandbox::{Column, RowSink, ValueRef};
use crate::view::cell::{Reading, told_from_null};
use crate::view::sanitize;

pub(super) struct Markdown<'a> {
    out: &'a mut dyn Write,
    options: Options,
    reading: Reading,
    line: String,
}

impl<'a> Markdown<'a> {
    pub(super) fn new(out: &'a mut dyn Write, options: Options) -> Markdown<'a> {
        Markdown {
            out,
            options,
            reading: Reading::whole(),
            line: String::new(),
        }
    }

    fn text(&mut self, text: &str) {
        let text = if self.options.is_terminal {
            sanitize::lines(text)
        } else {
            Cow::Borrowed(text)
        };
        let mut rest = text.chars().peekable();
        while let Some(c) = rest.next() {
            match c {
                // What Markdown would read as something else than itself.
                '\\' | '|' | '`' | '*' | '<' => self.line.extend(['\\', c]),
                // A row is a line.
                '\r' if rest.peek() == Some(&'\n') => {}
                '\n' | '\r' => self.line.push_str("<br>"),
                _ => self.line.push(c),
            }
        }
    }

    fn end_line(&mut self) -> io::Result<()> {
        self.line.push_str(" |\n");
        self.out.write_all(self.line.as_bytes())?;
        self.line.clear();
        Ok(())
    }
}

impl RowSink for Markdown<'_> {
    fn begin(&mut self, columns: &[Column]) -> io::Result<()> {
        self.line.clear();
        if self.options.after_result {
            self.line.push('\n');
        }
        for (i, column) in columns.iter().enumerate() {
            self.line.push_str(if i == 0 { "| " } else { " | " });
            self.text(&column.name);
        }
        self.end_line()?;
        for i in 0..columns.len() {
            self.line.push_str(if i == 0 { "| ---" } else { " | ---" });
        }
        self.end_line()
    }

    fn row(&mut self, values: &[ValueRef<'_>]) -> io::Result<()> {
        for (i, value) in values.iter().enumerate() {
            self.line.push_str(if i == 0 { "| " } else { " | " });
            match *value {
                ValueRef::Text(text) => {
                    let text = String::from_utf8_lossy(text);
                    self.text(told_from_null(&text));
                }
                other => {
                    self.reading.append(other, &mut self.line);
                }
            }
        }
        self.end_line()
    }

    fn end(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Shape for Markdown<'_> {}
