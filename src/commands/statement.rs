//! Runs one statement and draws its answer: rows, footer, or the error with a
//! caret.

use std::io;

use super::{Context, Exit, Failure};
use crate::plan;
use crate::sandbox::{Error, Kind, Outcome};
use crate::session::{Answer, Session};
use crate::sql::{self, Schema};
use crate::units;
use crate::view::{Footer, cache, diagnostic, footer, result};

/// Rows that a person is shown of a long result.
const WINDOW: usize = 40;

/// How the answer is told.
#[derive(Debug, Clone, Copy)]
pub struct Presentation {
    /// Whether a person is typing: they get a window of rows and the footer in
    /// the same stream. A script's rows are all printed, its footers go to
    /// standard error.
    pub interactive: bool,
    /// Whether footers tell times.
    pub timer: bool,
}

/// What the caller wants to remember of it.
#[derive(Debug, Clone, Copy)]
pub struct Answered {
    /// It has a plan to explain.
    pub explainable: bool,
    /// Names may have changed.
    pub schema_changed: bool,
}
