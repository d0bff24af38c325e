//! `.reset`.

use super::{Argument, DotCommand, Flow, misused};
use crate::commands::Failure;
use crate::shell::{Shell, ask};
use crate::view::{changes, prose};

pub(super) const COMMAND: DotCommand = DotCommand {
    name: ".reset",
    aliases: &[],
    arguments: "[--yes]",
    completes: Argument::Words(&[("--yes", &[])]),
    summary: "the data as it was at the start",
    details: ".reset          says what of yours it throws away, and asks first\n\
              .reset --yes    does not ask; nor does .reset in a script\n\
              Other connections are closed. Marks stay: .back brings one back.",
    run,
};

fn run(shell: &mut Shell<'_>, rest: &str) -> Result<Flow, Failure> {
    let asks = match rest {
        "" => shell.interactive,
        "--yes" | "-y" => false,
        _ => return Err(misused(&COMMAND)),
    };
    let practice = shell.session.practice();
    let had_copy = practice.is_copied();
    // Inside a transaction nothing is thrown away, so nothing is to be asked.
    let is_idle = practice.connections().in_transaction().is_none();
    // What cannot be looked at is no reason not to throw it away.
    let own = practice.changes().unwrap_or_default();
    let label = shell.session.label();
    if asks && is_idle && !own.is_empty() {
        let style = shell.context.style;
        changes::write_loss(shell.context.out, &style, &label, &own, &[])?;
        shell.context.out.flush()?;
        if !ask::agrees("Go on? [y/N] ")? {
            shell.note("Nothing was thrown away.")?;
            return Ok(Flow::GoOn);
        }
    }
    let mut bar = shell.context.progress_bar();
    shell.session.reset(&mut |p| bar.watch(p))?;
    drop(bar);
    let mut told = if had_copy {
        format!("{label} is as it was at the start.")
    } else {
        format!("{label} is as it was: nothing had been changed.")
    };
    if !asks && !own.is_empty() {
        told.push_str(&format!(" Thrown away: {}.", changes::in_short(&own, &[])));
    }
    shell.note(&prose::wrapped(&told, 80, 0).join("\n"))?;
    shell.refresh_schema();
    shell.begin_again()?;
    Ok(Flow::GoOn)
}
