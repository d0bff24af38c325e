//! `--format jsonl`: one row object a line, for programs that read a line at
//! a time.

use std::io::{self, Write};

use super::counted::Shape;
use super::object::Object;
use crate::sandbox::{Column, RowSink, ValueRef};

pub(super) struct Jsonl<'a> {
    out: &'a mut dyn Write,
    object: Object,
    line: Vec<u8>,
}

impl<'a> Jsonl<'a> {
    pub(super) fn new(out: &'a mut dyn Write, is_terminal: bool) -> Jsonl<'a> {
        Jsonl {
            out,
            object: Object::new(is_terminal),
            line: Vec::new(),
        }
    }
}

impl RowSink for Jsonl<'_> {
    fn begin(&mut self, columns: &[Column]) -> io::Result<()> {
        self.object.name_columns(columns);
        Ok(())
    }

    fn row(&mut self, values: &[ValueRef<'_>]) -> io::Result<()> {
        self.line.clear();
        self.object.append(values, &mut self.line);
        self.line.push(b'\n');
        self.out.write_all(&self.line)
    }

    fn end(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Shape for Jsonl<'_> {}
