//! Runs one statement and draws its answer: rows, footer, or the error with a
//! caret.

use std::io;

use super::{Context, Failure};
use crate::plan;
use crate::sandbox::{Error, Kind};
use crate::session::{Answer, Session};
use crate::sql::{self, Schema};
use crate::view::footer::{self, Footer, write_footer};
use crate::view::result::{self, Counts, ResultSink};
use crate::view::{cache, diagnostic};

/// Rows that a person is shown of a long result.
const WINDOW: usize = 40;

/// How the answer is told.
#[derive(Debug, Clone, Copy)]
pub struct Presentation {
    /// Whether a person is typing: they get a window of rows, and the footer
    /// in the same stream. A script's rows are all printed, its footers go to
    /// standard error.
    pub interactive: bool,
    /// Whether footers tell times.
    pub timer: bool,
    /// The line of the script on which the statement begins, from 1.
    pub line: usize,
}

/// What the caller wants to remember of it.
#[derive(Debug)]
pub struct Answered {
    /// It has a plan to explain.
    pub explainable: bool,
    /// Names may have changed.
    pub schema_changed: bool,
}

/// Runs `sql`, one statement, in `session`.
///
/// # Errors
/// The statement's, drawn with a caret where its place is known.
pub fn run(
    context: &mut Context<'_>,
    session: &mut Session,
    sql: &str,
    schema: &Schema,
    presentation: Presentation,
) -> Result<Answered, Failure> {
    let mut bar = context.progress_bar();
    let options = result::Options {
        max_rows: presentation.interactive.then_some(WINDOW),
        is_terminal: context.is_terminal,
    };
    let mut rows = result::writer(context.format, context.out, context.style, options);
    let ran = session.run(sql, &mut *rows, &mut |p| bar.watch(p));
    let (counts, shortened) = (rows.counts(), rows.note());
    drop((rows, bar));

    let answer = ran.map_err(|error| explained(error, sql, schema, context, presentation.line))?;
    if !context.quiet && !context.format.is_for_machines() {
        let footer = footer_of(session, sql, &answer, counts, shortened, presentation);
        if presentation.interactive {
            write_footer(context.out, &context.style, &footer)?;
        } else {
            context.out.flush()?;
            write_footer(context.err, &context.style, &footer)?;
        }
    }
    Ok(Answered {
        explainable: matches!(answer.kind, Kind::Query | Kind::Write),
        schema_changed: answer.kind == Kind::Schema,
    })
}

/// The failure of a statement: with a caret, the nearest name and a reason
/// where they are known.
fn explained(
    error: Error,
    sql: &str,
    schema: &Schema,
    context: &Context<'_>,
    line: usize,
) -> Failure {
    let Error::Sql { message, offset } = &error else {
        return Failure::from(error);
    };
    let diagnosis = sql::diagnose(sql, message, *offset, schema).at_line(line);
    let text = diagnostic::text(&diagnosis, &context.style);
    Failure::from(error).saying(text)
}

fn footer_of(
    session: &Session,
    sql: &str,
    answer: &Answer,
    counts: Counts,
    shortened: Option<&'static str>,
    presentation: Presentation,
) -> Footer {
    let outcome = match answer.kind {
        Kind::Query => footer::Outcome::Rows(counts),
        Kind::Write => footer::Outcome::Changed(answer.changed),
        Kind::Schema | Kind::Other => footer::Outcome::Done,
    };
    let told = match &answer.cached {
        Some(served) => Some(cache::footer(served, presentation.timer)),
        None => plan_note(session, sql, answer),
    };
    let dropped = answer.dropped.map(cache::dropped);
    let notes: Vec<String> = [told, dropped, shortened.map(str::to_owned)]
        .into_iter()
        .flatten()
        .collect();
    Footer {
        outcome,
        elapsed: (presentation.timer && answer.cached.is_none()).then_some(answer.elapsed),
        note: (!notes.is_empty()).then(|| notes.join("  ")),
        hint: None,
    }
}
