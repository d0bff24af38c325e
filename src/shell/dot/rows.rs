//! `.rows`: how much of a long result is shown.

use super::{Argument, DotCommand, Flow};
use crate::commands::{Failure, Setting};
use crate::shell::Shell;

pub(super) const COMMAND: DotCommand = DotCommand {
    name: ".rows",
    aliases: &[],
    arguments: "[N|all]",
    completes: Argument::Words(&[("all", &[])]),
    summary: "how many rows of a result are shown",
    details: ".rows 100    from now on up to a hundred\n\
              .rows all    every row, in your pager when the screen is too short\n\
              .rows        tells the present number",
    run,
};

fn run(shell: &mut Shell<'_>, rest: &str) -> Result<Flow, Failure> {
    if rest.is_empty() {
        let value = shell.context.settings.value(Setting::Rows);
        writeln!(shell.context.out, "{value}")?;
        return Ok(Flow::GoOn);
    }
    shell.set(Setting::Rows, rest)?;
    Ok(Flow::GoOn)
}
