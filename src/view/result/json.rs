//! `--format json`: one array of row objects a result, `[]` when empty, for
//! programs. A row a line, so that it reads and compares well, too.

use std::io::{self, Write};

use super::counted::Shape;
use super::object::Object;
use crate::sandbox::{Column, RowSink, ValueRef};

pub(super) struct Json<'a> {
    out: &'a mut dyn Write,
    object: Object,
    line: Vec<u8>,
    state: State,
}

enum State {
    Closed,
    Empty,
    Filled,
}

impl<'a> Json<'a> {
    pub(super) fn new(out: &'a mut dyn Write, is_terminal: bool) -> Json<'a> {
        Json {
            out,
            object: Object::new(is_terminal),
            line: Vec::new(),
            state: State::Closed,
        }
    }
}

impl RowSink for Json<'_> {
    fn begin(&mut self, columns: &[Column]) -> io::Result<()> {
        self.state = State::Empty;
        self.object.name_columns(columns);
        self.out.write_all(b"[")
    }

    fn row(&mut self, values: &[ValueRef<'_>]) -> io::Result<()> {
        self.line.clear();
        if let State::Filled = self.state {
            self.line.extend_from_slice(b",\n");
        }
        self.state = State::Filled;
        self.object.append(values, &mut self.line);
        self.out.write_all(&self.line)
    }

    fn end(&mut self) -> io::Result<()> {
        // An array that was never opened is not closed.
        match std::mem::replace(&mut self.state, State::Closed) {
            State::Closed => Ok(()),
            State::Empty | State::Filled => self.out.write_all(b"]\n"),
        }
    }
}

impl Shape for Json<'_> {}
