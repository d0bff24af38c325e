//! `.schema`.

use super::{Argument, DotCommand, Flow};
use crate::commands::{Failure, overview};
use crate::shell::Shell;

pub(super) const COMMAND: DotCommand = DotCommand {
    name: ".schema",
    aliases: &[],
    arguments: "[TABLE]",
    completes: Argument::Table,
    summary: "the CREATE statements, indexes included",
    details: ".schema orders    that of one table and its indexes",
    run,
};

fn run(shell: &mut Shell<'_>, rest: &str) -> Result<Flow, Failure> {
    overview::schema(&mut shell.context, &shell.session, rest)?;
    Ok(Flow::GoOn)
}
