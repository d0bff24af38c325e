//! `.dump`: the data as a script.

use super::{Argument, DotCommand, Flow, misused, words};
use crate::commands::{Failure, files};
use crate::shell::Shell;

pub(super) const COMMAND: DotCommand = DotCommand {
    name: ".dump",
    aliases: &[],
    arguments: "[TABLE]",
    completes: Argument::Table,
    summary: "the data as SQL that makes it again",
    details: ".dump            everything, for sqlite3 or .read\n\
              .dump orders     one table with its rows, indexes and triggers\n\
              .once mine.sql   before it: into a file",
    run,
};

fn run(shell: &mut Shell<'_>, rest: &str) -> Result<Flow, Failure> {
    let table = match words::first(&COMMAND, rest)? {
        None => String::new(),
        Some((table, "")) => table,
        Some(_) => return Err(misused(&COMMAND)),
    };
    files::dump(&mut shell.context, &mut shell.session, &table)?;
    Ok(Flow::GoOn)
}
