//! `.share`: the last answer of `.worth` as a card for a pull request.

use std::path::Path;

use super::{Argument, DotCommand, Flow, misused};
use crate::commands::{Failure, worth};
use crate::shell::Shell;

pub(super) const COMMAND: DotCommand = DotCommand {
    name: ".share",
    aliases: &[],
    arguments: "FILE.md",
    completes: Argument::Words(&[("--redact", &[]), ("--force", &[])]),
    summary: "the last .worth as a card for a pull request",
    details: ".share card.md             before and after, verdict, command, versions\n\
              .share --redact card.md    without SQL and names\n\
              .share --force card.md     over a file that is there",
    run,
};

fn run(shell: &mut Shell<'_>, rest: &str) -> Result<Flow, Failure> {
    let (mut redact, mut force, mut path) = (false, false, None);
    for word in rest.split_whitespace() {
        match word {
            "--redact" => redact = true,
            "--force" => force = true,
            word if word.starts_with("--") || path.is_some() => return Err(misused(&COMMAND)),
            word => path = Some(word),
        }
    }
    let path = path.ok_or_else(|| misused(&COMMAND))?;
    let Some(weighed) = &shell.weighed else {
        return Err(Failure::usage(
            "there is nothing to share yet: .worth measures the last query",
        ));
    };
    worth::share(&mut shell.context, weighed, Path::new(path), redact, force)?;
    Ok(Flow::GoOn)
}
