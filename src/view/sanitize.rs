//! Text from a database, made safe for a terminal. Data may hold escape
//! sequences that move the cursor or rename the window, and marks that turn
//! the direction of reading around, so that a line shows what it does not say.

use std::borrow::Cow;
use std::fmt::Write as _;

/// `text` on one line: every control character and every mark that changes
/// the direction or the line is written as Rust would write it (`\n`,
/// `\u{1b}`). Borrows when there is nothing to do.
pub fn one_line(text: &str) -> Cow<'_, str> {
    escaped(text, is_unsafe)
}

/// As [`one_line`], but line ends (`\n`) and tabs stay. A carriage return does
/// not: what follows it would hide what stands before it.
pub fn lines(text: &str) -> Cow<'_, str> {
    escaped(text, |c| is_unsafe(c) && !matches!(c, '\n' | '\t'))
}

/// Whether a terminal may do something else with `c` than show it.
pub fn is_unsafe(c: char) -> bool {
    c.is_control()
        || matches!(
            c,
            // Marks, embeddings, overrides and isolates of Unicode's
            // bidirectional algorithm (UAX #9), and the two separators that
            // some terminals take for line ends.
            '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}'
        )
}

fn escaped(text: &str, mut unwanted: impl FnMut(char) -> bool) -> Cow<'_, str> {
    if text.bytes().all(|b| (b' '..0x7f).contains(&b)) {
        return Cow::Borrowed(text);
    }
    let Some(first) = text.find(&mut unwanted) else {
        return Cow::Borrowed(text);
    };
    let mut out = String::with_capacity(text.len() + 16);
    out.push_str(&text[..first]);
    for c in text[first..].chars() {
        if !unwanted(c) {
            out.push(c);
        } else if matches!(c, '\n' | '\r' | '\t') {
            out.extend(c.escape_default());
        } else {
            // Writing to a String cannot fail.
            let _ = write!(out, "\\u{{{:x}}}", u32::from(c));
        }
    }
    Cow::Owned(out)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn what_a_terminal_would_obey_is_spelled_out() {
        assert_eq!(one_line("\x1b[31mred\x07"), "\\u{1b}[31mred\\u{7}");
        assert_eq!(one_line("a\tb\r\nc"), "a\\tb\\r\\nc");
        assert_eq!(one_line("abc\u{202e}fdp.exe"), "abc\\u{202e}fdp.exe");
        assert_eq!(one_line("\u{9b}2J"), "\\u{9b}2J");
        assert_eq!(lines("a\tb\nc\r\x1b"), "a\tb\nc\\r\\u{1b}");
    }

    #[test]
    fn ordinary_text_is_borrowed() {
        for text in ["", "O'Brien", "Ada Kovács", "東京", "👩‍👩‍👧", "C:\\temp"] {
            assert!(matches!(one_line(text), Cow::Borrowed(t) if t == text));
        }
    }

    proptest! {
        #[test]
        fn nothing_unsafe_is_left(text in any::<String>()) {
            prop_assert!(!one_line(&text).chars().any(is_unsafe));
        }
    }
}
