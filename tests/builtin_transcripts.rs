//! The transcripts of `tests/transcripts`, run against the built-in server
//! and against a real redis-server.
//!
//! `> ` starts a command; the line after it is the reply, which came from
//! redis-server 7.0.15: `OK` a status, `:1` an integer, `"a"` a bulk string,
//! `nil$` and `nil*` RESP2's two nulls, `nil` RESP3's, `[..]` an array, `{..}`
//! a map, `~[..]` a set. `any` accepts every reply, `unordered` before it every
//! order of an array's elements. Each blank line starts afresh: an empty
//! database, new connections. `builtin` or `redis` before a command: only there.
//!
//! `2> ` sends by a second connection. `2>> ` sends and does not wait for the
//! reply (of a command that waits, say), so no line of it follows; `2<` reads
//! a reply without sending anything.
//!
//! `DBDOJO_BLESS=1` writes what redis-server says into the files.

#![expect(clippy::unwrap_used, reason = "a test may panic")]
#![cfg(unix)]

mod raw;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::PathBuf;

use dbdojo::cache::builtin::commands::Table;
use dbdojo::clock::Clock;
use proptest::prelude::*;
use proptest::test_runner::TestRunner;
use raw::{Raw, Redis};

#[derive(Clone, Copy, PartialEq, Eq)]
enum Who {
    Builtin,
    Redis,
}

fn transcripts() -> Vec<PathBuf> {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/transcripts");
    let mut files: Vec<PathBuf> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    files.sort();
    assert!(files.len() > 5);
    files
}

/// The elements of an array, at its own level.
fn sorted(reply: &str) -> Vec<String> {
    let inner = reply.trim_matches(['~', '[', ']', '{', '}']);
    let mut elements: Vec<String> = inner.split(", ").map(str::to_owned).collect();
    elements.sort();
    elements
}

fn agrees(expected: &str, reply: &str) -> bool {
    match expected.strip_prefix("unordered ") {
        Some("any") => true,
        Some(expected) => sorted(expected) == sorted(reply),
        None => expected == "any" || expected == reply,
    }
}

/// Runs a file and returns it as it was answered, with what did not agree.
fn run(text: &str, who: Who, connect: &dyn Fn() -> Raw) -> (String, Vec<String>) {
    let mut clients: BTreeMap<String, Raw> = BTreeMap::new();
    let mut answered = String::new();
    let mut wrong = Vec::new();
    let mut lines = text.lines().enumerate().peekable();
    while let Some((number, line)) = lines.next() {
        answered += line;
        answered.push('\n');
        if line.is_empty() {
            clients.clear();
            connect().line("FLUSHALL");
            continue;
        }
        if line.starts_with('#') {
            continue;
        }
        let (head, command) = match line.strip_suffix('<') {
            Some(head) => (head, ""),
            None => line.split_once("> ").expect("a command"),
        };
        let (only, name) = match head.trim() {
            "builtin" => (Some(Who::Builtin), ""),
            "redis" => (Some(Who::Redis), ""),
            name => (None, name),
        };
        let is_left = name.ends_with('>');
        let client = clients
            .entry(name.trim_end_matches('>').to_owned())
            .or_insert_with(connect);
        if is_left {
            client.send(&raw::request(&raw::words(command)));
            // Answered after what was sent before it.
            assert_eq!(connect().line("PING"), "PONG");
            continue;
        }
        let expected = lines
            .next_if(|(_, line)| !line.is_empty())
            .map_or("", |(_, line)| line);
        let reply = if only.is_some_and(|only| only != who) {
            expected.to_owned()
        } else if line.ends_with('<') && command.is_empty() {
            client.reply()
        } else {
            client.line(command)
        };
        if agrees(expected, &reply) {
            answered += expected;
        } else {
            if expected.starts_with("unordered ") {
                answered += "unordered ";
            }
            answered += &reply;
            wrong.push(format!(
                "{}: {command}\n  expected {expected}\n  replied  {reply}",
                number + 1
            ));
        }
        answered.push('\n');
    }
    (answered, wrong)
}

fn check(who: Who, connect: &dyn Fn() -> Raw, bless: bool) {
    let mut all = Vec::new();
    for path in transcripts() {
        connect().line("FLUSHALL");
        let text = fs::read_to_string(&path).unwrap();
        let (answered, wrong) = run(&text, who, connect);
        if bless {
            fs::write(&path, answered).unwrap();
        } else {
            let name = path.file_name().unwrap().display().to_string();
            all.extend(wrong.into_iter().map(|wrong| format!("{name}:{wrong}")));
        }
    }
    assert!(
        all.is_empty(),
        "{} replies differ:\n{}",
        all.len(),
        all.join("\n")
    );
}

#[test]
fn the_builtin_server_replies_as_written() {
    let server = raw::builtin(Clock::wall());
    check(Who::Builtin, &|| Raw::tcp(raw::tcp(&server)), false);
}

#[test]
fn redis_replies_as_written() {
    let Some(redis) = Redis::start() else { return };
    let bless = std::env::var_os("DBDOJO_BLESS").is_some();
    check(Who::Redis, &|| Raw::unix(&redis.socket()), bless);
}

/// Commands that any order makes sense of, and whose replies do not depend on
/// the time of day.
fn command() -> impl Strategy<Value = String> {
    let key = "[a-d]";
    let number = "(-?[0-9]{1,3}|9223372036854775807|-9223372036854775808|x|1[.]5|\"\")";
    let field = "(f|g|1|\"\")";
    let digit = "(-?[1-9]|0)";
    let small = "(-?[0-9]|x)";
    let score = "(-?[0-9]([.]5)?|inf|-inf|x)";
    let id = "([0-9]|[0-9]-[0-3]|0|[(]3-1|x)";
    let value = "(-?[0-9]{1,3}|[a-z]{1,50}|0[0-9]|\" \")";
    let templates = [
        format!("GET {key}"),
        format!("SET {key} {value}( (NX|XX|GET|KEEPTTL|EX 100|PX 100000|EX {number})){{0,3}}"),
        format!("SET {key} {number}"),
        format!("(GETSET|SETNX|APPEND) {key} {value}"),
        format!("(GETDEL|STRLEN|TYPE|PERSIST|EXISTS|INCR|DECR) {key}"),
        format!("GETEX {key}( (EX 100|PERSIST|PXAT 1|EX {number})){{0,2}}"),
        format!("(DEL|UNLINK|TOUCH|EXISTS|MGET|RENAME|RENAMENX) {key} {key}"),
        format!("(MSET|MSETNX) {key} {number} {key} {value}"),
        format!("(INCRBY|DECRBY) {key} {number}"),
        // On a key of small numbers: Redis's long double keeps 64 bits.
        "(INCRBYFLOAT|SETNX|GETSET) f (-?[0-9]{1,3}|[0-9]e2|[0-9]{0,2}[.][05]|x|inf)".to_owned(),
        format!("GETRANGE {key} {number} {number}"),
        format!("SETRANGE {key} (-?[0-9]{{1,2}}|x) {value}"),
        format!("EXPIREAT {key} (0|-1|x|4102444800|4102444900)( (NX|XX|GT|LT)){{0,2}}"),
        format!("OBJECT ENCODING {key}"),
        format!("(MULTI|EXEC|DISCARD|UNWATCH|WATCH {key})"),
        // Hashes.
        format!("(HSET|HMSET) {key} {field} {number} {field} {value}"),
        format!("(HSETNX|HINCRBY) {key} {field} {number}"),
        format!("HINCRBYFLOAT {key} {field} (-?[0-9]{{1,3}}|[0-9]e2|x)"),
        format!("(HGET|HDEL|HEXISTS|HSTRLEN|HMGET) {key} {field}"),
        format!("(HGETALL|HKEYS|HVALS|HLEN|LLEN|SCARD|ZCARD|XLEN) {key}"),
        // Lists.
        format!("(LPUSH|RPUSH|LPUSHX|RPUSHX) {key} {number} {field} {field}"),
        format!("(LPOP|RPOP) {key}( {number})?"),
        format!("(LRANGE|LTRIM) {key} {small} {small}"),
        format!("LINSERT {key} (BEFORE|AFTER|x) {field} {field}"),
        format!("LREM {key} {small} {field}"),
        format!("LSET {key} {small} {field}"),
        format!("LINDEX {key} {small}"),
        format!("LPOS {key} {field}( (RANK|COUNT|MAXLEN) {small}){{0,3}}"),
        format!("LMOVE {key} {key} (LEFT|RIGHT) (LEFT|RIGHT)"),
        format!("RPOPLPUSH {key} {key}"),
        format!("LMPOP 2 {key} {key} (LEFT|RIGHT)( COUNT {small})?"),
        // Sets, of integers: the order of others is nobody's.
        format!("(SADD|SREM|SMISMEMBER) {key} {digit} {digit}"),
        format!("SMOVE {key} {key} {digit}"),
        format!("(SINTER|SUNION|SDIFF|SMEMBERS) {key}( {key})?"),
        format!("(SINTERSTORE|SUNIONSTORE|SDIFFSTORE) {key} {key} {key}"),
        format!("SINTERCARD 2 {key} {key}( LIMIT {small})?"),
        // Sorted sets.
        format!("ZADD {key}( (NX|XX|GT|LT|CH|INCR)){{0,3}} {score} {field}"),
        format!("ZADD {key} {score} {field} {score} {field}"),
        format!("ZINCRBY {key} {score} {field}"),
        format!("(ZREM|ZSCORE|ZMSCORE|ZRANK|ZREVRANK) {key} {field}"),
        format!("(ZRANGE|ZREVRANGE|ZREMRANGEBYRANK) {key} {small} {small}"),
        format!(
            "ZRANGE {key} {small} {small}( (REV|BYSCORE|WITHSCORES|LIMIT {small} {small})){{0,3}}"
        ),
        format!(
            "(ZRANGEBYSCORE|ZREVRANGEBYSCORE|ZCOUNT|ZREMRANGEBYSCORE) {key} [(]?{score} {score}"
        ),
        format!("ZRANGESTORE {key} {key} {small} {small}( (REV|BYSCORE)){{0,2}}"),
        format!("(ZPOPMIN|ZPOPMAX) {key}( {small})?"),
        format!("(ZUNION|ZINTER|ZDIFF) 2 {key} {key} WITHSCORES"),
        format!(
            "(ZUNIONSTORE|ZINTERSTORE) {key} 2 {key} {key}( WEIGHTS {small} {small})?( AGGREGATE (MIN|MAX|SUM))?"
        ),
        format!(r"(ZRANGEBYLEX|ZLEXCOUNT|ZREMRANGEBYLEX) {key} (-|\[f|\(g|x) (\+|\[f|\(g)"),
        format!("ZINTERCARD 2 {key} {key}( LIMIT {small})?"),
        format!("ZDIFFSTORE {key} 2 {key} {key}"),
        format!("ZMPOP 2 {key} {key} (MIN|MAX)( COUNT {small})?"),
        // Streams.
        format!("XADD {key} {id} f {value}"),
        format!("XADD {key} MAXLEN [0-5] {id} f v"),
        format!("(XRANGE|XREVRANGE) {key} ({id}|-|[+]) ({id}|-|[+])( COUNT {small})?"),
        format!("XDEL {key} {id} {id}"),
        format!("XTRIM {key} (MAXLEN|MINID) {small}"),
        format!("XREAD( COUNT {small})? STREAMS {key} {key} {id} {id}"),
        format!(
            "XGROUP (CREATE|SETID|DESTROY|CREATECONSUMER|DELCONSUMER) {key} g( 0| c| [$])?( MKSTREAM)?"
        ),
        format!("XREADGROUP GROUP g [cd]( COUNT {small})?( NOACK)? STREAMS {key} (>|{id})"),
        format!("XACK {key} g {id} {id}"),
        format!("XPENDING {key} g"),
        format!("XCLAIM {key} g [cd] 0 {id} {id}( FORCE)?( JUSTID)?"),
        format!("XAUTOCLAIM {key} g [cd] 0 {id}( COUNT [1-3])?( JUSTID)?"),
        format!("XINFO (STREAM|GROUPS) {key}"),
        "(DBSIZE|PING|FLUSHALL|FOO a|GET|SET a|CLIENT GETNAME)".to_owned(),
    ];
    proptest::strategy::Union::new(
        templates.map(|template| proptest::string::string_regex(&template).unwrap()),
    )
}

#[test]
fn any_commands_get_the_same_replies_from_both() {
    let Some(redis) = Redis::start() else { return };
    let server = raw::builtin(Clock::wall());
    let config = ProptestConfig {
        cases: 200,
        failure_persistence: None,
        ..ProptestConfig::default()
    };
    let sequences = proptest::collection::vec(command(), 1..120);
    let run = |commands: Vec<String>| {
        let mut ours = Raw::tcp(raw::tcp(&server));
        let mut theirs = Raw::unix(&redis.socket());
        ours.line("FLUSHALL");
        theirs.line("FLUSHALL");
        for command in commands {
            prop_assert_eq!(ours.line(&command), theirs.line(&command), "{}", command);
        }
        Ok(())
    };
    TestRunner::new(config).run(&sequences, run).unwrap();
}

/// Commands that take a key of any type, or only ask whether it is there.
const ANY_TYPE: [&str; 27] = [
    "del",
    "exists",
    "expire",
    "expireat",
    "expiretime",
    "memory|usage",
    "mget",
    "mset",
    "msetnx",
    "object|encoding",
    "object|freq",
    "object|idletime",
    "object|refcount",
    "persist",
    "pexpire",
    "pexpireat",
    "pexpiretime",
    "psetex",
    "pttl",
    "rename",
    "renamenx",
    "setex",
    "setnx",
    "touch",
    "ttl",
    "type",
    "unlink",
];

/// What the transcripts show of one command.
#[derive(Default)]
struct Shown {
    /// What was sent, and the reply.
    cases: BTreeSet<(String, String)>,
    wrong_arity: bool,
    wrong_type: bool,
    /// With a key whose time was over.
    expired: bool,
}

/// What the transcripts show of all commands, by `get` or `config|get`.
fn shown(table: &Table) -> BTreeMap<String, Shown> {
    let mut all: BTreeMap<String, Shown> = BTreeMap::new();
    for path in transcripts() {
        let text = fs::read_to_string(&path).unwrap();
        let mut lines = text.lines().peekable();
        // Keys that end soon, and those whose time is over.
        let (mut ending, mut over) = (BTreeSet::new(), BTreeSet::new());
        while let Some(line) = lines.next() {
            if line.is_empty() {
                (ending, over) = Default::default();
            }
            let Some((head, command)) = line.split_once("> ").filter(|_| !line.starts_with('#'))
            else {
                continue;
            };
            let words = raw::words(command);
            let reply = match head.ends_with('>') {
                true => "",
                false => lines.peek().copied().unwrap_or_default(),
            };
            let Some(known) = table.find(&words[0]) else {
                continue;
            };
            let wanted = words.get(1).map(|word| word.to_ascii_lowercase());
            let inner = known
                .subcommands
                .iter()
                .find(|one| Some(one.name.as_bytes()) == wanted.as_deref());
            let known = inner.unwrap_or(known);
            let one = all.entry(known.full_name()).or_default();
            one.cases.insert((command.to_owned(), reply.to_owned()));
            one.wrong_arity |= reply.contains("wrong number of arguments");
            one.wrong_type |= reply.contains("WRONGTYPE");
            one.expired |= words[1..].iter().any(|word| over.remove(word));
            match known.full_name().as_str() {
                "set" if command.contains(" PX 1") => drop(ending.insert(words[1].clone())),
                "pexpire" if command.ends_with(" 1") => drop(ending.insert(words[1].clone())),
                "debug|sleep" => over.append(&mut ending),
                _ => {}
            }
        }
    }
    all
}

#[test]
fn each_command_has_its_cases() {
    let table = Table::new();
    let shown = shown(&table);
    let nothing = Shown::default();
    let mut missing = Vec::new();
    let all = table.iter().flat_map(|command| match command.subcommands {
        [] => std::slice::from_ref(command).iter(),
        subcommands => subcommands.iter(),
    });
    for command in all.filter(|command| command.name != "help") {
        let name = command.full_name();
        let shown = shown.get(&name).unwrap_or(&nothing);
        if shown.cases.len() < 6 {
            missing.push(format!("{name}: {} cases, not six", shown.cases.len()));
        }
        // One that takes any number cannot be given a wrong one.
        let least = -1 - i32::from(command.container.is_some());
        if command.arity != least && !shown.wrong_arity {
            missing.push(format!("{name}: no wrong number of arguments"));
        }
        let whole = ["dbsize", "flushall", "flushdb", "keys", "randomkey", "scan"];
        let has_keys = (command.reads() || command.writes()) && !whole.contains(&command.name);
        if has_keys && !shown.expired {
            missing.push(format!("{name}: no key whose time is over"));
        }
        let takes_any = ANY_TYPE.contains(&name.as_str());
        if has_keys && shown.wrong_type == takes_any {
            missing.push(format!("{name}: wrong type: {}", shown.wrong_type));
        }
    }
    assert!(missing.is_empty(), "{}", missing.join("\n"));
}
