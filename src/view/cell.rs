//! One value of a result, as a person reads it.

use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

use super::number::NumberText;
use super::{Style, sanitize};
use crate::sandbox::ValueRef;
use crate::units;

/// What a drawn value is, for its place and weight in a column.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Drawn as `NULL`, dimmed.
    Null,
    /// Aligned right, never shortened.
    Number,
    /// Aligned left.
    Text,
    /// `x'0102'`.
    Blob,
}

/// Turns values into text that a person reads and a terminal survives.
#[derive(Default)]
pub struct Reading {
    numbers: NumberText,
    /// What stands for the rest of a long blob; `None` shows all of it.
    ellipsis: Option<&'static str>,
}

impl Reading {
    /// Shows every byte.
    pub fn whole() -> Reading {
        Reading::default()
    }

    /// Shows the first 8 bytes of a longer blob, and its size.
    pub fn short(style: &Style) -> Reading {
        Reading {
            ellipsis: Some(ellipsis(style)),
            ..Reading::default()
        }
    }

    /// Appends `value` to `out`, on one line.
    pub fn append(&mut self, value: ValueRef<'_>, out: &mut String) -> Kind {
        match value {
            ValueRef::Null => {
                out.push_str(NULL);
                Kind::Null
            }
            ValueRef::Integer(n) => {
                out.push_str(self.numbers.integer(n));
                Kind::Number
            }
            ValueRef::Real(x) => {
                out.push_str(self.numbers.readable(x));
                Kind::Number
            }
            ValueRef::Text(text) => {
                let text = String::from_utf8_lossy(text);
                out.push_str(told_from_null(&sanitize::one_line(&text)));
                Kind::Text
            }
            ValueRef::Blob(bytes) => {
                self.append_blob(bytes, out);
                Kind::Blob
            }
        }
    }

    fn append_blob(&self, bytes: &[u8], out: &mut String) {
        const SHOWN: usize = 8;
        out.push_str("x'");
        match self.ellipsis {
            Some(ellipsis) if bytes.len() > SHOWN => {
                hex(&bytes[..SHOWN], out);
                out.push_str(ellipsis);
                out.push_str("' (");
                out.push_str(&units::count(bytes.len() as u64));
                out.push_str(" bytes)");
            }
            _ => {
                hex(bytes, out);
                out.push('\'');
            }
        }
    }
}

/// How the absence of a value is drawn.
pub const NULL: &str = "NULL";

/// The text `NULL` is drawn in quotes, so that it is not taken for a real
/// NULL where there is no colour to tell them apart.
pub fn told_from_null(text: &str) -> &str {
    if text == NULL { "'NULL'" } else { text }
}

/// What stands for text that is left out.
pub fn ellipsis(style: &Style) -> &'static str {
    if style.unicode { "…" } else { "..." }
}

/// Appends two lower-case digits a byte.
pub fn hex(bytes: &[u8], out: &mut String) {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    out.reserve(bytes.len() * 2);
    for byte in bytes {
        out.push(char::from(DIGITS[usize::from(byte >> 4)]));
        out.push(char::from(DIGITS[usize::from(byte & 15)]));
    }
}

/// Columns of the screen that `text` takes. Expects no control characters.
pub fn width(text: &str) -> usize {
    if text.is_ascii() {
        text.len()
    } else {
        UnicodeWidthStr::width(text)
    }
}

/// The beginning of `text` with `mark` after it, at most `columns` wide; all
/// of it if it fits. Counts `mark` as one column a character.
pub fn shortened(text: &str, columns: usize, mark: &'static str) -> (String, usize) {
    let whole = width(text);
    if whole <= columns {
        return (text.to_owned(), whole);
    }
    let room = columns.saturating_sub(mark.chars().count());
    let mut taken = 0;
    let mut end = 0;
    for (at, c) in text.char_indices() {
        taken += c.width().unwrap_or(0);
        if taken > room {
            break;
        }
        end = at + c.len_utf8();
    }
    // A character may widen the one before it (an emoji's variation selector).
    let mut kept = &text[..end];
    while width(kept) > room {
        kept = &kept[..kept.char_indices().next_back().map_or(0, |(at, _)| at)];
    }
    // A joiner with nothing after it would glue the mark to the character.
    let kept = kept.trim_end_matches('\u{200d}');
    let short = format!("{kept}{mark}");
    let columns = width(&short);
    (short, columns)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn read(value: ValueRef<'_>) -> String {
        let mut out = String::new();
        Reading::short(&Style::PIPED).append(value, &mut out);
        out
    }

    #[test]
    fn null_the_empty_text_and_the_text_null_are_three_things() {
        assert_eq!(read(ValueRef::Null), "NULL");
        assert_eq!(read(ValueRef::Text(b"")), "");
        assert_eq!(read(ValueRef::Text(b"NULL")), "'NULL'");
    }

    #[test]
    fn long_blobs_tell_their_size() {
        assert_eq!(read(ValueRef::Blob(&[])), "x''");
        assert_eq!(read(ValueRef::Blob(&[1, 0xab])), "x'01ab'");
        assert_eq!(
            read(ValueRef::Blob(&[7; 1200])),
            "x'0707070707070707…' (1,200 bytes)"
        );
        let mut whole = String::new();
        Reading::whole().append(ValueRef::Blob(&[7; 9]), &mut whole);
        assert_eq!(whole, "x'070707070707070707'");
    }

    #[test]
    fn shortening_keeps_wide_characters_whole() {
        assert_eq!(shortened("abcdef", 6, "…"), ("abcdef".into(), 6));
        assert_eq!(shortened("abcdefg", 6, "…"), ("abcde…".into(), 6));
        assert_eq!(shortened("東京都庁", 6, "…"), ("東京…".into(), 5));
        assert_eq!(shortened("abcdefg", 6, "..."), ("abc...".into(), 6));
    }

    proptest! {
        #[test]
        fn shortened_text_fits(text in any::<String>(), columns in 3usize..30) {
            let text = sanitize::one_line(&text);
            let (short, wide) = shortened(&text, columns, "…");
            prop_assert!(wide <= columns, "{short:?} is {wide} wide");
            prop_assert_eq!(width(&short), wide);
        }
    }
}
