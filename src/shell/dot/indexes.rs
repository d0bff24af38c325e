//! `.indexes`.

use super::{Argument, DotCommand, Flow};
use crate::commands::{Failure, overview};
use crate::shell::Shell;

pub(super) const COMMAND: DotCommand = DotCommand {
    name: ".indexes",
    aliases: &[".indices"],
    arguments: "[TABLE]",
    completes: Argument::Table,
    summary: "the indexes, their columns, who made them",
    details: ".indexes orders    those of one table",
    run,
};

fn run(shell: &mut Shell<'_>, rest: &str) -> Result<Flow, Failure> {
    overview::indexes(&mut shell.context, &shell.session, rest)?;
    Ok(Flow::GoOn)
}
