//! `.what`: a word that dbdojo uses, explained. `.cheat`: what to type, on one
//! page.

use super::{Argument, DotCommand, Flow, misused};
use crate::commands::Failure;
use crate::shell::Shell;
use crate::view::words as view;
use crate::{sql, words};

pub(super) const WHAT: DotCommand = DotCommand {
    name: ".what",
    aliases: &[],
    arguments: "[WORD]",
    completes: Argument::Term,
    summary: "what a word means, with an example",
    details: ".what                all words\n\
              .what page fetch     one of them",
    run: what,
};

pub(super) const CHEAT: DotCommand = DotCommand {
    name: ".cheat",
    aliases: &[],
    arguments: "",
    completes: Argument::Nothing,
    summary: "what to type, on one page",
    details: ".cheat               prints it",
    run: cheat,
};

fn what(shell: &mut Shell<'_>, rest: &str) -> Result<Flow, Failure> {
    let style = shell.context.style;
    let out = &mut *shell.context.out;
    let name = rest.split_whitespace().collect::<Vec<_>>().join(" ");
    if name.is_empty() {
        view::write_list(out, &style, words::topics())?;
    } else {
        let word = words::find(&name).ok_or_else(|| unknown(&name))?;
        view::write_word(out, &style, word)?;
    }
    Ok(Flow::GoOn)
}

fn unknown(name: &str) -> Failure {
    Failure::usage(match sql::nearest(name, words::names()) {
        Some(near) => format!("{name} is no word of dbdojo; did you mean {near}?"),
        None => format!("{name} is no word of dbdojo; .what lists them"),
    })
}

fn cheat(shell: &mut Shell<'_>, rest: &str) -> Result<Flow, Failure> {
    if !rest.is_empty() {
        return Err(misused(&CHEAT));
    }
    let style = shell.context.style;
    view::write_cheat_sheet(&mut *shell.context.out, &style, words::cheat_sheet())?;
    Ok(Flow::GoOn)
}
