//! `.output` and `.once`: results into a file.

use super::{Argument, DotCommand, Flow, misused, words};
use crate::commands::Failure;
use crate::shell::Shell;

pub(super) const OUTPUT: DotCommand = DotCommand {
    name: ".output",
    aliases: &[".o"],
    arguments: "[FILE]",
    completes: Argument::Nothing,
    summary: "send results to a file from now on",
    details: ".output all.txt    every result goes there, in the .mode that is set\n\
              .output            ends it, and puts the file in its place\n\
              .output all.txt --force    also over a file that is there",
    run: |shell, rest| run(shell, rest, &OUTPUT),
};

pub(super) const ONCE: DotCommand = DotCommand {
    name: ".once",
    aliases: &[],
    arguments: "FILE",
    completes: Argument::Nothing,
    summary: "send the next result to a file",
    details: ".once top.csv    then a query: its rows are written there, all of them.\n\
              If it fails, there is no file. .mode csv chooses the format;\n\
              .export FILE.csv does so by the file's ending",
    run: |shell, rest| run(shell, rest, &ONCE),
};

fn run(shell: &mut Shell<'_>, rest: &str, command: &DotCommand) -> Result<Flow, Failure> {
    let (words, force) = words::all(command, rest, "--force")?;
    let once = command.name == ONCE.name;
    match words.as_slice() {
        // As sqlite3 has it.
        [] if !once && !force => shell.end_redirect()?,
        [word] if !once && word == "stdout" => shell.end_redirect()?,
        [file] => shell.redirect(&words::path(file), force, once)?,
        _ => return Err(misused(command)),
    }
    Ok(Flow::GoOn)
}
