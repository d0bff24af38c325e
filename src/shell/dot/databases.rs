//! `.databases`.

use super::{Argument, DotCommand, Flow};
use crate::commands::{Failure, overview};
use crate::shell::Shell;

pub(super) const COMMAND: DotCommand = DotCommand {
    name: ".databases",
    aliases: &[],
    arguments: "",
    completes: Argument::Nothing,
    summary: "the databases that SQL can name, and what they are",
    details: ".databases    main is the data; ATTACH ':memory:' AS b adds one",
    run,
};

fn run(shell: &mut Shell<'_>, _rest: &str) -> Result<Flow, Failure> {
    overview::databases(&mut shell.context, &shell.session)?;
    Ok(Flow::GoOn)
}
