//! `.reset`.

use super::{Argument, DotCommand, Flow};
use crate::commands::Failure;
use crate::shell::Shell;

pub(super) const COMMAND: DotCommand = DotCommand {
    name: ".reset",
    aliases: &[],
    arguments: "",
    completes: Argument::Nothing,
    summary: "the data as it was at the start",
    details: ".reset    rows, tables and indexes of your own are thrown away",
    run,
};

fn run(shell: &mut Shell<'_>, _rest: &str) -> Result<Flow, Failure> {
    let had_copy = shell.session.practice().is_copied();
    let mut bar = shell.context.progress_bar();
    shell.session.reset(&mut |p| bar.watch(p))?;
    drop(bar);
    let label = shell.session.label();
    if had_copy {
        shell.note(&format!("{label} is as it was at the start."))?;
    } else {
        shell.note(&format!("{label} is as it was: nothing had been changed."))?;
    }
    shell.forget_attempt();
    shell.refresh_schema();
    Ok(Flow::GoOn)
}
