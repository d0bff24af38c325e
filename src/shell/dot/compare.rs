//! `.compare`: two statements beside each other.

use super::try_index::parts;
use super::{Argument, DotCommand, Flow, misused};
use crate::commands::{Failure, compare};
use crate::shell::Shell;

pub(super) const COMMAND: DotCommand = DotCommand {
    name: ".compare",
    aliases: &[],
    arguments: "SQL [-- SQL]",
    completes: Argument::Statement(&[]),
    summary: "two statements: plans, costs, same answer or not",
    details: ".compare select ...                  the last query against this one\n\
              .compare select ... -- select ...    these two; changes are rolled back",
    run,
};

fn run(shell: &mut Shell<'_>, rest: &str) -> Result<Flow, Failure> {
    let (first, second) = match (parts(rest), &shell.last_query) {
        (("", _), _) => return Err(misused(&COMMAND)),
        ((first, Some(second)), _) => (first, second),
        ((second, None), Some(last)) => (last.as_str(), second),
        (_, None) => {
            return Err(Failure::usage(
                "there is no query to compare it with yet: run one, or write both, with -- between",
            ));
        }
    };
    let (first, second) = (shell.with_values(first)?, shell.with_values(second)?);
    compare::run(
        &mut shell.context,
        &mut shell.session,
        &shell.schema,
        [&first, &second],
    )?;
    Ok(Flow::GoOn)
}
