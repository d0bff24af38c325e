//! The arguments of a dot command: words, quoted where they hold blanks.

use std::path::PathBuf;

use super::{DotCommand, misused};
use crate::commands::Failure;

/// The first word of `rest` without its quotes, and what follows it. `None`
/// when there is none. A quote that is not closed is a misuse of `command`.
pub(super) fn first<'a>(
    command: &DotCommand,
    rest: &'a str,
) -> Result<Option<(String, &'a str)>, Failure> {
    let rest = rest.trim();
    let Some(first) = rest.chars().next() else {
        return Ok(None);
    };
    let (word, after) = if matches!(first, '\'' | '"') {
        rest[1..]
            .split_once(first)
            .ok_or_else(|| misused(command))?
    } else {
        rest.split_once(char::is_whitespace).unwrap_or((rest, ""))
    };
    Ok(Some((word.to_owned(), after.trim())))
}

/// All words of `rest`, and whether `flag` is one of them.
pub(super) fn all(
    command: &DotCommand,
    mut rest: &str,
    flag: &str,
) -> Result<(Vec<String>, bool), Failure> {
    let mut words = Vec::new();
    while let Some((word, after)) = first(command, rest)? {
        words.push(word);
        rest = after;
    }
    let before = words.len();
    words.retain(|word| word != flag);
    Ok((words.clone(), words.len() < before))
}

/// The file that `word` names; `~/` is the home folder, as in other shells.
pub(super) fn path(word: &str) -> PathBuf {
    match (word.strip_prefix("~/"), std::env::home_dir()) {
        (Some(inside), Some(home)) => home.join(inside),
        _ => PathBuf::from(word),
    }
}

#[cfg(test)]
mod tests {
    use super::super::export::COMMAND;
    use super::*;

    #[test]
    fn quotes_hold_a_word_together() {
        let words = |rest| all(&COMMAND, rest, "--force").map_err(|f| f.message.unwrap());
        assert_eq!(
            words(" 'a b.csv'  --force \"c d\" e ").unwrap(),
            (
                vec!["a b.csv".to_owned(), "c d".to_owned(), "e".to_owned()],
                true
            )
        );
        assert_eq!(words("").unwrap(), (Vec::new(), false));
        assert!(words("'open").unwrap_err().contains(".help export"));
    }
}
