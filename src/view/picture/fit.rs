//! Texts that a picture has room for, and that no file format stumbles over.

use crate::view::{cell, sanitize};

/// `text` on one line, without what XML 1.0 forbids or a reader cannot see.
pub(super) fn clean(text: &str) -> String {
    sanitize::one_line(text)
        .chars()
        .map(|c| match c {
            '\u{fffe}' | '\u{ffff}' => '\u{fffd}',
            c => c,
        })
        .collect()
}

/// A statement as a picture shows it: its own line ends and runs of blanks are
/// single spaces.
pub(super) fn statement(sql: &str) -> String {
    clean(&sql.split_whitespace().collect::<Vec<_>>().join(" "))
}

/// `text` in at most `lines` lines of at most `room` columns: broken between
/// words, or inside one that is wider; what is left over ends in an ellipsis.
pub(super) fn wrapped(text: &str, room: usize, lines: usize) -> Vec<String> {
    let room = room.max(4);
    let mut all = vec![String::new()];
    for word in text.split_whitespace() {
        let mut rest = word;
        loop {
            let line = all.last().map_or("", String::as_str);
            let gap = usize::from(!line.is_empty());
            let left = room.saturating_sub(cell::width(line) + gap);
            let fits = cell::width(rest) <= left;
            let piece = if fits {
                rest
            } else if cell::width(rest) <= room || left == 0 {
                all.push(String::new());
                continue;
            } else {
                beginning(rest, left)
            };
            if piece.is_empty() {
                // Not even one character fits beside what stands there.
                all.push(String::new());
                continue;
            }
            if let Some(line) = all.last_mut() {
                if gap == 1 {
                    line.push(' ');
                }
                line.push_str(piece);
            }
            rest = &rest[piece.len()..];
            if rest.is_empty() {
                break;
            }
        }
    }
    if all.len() > lines {
        all.truncate(lines);
        if let Some(last) = all.last_mut() {
            *last = format!("{}…", beginning(last, room - 1));
        }
    }
    all
}

/// As much of `text` as `room` columns hold.
fn beginning(text: &str, room: usize) -> &str {
    let mut end = 0;
    for (at, c) in text.char_indices() {
        let next = at + c.len_utf8();
        if cell::width(&text[..next]) > room {
            break;
        }
        end = next;
    }
    &text[..end]
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn long_texts_are_broken_and_cut() {
        assert_eq!(wrapped("scan orders", 20, 2), ["scan orders"]);
        assert_eq!(wrapped("scan orders", 8, 2), ["scan", "orders"]);
        assert_eq!(wrapped("abcdefghijkl", 5, 2), ["abcde", "fghi…"]);
        assert_eq!(wrapped("", 5, 2), [""]);
    }

    proptest! {
        #[test]
        fn no_line_is_too_wide(text in ".{0,80}", room in 4_usize..40, lines in 1_usize..4) {
            let all = wrapped(&clean(&text), room, lines);
            prop_assert!(all.len() <= lines);
            for line in all {
                prop_assert!(cell::width(&line) <= room, "{line:?}");
            }
        }
    }
}
