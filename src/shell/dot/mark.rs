//! `.mark` and `.back`: states of the data, kept and brought back.

use super::{Argument, DotCommand, Flow, misused};
use crate::commands::Failure;
use crate::shell::Shell;
use crate::view::marks as view;

pub(super) const MARK: DotCommand = DotCommand {
    name: ".mark",
    aliases: &[],
    arguments: "[NAME|list|...]",
    completes: Argument::Words(&[("list", &[]), ("drop", &[])]),
    summary: "keep the state of your data, for .back",
    details: ".mark                  keep it under a number\n\
              .mark before           keep it as \"before\"; .back before brings it back\n\
              .mark list             what is kept, and what it takes on the disk\n\
              .mark drop before      free its space\n\
              Marks hold rows, tables and indexes. They stay through .reset and end with\n\
              the session, or with .open and .scale: they are of this data.\n\
              Not inside a transaction: COMMIT or ROLLBACK first.",
    run: run_mark,
};

pub(super) const BACK: DotCommand = DotCommand {
    name: ".back",
    aliases: &[],
    arguments: "[NAME]",
    completes: Argument::Nothing,
    summary: "the data as it was at a mark",
    details: ".back           as it was at the newest .mark\n\
              .back before    as it was at the mark \"before\"\n\
              The mark stays. What was done since is gone, temporary tables, too.",
    run: run_back,
};

fn run_mark(shell: &mut Shell<'_>, rest: &str) -> Result<Flow, Failure> {
    let words: Vec<&str> = rest.split_whitespace().collect();
    match words.as_slice() {
        [] => keep(shell, None)?,
        ["list"] => {
            let (marks, style) = (shell.session.practice().marks(), shell.context.style);
            view::write_list(shell.context.out, &style, marks)?;
        }
        ["drop", name] => {
            let dropped = shell.session.drop_mark(name)?;
            shell.note(&view::dropped(&dropped))?;
        }
        [name] => keep(shell, Some(name))?,
        _ => return Err(misused(&MARK)),
    }
    Ok(Flow::GoOn)
}

fn keep(shell: &mut Shell<'_>, name: Option<&str>) -> Result<(), Failure> {
    let mut bar = shell.context.progress_bar();
    let kept = shell.session.mark(name, &mut |p| bar.watch(p));
    drop(bar);
    let (told, name) = {
        let mark = kept?;
        (view::kept(mark), mark.name.clone())
    };
    shell.mark_attempt(&name);
    Ok(shell.note(&told)?)
}

fn run_back(shell: &mut Shell<'_>, rest: &str) -> Result<Flow, Failure> {
    let words: Vec<&str> = rest.split_whitespace().collect();
    let name = match words.as_slice() {
        [] => None,
        [name] => Some(*name),
        _ => return Err(misused(&BACK)),
    };
    let before = shell.session.practice().changes().unwrap_or_default();
    let mut bar = shell.context.progress_bar();
    let name = shell.session.back(name, &mut |p| bar.watch(p))?;
    drop(bar);
    let now = shell.session.practice().changes().unwrap_or_default();
    shell.refresh_schema();
    shell.attempt_at_mark(&name);
    shell.note(&view::back(&name, &before, &now))?;
    Ok(Flow::GoOn)
}
