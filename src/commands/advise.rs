//! `dbdojo advise`: which indexes to build, really built and measured.

use std::path::{Path, PathBuf};

use super::{Context, Exit, Failure, Options, explain, open};
use crate::plan::advise::{self, Error, Failing, Weighted};
use crate::session::Session;
use crate::sql::{self, Schema};
use crate::view::{Format, advise as view, advise_json, workload_json};

/// Arguments of `advise`.
#[derive(Debug, Clone, clap::Args)]
pub struct Args {
    /// The statement
    #[arg(value_name = "SQL", required_unless_present = "workload")]
    sql: Option<String>,

    /// Advise on all statements of this file together; `-- weight: 10` before
    /// one says how often it is run
    #[arg(long, value_name = "FILE", conflicts_with = "sql")]
    workload: Option<PathBuf>,
}

/// Advises on the data that the options name.
///
/// # Errors
/// When the data or the file cannot be opened; what is wrong with a statement.
pub fn run(context: &mut Context<'_>, options: &Options, args: &Args) -> Result<(), Failure> {
    let statements = match &args.workload {
        Some(path) => {
            let text = std::fs::read_to_string(path).map_err(|error| {
                let message = format!("could not read {}: {error}", path.display());
                Failure::new(Exit::Unreachable, message)
            })?;
            Some((path, workload_of(&text)?, text))
        }
        None => None,
    };
    let mut session = open::session(context, options)?;
    let schema = session.schema().unwrap_or_default();
    match statements {
        Some((path, statements, text)) => {
            let origin = Origin::File { path, text: &text };
            on_workload(context, &mut session, &schema, &statements, &origin)
        }
        None => {
            let sql = args.sql.as_deref().unwrap_or_default();
            on_statement(context, &mut session, &schema, sql)
        }
    }
}

/// Advises on `sql`, on the private copy, and draws it. Afterwards the data is
/// as it was.
///
/// # Errors
/// What is wrong with the statement; the time limit; Ctrl-C.
pub fn on_statement(
    context: &mut Context<'_>,
    session: &mut Session,
    schema: &Schema,
    sql: &str,
) -> Result<(), Failure> {
    prepare(context, session)?;
    let (budget, clock) = (session.budget(), context.clock.clone());
    let given = session.practice().bindings().clone();
    let advised = session.practice_mut().with_budget(budget, |conn| {
        let values = advise::values(conn, sql, &given)?;
        advise::one(conn, sql, &values, &clock)
    });
    let advice = advised.map_err(|error| failure_of(context, session, schema, error, sql))?;
    match context.format {
        Format::Json | Format::Jsonl => writeln!(context.out, "{:#}", advise_json(&advice))?,
        _ => view::write(context.out, &context.style, &advice)?,
    }
    Ok(())
}

/// Where the statements of a workload come from.
#[derive(Debug, Clone, Copy)]
pub enum Origin<'a> {
    /// A file, whose mistakes are to be mended there.
    File {
        /// Its path.
        path: &'a Path,
        /// What is in it.
        text: &'a str,
    },
    /// The shell, where each of them worked once.
    History,
}

/// The same for many statements together.
///
/// # Errors
/// What is wrong with one of them; the time limit; Ctrl-C.
pub fn on_workload(
    context: &mut Context<'_>,
    session: &mut Session,
    schema: &Schema,
    statements: &[Weighted],
    origin: &Origin<'_>,
) -> Result<(), Failure> {
    prepare(context, session)?;
    let (budget, clock) = (session.budget(), context.clock.clone());
    let given = session.practice().bindings().clone();
    let failing = match origin {
        Origin::File { .. } => Failing::Refused,
        Origin::History => Failing::LeftOut,
    };
    let advised = session.practice_mut().with_budget(budget, |conn| {
        advise::workload(conn, statements, &given, failing, &clock)
    });
    let workload = advised.map_err(|(at, error)| {
        let statement = statements.get(at).map_or("", |it| it.sql.as_str());
        let failure = failure_of(context, session, schema, error, statement);
        let Origin::File { path, text } = origin else {
            return failure;
        };
        let file = path.display().to_string();
        let line = sql::split(text).nth(at).map_or(1, |it| it.line);
        failure.at_place(Some(&file), line, statement)
    })?;
    match context.format {
        Format::Json | Format::Jsonl => writeln!(context.out, "{:#}", workload_json(&workload))?,
        _ => view::write_workload(context.out, &context.style, &workload)?,
    }
    Ok(())
}

fn prepare(context: &Context<'_>, session: &mut Session) -> Result<(), Failure> {
    if session.practice().in_transaction() {
        return Err(Failure::usage(Error::InTransaction.to_string()));
    }
    let mut bar = context.progress_bar();
    session.practice_mut().make_private(&mut |p| bar.watch(p))?;
    Ok(())
}

/// The statements of a file, each with the weight that a comment before it
/// gives, else 1.
///
/// # Errors
/// A weight that is no number above 0; a file without statements.
pub fn workload_of(text: &str) -> Result<Vec<Weighted>, Failure> {
    let mut statements = Vec::new();
    let mut rest = 0;
    for statement in sql::split(text) {
        let at = statement.text.as_ptr() as usize - text.as_ptr() as usize;
        let weight = weight_in(&text[rest..at + statement.text.len()])?;
        rest = at + statement.text.len();
        statements.push(Weighted {
            sql: statement.text.to_owned(),
            weight: weight.unwrap_or(1.0),
        });
    }
    if statements.is_empty() {
        return Err(Failure::usage(Error::NoStatement.to_string()));
    }
    Ok(statements)
}

/// The last `weight: N` in a comment of `text`.
fn weight_in(text: &str) -> Result<Option<f64>, Failure> {
    let mut weight = None;
    for token in sql::lex(text).filter(|it| it.kind == sql::TokenKind::Comment) {
        let comment = token.text(text);
        let Some((_, after)) = comment.split_once("weight:") else {
            continue;
        };
        let word = after.split_whitespace().next().unwrap_or("");
        match word.parse::<f64>() {
            Ok(number) if number.is_finite() && number > 0.0 => weight = Some(number),
            _ => {
                let message =
                    format!("{word:?} is no weight: write a number above 0, as in weight: 10");
                return Err(Failure::usage(message));
            }
        }
    }
    Ok(weight)
}

pub(super) fn failure_of(
    context: &Context<'_>,
    session: &Session,
    schema: &Schema,
    error: Error,
    sql: &str,
) -> Failure {
    match error {
        Error::Statement(error) => explain::failure_of(context, session, error, sql, schema),
        Error::Sqlite(error) => Failure::from(session.practice().explain_error(error)),
        other => Failure::usage(other.to_string()),
    }
}
