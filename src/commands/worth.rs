//! `dbdojo worth`: would a cache help this query, or an index?

use std::path::{Path, PathBuf};
use std::time::Duration;

use super::{Context, Exit, Failure, NewFile, Options, advise, open, shell_word, statement};
use crate::cache::Choice;
use crate::lab::simulate::{Columns, Trace, TraceError, TraceFile};
use crate::lab::worth::keys::{self, NoKeys};
use crate::lab::worth::{self, BadTrace, Distances, Error, Reads, Subject, Worth};
use crate::sandbox::{self, Bindings};
use crate::session::Session;
use crate::sql::{self, Schema};
use crate::units;
use crate::view::{Format, worth as view, worth_card, worth_json};

/// How far away servers are while nobody says otherwise.
const USUAL_DISTANCE: Duration = Duration::from_micros(500);
/// Nobody waits longer for a server.
const FURTHEST: Duration = Duration::from_secs(60);

/// Arguments of `worth`.
#[derive(Debug, Clone, clap::Args)]
pub struct Args {
    /// The query; --param NAME='SELECT ..' or NAME=1,2,3 gives the keys it is asked for
    #[arg(value_name = "SQL")]
    sql: String,

    /// How it is measured.
    #[command(flatten)]
    how: How,

    /// Write a card for a pull request to this file, in Markdown
    #[arg(long, value_name = "FILE.md")]
    share: Option<PathBuf>,

    /// Leave SQL and names out of the card
    #[arg(long, requires = "share")]
    redact: bool,

    /// Write over the card if it exists
    #[arg(long, requires = "share")]
    force: bool,
}

/// What is taken into account.
#[derive(Debug, Clone, Default, clap::Args)]
pub struct How {
    /// How reads are spread: a key on each line, or CSV with time,key,op
    #[arg(long, value_name = "FILE")]
    pub trace: Option<PathBuf>,

    /// Which column of the trace is what: time,key,-,op or key=NAME,time=NAME
    #[arg(
        long,
        value_name = "COLUMNS",
        requires = "trace",
        allow_hyphen_values = true
    )]
    pub trace_columns: Option<Columns>,

    /// Count lines of the trace that cannot be read, and go on
    #[arg(long, requires = "trace")]
    pub skip_bad_lines: bool,

    /// Round trip to the database in what is computed [default: 500us for both]
    #[arg(long, value_name = "TIME", value_parser = distance)]
    pub rtt_db: Option<Duration>,

    /// Round trip to the cache server; where only one is given, the other is here
    #[arg(long, value_name = "TIME", value_parser = distance)]
    pub rtt_cache: Option<Duration>,
}

/// A round trip: a duration of a minute at most, to three digits, as all figures are.
fn distance(text: &str) -> Result<Duration, String> {
    let time = units::parse_duration(text).map_err(|error| error.to_string())?;
    if time > FURTHEST {
        return Err("a round trip is a minute at most".to_owned());
    }
    Ok(worth::to_three_digits(time))
}

impl How {
    fn distances(&self) -> Distances {
        let (database, cache) = match (self.rtt_db, self.rtt_cache) {
            (None, None) => (USUAL_DISTANCE, USUAL_DISTANCE),
            (database, cache) => (database.unwrap_or_default(), cache.unwrap_or_default()),
        };
        Distances { database, cache }
    }

    /// As flags on a command line.
    fn written(&self) -> String {
        let mut text = String::new();
        if let Some(trace) = &self.trace {
            text += &format!(" --trace {}", shell_word(&trace.display().to_string()));
        }
        if let Some(columns) = &self.trace_columns {
            text += &format!(" --trace-columns {}", shell_word(&columns.to_string()));
        }
        if self.skip_bad_lines {
            text += " --skip-bad-lines";
        }
        for (flag, time) in [("--rtt-db", self.rtt_db), ("--rtt-cache", self.rtt_cache)] {
            if let Some(time) = time {
                text += &format!(" {flag} {}us", time.as_nanos() as f64 / 1e3);
            }
        }
        text
    }
}

/// An answer that can be shared.
#[derive(Debug, Clone)]
pub struct Weighed {
    /// What was measured.
    pub worth: Worth,
    /// The label of the data.
    pub data: String,
    /// The command line that measures it again.
    pub command: String,
}

/// Weighs the query on the data that the options name.
///
/// # Errors
/// When the data, the trace or the cache server cannot be reached; what is wrong
/// with the query; when the card cannot be written.
pub fn run(context: &mut Context<'_>, options: &Options, args: &Args) -> Result<(), Failure> {
    // Before the work, which may take long.
    let card = match &args.share {
        Some(path) => Some(NewFile::begin(path, args.force)?),
        None => None,
    };
    let mut session = open::session(context, options)?;
    let given = session.practice().bindings().clone();
    let subject = subject(context, &mut session, &args.sql, &given)?;
    unused(&session, &args.sql, &given)?;
    let question = Question {
        sql: &args.sql,
        subject: &subject,
        given: &given,
        how: &args.how,
    };
    let weighed = weigh(context, options, &mut session, &question)?;
    write(context, &weighed)?;
    match card {
        Some(card) => finish_card(context, card, &weighed, args.redact),
        None => Ok(()),
    }
}

/// What to weigh.
pub struct Question<'a> {
    /// The statement as it was written.
    pub sql: &'a str,
    /// The same with parameters.
    pub subject: &'a Subject,
    /// Where their values come from, if not from their columns.
    pub given: &'a Bindings,
    /// What is taken into account.
    pub how: &'a How,
}

/// The statement with its parameters, after a look whether its answer can be
/// cached at all.
///
/// # Errors
/// What is wrong with it; several statements; what cannot be cached.
pub fn subject(
    context: &Context<'_>,
    session: &mut Session,
    sql: &str,
    given: &Bindings,
) -> Result<Subject, Failure> {
    let schema = session.schema().unwrap_or_default();
    match sql::split(sql).count() {
        0 => return Err(Failure::usage("there is no statement to weigh")),
        1 => {}
        _ => return Err(Failure::usage("one statement at a time, please")),
    }
    worth::facts(session.practice(), sql)
        .map_err(|error| failure_of(context, session, &schema, error, sql))?;
    Ok(Subject::of(sql, &schema, given))
}

/// Refuses values for what is no parameter of the statement.
fn unused(session: &Session, sql: &str, given: &Bindings) -> Result<(), Failure> {
    let schema = session.schema().unwrap_or_default();
    let names = Subject::names(sql, &schema);
    statement::refuse_unused(given, &names)
}

/// Finds the keys and measures, on the private copy.
///
/// # Errors
/// As [`run`].
pub fn weigh(
    context: &mut Context<'_>,
    options: &Options,
    session: &mut Session,
    question: &Question<'_>,
) -> Result<Weighed, Failure> {
    let schema = session.schema().unwrap_or_default();
    let reads = reads(question.how)?;
    let mut bar = context.progress_bar();
    session.practice_mut().make_private(&mut |p| bar.watch(p))?;
    let (budget, subject) = (session.budget(), question.subject);
    let found = session.practice_mut().with_budget(budget, |conn| {
        keys::find(conn, subject, question.given, context.seed)
    });
    let weighed = found.map_err(Error::from).and_then(|keys| {
        let with = worth::Options {
            choice: options.cache.clone(),
            dataset: session.short_label().to_owned(),
            budget,
            clock: context.clock.clone(),
            distances: question.how.distances(),
            reads,
            seed: context.seed,
        };
        worth::weigh(session.practice_mut(), subject, keys, with, &mut |p| {
            bar.watch(p);
        })
    });
    drop(bar);
    let worth =
        weighed.map_err(|error| failure_of(context, session, &schema, error, &subject.sql))?;
    Ok(Weighed {
        worth,
        data: session.label(),
        command: command(context, options, question),
    })
}

/// Draws it, or prints it for programs.
///
/// # Errors
/// What writing met.
pub fn write(context: &mut Context<'_>, weighed: &Weighed) -> Result<(), Failure> {
    match context.format {
        Format::Json | Format::Jsonl => {
            writeln!(context.out, "{:#}", worth_json(&weighed.worth))?;
        }
        _ => view::write(context.out, &context.style, &weighed.worth)?,
    }
    Ok(())
}

/// Writes the card to a file of its own.
///
/// # Errors
/// When the file is there already, unless `force`; when it cannot be written.
pub fn share(
    context: &mut Context<'_>,
    weighed: &Weighed,
    path: &Path,
    redacted: bool,
    force: bool,
) -> Result<(), Failure> {
    let file = NewFile::begin(path, force)?;
    finish_card(context, file, weighed, redacted)
}

fn finish_card(
    context: &mut Context<'_>,
    mut file: NewFile,
    weighed: &Weighed,
    redacted: bool,
) -> Result<(), Failure> {
    let processors = std::thread::available_parallelism().map_or(1, usize::from);
    let machine = format!(
        "{}, {} {}",
        units::counted(processors as u64, "processor", "processors"),
        std::env::consts::OS,
        std::env::consts::ARCH
    );
    let card = worth_card::Card {
        worth: &weighed.worth,
        data: &weighed.data,
        command: &weighed.command,
        sqlite: rusqlite::version(),
        machine: &machine,
        redacted,
    };
    worth_card::write(&mut file, &card)?;
    let path = file.path().display().to_string();
    file.finish()?;
    if !context.quiet && !context.format.is_for_machines() {
        context.out.flush()?;
        writeln!(context.err, "the card is in {path}")?;
    }
    Ok(())
}

fn reads(how: &How) -> Result<Option<Reads>, Failure> {
    let Some(path) = &how.trace else {
        return Ok(None);
    };
    let told = |error: BadTrace| {
        let exit = match error {
            BadTrace::Unreadable(TraceError::File { .. }) => Exit::Unreachable,
            _ => Exit::Failed,
        };
        Failure::new(exit, error.to_string())
    };
    let file = TraceFile {
        columns: how.trace_columns.clone(),
        skip_bad_lines: how.skip_bad_lines,
        ..TraceFile::of(path.clone())
    };
    let mut trace = Trace::open(&file).map_err(|error| told(error.into()))?;
    Reads::of(&mut trace).map(Some).map_err(told)
}

/// The command line that measures it again; without a password in it.
fn command(context: &Context<'_>, options: &Options, question: &Question<'_>) -> String {
    let mut text = "dbdojo".to_owned();
    match &options.db {
        Some(path) => text += &format!(" --db {}", shell_word(&path.display().to_string())),
        None => text += &format!(" -d {}", shell_word(&options.data)),
    }
    if options.cache != Choice::Auto {
        text += &format!(" --cache {}", shell_word(&options.cache.to_string()));
    }
    if context.seed != 1 {
        text += &format!(" --seed {}", context.seed);
    }
    for binding in question.given.iter() {
        let value = match &binding.value {
            sandbox::Value::Text(text) if sandbox::bindings::literal(text) == binding.value => {
                text.clone()
            }
            other => sandbox::bindings::written(other),
        };
        let word = format!("{}={value}", binding.name);
        text += &format!(" --param {}", shell_word(&word));
    }
    let sql = question.sql.trim().trim_end_matches(';').trim_end();
    format!("{text} worth {}{}", shell_word(sql), question.how.written())
}

fn failure_of(
    context: &Context<'_>,
    session: &Session,
    schema: &Schema,
    error: Error,
    sql: &str,
) -> Failure {
    let of_statement = |error| statement::failure_of(error, sql, schema, &context.err_style, 1);
    match error {
        Error::Practice(error) => of_statement(error),
        Error::Sqlite(error) => of_statement(session.practice().explain_error(error)),
        Error::Advice(error) => advise::failure_of(context, session, schema, error, sql),
        Error::Keys(NoKeys::Select { name, error }) => {
            let failure = Failure::from(session.practice().explain_error(error));
            match failure.message.clone() {
                Some(why) => {
                    failure.saying(format!("the values of {name} could not be read: {why}"))
                }
                None => failure,
            }
        }
        Error::Open(error) if !error.is_usage() => {
            Failure::new(Exit::Unreachable, error.to_string())
        }
        Error::CacheFailed(_) | Error::NotStored(_) | Error::Uncacheable(_) => {
            Failure::new(Exit::Failed, error.to_string())
        }
        Error::Keys(NoKeys::OneKey { .. }) => Failure::new(Exit::Failed, error.to_string()),
        Error::InTransaction | Error::Keys(_) | Error::Open(_) => Failure::usage(error.to_string()),
    }
}
