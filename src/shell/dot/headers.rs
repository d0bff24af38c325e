//! `.headers`: the names of the columns above a result.

use super::{Argument, DotCommand, Flow, on_or_off};
use crate::commands::Failure;
use crate::shell::Shell;

pub(super) const COMMAND: DotCommand = DotCommand {
    name: ".headers",
    aliases: &[".header"],
    arguments: "[on|off]",
    completes: Argument::Words(&[("on", &[]), ("off", &[])]),
    summary: "whether tables and CSV begin with column names",
    details: ".headers off    rows only, in tables and CSV\n\
              .headers        tells how it is",
    run,
};

fn run(shell: &mut Shell<'_>, rest: &str) -> Result<Flow, Failure> {
    if rest.is_empty() {
        let now = if shell.headers { "on" } else { "off" };
        writeln!(shell.context.out, "{now}")?;
    } else {
        shell.headers = on_or_off(&COMMAND, rest)?;
    }
    Ok(Flow::GoOn)
}
