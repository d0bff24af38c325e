//! The commands that went to the cache server, for `.cache trace`.

use std::time::Duration;

/// One command and what came back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Command {
    /// As one would type it, long values cut short.
    pub text: String,
    /// The reply in a few words, such as `(nil)`, `OK`, `312 B`.
    pub reply: String,
    /// From sending it to having the whole reply.
    pub time: Duration,
}

/// Arguments longer than this many characters are cut.
const LONGEST_ARGUMENT: usize = 48;

/// Of a command with more arguments than this, the rest is only counted.
const MOST_ARGUMENTS: usize = 8;

/// The text of a command from its arguments.
pub(crate) fn command_text(command: &redis::Cmd) -> String {
    let mut text = String::new();
    let arguments = command.args_iter().count();
    for argument in command.args_iter().take(MOST_ARGUMENTS) {
        if !text.is_empty() {
            text.push(' ');
        }
        match argument {
            redis::Arg::Simple(bytes) => text.push_str(&argument_text(bytes)),
            _ => text.push('?'),
        }
    }
    if arguments > MOST_ARGUMENTS {
        let more = crate::units::count((arguments - MOST_ARGUMENTS) as u64);
        text.push_str(&format!(" … and {more} more"));
    }
    text
}

fn argument_text(bytes: &[u8]) -> String {
    let Ok(text) = std::str::from_utf8(bytes) else {
        let size = crate::units::bytes(bytes.len() as u64);
        return format!("({size}, not text)");
    };
    let plain = |c: char| c.is_ascii_graphic() && c != '\'' && c != '"';
    let is_key = text.starts_with("dojo:");
    if text.chars().count() <= LONGEST_ARGUMENT || is_key {
        if !text.is_empty() && text.chars().all(plain) {
            return text.to_owned();
        }
        return format!("'{}'", text.escape_debug());
    }
    let start: String = text.chars().take(LONGEST_ARGUMENT).collect();
    let size = crate::units::bytes(bytes.len() as u64);
    format!("'{start}…' ({size})")
}

/// A reply in a few words, as redis-cli would begin it.
pub(crate) fn reply_text(reply: &redis::Value) -> String {
    use redis::Value;
    match reply {
        Value::Nil => "(nil)".to_owned(),
        Value::Okay => "OK".to_owned(),
        Value::Int(n) => format!("(integer) {n}"),
        Value::SimpleString(text) => text.clone(),
        Value::BulkString(bytes) => crate::units::bytes(bytes.len() as u64),
        Value::Array(items) => crate::units::counted(items.len() as u64, "item", "items"),
        _ => "a reply".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_reads_as_it_is_typed() {
        let mut get = redis::cmd("GET");
        get.arg("dojo:shop:1f3a9c2e:0123456789abcdef0123456789abcdef");
        assert_eq!(
            command_text(&get),
            "GET dojo:shop:1f3a9c2e:0123456789abcdef0123456789abcdef"
        );
        let mut set = redis::cmd("SET");
        set.arg("k")
            .arg("{\"sql\":\"select 1\"}")
            .arg("PX")
            .arg(30_000);
        assert_eq!(
            command_text(&set),
            r#"SET k '{\"sql\":\"select 1\"}' PX 30000"#
        );
        let mut many = redis::cmd("DEL");
        for key in 0..1008 {
            many.arg(key);
        }
        assert_eq!(command_text(&many), "DEL 0 1 2 3 4 5 6 … and 1,001 more");
        let mut long = redis::cmd("SET");
        long.arg("k").arg("é".repeat(500));
        let text = command_text(&long);
        assert!(text.ends_with("…' (1.0 kB)"), "{text}");
    }
}
