//! What somebody types may hold a password, and must not be kept or shown.

use std::borrow::Cow;

use super::RawCommand;
use crate::cache::server::url::without_password;

/// What of `input` may be kept and shown: a dot command loses the passwords in
/// its URLs. `None` for a raw command that says or sets a password, as in
/// redis-cli.
pub fn without_secrets(input: &str) -> Option<Cow<'_, str>> {
    let command = input.trim_start();
    if !command.starts_with('.') {
        return Some(Cow::Borrowed(input));
    }
    let (name, rest) = command
        .split_once(char::is_whitespace)
        .unwrap_or((command, ""));
    if name.eq_ignore_ascii_case(".redis") {
        let rest = rest.trim_start();
        let rest = rest.strip_prefix("--force").unwrap_or(rest);
        // A line whose quotes are off is split as if it had none.
        let command = RawCommand::parse(rest).unwrap_or_else(|_| {
            let words = rest.split_whitespace().map(Vec::from).collect();
            Some(RawCommand { words })
        });
        if command.is_some_and(|command| holds_secret(&command)) {
            return None;
        }
    }
    Some(match without_passwords(input) {
        kept if kept == input => Cow::Borrowed(input),
        kept => Cow::Owned(kept),
    })
}

/// Whether the command sets or says a password.
pub(super) fn holds_secret(command: &RawCommand) -> bool {
    let word = |at: usize| {
        let word = command.words().get(at);
        word.map(|word| String::from_utf8_lossy(word).to_ascii_lowercase())
            .unwrap_or_default()
    };
    match &*word(0) {
        "auth" => true,
        "acl" => matches!(&*word(1), "setuser" | "deluser"),
        "config" => {
            word(1) == "set"
                && (2..command.words().len()).any(|at| {
                    matches!(
                        &*word(at),
                        "requirepass"
                            | "masterauth"
                            | "masteruser"
                            | "tls-key-file-pass"
                            | "tls-client-key-file-pass"
                    )
                })
        }
        "hello" | "migrate" => {
            (1..command.words().len()).any(|at| matches!(&*word(at), "auth" | "auth2"))
        }
        _ => false,
    }
}

/// `text` with the passwords of the URLs in it replaced: `redis://ada:***@host`.
pub fn without_passwords(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for (at, word) in text.split(' ').enumerate() {
        if at > 0 {
            out.push(' ');
        }
        out.push_str(&without_password(word));
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commands_with_passwords_are_known() {
        let secret = |line: &str| holds_secret(&RawCommand::parse(line).unwrap().unwrap());
        for line in [
            "auth s3cret",
            "AUTH ada s3cret",
            "hello 3 auth ada s3cret",
            "config set maxmemory 1 requirepass s3cret",
            "acl setuser ada >s3cret",
            "migrate h 1 k 0 5 auth s3cret",
        ] {
            assert!(secret(line), "{line}");
        }
        for line in ["get auth", "config get requirepass", "hello 3", "set a b"] {
            assert!(!secret(line), "{line}");
        }
    }

    #[test]
    fn urls_lose_their_passwords_and_nothing_else() {
        for (text, expected) in [
            (
                ".cache on redis://ada:s3cret@host:1/2 --ttl 30s",
                ".cache on redis://ada:***@host:1/2 --ttl 30s",
            ),
            (
                ".cache on rediss://:s3@cret@host#insecure",
                ".cache on rediss://:***@host#insecure",
            ),
            (
                ".cache on redis://:s3?cret@host:1 redis://ada:s3/c#r?e@t@host:1/2?protocol=resp3",
                ".cache on redis://:***@host:1 redis://ada:***@host:1/2?protocol=resp3",
            ),
            (
                ".cache on unix:///tmp/x?user=ada&pass=s3cret&db=1",
                ".cache on unix:///tmp/x?user=ada&pass=***&db=1",
            ),
            (
                "select 'http://host/a:b', 1  ,\n 2;",
                "select 'http://host/a:b', 1  ,\n 2;",
            ),
        ] {
            assert_eq!(without_passwords(text), expected);
        }
    }
}
