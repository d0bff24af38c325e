//! The blocks of a lesson file, each with its line: headings, fences, hints,
//! and everything else as text.

use super::content::Sql;
use super::format::FormatError;

/// One block of a lesson's Markdown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Block {
    /// `## ...` (level 2) or `### ...` (level 3).
    Heading { level: u8, text: String },
    /// A fenced block: the words after the backticks, and what is inside.
    Fence { info: String, body: Sql },
    /// `> hint: ...`
    Hint(String),
    /// One line of anything else, blank lines included.
    Text(String),
}

/// A block and the line it starts on, counted from 1 in the file.
pub(super) type Numbered = (usize, Block);

/// Splits `text` into blocks. `first_line` is the line of the file on which
/// `text` starts.
pub(super) fn blocks(
    file: &str,
    text: &str,
    first_line: usize,
) -> Result<Vec<Numbered>, FormatError> {
    let mut found = Vec::new();
    let mut lines = (first_line..).zip(text.lines());
    while let Some((number, line)) = lines.next() {
        let block = if let Some(info) = line.strip_prefix("```") {
            let mut body = String::new();
            loop {
                match lines.next() {
                    Some((_, "```")) => break,
                    Some((_, inside)) if !inside.starts_with("```") => {
                        body.push_str(inside);
                        body.push('\n');
                    }
                    _ => {
                        return Err(FormatError::new(file, number, "this ``` is never closed"));
                    }
                }
            }
            Block::Fence {
                info: info.trim().to_owned(),
                body: Sql {
                    text: body,
                    line: number + 1,
                },
            }
        } else if let Some(text) = line.strip_prefix("### ") {
            heading(3, text)
        } else if let Some(text) = line.strip_prefix("## ") {
            heading(2, text)
        } else if let Some(hint) = line.strip_prefix("> hint:") {
            Block::Hint(hint.trim().to_owned())
        } else {
            Block::Text(line.to_owned())
        };
        found.push((number, block));
    }
    Ok(found)
}

fn heading(level: u8, text: &str) -> Block {
    Block::Heading {
        level,
        text: text.trim().to_owned(),
    }
}
