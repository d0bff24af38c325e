//! The mark in front of the second and later lines of a statement:
//!
//! ```text
//! shop> select *
//!  ...> from orders;
//! ```
//!
//! rustyline has a prompt for the first line only, and counts the columns of
//! the others from zero: what is drawn in front of them would put the cursor
//! in the wrong place. One character takes as many columns as it is told to: a
//! tab. So Enter inside a statement begins the next line with a tab, the tab
//! stop is the width of the prompt, and the mark is drawn over the tab. To SQL
//! a tab is a blank; inside a quoted text, where it would be data, Enter adds
//! none. Statements leave here without these tabs.

use std::ops::Range;

use rustyline::{
    CharSearch, Cmd, ConditionalEventHandler, Event, EventContext, EventHandler, KeyCode, KeyEvent,
    Modifiers, Movement, RepeatCount,
};

use super::editor::is_whole;
use crate::sql::{self, TokenKind};
use crate::view::Style;
use unicode_width::UnicodeWidthChar as _;

/// The mark without the blanks that make it as wide as the prompt.
const MARK: &str = "...> ";

/// The narrowest column of marks.
const NARROWEST: usize = 6;

/// How many columns the marks take below a prompt of this width.
pub(super) fn width(prompt: usize) -> usize {
    prompt.max(NARROWEST)
}

/// The keys that know of the mark, for [`rustyline::Editor::bind_sequence`].
pub(super) fn bindings() -> Vec<(KeyEvent, EventHandler)> {
    let key = |code, modifiers| KeyEvent(code, modifiers);
    let newline = || EventHandler::Conditional(Box::new(NextLine));
    let home = || EventHandler::Conditional(Box::new(LineStart));
    let back = || EventHandler::Conditional(Box::new(JoinLines));
    vec![
        (key(KeyCode::Enter, Modifiers::NONE), newline()),
        (key(KeyCode::Char('J'), Modifiers::CTRL), newline()),
        (key(KeyCode::Home, Modifiers::NONE), home()),
        (key(KeyCode::Char('A'), Modifiers::CTRL), home()),
        (key(KeyCode::Backspace, Modifiers::NONE), back()),
        (key(KeyCode::Char('H'), Modifiers::CTRL), back()),
    ]
}

/// Enter: the next line of a statement that is not complete.
struct NextLine;

impl ConditionalEventHandler for NextLine {
    fn handle(&self, _: &Event, _: RepeatCount, _: bool, at: &EventContext<'_>) -> Option<Cmd> {
        let line = at.line();
        let goes_on = !is_whole(line) && !quoted(line).holds(at.pos());
        goes_on.then(|| Cmd::Insert(1, "\n\t".to_owned()))
    }
}

/// Home stops behind the mark.
struct LineStart;

impl ConditionalEventHandler for LineStart {
    fn handle(&self, _: &Event, _: RepeatCount, _: bool, at: &EventContext<'_>) -> Option<Cmd> {
        let before = &at.line()[..at.pos()];
        let typed = before[before.rfind('\n')? + 1..].strip_prefix('\t')?;
        Some(if typed.is_empty() {
            Cmd::Noop
        } else {
            Cmd::Move(Movement::ViCharSearch(1, CharSearch::BackwardAfter('\t')))
        })
    }
}

/// Backspace behind the mark takes it away with its line end.
struct JoinLines;

impl ConditionalEventHandler for JoinLines {
    fn handle(&self, _: &Event, _: RepeatCount, _: bool, at: &EventContext<'_>) -> Option<Cmd> {
        let is_behind = at.line()[..at.pos()].ends_with("\n\t");
        // A movement by characters would be counted anew: it takes one.
        let to_line_end = Movement::ViCharSearch(1, CharSearch::Backward('\n'));
        is_behind.then_some(Cmd::Kill(to_line_end))
    }
}

/// Where texts and names in quotes are, in order; one that is not closed ends
/// after the end.
struct Quoted(Vec<Range<usize>>);

impl Quoted {
    /// Whether what is put in before the byte `at` would be quoted.
    fn holds(&self, at: usize) -> bool {
        let next = self.0.partition_point(|quoted| quoted.end <= at);
        self.0.get(next).is_some_and(|quoted| quoted.start < at)
    }
}

fn quoted(line: &str) -> Quoted {
    let ranges = sql::lex(line)
        .filter(|token| {
            let kinds = [
                TokenKind::String,
                TokenKind::QuotedIdentifier,
                TokenKind::Blob,
            ];
            kinds.contains(&token.kind) || (token.kind == TokenKind::Illegal && token.unterminated)
        })
        .map(|token| token.range.start..token.range.end + usize::from(token.unterminated));
    Quoted(ranges.collect())
}

/// `input` without the tabs of the marks.
pub(super) fn without_marks(input: &str) -> String {
    let mut out = String::with_capacity(input.len());
    let quoted = quoted(input);
    let mut at = 0;
    for (tab, _) in input.match_indices("\n\t").map(|(i, m)| (i + 1, m)) {
        if !quoted.holds(tab) {
            out.push_str(&input[at..tab]);
            at = tab + 1;
        }
    }
    out.push_str(&input[at..]);
    out
}

/// `input` with a mark on each line, as it is remembered: a paste has none.
pub(super) fn with_marks(input: &str) -> String {
    let mut out = String::with_capacity(input.len() + 8);
    let quoted = quoted(input);
    let mut at = 0;
    for (end, _) in input.match_indices('\n') {
        let next = end + 1;
        if !input[next..].starts_with('\t') && !quoted.holds(next) {
            out.push_str(&input[at..next]);
            out.push('\t');
            at = next;
        }
    }
    out.push_str(&input[at..]);
    out
}

/// How a line that is being edited looks: marks and blanks instead of tabs.
/// Escapes in `line` take no columns. `prompt` is the width of the prompt,
/// `screen` that of the screen.
pub(super) fn drawn(line: &str, prompt: usize, screen: usize, style: &Style) -> String {
    let stop = width(prompt);
    let mark = style.dim(&format!("{MARK:>stop$}"));
    let mut out = String::with_capacity(line.len() + 16);
    let (mut column, mut is_start) = (prompt, false);
    let mut color = String::new();
    let mut chars = line.chars();
    while let Some(c) = chars.next() {
        match c {
            '\x1b' => {
                color = std::iter::once(c)
                    .chain(chars.by_ref().take_while(|c| *c != 'm'))
                    .collect();
                color.push('m');
                out.push_str(&color);
                continue;
            }
            '\n' => {
                out.push(c);
                (column, is_start) = (0, true);
                continue;
            }
            '\t' if is_start => {
                // A colour that goes on over the line's end is not the mark's.
                out.push_str(&mark);
                if style.color {
                    out.push_str(&color);
                }
                column = stop;
            }
            '\t' => {
                let blanks = stop - column % stop;
                out.extend(std::iter::repeat_n(' ', blanks));
                column += blanks;
            }
            _ => {
                out.push(c);
                let wide = c.width().unwrap_or(0);
                column += wide;
                if column > screen {
                    column = wide;
                }
            }
        }
        is_start = false;
    }
    out
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn marks_stand_below_the_prompt_and_go_with_the_statement() {
        let typed = "select *\n\tfrom orders\n\twhere a = 'x\n\ty';";
        let seen = drawn(typed, 6, 80, &Style::PIPED);
        assert!(
            seen.starts_with("select *\n ...> from orders\n ...> where a"),
            "{seen}"
        );
        assert_eq!(
            without_marks(typed),
            "select *\nfrom orders\nwhere a = 'x\n\ty';"
        );
        assert_eq!(with_marks(&without_marks(typed)), typed);
        assert_eq!(drawn("a\tb", 6, 80, &Style::PIPED), "a     b");
        assert_eq!(drawn("a\n\tb", 9, 80, &Style::PIPED), "a\n    ...> b");
    }

    #[test]
    fn a_colour_goes_on_after_the_mark() {
        let style = Style {
            color: true,
            ..Style::PIPED
        };
        assert_eq!(
            drawn("\x1b[2m/*\n\tx*/\x1b[0m", 6, 80, &style),
            "\x1b[2m/*\n\x1b[2m ...> \x1b[0m\x1b[2mx*/\x1b[0m"
        );
    }

    proptest! {
        #[test]
        fn a_remembered_statement_is_the_same_statement(input in "([a-z '\"\\-/*]|\n|\n\t)*") {
            prop_assert_eq!(without_marks(&with_marks(&input)), without_marks(&input));
        }
    }
}
