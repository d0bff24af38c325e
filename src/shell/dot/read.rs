//! `.read`: a script.

use super::{Argument, DotCommand, Flow, misused, words};
use crate::commands::Failure;
use crate::shell::{Shell, script};

pub(super) const COMMAND: DotCommand = DotCommand {
    name: ".read",
    aliases: &[],
    arguments: "FILE",
    completes: Argument::Nothing,
    summary: "run the SQL and the commands in a file",
    details: ".read setup.sql    stops at what fails, and names its line\n\
              .read setup.sql --keep-going    tells what fails and goes on",
    run,
};

fn run(shell: &mut Shell<'_>, rest: &str) -> Result<Flow, Failure> {
    let (words, keep_going) = words::all(&COMMAND, rest, "--keep-going")?;
    let [file] = words.as_slice() else {
        return Err(misused(&COMMAND));
    };
    script::run_file(shell, &words::path(file), keep_going)
}
