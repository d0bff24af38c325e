//! `.bench`: the benchmark, from inside the shell.

use std::path::PathBuf;

use clap::Parser;

use super::{Argument, DotCommand, Flow};
use crate::commands::bench::{Ground, RunArgs};
use crate::commands::{Failure, bench};
use crate::sandbox::Source;
use crate::shell::Shell;

pub(super) const COMMAND: DotCommand = DotCommand {
    name: ".bench",
    aliases: &[],
    arguments: "[run|list|...]",
    completes: Argument::Words(&[("run", &[]), ("list", &[]), ("compare", &[])]),
    summary: "cached against uncached reads, measured",
    details: ".bench                    your last query, for each value of its key\n\
              .bench --sides cached,local --requests 5k\n\
              .bench run order-summary  a workload that comes along; .bench list has all\n\
              .bench compare A.json B.json\n\
              dbdojo bench --help lists the flags. It runs on copies of its own.",
    run,
};

/// `.bench`'s own command line: the same arguments as the subcommand's.
#[derive(Parser)]
#[command(name = ".bench", no_binary_name = true, disable_help_flag = true)]
struct Line {
    #[command(flatten)]
    args: bench::Args,
}

fn run(shell: &mut Shell<'_>, rest: &str) -> Result<Flow, Failure> {
    let line = Line::try_parse_from(rest.split_whitespace())
        .map_err(|error| Failure::usage(first_line(&error.to_string())))?;
    let is_own = line.args.action.is_none()
        && line.args.run.sql.is_none()
        && rest
            .split_whitespace()
            .next()
            .is_none_or(|word| word.starts_with('-'));
    match shell.last_query.clone() {
        Some(query) if is_own => on_last_query(shell, &line.args.run, &query)?,
        _ => bench::run(&mut shell.context, &shell.options, line.args)?,
    }
    Ok(Flow::GoOn)
}

/// On the session's data as it is now, with indexes and changes of the learner's.
fn on_last_query(shell: &mut Shell<'_>, args: &RunArgs, query: &str) -> Result<(), Failure> {
    let query = shell.with_values(query)?;
    let source = source(shell)?;
    let label = shell.session.label();
    let ground = |command| Ground {
        source,
        label,
        command,
    };
    let (context, options) = (&mut shell.context, &shell.options);
    bench::on_query(context, options, args, &shell.schema, &query, ground)
}

/// The session's data as it is now, for others to open.
///
/// # Errors
/// Usage inside a transaction, whose changes they would not see.
pub(super) fn source(shell: &Shell<'_>) -> Result<Source, Failure> {
    let practice = shell.session.practice();
    if practice.in_transaction() {
        return Err(Failure::usage(
            "other connections do not see this transaction's changes: COMMIT or ROLLBACK first",
        ));
    }
    let path = practice
        .connection()
        .path()
        .map(PathBuf::from)
        .unwrap_or_default();
    Ok(match (practice.is_copied(), &shell.options.db) {
        (true, _) | (_, Some(_)) => Source::File(path),
        _ => Source::Built(path),
    })
}

/// Clap's message without its own `error: ` and its usage.
pub(super) fn first_line(message: &str) -> String {
    let line = message.lines().next().unwrap_or_default();
    line.trim_start_matches("error: ").to_owned()
}
