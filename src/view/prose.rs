//! Markdown for people: drawn by termimad where there are colours, and as it
//! is written, wrapped, where there are none.

use std::io::{self, Write};

use termimad::MadSkin;
use termimad::crossterm::style::Color;

use super::{Style, cell};

/// Prose stays this narrow on wider screens, too.
const WIDEST: usize = 80;

/// The lines of `markdown`, indented by `indent` columns in all.
pub fn lines(style: &Style, markdown: &str, indent: usize) -> Vec<String> {
    let room = style.width.min(WIDEST).saturating_sub(indent).max(20);
    // termimad marks items and rules with signs beyond ASCII.
    if style.color && style.unicode && !style.plain {
        let text = joined(markdown);
        let drawn = skin().text(&text, Some(room)).to_string();
        drawn.lines().map(|l| l.trim_end().to_owned()).collect()
    } else {
        let mut lines = Vec::new();
        let mut in_code = false;
        for line in joined(markdown).lines() {
            let is_fence = line.starts_with("```");
            in_code ^= is_fence;
            if is_fence {
                // The block is set off by its indent instead.
                continue;
            } else if in_code {
                lines.push(format!("    {line}"));
            } else {
                let hang = if line.starts_with("- ") { 2 } else { 0 };
                lines.extend(wrapped(line, room, hang));
            }
        }
        lines
    }
}

/// A name, and a text that is wrapped beside it, from `column` on.
pub(super) fn labelled(
    out: &mut dyn Write,
    style: &Style,
    column: usize,
    name: &str,
    text: &str,
) -> io::Result<()> {
    let room = style.width.min(WIDEST).saturating_sub(column).max(20);
    for (at, line) in wrapped(text, room, 0).iter().enumerate() {
        let name = format!("{:column$}", if at == 0 { name } else { "" });
        writeln!(out, "{}{line}", style.bold(&name))?;
    }
    Ok(())
}

/// `text` in lines of at most `room` columns; all but the first begin with
/// `hang` spaces.
pub fn wrapped(text: &str, room: usize, hang: usize) -> Vec<String> {
    let mut lines = Vec::new();
    let mut line = String::new();
    for word in text.split_whitespace() {
        let blank = line.trim().is_empty();
        if !blank && cell::width(&line) + 1 + cell::width(word) > room {
            lines.push(std::mem::replace(&mut line, " ".repeat(hang)));
        } else if !blank {
            line.push(' ');
        }
        line.push_str(word);
    }
    lines.push(line);
    lines
}

/// The same text with each paragraph and list item on one line, as termimad
/// wants it.
fn joined(markdown: &str) -> String {
    let mut text = String::new();
    let (mut in_code, mut open) = (false, false);
    for line in markdown.lines() {
        let is_fence = line.starts_with("```");
        in_code ^= is_fence;
        let stands_alone = is_fence || in_code || line.is_empty() || line.starts_with('#');
        let begins = stands_alone || line.starts_with("- ");
        if open && !begins {
            text.push(' ');
            text.push_str(line.trim_start());
        } else {
            if !text.is_empty() {
                text.push('\n');
            }
            // A word after the backticks would be drawn as code.
            text.push_str(if is_fence { "```" } else { line });
        }
        open = !stands_alone;
    }
    text
}

fn skin() -> MadSkin {
    let mut skin = MadSkin::default();
    for header in &mut skin.headers {
        header.align = termimad::Alignment::Left;
        header.set_fg(Color::Reset);
    }
    // termimad's greys are for dark screens.
    for mark in [
        &mut skin.bullet,
        &mut skin.quote_mark,
        &mut skin.horizontal_rule,
    ] {
        mark.set_fg(Color::Reset);
    }
    // The dark cyan is the 36 of the other views; the bright one vanishes on
    // white.
    skin.inline_code.set_fgbg(Color::DarkCyan, Color::Reset);
    skin.code_block.set_fgbg(Color::DarkCyan, Color::Reset);
    skin.code_block.left_margin = 4;
    skin
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "A paragraph that\ngoes on.\n\n```sql\nSELECT 1;\n```\n- one\n  item\n- two";

    #[test]
    fn paragraphs_and_items_are_joined_and_code_is_left_alone() {
        assert_eq!(
            lines(&Style::PIPED, TEXT, 0),
            [
                "A paragraph that goes on.",
                "",
                "    SELECT 1;",
                "- one item",
                "- two"
            ]
        );
    }

    #[test]
    fn with_colour_the_words_are_the_same() {
        let style = Style {
            color: true,
            ..Style::PIPED
        };
        let drawn = lines(&style, TEXT, 0).join("\n");
        for part in ["A paragraph that goes on.", "SELECT 1;", "one item"] {
            assert!(drawn.contains(part), "{drawn}");
        }
        assert!(!drawn.contains("```"));
    }

    #[test]
    fn no_line_is_longer_than_the_screen() {
        let text = "words and words ".repeat(40);
        for line in lines(&Style::PIPED, &text, 10) {
            assert!(cell::width(&line) <= 70);
        }
    }
}
