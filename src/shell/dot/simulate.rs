//! `.simulate`: the last query's reads through the session's cache, in virtual
//! time.

use clap::Parser;

use super::{Argument, DotCommand, Flow};
use crate::commands::Failure;
use crate::commands::simulate::{self, Asked};
use crate::shell::Shell;

pub(super) const COMMAND: DotCommand = DotCommand {
    name: ".simulate",
    aliases: &[],
    arguments: "[FLAG...]",
    completes: Argument::Words(&[
        ("--ttl", &["1s,10s,60s"]),
        ("--capacity", &["1%,10%"]),
        ("--policy", &["lru,fifo,sieve"]),
        ("--mrc", &[]),
        ("--workload", &[]),
        ("--scenario", &["list"]),
    ]),
    summary: "your query through the cache, in virtual time",
    details: ".simulate                     the last query, for each value of its key,\n\
              \u{20}                             through the cache as .cache has it\n\
              .simulate --ttl 1s,10s,60s --capacity 1%,10%    several at once\n\
              .simulate --policy lru,fifo,sieve               policies compared\n\
              .simulate --workload order-summary --mrc -o curve.svg\n\
              .simulate --scenario list     scenes with a known answer\n\
              dbdojo simulate --help lists the flags. Nothing of yours is changed.",
    run,
};

/// `.simulate`'s own command line: the same arguments as the subcommand's.
#[derive(Parser)]
#[command(name = ".simulate", no_binary_name = true, disable_help_flag = true)]
struct Line {
    #[command(flatten)]
    args: simulate::Args,
}

fn run(shell: &mut Shell<'_>, rest: &str) -> Result<Flow, Failure> {
    let line = Line::try_parse_from(rest.split_whitespace())
        .map_err(|error| Failure::usage(super::bench::first_line(&error.to_string())))?;
    match shell.last_query.clone() {
        Some(query) if line.args.is_open() => on_last_query(shell, &line.args, &query)?,
        _ => simulate::run(&mut shell.context, &shell.options, line.args)?,
    }
    Ok(Flow::GoOn)
}

/// On the session's data as it is now, through a cache as it is set.
fn on_last_query(shell: &mut Shell<'_>, args: &simulate::Args, query: &str) -> Result<(), Failure> {
    let Some((yours, source)) = super::bench::yours(shell, query)? else {
        return Ok(());
    };
    let rules = shell.session.cache().map(|cache| cache.options().rules);
    let asked = Asked::Query {
        workload: Box::new(yours.workload),
        source,
        label: shell.session.label(),
        rules,
    };
    simulate::through_layer(&mut shell.context, &shell.options, args, asked)
}
