//! `.export`: a result as a file for other programs.

use super::{Argument, DotCommand, Flow, misused, words};
use crate::commands::{Failure, files};
use crate::shell::Shell;

pub(super) const COMMAND: DotCommand = DotCommand {
    name: ".export",
    aliases: &[],
    arguments: "FILE [SQL]",
    completes: Argument::Nothing,
    summary: "write a result to FILE.csv, .json, .jsonl, .md",
    details: ".export top.csv                all rows of the last query\n\
              .export top.json select ...    those of another one\n\
              .export top.csv --force        also over a file that is there",
    run,
};

fn run(shell: &mut Shell<'_>, rest: &str) -> Result<Flow, Failure> {
    let (mut file, mut force, mut rest) = (None, false, rest);
    while let Some((word, after)) = words::first(&COMMAND, rest)? {
        match word.as_str() {
            "--force" => force = true,
            _ if file.is_none() => file = Some(word),
            _ => break,
        }
        rest = after;
    }
    let file = file.ok_or_else(|| misused(&COMMAND))?;
    let sql = match (rest, &shell.last_query) {
        ("", Some(last)) => last.clone(),
        ("", None) => {
            return Err(Failure::usage(
                "there is no query to export yet: run one, or write it after the file",
            ));
        }
        (sql, _) => sql.to_owned(),
    };
    let target = files::Export {
        path: &words::path(&file),
        force,
        headers: shell.headers,
    };
    let schema = std::rc::Rc::clone(&shell.schema);
    let told = files::export(
        &mut shell.context,
        &mut shell.session,
        &sql,
        &schema,
        target,
    )?;
    shell.note(&told)?;
    Ok(Flow::GoOn)
}
