//! What the beginning of a file tells about the rest: its delimiter, and
//! whether its first row holds names.

use super::fields::{Fed, Fields};

/// How much of a file is looked at.
pub const SAMPLE_BYTES: usize = 64 * 1024;

/// What may stand between fields, the likeliest first.
const DELIMITERS: [u8; 4] = [b',', b';', b'\t', b'|'];

/// The delimiter that splits the rows of a sample into the same number of
/// fields, and into the most: `,` where none does. With `cut`, the last line is
/// not whole.
pub fn delimiter(sample: &[u8], cut: bool) -> u8 {
    let text = String::from_utf8_lossy(sample);
    let text = text.trim_start_matches('\u{feff}');
    let whole = match text.rfind('\n') {
        Some(at) if cut => &text[..=at],
        _ => text,
    };
    let mut best = (b',', 0.0, 1);
    for candidate in DELIMITERS {
        let (agreeing, fields) = agreement(whole, candidate);
        if fields > 1 && (agreeing, fields) > (best.1, best.2) {
            best = (candidate, agreeing, fields);
        }
    }
    best.0
}

/// The share of rows with as many fields as the first, and that number.
fn agreement(text: &str, delimiter: u8) -> (f64, usize) {
    let mut fields = Fields::default();
    let (mut rows, mut agreeing, mut expected) = (0.0, 0.0, 0);
    for line in text.split_inclusive('\n') {
        if line.trim_end_matches(['\r', '\n']).is_empty() && fields.len() == 0 {
            continue;
        }
        match fields.feed(line, delimiter) {
            Fed::Open => continue,
            Fed::AfterQuote(_) => {}
            Fed::Whole => {
                if rows == 0.0 {
                    expected = fields.len();
                }
                if fields.len() == expected {
                    agreeing += 1.0;
                }
            }
        }
        rows += 1.0;
        fields.clear();
    }
    if rows == 0.0 {
        return (0.0, 0);
    }
    (agreeing / rows, expected)
}

/// Whether a first row looks like names: no number and no date among them, and
/// not mostly empty.
pub fn is_header<'a>(first: impl Iterator<Item = &'a str>) -> bool {
    let (mut named, mut empty) = (0, 0);
    for field in first {
        let text = field.trim();
        if text.is_empty() {
            empty += 1;
        } else if !text.chars().any(char::is_alphabetic)
            && text.contains(|c: char| c.is_ascii_digit())
        {
            return false;
        } else {
            named += 1;
        }
    }
    named > empty
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_delimiter_is_the_one_that_rows_agree_on() {
        for (text, expected) in [
            ("a,b\n1,2\n", b','),
            ("a;b\n1,5;2,5\n", b';'),
            ("a\tb\n1, or 2\tx\n", b'\t'),
            ("a|b|c\n1|2|3\n", b'|'),
            ("\"a;b\",c\n\"d;e;f\",g\n", b','),
            ("one\ntwo\n", b','),
            ("name;note\nx;\"a,b\nc,d\"\n", b';'),
            ("", b','),
        ] {
            assert_eq!(delimiter(text.as_bytes(), false), expected, "{text:?}");
        }
        assert_eq!(delimiter(b"a;b\n1;2\n3,4,5,6", true), b';');
    }

    #[test]
    fn a_header_has_no_numbers() {
        let is = |row: &str| is_header(row.split(','));
        assert!(is("id,name"));
        assert!(is(",a,b"));
        assert!(is("address1,address2"));
        assert!(!is("1,Ada"));
        assert!(!is("Ada,2024-01-31"));
        assert!(!is(",,a"));
    }
}
