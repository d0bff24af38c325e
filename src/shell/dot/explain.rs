//! `.explain`: the plan of the last query, or of the one that follows.

use super::{Argument, DotCommand, Flow};
use crate::commands::{Failure, explain};
use crate::shell::Shell;

pub(super) const COMMAND: DotCommand = DotCommand {
    name: ".explain",
    aliases: &[".plan"],
    arguments: "[--run] [SQL]",
    completes: Argument::Statement(&["--run"]),
    summary: "the plan of the last query, in words",
    details: ".explain                  what SQLite will do, without doing it\n\
              .explain --run            do it again and measure each step\n\
              .explain select ...       another statement; changes are rolled back",
    run,
};

fn run(shell: &mut Shell<'_>, rest: &str) -> Result<Flow, Failure> {
    let (run, sql) = match rest.strip_prefix("--run") {
        Some(sql) => (true, sql.trim()),
        None => (false, rest),
    };
    let sql = match (sql, &shell.last_query) {
        ("", Some(last)) => last.clone(),
        ("", None) => {
            return Err(Failure::usage(
                "there is no query to explain yet: run one, or write it after .explain",
            ));
        }
        (sql, _) => sql.to_owned(),
    };
    let in_shell = shell.interactive;
    explain::explain(&mut shell.context, &mut shell.session, &sql, run, in_shell)?;
    if shell.last_query.as_deref() != Some(sql.as_str()) {
        shell.last_query = Some(sql);
    }
    Ok(Flow::GoOn)
}
