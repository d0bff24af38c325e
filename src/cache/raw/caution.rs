//! Which raw commands are sent as they are, and which deserve a question.

use std::sync::OnceLock;

use super::RawCommand;
use crate::cache::builtin::commands::Table;

/// What to do with a command before it is sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Caution {
    /// Send it.
    None,
    /// It changes or stops what somebody else uses: send it when that is
    /// wanted all the same.
    Ask(&'static str),
    /// Its replies have no end, or none that could be shown here.
    Never(&'static str),
}

/// What to do with `command` on a server that is `ours` (started for this
/// session alone) or somebody else's, where all that starts with `prefix` is
/// this session's.
pub fn caution(command: &RawCommand, ours: bool, prefix: &str) -> Caution {
    let name = command.name();
    let first = name.split(' ').next().unwrap_or_default();
    match first {
        "SUBSCRIBE" | "PSUBSCRIBE" | "SSUBSCRIBE" | "MONITOR" => {
            return Caution::Never("it listens without end, which needs redis-cli");
        }
        "SYNC" | "PSYNC" | "REPLCONF" => return Caution::Never("it is spoken between servers"),
        _ => {}
    }
    if name == "CLIENT REPLY" {
        return Caution::Never("there would be no replies to wait for");
    }
    if ours {
        return Caution::None;
    }
    if first == "KEYS" {
        return Caution::Ask(
            "KEYS walks through every key and stops the server for everybody meanwhile \
             (SCAN 0 MATCH .. does not)",
        );
    }
    if HARMLESS.contains(&&*name) {
        return Caution::None;
    }
    static TABLE: OnceLock<Table> = OnceLock::new();
    let words = command.words();
    let Some(known) = TABLE.get_or_init(Table::new).find(first.as_bytes()) else {
        return Caution::Ask("it may change what is not this session's");
    };
    let known = match words.get(1) {
        Some(word) => known
            .subcommands
            .iter()
            .find(|one| one.name.as_bytes().eq_ignore_ascii_case(word))
            .unwrap_or(known),
        None => known,
    };
    if known.reads() {
        return Caution::None;
    }
    let mut keys = known.keys_in(words).peekable();
    if known.writes() && keys.peek().is_some() && keys.all(|key| key.starts_with(prefix.as_bytes()))
    {
        return Caution::None;
    }
    match name.split(' ').next() {
        Some("FLUSHALL" | "FLUSHDB") => Caution::Ask("it deletes everybody's keys"),
        Some("CONFIG") => Caution::Ask("it changes the server for everybody"),
        Some("DEBUG") => Caution::Ask("it stops the server for everybody"),
        _ => Caution::Ask("it changes what is not this session's"),
    }
}

/// What only asks, or concerns nobody but this connection. What reads keys is
/// known from the command table.
const HARMLESS: [&str; 67] = [
    "ACL CAT",
    "ACL GETUSER",
    "ACL LIST",
    "ACL USERS",
    "ACL WHOAMI",
    "ASKING",
    "AUTH",
    "BITCOUNT",
    "BITFIELD_RO",
    "BITPOS",
    "CLIENT GETNAME",
    "CLIENT ID",
    "CLIENT INFO",
    "CLIENT LIST",
    "CLIENT SETINFO",
    "CLIENT SETNAME",
    "CLUSTER COUNTKEYSINSLOT",
    "CLUSTER GETKEYSINSLOT",
    "CLUSTER INFO",
    "CLUSTER KEYSLOT",
    "CLUSTER MYID",
    "CLUSTER NODES",
    "CLUSTER SHARDS",
    "CLUSTER SLOTS",
    "COMMAND",
    "COMMAND COUNT",
    "COMMAND DOCS",
    "COMMAND GETKEYS",
    "COMMAND INFO",
    "COMMAND LIST",
    "CONFIG GET",
    "DISCARD",
    "DUMP",
    "ECHO",
    "EVAL_RO",
    "EXEC",
    "GEODIST",
    "GEOHASH",
    "GEOPOS",
    "GEOSEARCH",
    "HELLO",
    "HELLO 2",
    "HELLO 3",
    "INFO",
    "LASTSAVE",
    "LATENCY DOCTOR",
    "LATENCY HISTORY",
    "LATENCY LATEST",
    "LOLWUT",
    "MEMORY DOCTOR",
    "MEMORY STATS",
    "MODULE LIST",
    "MULTI",
    "PFCOUNT",
    "PING",
    "PUBSUB CHANNELS",
    "PUBSUB NUMPAT",
    "PUBSUB NUMSUB",
    "QUIT",
    "RESET",
    "ROLE",
    "SELECT",
    "SLOWLOG GET",
    "SLOWLOG LEN",
    "TIME",
    "UNWATCH",
    "WATCH",
];

#[cfg(test)]
mod tests {
    use super::*;

    fn on_somebodys(line: &str) -> Caution {
        let command = RawCommand::parse(line).unwrap().unwrap();
        caution(&command, false, "dojo:shop:1f3a9c2e:")
    }

    #[test]
    fn on_a_server_of_ours_all_is_allowed_that_ends() {
        for line in ["flushall", "config set maxmemory 1", "set a b", "shutdown"] {
            let command = RawCommand::parse(line).unwrap().unwrap();
            assert_eq!(caution(&command, true, "dojo:"), Caution::None, "{line}");
        }
        let monitor = RawCommand::parse("MONITOR").unwrap().unwrap();
        assert!(matches!(caution(&monitor, true, ""), Caution::Never(_)));
    }

    #[test]
    fn on_somebody_elses_reading_and_our_own_prefix_are_allowed() {
        for line in [
            "get anything",
            "hgetall h",
            "scan 0 match dojo:*",
            "info memory",
            "CONFIG GET maxmemory",
            "ttl k",
            "object encoding k",
            "memory usage k",
            "zrange z 0 -1",
            "dbsize",
            "set dojo:shop:1f3a9c2e:mine 1",
            "del dojo:shop:1f3a9c2e:a dojo:shop:1f3a9c2e:b",
            "MSET dojo:shop:1f3a9c2e:a 1 dojo:shop:1f3a9c2e:b 2",
        ] {
            assert_eq!(on_somebodys(line), Caution::None, "{line}");
        }
    }

    #[test]
    fn on_somebody_elses_the_rest_is_asked_about() {
        for line in [
            "set theirs 1",
            "del dojo:shop:1f3a9c2e:a theirs",
            "MSET dojo:shop:1f3a9c2e:a 1 theirs 2",
            "rename dojo:shop:1f3a9c2e:a theirs",
            "flushall",
            "FlushDB async",
            "config set maxmemory 1",
            "config rewrite",
            "debug sleep 1",
            "shutdown nosave",
            "keys *",
            "eval 'return 1' 0",
            "script flush",
            "client kill id 3",
            "cluster reset",
            "lmpop 1 theirs left",
            "sort theirs store other",
            "publish channel x",
        ] {
            assert!(matches!(on_somebodys(line), Caution::Ask(_)), "{line}");
        }
    }
}
