//! Rows as drawn text, kept until the widths of their columns are known.

use crate::sandbox::ValueRef;
use crate::view::cell::{self, Kind, Reading};

/// The text of some rows, one after another in one buffer.
#[derive(Default)]
pub(super) struct Gathered {
    text: String,
    cells: Vec<Mark>,
}

struct Mark {
    /// Where the cell's text ends.
    end: usize,
    width: usize,
    kind: Kind,
}

/// One drawn value.
#[derive(Debug, Clone, Copy)]
pub(super) struct Cell<'a> {
    pub(super) text: &'a str,
    /// Columns of the screen.
    pub(super) width: usize,
    pub(super) kind: Kind,
}

impl Gathered {
    pub(super) fn push(&mut self, values: &[ValueRef<'_>], reading: &mut Reading) {
        for value in values {
            let start = self.text.len();
            let kind = reading.append(*value, &mut self.text);
            self.cells.push(Mark {
                end: self.text.len(),
                width: cell::width(&self.text[start..]),
                kind,
            });
        }
    }

    pub(super) fn clear(&mut self) {
        self.text.clear();
        self.cells.clear();
    }

    /// Bytes of text held.
    pub(super) fn bytes(&self) -> usize {
        self.text.len()
    }

    /// All cells, row after row.
    pub(super) fn cells(&self) -> impl Iterator<Item = Cell<'_>> {
        let mut start = 0;
        self.cells.iter().map(move |mark| {
            let text = &self.text[start..mark.end];
            start = mark.end;
            Cell {
                text,
                width: mark.width,
                kind: mark.kind,
            }
        })
    }
}
