//! `.erd`: the practice database as a diagram.

use std::path::Path;

use super::{Argument, DotCommand, Flow, misused};
use crate::commands::{Failure, erd};
use crate::shell::Shell;
use crate::view::Picture;

pub(super) const COMMAND: DotCommand = DotCommand {
    name: ".erd",
    aliases: &[],
    arguments: "[FORMAT] [FILE]",
    completes: Argument::Words(&[("html", &[]), ("mermaid", &[]), ("svg", &[])]),
    summary: "the tables and what refers to what, drawn",
    details: ".erd                  the practice database as it is now, as text\n\
              .erd mermaid          for Markdown that draws it\n\
              .erd svg shop.svg     a picture in a file; --force writes over it",
    run,
};

fn run(shell: &mut Shell<'_>, rest: &str) -> Result<Flow, Failure> {
    let (rest, force) = match rest.strip_suffix("--force") {
        Some(rest) => (rest.trim(), true),
        None => (rest, false),
    };
    let (word, after) = rest.split_once(char::is_whitespace).unwrap_or((rest, ""));
    let pictures = [Picture::Mermaid, Picture::Svg, Picture::Html];
    let picture = pictures
        .into_iter()
        .find(|p| p.word() == word.to_ascii_lowercase());
    if picture.is_none() && !rest.is_empty() || force && after.is_empty() {
        return Err(misused(&COMMAND));
    }
    let file = Some(after.trim())
        .filter(|file| !file.is_empty())
        .map(Path::new);
    erd::draw(&mut shell.context, &mut shell.session, picture, file, force)?;
    if let Some(file) = file {
        shell.note(&format!("wrote {}", file.display()))?;
    }
    Ok(Flow::GoOn)
}
