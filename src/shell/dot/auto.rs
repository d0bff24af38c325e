//! `.auto`: the plan of each statement, without being asked.

use super::{Argument, DotCommand, Flow, misused, on_or_off};
use crate::commands::Failure;
use crate::shell::Shell;

pub(super) const COMMAND: DotCommand = DotCommand {
    name: ".auto",
    aliases: &[],
    arguments: "explain on|off",
    completes: Argument::Words(&[("explain", &["on", "off"])]),
    summary: "a line about the plan after each query",
    details: ".auto explain on     the plan in a line after each query, from now on\n\
              .auto explain off    only when .explain asks for it\n\
              .set auto-explain on --save    in every session",
    run,
};

fn run(shell: &mut Shell<'_>, rest: &str) -> Result<Flow, Failure> {
    let words: Vec<&str> = rest.split_whitespace().collect();
    match words.as_slice() {
        ["explain", word] => {
            shell.context.settings.auto_explain = on_or_off(&COMMAND, word)?;
            Ok(Flow::GoOn)
        }
        _ => Err(misused(&COMMAND)),
    }
}
