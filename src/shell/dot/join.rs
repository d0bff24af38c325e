//! `.join`: the first turns of the loops of the last query, with their rows.

use super::{Argument, DotCommand, Flow};
use crate::commands::{Failure, join};
use crate::shell::Shell;

pub(super) const COMMAND: DotCommand = DotCommand {
    name: ".join",
    aliases: &[],
    arguments: "[SQL]",
    completes: Argument::Statement(&[]),
    summary: "the first turns of a join, with your own rows",
    details: ".join               of the last query: each outer row, and what it finds\n\
              .join select ...    of another one",
    run,
};

fn run(shell: &mut Shell<'_>, rest: &str) -> Result<Flow, Failure> {
    let sql = match (rest, &shell.last_query) {
        ("", Some(last)) => last.clone(),
        ("", None) => {
            return Err(Failure::usage(
                "there is no query to take apart yet: run one, or write it after .join",
            ));
        }
        (sql, _) => sql.to_owned(),
    };
    join::run(&mut shell.context, &mut shell.session, &shell.schema, &sql)?;
    Ok(Flow::GoOn)
}
