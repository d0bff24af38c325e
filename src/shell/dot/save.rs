//! `.save`: the practice database as a file.

use super::{Argument, DotCommand, Flow, misused, words};
use crate::commands::{Failure, files};
use crate::shell::Shell;

pub(super) const COMMAND: DotCommand = DotCommand {
    name: ".save",
    aliases: &[],
    arguments: "FILE",
    completes: Argument::Nothing,
    summary: "keep the practice database as an SQLite file",
    details: ".save mine.db    dbdojo --db mine.db or .open mine.db goes on from there\n\
              .save mine.db --force    also over a file that is there",
    run,
};

fn run(shell: &mut Shell<'_>, rest: &str) -> Result<Flow, Failure> {
    let (words, force) = words::all(&COMMAND, rest, "--force")?;
    let [file] = words.as_slice() else {
        return Err(misused(&COMMAND));
    };
    let path = words::path(file);
    let told = files::save(&mut shell.context, &shell.session, &path, force)?;
    shell.note(&told)?;
    Ok(Flow::GoOn)
}
