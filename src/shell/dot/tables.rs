//! `.tables`.

use super::{Argument, DotCommand, Flow};
use crate::commands::{Failure, overview};
use crate::shell::Shell;

pub(super) const COMMAND: DotCommand = DotCommand {
    name: ".tables",
    aliases: &[".t"],
    arguments: "[PATTERN]",
    completes: Argument::Table,
    summary: "the tables and views, and their columns",
    details: ".tables order%    those whose name is like the pattern",
    run,
};

fn run(shell: &mut Shell<'_>, rest: &str) -> Result<Flow, Failure> {
    overview::tables(&mut shell.context, &shell.session, rest)?;
    Ok(Flow::GoOn)
}
