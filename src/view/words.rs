//! Words explained, and the page of what to type.

use std::io::{self, Write};

use super::{Style, cell, prose};
use crate::words::{Topic, Word};

/// Text stays this narrow on wider screens, too.
const WIDEST: usize = 80;

/// One word: its name with two lines of meaning beside it, and below, what
/// shows it.
///
/// # Errors
/// What `out` returns.
pub fn write_word(out: &mut dyn Write, style: &Style, word: &Word) -> io::Result<()> {
    let (label, shown) = match (&word.r#try, &word.example) {
        (Some(typed), _) => ("try", typed.as_str()),
        (None, example) => ("as in", example.as_deref().unwrap_or_default()),
    };
    let column = cell::width(&word.name) + 3;
    let room = style.width.min(WIDEST).saturating_sub(column).max(20);
    for (at, line) in prose::wrapped(&word.says, room, 0).iter().enumerate() {
        let name = if at == 0 { word.name.as_str() } else { "" };
        let name = format!("{name:column$}");
        writeln!(out, "{}{line}", style.accent(&name))?;
    }
    // In one piece, to be copied.
    writeln!(out, "  {}   {shown}", style.dim(label))
}

/// The names of all words, by topic.
///
/// # Errors
/// What `out` returns.
pub fn write_list(out: &mut dyn Write, style: &Style, topics: &[Topic]) -> io::Result<()> {
    for topic in topics {
        writeln!(out, "{}", style.bold(&topic.topic))?;
        let room = style.width.min(WIDEST);
        // A name stays in one piece.
        let mut line = String::new();
        for (at, word) in topic.words.iter().enumerate() {
            let comma = if at + 1 < topic.words.len() { "," } else { "" };
            let taken = cell::width(&line) + 2 + cell::width(&word.name) + comma.len();
            if !line.is_empty() && taken > room {
                writeln!(out, " {line}")?;
                line.clear();
            }
            line += &format!(" {}{comma}", word.name);
        }
        writeln!(out, " {line}")?;
    }
    writeln!(out, "{}", style.dim(".what WORD explains one"))
}

/// The page of what to type; its headings stand at the left edge.
///
/// # Errors
/// What `out` returns.
pub fn write_cheat_sheet(out: &mut dyn Write, style: &Style, page: &str) -> io::Result<()> {
    for line in page.lines() {
        if line.starts_with(' ') {
            writeln!(out, "{line}")?;
        } else {
            writeln!(out, "{}", style.bold(line))?;
        }
    }
    Ok(())
}
