//! `.conn`: several connections to the practice database, to see what
//! transactions do to each other.

use super::{Argument, DotCommand, Flow, misused};
use crate::commands::Failure;
use crate::sandbox::{Standing, Switched};
use crate::shell::Shell;
use crate::view::connections as view;

pub(super) const COMMAND: DotCommand = DotCommand {
    name: ".conn",
    aliases: &[],
    arguments: "[NAME|close NAME]",
    completes: Argument::Words(&[("a", &[]), ("b", &[]), ("close", &["a", "b"])]),
    summary: "a second connection, to practise transactions",
    details: ".conn b          go to connection b; it is opened if it is new\n\
              .conn            who is open, who holds which lock since when\n\
              .conn -b         close b (or .conn close b); its transaction is rolled back\n\
              All see one copy of the data. One holds the write lock at a time; a\n\
              conflict is told at once, with the statement that is in the way.\n\
              Try it: BEGIN and an UPDATE here, .conn b, then SELECT and UPDATE there.\n\
              PRAGMA journal_mode = delete shows the same without snapshots (one\n\
              connection must be open), PRAGMA journal_mode = wal goes back.",
    run,
};

fn run(shell: &mut Shell<'_>, rest: &str) -> Result<Flow, Failure> {
    let words: Vec<&str> = rest.split_whitespace().collect();
    match words.as_slice() {
        [] | ["list"] => list(shell)?,
        ["close", name] => close(shell, name)?,
        [word] => match word.strip_prefix('-') {
            Some(name) => close(shell, name)?,
            None => switch(shell, word)?,
        },
        _ => return Err(misused(&COMMAND)),
    }
    Ok(Flow::GoOn)
}

fn list(shell: &mut Shell<'_>) -> Result<(), Failure> {
    let connections = shell.session.practice().connections();
    let standings = connections.standings();
    let journal = if connections.has_yet_to_read() {
        None
    } else {
        connections.journal_mode().ok()
    };
    let style = shell.context.style;
    Ok(view::write(
        shell.context.out,
        &style,
        &standings,
        journal.as_deref(),
    )?)
}

fn switch(shell: &mut Shell<'_>, name: &str) -> Result<(), Failure> {
    let mut bar = shell.context.progress_bar();
    let switched = shell.session.switch(name, &mut |p| bar.watch(p))?;
    drop(bar);
    shell.refresh_schema();
    let connections = shell.session.practice().connections();
    let here = connections.current().to_owned();
    if switched == Switched::Opened && connections.len() == 2 {
        let journal = connections.journal_mode().unwrap_or_default();
        let other = connections.names().find(|name| **name != *here);
        let told = view::opened_second(&here, other.unwrap_or_default(), &journal);
        return Ok(shell.note(&told)?);
    }
    let verb = match switched {
        Switched::Opened => "is open",
        Switched::Known => "again",
    };
    Ok(shell.note(&format!("connection {here} {verb}."))?)
}

fn close(shell: &mut Shell<'_>, name: &str) -> Result<(), Failure> {
    let Standing {
        name,
        current,
        hold,
    } = shell.session.close(name)?;
    shell.refresh_schema();
    let mut told = format!("connection {name} is closed");
    if hold.began.is_some() {
        told.push_str(", and its transaction is rolled back");
    }
    if current {
        let here = shell.session.practice().connections().current();
        told.push_str(&format!("; you are on {here}"));
    }
    Ok(shell.note(&format!("{told}."))?)
}
