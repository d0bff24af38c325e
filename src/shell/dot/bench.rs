//! `.bench`: the benchmark, from inside the shell.

use clap::Parser;

use super::{Argument, DotCommand, Flow};
use crate::commands::{Failure, bench};
use crate::shell::Shell;

pub(super) const COMMAND: DotCommand = DotCommand {
    name: ".bench",
    aliases: &[],
    arguments: "[run|list] [FLAG]",
    completes: Argument::Words(&[("run", &[]), ("list", &[])]),
    summary: "cached against uncached reads, measured",
    details: ".bench                    the default workload, on a copy of its own\n\
              .bench run --requests 5k  shorter; dbdojo bench --help lists the flags",
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
    bench::run(&mut shell.context, &shell.options, line.args)?;
    Ok(Flow::GoOn)
}

/// Clap's message without its own `error: ` and its usage.
fn first_line(message: &str) -> String {
    let line = message.lines().next().unwrap_or_default();
    line.trim_start_matches("error: ").to_owned()
}
