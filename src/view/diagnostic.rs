//! An error under the statement that caused it:
//!
//! ```text
//! error: no such column: nam
//!   select nam from customers;
//!          ^^^ did you mean name?   (id, name, email, country, created_at)
//! ```
//!
//! The libraries for this (miette, annotate-snippets) draw what a compiler
//! draws: a file name, a gutter, a frame, help below. A statement that was
//! typed a second ago has no file, and one line of it says enough.

use std::fmt::Write as _;
use std::io;
use std::ops::Range;

use unicode_width::UnicodeWidthStr;

use super::Style;
use super::sanitize::one_line;
use crate::sql::Diagnosis;

const INDENT: &str = "  ";
const TAB: usize = 4;
const PREFIX: &str = "error: ";

/// Writes the error with its `error: ` and a line end.
///
/// # Errors
/// What writing met.
pub fn write(out: &mut dyn io::Write, style: &Style, diagnosis: &Diagnosis) -> io::Result<()> {
    let text = text(style, diagnosis);
    writeln!(out, "{}{text}", style.error(PREFIX))
}

/// The same without `error: ` and without a line end, for whoever adds them.
pub fn text(style: &Style, diagnosis: &Diagnosis) -> String {
    let room = style.width.saturating_sub(PREFIX.len());
    let mut out = wrapped(&one_line(&diagnosis.message), room).join("\n       ");
    let statement = diagnosis.statement.trim_end();
    if !statement.is_empty() {
        draw_line(&mut out, style, diagnosis, statement);
    }
    if let Some(reason) = &diagnosis.reason {
        for line in wrapped(&one_line(reason), style.width.saturating_sub(INDENT.len())) {
            let _ = write!(out, "\n{INDENT}{line}");
        }
    }
    out
}

/// The line in question, and under it the pointer with what it has to say.
fn draw_line(out: &mut String, style: &Style, diagnosis: &Diagnosis, statement: &str) {
    let span = diagnosis
        .span
        .clone()
        .map(|span| span.start.min(statement.len())..span.end.min(statement.len()));
    let at = span.as_ref().map_or(0, |span| span.start);
    let start = statement[..at].rfind('\n').map_or(0, |end| end + 1);
    let end = statement[at..]
        .find('\n')
        .map_or(statement.len(), |length| at + length);
    let line = statement[start..end].trim_end();

    let is_script = diagnosis.first_line > 1 || statement.contains('\n');
    let number = diagnosis.first_line + statement[..start].matches('\n').count();
    let gutter = if is_script {
        format!("{INDENT}{number} | ")
    } else {
        INDENT.to_owned()
    };
    let room = style.width.saturating_sub(gutter.len()).max(20);
    let span = span.map(|span| span.start - start..(span.end - start).min(line.len()));
    let (line, span) = nearby(line, span);
    let shown = Shown::new(line, span.clone(), room, style);
    let _ = write!(out, "\n{}{}", style.dim(&gutter), shown.text);

    if span.is_some() {
        let indent = gutter.len() + shown.before;
        let carets = "^".repeat(shown.under.max(1));
        let _ = write!(out, "\n{}{}", " ".repeat(indent), style.error(&carets));
        draw_label(out, style, diagnosis, indent + carets.len());
    } else if !diagnosis.candidates.is_empty() {
        let list = list(
            &diagnosis.candidates,
            style.width.saturating_sub(INDENT.len()),
        );
        let _ = write!(out, "\n{INDENT}{}", style.dim(&list));
    }
}

/// The part of a line that the screen could show, and the span in it. A line
/// may be a dump of 100 MB, and each character that is looked at costs.
fn nearby(line: &str, span: Option<Range<usize>>) -> (&str, Option<Range<usize>>) {
    const NEAR: usize = 4096;
    let at = span.as_ref().map_or(0, |span| span.start);
    let mut from = at.saturating_sub(NEAR);
    while !line.is_char_boundary(from) {
        from -= 1;
    }
    let mut to = at.saturating_add(NEAR).min(line.len());
    while !line.is_char_boundary(to) {
        to += 1;
    }
    let span = span.map(|span| span.start - from..span.end.min(to) - from);
    (&line[from..to], span)
}

/// Beside the pointer, which ends at column `at`, or below if there is no room.
fn draw_label(out: &mut String, style: &Style, diagnosis: &Diagnosis, mut at: usize) {
    if let Some(label) = &diagnosis.label {
        let label = one_line(label);
        if at + 1 + label.width() <= style.width {
            let _ = write!(out, " {}", style.accent(&label));
            at += 1 + label.width();
        } else {
            let _ = write!(out, "\n{INDENT}{}", style.accent(&label));
            at = INDENT.len() + label.width();
        }
    }
    if diagnosis.candidates.is_empty() {
        return;
    }
    let whole = list(&diagnosis.candidates, usize::MAX);
    if at + 3 + whole.width() <= style.width {
        let _ = write!(out, "   {}", style.dim(&whole));
    } else {
        let list = list(
            &diagnosis.candidates,
            style.width.saturating_sub(INDENT.len()),
        );
        let _ = write!(out, "\n{INDENT}{}", style.dim(&list));
    }
}

/// `(id, name, ...)` in at most `room` columns.
fn list(names: &[String], room: usize) -> String {
    const MORE: &str = ", ...)";
    let mut out = String::from("(");
    for (i, name) in names.iter().enumerate() {
        let name = one_line(name);
        let comma = if i > 0 { ", " } else { "" };
        let is_last = i + 1 == names.len();
        let rest = if is_last { 1 } else { MORE.len() };
        if i > 0 && out.width() + comma.len() + name.width() + rest > room {
            out.push_str(MORE);
            return out;
        }
        out.push_str(comma);
        out.push_str(&name);
    }
    out.push(')');
    out
}

/// A line as the screen shows it, cut to the screen around what matters.
struct Shown {
    text: String,
    /// Columns before the span.
    before: usize,
    /// Columns of the span.
    under: usize,
}

impl Shown {
    fn new(line: &str, span: Option<Range<usize>>, room: usize, style: &Style) -> Shown {
        let span = span.unwrap_or(0..0);
        let cut = if style.unicode { "…" } else { "..." };
        // What each character of the line becomes, and its width.
        let mut column = 0;
        let cells: Vec<(usize, String)> = line
            .char_indices()
            .map(|(at, c)| {
                let shown = if c == '\t' {
                    " ".repeat(TAB - column % TAB)
                } else {
                    one_line(c.encode_utf8(&mut [0; 4])).into_owned()
                };
                column += shown.width();
                (at, shown)
            })
            .collect();
        let width = |range: Range<usize>| -> usize {
            cells
                .iter()
                .filter(|(at, _)| range.contains(at))
                .map(|(_, shown)| shown.width())
                .sum()
        };
        let all = 0..line.len();
        if width(all.clone()) <= room {
            return Shown {
                text: cells.iter().map(|(_, shown)| shown.as_str()).collect(),
                before: width(0..span.start),
                under: width(span),
            };
        }

        // Keep a third of the room for what leads to the span.
        let lead = width(0..span.start)
            .saturating_sub(room / 3)
            .min(width(all).saturating_sub(room - cut.width()));
        let mut text = String::new();
        let (mut passed, mut before, mut under) = (0, 0, 0);
        if lead > 0 {
            text.push_str(cut);
            before = cut.width();
        }
        for (i, (at, shown)) in cells.iter().enumerate() {
            passed += shown.width();
            if passed <= lead {
                continue;
            }
            let is_last = i + 1 == cells.len();
            let limit = if is_last { room } else { room - cut.width() };
            if text.width() + shown.width() > limit {
                text.push_str(cut);
                break;
            }
            if *at < span.start {
                before += shown.width();
            } else if span.contains(at) {
                under += shown.width();
            }
            text.push_str(shown);
        }
        Shown {
            text,
            before,
            under,
        }
    }
}

/// `text` in lines of at most `room` columns, broken at blanks.
fn wrapped(text: &str, room: usize) -> Vec<String> {
    let mut lines = vec![String::new()];
    for word in text.split(' ') {
        let last = lines.len() - 1;
        let line = &mut lines[last];
        if !line.is_empty() && line.width() + 1 + word.width() > room {
            lines.push(word.to_owned());
        } else {
            if !line.is_empty() {
                line.push(' ');
            }
            line.push_str(word);
        }
    }
    lines
}
