//! What went wrong with a statement, told to somebody who learns: where it is,
//! what was probably meant, and in one line why.
//!
//! SQLite's message stays the headline. What is added is read from the tokens
//! and the schema, and where nothing certain can be said, nothing is.

mod clauses;
mod elsewhere;
mod limits;
mod names;
mod scope;
mod signs;
mod slips;
mod source;
mod syntax;

use std::ops::Range;

use super::schema::Schema;
use source::Source;

/// An error in a statement, ready to be drawn.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Diagnosis {
    /// The statement that failed.
    pub statement: String,
    /// The line of the script on which the statement begins, from 1.
    pub first_line: usize,
    /// SQLite's message, shortened to one line.
    pub message: String,
    /// The part of the statement to point at, in bytes. Empty at the place
    /// where something is missing.
    pub span: Option<Range<usize>>,
    /// What to write beside the pointer: `did you mean name?`
    pub label: Option<String>,
    /// What could stand there instead.
    pub candidates: Vec<String>,
    /// Why, in a sentence.
    pub reason: Option<String>,
}

impl Diagnosis {
    /// The same, of a statement that begins on this line of its script.
    #[must_use]
    pub fn at_line(mut self, line: usize) -> Diagnosis {
        self.first_line = line;
        self
    }
}

/// What an explanation adds to the message.
#[derive(Debug, Default, PartialEq, Eq)]
struct Advice {
    span: Option<Range<usize>>,
    label: Option<String>,
    candidates: Vec<String>,
    reason: Option<String>,
}

impl Advice {
    fn at(span: Range<usize>) -> Advice {
        Advice {
            span: Some(span),
            ..Advice::default()
        }
    }

    fn because(reason: impl Into<String>) -> Advice {
        Advice {
            reason: Some(reason.into()),
            ..Advice::default()
        }
    }

    fn label(mut self, label: impl Into<String>) -> Advice {
        self.label = Some(label.into());
        self
    }

    fn did_you_mean(self, name: &str) -> Advice {
        self.label(format!("did you mean {name}?"))
    }

    fn reason(mut self, reason: impl Into<String>) -> Advice {
        self.reason = Some(reason.into());
        self
    }

    fn candidates<'a>(mut self, names: impl IntoIterator<Item = &'a str>) -> Advice {
        for name in names {
            if !self.candidates.iter().any(|c| c == name) {
                self.candidates.push(name.to_owned());
            }
        }
        self
    }
}

/// Explains an error that SQLite reported for `statement`.
///
/// `message` is SQLite's own, `offset` the byte it points at, if it does (it
/// does not for missing tables, incomplete input and a few more: then the name
/// in the message is looked for among the statement's tokens). The schema may
/// be empty or out of date; that only costs suggestions.
pub fn diagnose(
    statement: &str,
    message: &str,
    offset: Option<usize>,
    schema: &Schema,
) -> Diagnosis {
    let source = Source::new(statement, schema);
    let at = offset.and_then(|offset| source.index_at(offset));
    let advice = names::explain(&source, message, at)
        .or_else(|| syntax::explain(&source, message, at))
        .or_else(|| limits::explain(&source, message, at))
        .unwrap_or_default();
    Diagnosis {
        statement: statement.to_owned(),
        first_line: 1,
        message: headline(message),
        span: advice
            .span
            .or_else(|| at.map(|at| source.tokens[at].range.clone())),
        label: advice.label,
        candidates: advice.candidates,
        reason: advice.reason,
    }
}

/// SQLite's message without its hint about quotes, which we draw ourselves, and
/// without the rest of the script that an unclosed quote drags in.
fn headline(message: &str) -> String {
    const LONGEST: usize = 100;
    let message = message
        .strip_suffix(names::QUOTE_HINT)
        .unwrap_or(message)
        .trim_end();
    let line = message.lines().next().unwrap_or_default();
    if line.len() == message.len() && line.chars().count() <= LONGEST {
        return line.to_owned();
    }
    let mut short: String = line.chars().take(LONGEST).collect();
    short.push_str("...");
    short
}
