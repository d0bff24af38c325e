//! `.timer`: times in the footer.

use super::{Argument, DotCommand, Flow, on_or_off};
use crate::commands::Failure;
use crate::shell::Shell;

pub(super) const COMMAND: DotCommand = DotCommand {
    name: ".timer",
    aliases: &[],
    arguments: "on|off",
    completes: Argument::Words(&[("on", &[]), ("off", &[])]),
    summary: "whether the footer tells the time (it does)",
    details: ".timer off    for output that is the same on every run",
    run,
};

fn run(shell: &mut Shell<'_>, rest: &str) -> Result<Flow, Failure> {
    shell.context.settings.timer = on_or_off(&COMMAND, rest)?;
    Ok(Flow::GoOn)
}
