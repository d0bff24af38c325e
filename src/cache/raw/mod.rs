//! Raw commands to the cache server, as `.redis` sends them: how they are
//! read, which of them deserve a question first, and which hold secrets.

mod caution;
mod secrets;

pub use caution::{Caution, caution};
pub use secrets::{without_passwords, without_secrets};

/// A reply as the server gave it.
pub use redis::Value as Reply;

use super::builtin::wire;

/// A quote in the command is not closed, or closed in mid-word.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a quote is not closed, or something follows it without a blank")]
pub struct Unbalanced;

/// A command as somebody types it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RawCommand {
    words: Vec<Vec<u8>>,
}

impl RawCommand {
    /// Reads `line` as redis-cli does: words, `"..."` with `\n` and `\xHH`,
    /// `'...'`. `None` when there are no words.
    ///
    /// # Errors
    /// [`Unbalanced`].
    pub fn parse(line: &str) -> Result<Option<RawCommand>, Unbalanced> {
        let words = wire::words(line.as_bytes()).ok_or(Unbalanced)?;
        Ok((!words.is_empty()).then_some(RawCommand { words }))
    }

    /// Its words, the name first.
    pub fn words(&self) -> &[Vec<u8>] {
        &self.words
    }

    /// The name in capitals, and the subcommand of those that have them:
    /// `GET`, `CONFIG SET`.
    pub fn name(&self) -> String {
        let upper = |word: &Vec<u8>| String::from_utf8_lossy(word).to_ascii_uppercase();
        let name = self.words.first().map(upper).unwrap_or_default();
        match self.words.get(1) {
            Some(word) if CONTAINERS.contains(&&*name) => format!("{name} {}", upper(word)),
            _ => name,
        }
    }

    /// Whether redis-cli prints its reply without quotes and numbers: a text
    /// made to be read, such as `INFO`.
    pub fn replies_with_text(&self) -> bool {
        const TEXTS: [&str; 11] = [
            "INFO",
            "LOLWUT",
            "CLUSTER INFO",
            "CLUSTER NODES",
            "CLIENT LIST",
            "CLIENT INFO",
            "MEMORY DOCTOR",
            "MEMORY MALLOC-STATS",
            "LATENCY DOCTOR",
            "LATENCY GRAPH",
            "PROXY INFO",
        ];
        TEXTS.contains(&&*self.name())
    }

    pub(super) fn cmd(&self) -> redis::Cmd {
        let mut command = redis::Cmd::new();
        for word in &self.words {
            command.arg(word.as_slice());
        }
        command
    }
}

/// Commands whose second word says what they do.
const CONTAINERS: [&str; 20] = [
    "ACL", "CLIENT", "CLUSTER", "COMMAND", "CONFIG", "DEBUG", "FUNCTION", "HELLO", "LATENCY",
    "MEMORY", "MODULE", "OBJECT", "PROXY", "PUBSUB", "SCRIPT", "SENTINEL", "SLOWLOG", "XGROUP",
    "XINFO", "FAILOVER",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_those_of_redis_cli() {
        let command = RawCommand::parse(r#"  set 'a b' "x\n\x41\"" "" "#);
        let command = command.unwrap().unwrap();
        let expected: [&[u8]; 4] = [b"set", b"a b", b"x\nA\"", b""];
        assert_eq!(command.words(), expected);
        assert_eq!(command.name(), "SET");
        assert_eq!(RawCommand::parse("  "), Ok(None));
        for wrong in ["get \"a", "get 'a", "get \"a\"b"] {
            assert_eq!(RawCommand::parse(wrong), Err(Unbalanced), "{wrong}");
        }
    }

    #[test]
    fn the_name_has_its_subcommand() {
        let name = |line: &str| RawCommand::parse(line).unwrap().unwrap().name();
        assert_eq!(name("config get maxmemory"), "CONFIG GET");
        assert_eq!(name("get x"), "GET");
        let info = RawCommand::parse("info memory").unwrap().unwrap();
        assert!(info.replies_with_text());
    }
}
