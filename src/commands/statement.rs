//! Runs one statement and draws its answer: rows, footer, or the error with a
//! caret.

use std::io;

use super::{Context, Failure};
use crate::cache::Layer;
use crate::plan;
use crate::sandbox::{Bindings, Error, Kind};
use crate::session::{Answer, Session};
use crate::sql::lint::{self, WholeTable};
use crate::sql::{self, Schema};
use crate::units;
use crate::view::footer::{self, Footer, write_footer};
use crate::view::result::{self, Counts, ResultSink};
use crate::view::running::{Running, Told};
use crate::view::{self, Format, Style, cache, diagnostic};

/// How the answer is told.
#[derive(Debug, Clone, Copy)]
pub struct Presentation {
    /// Whether a person is typing: the footer is in the same stream. A
    /// script's footers go to standard error.
    pub interactive: bool,
    /// How many rows of a result are printed; `None` for all.
    pub window: Option<usize>,
    /// Whether footers tell times.
    pub timer: bool,
    /// Whether the output already ends with a result, and nothing between.
    pub after_result: bool,
    /// The line of the script on which the statement begins, from 1.
    pub line: usize,
    /// Whether tables and CSV begin with the columns' names.
    pub headers: bool,
    /// Whether only queries have a footer: a script's thousand INSERTs are no news.
    pub results_only: bool,
}

/// Runs `sql`, one statement, in `session`, and returns what it did.
///
/// # Errors
/// The statement's, drawn with a caret where its place is known.
pub fn run(
    context: &mut Context<'_>,
    session: &mut Session,
    sql: &str,
    schema: &Schema,
    presentation: Presentation,
) -> Result<Kind, Failure> {
    let mut bar = context.progress_bar();
    let options = result::Options {
        max_rows: presentation.window,
        is_terminal: context.is_terminal,
        after_result: presentation.after_result,
        no_headers: !presentation.headers,
    };
    let running = Running::start(&context.clock, context.quiet);
    let heartbeat = running.as_ref().map(Running::heartbeat);
    session.practice_mut().set_heartbeat(heartbeat);
    // A table with a window is drawn at its end; all else as it comes.
    let is_whole = context.format == Format::Table && presentation.window.is_some();
    let streams = context.is_terminal && !is_whole;
    let rows = result::writer(context.format, context.out, context.style, options);
    let mut rows = Told::new(rows, running.as_ref(), streams);
    let ran = session.run(sql, &mut rows, &mut |p| bar.watch(p));
    session.practice_mut().set_heartbeat(None);
    let (counts, shortened) = (rows.counts(), rows.note());
    drop(rows);
    drop((running, bar));
    let is_cut = matches!(&ran, Err(Error::TimeLimit(_) | Error::Interrupted)) && counts.rows > 0;
    if let (Err(error), true, false) = (&ran, is_cut, context.format.is_for_machines())
        && presentation.interactive
    {
        // Below its last row, where it is read; the failure is told behind it.
        let rows = units::counted(counts.rows, "row", "rows");
        writeln!(context.out, "Cut after {rows}: {error}")?;
    }

    let caching = session.cache().is_some();
    let trace = session.cache().map(Layer::take_trace).unwrap_or_default();
    let answer =
        ran.map_err(|error| failure_of(error, sql, schema, &context.err_style, presentation.line))?;
    let is_news = !presentation.results_only || answer.kind == Kind::Query;
    if is_news && !context.quiet && !context.format.is_for_machines() {
        let footer = footer_of(session, sql, &answer, counts, shortened, presentation);
        let (beside, style): (&mut dyn io::Write, Style) = if presentation.interactive {
            (context.out, context.style)
        } else {
            context.out.flush()?;
            (context.err, context.err_style)
        };
        cache::write_trace(beside, &style, &trace)?;
        write_footer(beside, &style, &footer)?;
        let mut notes = lint::lint_ran(sql, schema, caching, Some(counts.rows));
        // A person was asked before.
        notes.retain(|note| !presentation.interactive || note.code != lint::WHOLE_TABLE);
        view::lint::write_notes(beside, &style, &notes)?;
        if context.settings.auto_explain
            && matches!(answer.kind, Kind::Query | Kind::Write)
            && let Some(plan) = plan_of(session, sql)
        {
            view::plan_line::write(beside, &style, &plan)?;
        }
    }
    Ok(answer.kind)
}

/// The table of which `sql` would change or delete every row, and how many
/// those are; `None` if there are none, or `sql` does nothing of the kind.
pub fn at_stake(session: &mut Session, sql: &str) -> Option<(WholeTable, u64)> {
    let whole = lint::whole_table(sql)?;
    let budget = session.budget();
    // What cannot be counted is left to the statement's own error.
    let rows = session
        .practice_mut()
        .count_rows(&whole.table, budget)
        .ok()?;
    (rows > 0).then_some((whole, rows))
}

/// The failure of a statement: with a caret, the nearest name and a reason
/// where they are known. `line` is where it begins in its script.
pub fn failure_of(error: Error, sql: &str, schema: &Schema, style: &Style, line: usize) -> Failure {
    let Error::Sql { message, offset } = &error else {
        return Failure::from(error);
    };
    let diagnosis = sql::diagnose(sql, message, *offset, schema).at_line(line);
    let text = diagnostic::text(style, &diagnosis);
    Failure::from(error).saying(text)
}

/// The plan of a statement that has run, which is not run again. `None` when it
/// has none, or when asking is stopped.
fn plan_of(session: &mut Session, sql: &str) -> Option<plan::Explanation> {
    let (budget, given) = (session.budget(), session.practice().bindings().clone());
    session
        .practice_mut()
        .with_budget(budget, |conn| plan::explain_with(conn, sql, &given))
        .ok()
}

/// Whether the database does not have it yet.
fn is_queued(answer: &Answer) -> bool {
    let behind = answer.behind.as_ref();
    behind.is_some_and(|behind| behind.queued.is_some())
}

/// What happened, how long it took, and the one thing worth knowing about it.
fn footer_of(
    session: &Session,
    sql: &str,
    answer: &Answer,
    counts: Counts,
    shortened: Option<&'static str>,
    presentation: Presentation,
) -> Footer {
    let (outcome, rows) = match answer.kind {
        Kind::Query => (footer::Outcome::Rows(counts), counts.rows),
        Kind::Write if is_queued(answer) => (footer::Outcome::Queued, 0),
        Kind::Write => (footer::Outcome::Changed(answer.changed), answer.changed),
        Kind::Schema | Kind::Other => (footer::Outcome::Done, 0),
    };
    let mut notes = Vec::new();
    let mut hint = None;
    if let Some(served) = &answer.served {
        notes.push(if presentation.timer {
            cache::served_note(&served.outcome, &served.times)
        } else {
            cache::served_word(&served.outcome)
        });
    } else if let Some(counters) = &answer.counters
        && matches!(answer.kind, Kind::Query | Kind::Write)
        && let Some(summary) = plan::footer(session.practice().connection(), sql, counters, rows)
    {
        notes.push(summary.text);
        if summary.explain && presentation.interactive {
            hint = Some(".explain says why".to_owned());
        }
    }
    if presentation.timer {
        notes.extend(answer.warm.clone());
    }
    if let Some((dropped, tables)) = &answer.dropped {
        let tables: Vec<&str> = tables.iter().map(String::as_str).collect();
        notes.extend(cache::dropped_note(dropped, &tables));
    }
    if let Some(behind) = &answer.behind {
        notes.extend(cache::behind_notes(behind));
    }
    notes.extend(shortened.map(str::to_owned));
    if counts.shown < counts.rows && hint.is_none() {
        hint = Some(".rows all shows all".to_owned());
    }
    Footer {
        outcome,
        elapsed: (presentation.timer && answer.served.is_none()).then_some(answer.elapsed),
        note: (!notes.is_empty()).then(|| notes.join("  ")),
        hint,
    }
}

/// Refuses values for what is none of these parameters, which are named without
/// their signs.
///
/// # Errors
/// Usage, naming the nearest parameter.
pub fn refuse_unused(given: &Bindings, names: &[String]) -> Result<(), Failure> {
    for binding in given.iter() {
        let name = binding.name.trim_start_matches([':', '@', '$', '?']);
        if names.iter().any(|it| it == name) {
            continue;
        }
        return Err(Failure::usage(
            match sql::nearest(name, names.iter().map(String::as_str)) {
                Some(near) => {
                    format!("nothing in the statement is called {name}: did you mean {near}?")
                }
                None if names.is_empty() => format!(
                    "nothing in the statement is called {name}: write :{name} where its value \
                     belongs"
                ),
                None => format!(
                    "nothing in the statement is called {name}; values can be given for {}",
                    names.join(", ")
                ),
            },
        ));
    }
    Ok(())
}
