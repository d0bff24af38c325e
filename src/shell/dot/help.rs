//! `.help`: generated from the table of commands.

use super::{Argument, COMMANDS, DotCommand, Flow, find};
use crate::commands::Failure;
use crate::shell::Shell;

pub(super) const COMMAND: DotCommand = DotCommand {
    name: ".help",
    aliases: &[".h", ".?"],
    arguments: "[COMMAND]",
    completes: Argument::Command,
    summary: "this list, or one command with an example",
    details: ".help cache    tells what .cache can do",
    run,
};

fn run(shell: &mut Shell<'_>, rest: &str) -> Result<Flow, Failure> {
    let style = shell.context.style;
    let out = &mut shell.context.out;
    if rest.is_empty() {
        writeln!(
            out,
            "SQL ends with ;  and may span lines. Commands start with a dot:"
        )?;
        for command in COMMANDS {
            let usage = format!("{} {}", command.name, command.arguments);
            writeln!(
                out,
                "  {} {}",
                style.accent(&format!("{usage:<24}")),
                command.summary
            )?;
        }
        writeln!(
            out,
            "Ctrl-C stops a statement, Ctrl-R searches what you typed, Ctrl-D leaves."
        )?;
        return Ok(Flow::GoOn);
    }
    let command = find(rest)?;
    writeln!(
        out,
        "{}   {}",
        style.accent(format!("{} {}", command.name, command.arguments).trim_end()),
        command.summary
    )?;
    for line in command.details.lines() {
        writeln!(out, "  {line}")?;
    }
    if !command.aliases.is_empty() {
        writeln!(out, "  also {}", command.aliases.join(", "))?;
    }
    Ok(Flow::GoOn)
}
