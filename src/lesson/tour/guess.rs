//! A guess as people type it.

use crate::units;

/// What was typed where a guess was asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Guess {
    /// So many.
    Number(u64),
    /// Nothing: it is skipped.
    Skipped,
    /// Something that is no number.
    Unclear,
}

/// Reads `40`, `20,000`, `20k`, `about 40 rows`, `all of them`; `total` is how
/// many all are.
pub fn read_guess(text: &str, total: u64) -> Guess {
    let text = text.trim().to_ascii_lowercase();
    if text.is_empty() {
        return Guess::Skipped;
    }
    let has_word = |wanted: &[&str]| {
        let mut words = text.split(|c: char| !c.is_alphanumeric());
        words.any(|word| wanted.contains(&word))
    };
    let numbers: Vec<u64> = text
        .split_whitespace()
        .filter_map(|word| units::parse_count(word.trim_matches(['~', '.', '?', '!'])).ok())
        .collect();
    match numbers.as_slice() {
        [one] => Guess::Number(*one),
        [] if has_word(&["all", "every", "everything"]) => Guess::Number(total),
        _ => Guess::Unclear,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_read_as_people_write_them() {
        for (text, guess) in [
            ("", Guess::Skipped),
            ("  ", Guess::Skipped),
            ("40", Guess::Number(40)),
            ("20,000", Guess::Number(20_000)),
            ("20k", Guess::Number(20_000)),
            ("~ 40 rows?", Guess::Number(40)),
            ("about 100.", Guess::Number(100)),
            ("All of them", Guess::Number(7)),
            ("every one", Guess::Number(7)),
            ("-3", Guess::Unclear),
            ("3 or 4", Guess::Unclear),
            ("a lot", Guess::Unclear),
            ("select 1;", Guess::Unclear),
            ("99999999999999999999", Guess::Unclear),
        ] {
            assert_eq!(read_guess(text, 7), guess, "{text}");
        }
    }
}
