//! The keyspace of an exercise on Redis commands: the built-in server's engine
//! without a socket, on a clock that only `wait` moves.

use std::collections::BTreeMap;
use std::time::Duration;

use crate::cache::builtin::commands::{Client, Command, Effect, Engine, Settings, Table};
use crate::cache::builtin::keyspace::Now;
use crate::cache::builtin::wire::{Parsed, RequestParser};
use crate::clock::Clock;
use crate::units::parse_duration;

/// Where its clock starts: the beginning of 2026, in milliseconds since 1970.
const START_MS: u64 = 1_767_225_600_000;

/// A keyspace with the clients that work on it.
pub struct RedisStage {
    engine: Engine,
    clients: BTreeMap<String, Client>,
    clock: Clock,
}

/// A line that is no command.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct NoCommand(String);

impl Default for RedisStage {
    fn default() -> RedisStage {
        RedisStage::new()
    }
}

impl RedisStage {
    /// An empty keyspace.
    pub fn new() -> RedisStage {
        let clock = Clock::virtual_at(START_MS);
        RedisStage {
            engine: Engine::new(Settings::default(), Now::of(&clock)),
            clients: BTreeMap::new(),
            clock,
        }
    }

    /// Runs one line and returns the reply as `redis-cli` writes it: `wait
    /// 10s` lets time pass, `b: GET x` is the command of another client.
    ///
    /// # Errors
    /// [`NoCommand`] for a line that cannot be read.
    pub fn run(&mut self, line: &str) -> Result<String, NoCommand> {
        let (name, command) = client_of(line);
        if let Some(time) = command.strip_prefix("wait ") {
            let time = parse_duration(time).map_err(|error| NoCommand(error.to_string()))?;
            self.wait(time);
            return Ok(String::new());
        }
        let input = format!("{command}\r\n").into_bytes();
        let mut parser = RequestParser::default();
        let parsed = parser.next(&input, true);
        if !matches!(parsed, Ok(Parsed::Whole(_))) {
            return Err(NoCommand(format!(
                "`{command}` cannot be read: is a quote open?"
            )));
        }
        let engine = &mut self.engine;
        let now = Now::of(&self.clock);
        let client = self
            .clients
            .entry(name.to_owned())
            .or_insert_with(|| engine.connect("lesson", now));
        let mut out = Vec::new();
        let effect = engine.execute(client, parser.args(&input), now, &mut out);
        if effect == Effect::Wait {
            return Ok("(waits)".to_owned());
        }
        Ok(read_reply(&out))
    }

    /// Whether `line` is the command of another client than the first.
    pub(super) fn names_client(line: &str) -> bool {
        !client_of(line).0.is_empty()
    }

    /// Whether `line` is a command that only reads keys: a look round, where no
    /// reply is asked for.
    pub fn only_reads(line: &str) -> bool {
        let (_, command) = client_of(line);
        let name = command.split_whitespace().next().unwrap_or_default();
        Table::new()
            .find(name.as_bytes())
            .is_some_and(Command::reads)
    }

    /// Lets time pass.
    pub fn wait(&mut self, time: Duration) {
        self.clock.advance(time);
    }

    /// The keys that match `pattern`, each with what it holds and for how long.
    pub fn keys(&mut self, pattern: &str) -> Vec<(String, String)> {
        let listed = self.run(&format!("KEYS \"{pattern}\"")).unwrap_or_default();
        let mut names: Vec<String> = elements(&listed);
        names.sort();
        let mut found = Vec::new();
        for name in names {
            let mut ask = |command: String| self.run(&command).unwrap_or_default();
            let kind = ask(format!("TYPE \"{name}\""));
            let value = match kind.as_str() {
                "string" => ask(format!("GET \"{name}\"")),
                "hash" => pairs(&elements(&ask(format!("HGETALL \"{name}\"")))),
                "list" => elements(&ask(format!("LRANGE \"{name}\" 0 -1"))).join(" "),
                "set" => {
                    let mut members = elements(&ask(format!("SMEMBERS \"{name}\"")));
                    members.sort();
                    members.join(" ")
                }
                "zset" => elements(&ask(format!("ZRANGE \"{name}\" 0 -1 WITHSCORES"))).join(" "),
                _ => ask(format!("XLEN \"{name}\"")),
            };
            let ttl = ask(format!("PTTL \"{name}\""));
            let lives = match ttl.trim_start_matches("(integer) ").parse::<u64>() {
                Ok(ms) => format!(", for {} s", ms.div_ceil(1000)),
                Err(_) => ", without a TTL".to_owned(),
            };
            found.push((name, format!("the {kind} {value}{lives}")));
        }
        found
    }
}

fn client_of(line: &str) -> (&str, &str) {
    let line = line.trim();
    match line.split_once(": ") {
        Some((name, command))
            if !name.is_empty() && name.bytes().all(|c| c.is_ascii_lowercase()) =>
        {
            (name, command.trim())
        }
        _ => ("", line),
    }
}

/// The texts of a reply that is an array, as they came.
fn elements(reply: &str) -> Vec<String> {
    let lines = reply.lines().filter_map(|line| line.split_once(") "));
    lines
        .map(|(_, text)| text.trim_matches('"').to_owned())
        .collect()
}

fn pairs(elements: &[String]) -> String {
    let mut pairs: Vec<String> = elements.chunks(2).map(|pair| pair.join("=")).collect();
    pairs.sort();
    pairs.join(" ")
}

/// A RESP2 reply as `redis-cli` writes it.
fn read_reply(bytes: &[u8]) -> String {
    let mut rest = bytes;
    read_one(&mut rest, 0).unwrap_or_default()
}

fn read_one(rest: &mut &[u8], depth: usize) -> Option<String> {
    let line = take_line(rest)?;
    let (kind, text) = (line.chars().next()?, line.get(1..)?);
    Some(match kind {
        '+' => text.to_owned(),
        '-' => format!("(error) {text}"),
        ':' => format!("(integer) {text}"),
        '$' => match text.parse::<usize>() {
            Ok(length) => {
                let bytes = rest.get(..length)?;
                *rest = rest.get(length + 2..)?;
                format!("\"{}\"", bytes.escape_ascii())
            }
            Err(_) => "(nil)".to_owned(),
        },
        '*' => match text.parse::<usize>() {
            Ok(0) => "(empty array)".to_owned(),
            Ok(length) => {
                let mut lines = Vec::new();
                for n in 1..=length {
                    let one = read_one(rest, depth + 1)?;
                    lines.push(format!("{n}) {one}"));
                }
                lines.join(&format!("\n{}", "   ".repeat(depth)))
            }
            Err(_) => "(nil)".to_owned(),
        },
        _ => return None,
    })
}

fn take_line(rest: &mut &[u8]) -> Option<String> {
    let end = rest.windows(2).position(|two| two == b"\r\n")?;
    let line = String::from_utf8_lossy(&rest[..end]).into_owned();
    *rest = &rest[end + 2..];
    Some(line)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn replies_read_as_redis_cli_writes_them() {
        let mut stage = RedisStage::new();
        let mut told = |line: &str| stage.run(line).unwrap();
        assert_eq!(told("SET k \"a b\" EX 10"), "OK");
        assert_eq!(told("get k"), "\"a b\"");
        assert_eq!(told("wait 9s"), "");
        assert_eq!(told("TTL k"), "(integer) 1");
        assert!(RedisStage::only_reads("b: ttl k"));
        assert!(!RedisStage::only_reads("EXPIRE k 10"));
        assert!(!RedisStage::only_reads("no such command"));
        assert_eq!(told("wait 2s"), "");
        assert_eq!(told("GET k"), "(nil)");
        assert_eq!(told("RPUSH l a b"), "(integer) 2");
        assert_eq!(told("LRANGE l 0 -1"), "1) \"a\"\n2) \"b\"");
        assert!(told("SETT k 1").starts_with("(error) ERR unknown command"));
        assert_eq!(told("MULTI"), "OK");
        assert_eq!(told("b: INCR n"), "(integer) 1");
        assert_eq!(told("INCR n"), "QUEUED");
        assert_eq!(told("EXEC"), "1) (integer) 2");
        assert!(stage.run("SET k \"a").is_err());
        assert!(stage.run("wait a while").is_err());
    }

    #[test]
    fn a_keyspace_is_told_key_by_key() {
        let mut stage = RedisStage::new();
        for line in [
            "HSET cart:1 b 2 a 1",
            "SET other 1",
            "EXPIRE cart:1 60",
            "SADD cart:2 x",
        ] {
            stage.run(line).unwrap();
        }
        assert_eq!(
            stage.keys("cart:*"),
            [
                ("cart:1".to_owned(), "the hash a=1 b=2, for 60 s".to_owned()),
                ("cart:2".to_owned(), "the set x, without a TTL".to_owned()),
            ]
        );
    }
}
