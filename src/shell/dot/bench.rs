//! `.bench`: the benchmark, from inside the shell.

use std::path::PathBuf;

use clap::Parser;

use super::worth::{ask_for_keys, several, with_server};
use super::{Argument, DotCommand, Flow};
use crate::commands::bench::{Ground, RunArgs};
use crate::commands::{Failure, bench, worth};
use crate::lab::workload::{Workload, Yours};
use crate::sandbox::Source;
use crate::shell::Shell;

pub(super) const COMMAND: DotCommand = DotCommand {
    name: ".bench",
    aliases: &[],
    arguments: "[run|list|...]",
    completes: Argument::Words(&[("run", &[]), ("list", &[]), ("compare", &[])]),
    summary: "cached against uncached reads, measured",
    details: ".bench                    your last query, for each value of its keys\n\
              .bench --sides cached,local --requests 5k\n\
              .bench run order-summary  a workload that comes along; .bench list has all\n\
              .bench compare A.json B.json\n\
              dbdojo bench --help lists the flags. It runs on copies of its own, and\n\
              through the cache as .cache on has set it. .parameter set NAME select ...\n\
              gives the values of a parameter.",
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
        Some(query) if is_own => on_last_query(shell, line.args.run, &query)?,
        _ => bench::run(&mut shell.context, &shell.options, line.args)?,
    }
    Ok(Flow::GoOn)
}

/// Through the cache as it is turned on.
fn on_last_query(shell: &mut Shell<'_>, mut args: RunArgs, query: &str) -> Result<(), Failure> {
    let Some((yours, source)) = yours(shell, query)? else {
        return Ok(());
    };
    let options = with_server(shell);
    if let Some(cache) = shell.session.cache() {
        let settings = cache.options();
        args.rules = args.rules.or(&settings.rules);
        args.encoding = args.encoding.or(Some(settings.encoding));
    }
    let label = shell.session.label();
    let ground = |command| Ground {
        source,
        label,
        command,
    };
    bench::on_query(&mut shell.context, &options, &args, yours, ground)
}

/// The query for all values of its keys, and the session's data as it is now,
/// with indexes and changes of the learner's; nothing when the question where
/// the keys come from was given up.
///
/// # Errors
/// Usage inside a transaction, whose changes nobody else sees, and for a query
/// without a key.
pub(super) fn yours(
    shell: &mut Shell<'_>,
    query: &str,
) -> Result<Option<(Yours, Source)>, Failure> {
    if shell.session.practice().in_transaction() {
        return Err(Failure::usage(
            "other connections do not see this transaction's changes: COMMIT or ROLLBACK first",
        ));
    }
    let mut given = several(shell.session.practice().bindings());
    let subject = worth::subject(&shell.context, &mut shell.session, query, &given)?;
    let asks = shell.interactive && !shell.context.quiet;
    if asks && !ask_for_keys(shell, &subject, &mut given)? {
        return Ok(None);
    }
    let yours = Workload::from_query(&subject, &given)
        .map_err(|error| Failure::usage(error.to_string()))?;
    let practice = shell.session.practice();
    let path = practice
        .connection()
        .path()
        .map(PathBuf::from)
        .unwrap_or_default();
    let source = match (practice.is_copied(), &shell.options.db) {
        (true, _) | (_, Some(_)) => Source::File(path),
        _ => Source::Built(path),
    };
    Ok(Some((yours, source)))
}

/// Clap's message without its own `error: ` and its usage.
pub(super) fn first_line(message: &str) -> String {
    let line = message.lines().next().unwrap_or_default();
    line.trim_start_matches("error: ").to_owned()
}
