//! Inline requests: a line of words, as typed into `telnet` or `nc`.

/// A quote that is not closed, or closed in mid-word.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Unbalanced;

/// The words of `line`, as in an inline request; `None` when a quote is not
/// closed, or closed in mid-word.
pub fn words(line: &[u8]) -> Option<Vec<Vec<u8>>> {
    let (mut text, mut ends) = (Vec::new(), Vec::new());
    split(line, &mut text, &mut ends).ok()?;
    let mut start = 0;
    let words = ends.into_iter().map(|end| {
        let word = text[start..end].to_vec();
        start = end;
        word
    });
    Some(words.collect())
}

/// Appends the words of `line` to `text` and their ends to `ends` (a word
/// starts where the one before it ends). Words are parted by spaces;
/// `"..."` knows `\n \r \t \b \a \xHH`, `'...'` knows `\'`.
pub(super) fn split(
    line: &[u8],
    text: &mut Vec<u8>,
    ends: &mut Vec<usize>,
) -> Result<(), Unbalanced> {
    let mut at = 0;
    loop {
        while line.get(at).is_some_and(|c| is_space(*c)) {
            at += 1;
        }
        if at == line.len() {
            return Ok(());
        }
        while let Some(&c) = line.get(at).filter(|c| !is_space(**c)) {
            at = match c {
                b'"' | b'\'' => quoted(line, at + 1, c, text)?,
                _ => {
                    text.push(c);
                    at + 1
                }
            };
        }
        ends.push(text.len());
    }
}

/// Reads up to the closing quote and returns where the line goes on.
fn quoted(line: &[u8], mut at: usize, quote: u8, text: &mut Vec<u8>) -> Result<usize, Unbalanced> {
    loop {
        let (c, length) = match line[at..] {
            [] => return Err(Unbalanced),
            [c, next, ..] if c == quote && !is_space(next) => return Err(Unbalanced),
            [c, ..] if c == quote => return Ok(at + 1),
            [b'\\', b'x', high, low, ..]
                if quote == b'"' && high.is_ascii_hexdigit() && low.is_ascii_hexdigit() =>
            {
                (hex(high) * 16 + hex(low), 4)
            }
            [b'\\', c, ..] if quote == b'"' => (escaped(c), 2),
            [b'\\', b'\'', ..] => (b'\'', 2),
            [c, ..] => (c, 1),
        };
        text.push(c);
        at += length;
    }
}

fn escaped(c: u8) -> u8 {
    match c {
        b'n' => b'\n',
        b'r' => b'\r',
        b't' => b'\t',
        b'b' => 8,
        b'a' => 7,
        other => other,
    }
}

fn hex(digit: u8) -> u8 {
    match digit {
        b'0'..=b'9' => digit - b'0',
        _ => (digit | 0x20) - b'a' + 10,
    }
}

fn is_space(c: u8) -> bool {
    c.is_ascii_whitespace() || c == 0x0b
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(line: &str) -> Result<Vec<String>, Unbalanced> {
        let (mut text, mut ends) = (Vec::new(), Vec::new());
        split(line.as_bytes(), &mut text, &mut ends)?;
        let mut start = 0;
        Ok(ends
            .into_iter()
            .map(|end| {
                let word = String::from_utf8_lossy(&text[start..end]).into_owned();
                start = end;
                word
            })
            .collect())
    }

    #[test]
    fn lines_split_as_in_redis() {
        assert_eq!(
            words("  SET  a 1 "),
            Ok(vec!["SET".into(), "a".into(), "1".into()])
        );
        assert_eq!(
            words(r#"SET a "b c\n\x41\q""#)
                .as_deref()
                .map(|w| w[2].as_str()),
            Ok("b c\nAq")
        );
        assert_eq!(
            words(r"SET a 'it\'s \n'").as_deref().map(|w| w[2].as_str()),
            Ok(r"it's \n")
        );
        assert_eq!(words(r#"ECHO """#), Ok(vec!["ECHO".into(), String::new()]));
        assert_eq!(words(r#"ECHO "a"#), Err(Unbalanced));
        assert_eq!(words(r#"ECHO "a"b"#), Err(Unbalanced));
        assert_eq!(words(r"ECHO 'a"), Err(Unbalanced));
        assert_eq!(words(r#"ECHO "a\"#), Err(Unbalanced));
        assert_eq!(words(r#"a"b c"d"#), Err(Unbalanced));
        assert_eq!(words(""), Ok(vec![]));
    }
}
