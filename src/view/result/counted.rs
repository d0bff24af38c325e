//! How many rows came, and how many of them are shown.

use std::io;

use crate::sandbox::{Column, RowSink, ValueRef};

/// What a result is written for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Options {
    /// Show at most this many rows of each result; all of them if `None`.
    pub max_rows: Option<usize>,
    /// Whether a person's terminal shows the output: then nothing in the data
    /// can steer it, and what does not fit the screen is shortened.
    pub is_terminal: bool,
    /// Whether another result is right above: formats that would run into it
    /// begin with an empty line.
    pub after_result: bool,
    /// Leave out the line of the columns' names, in the formats that can.
    pub no_headers: bool,
}

/// Rows of one result.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Counts {
    /// That came.
    pub rows: u64,
    /// That are shown: fewer, where a window was asked for.
    pub shown: u64,
}

/// A [`RowSink`] that can tell, after `end`, what it showed.
pub trait ResultSink: RowSink {
    /// Rows of the last result.
    fn counts(&self) -> Counts;

    /// What the reader must know of the last result: that text was shortened,
    /// or that the table did not fit and is drawn otherwise.
    fn note(&self) -> Option<&'static str>;
}

/// A format: a sink of the rows that are shown.
pub(super) trait Shape: RowSink {
    /// See [`ResultSink::note`].
    fn note(&self) -> Option<&'static str> {
        None
    }
}

/// Counts all rows and passes on those within the window.
pub(super) struct Counted<S> {
    shape: S,
    max: u64,
    counts: Counts,
}

impl<S: Shape> Counted<S> {
    pub(super) fn new(shape: S, max_rows: Option<usize>) -> Counted<S> {
        Counted {
            shape,
            max: max_rows.map_or(u64::MAX, |n| n as u64),
            counts: Counts::default(),
        }
    }
}

impl<S: Shape> RowSink for Counted<S> {
    fn begin(&mut self, columns: &[Column]) -> io::Result<()> {
        self.counts = Counts::default();
        self.shape.begin(columns)
    }

    fn row(&mut self, values: &[ValueRef<'_>]) -> io::Result<()> {
        self.counts.rows += 1;
        if self.counts.shown < self.max {
            self.counts.shown += 1;
            self.shape.row(values)?;
        }
        Ok(())
    }

    fn end(&mut self) -> io::Result<()> {
        self.shape.end()
    }
}

impl<S: Shape> ResultSink for Counted<S> {
    fn counts(&self) -> Counts {
        self.counts
    }

    fn note(&self) -> Option<&'static str> {
        self.shape.note()
    }
}
