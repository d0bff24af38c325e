//! The server's own account of its memory, against what the process takes.

#![expect(clippy::unwrap_used, reason = "a test may panic")]
#![cfg(all(target_os = "linux", target_env = "gnu"))]

use std::process::Command;

use dbdojo::cache::builtin::commands::{Engine, Settings};
use dbdojo::cache::builtin::keyspace::Now;
use dbdojo::cache::builtin::wire::OwnedArgs;

/// Bytes of this process in memory, without the pages of its program.
fn resident() -> f64 {
    let statm = std::fs::read_to_string("/proc/self/statm").unwrap();
    let pages = |nth: usize| statm.split(' ').nth(nth).unwrap().parse::<f64>().unwrap();
    (pages(1) - pages(2)) * 4096.0
}

fn fill(engine: &mut Engine, command: impl Fn(u32) -> Vec<String>, times: u32) {
    let mut client = engine.connect("test", Now::default());
    let mut out = Vec::new();
    for n in 0..times {
        let mut args = OwnedArgs::default();
        for word in command(n) {
            args.push(word.as_bytes());
        }
        engine.execute(&mut client, args.args(), Now::default(), &mut out);
        assert_ne!(out[0], b'-', "{}", String::from_utf8_lossy(&out));
        out.clear();
    }
}

fn words(text: String) -> Vec<String> {
    text.split(' ').map(str::to_owned).collect()
}

/// A load, how many commands it has, and each of them.
type Load = (&'static str, u32, fn(u32) -> Vec<String>);

/// The tables are filled almost to where they grow: room that was never
/// written to is allocated, but not yet in memory.
const LOADS: [Load; 20] = [
    ("strings", 200_000, |n| {
        words(format!("SET key:{n} {n:0100}"))
    }),
    ("integers", 430_000, |n| words(format!("SET key:{n} {n}"))),
    ("keys with a time", 200_000, |n| {
        words(format!("SET key:{n} {n:0100} EX 1000"))
    }),
    ("keys of an LRU policy", 430_000, |n| match n {
        0 => words("CONFIG SET maxmemory-policy allkeys-lru".to_owned()),
        _ => words(format!("SET key:{n} {n}")),
    }),
    ("keys of an LFU policy", 430_000, |n| match n {
        0 => words("CONFIG SET maxmemory-policy allkeys-lfu".to_owned()),
        _ => words(format!("SET key:{n} {n}")),
    }),
    ("long keys", 200_000, |n| {
        words(format!("SET a:rather:long:key:{n:010} {n:030}"))
    }),
    ("a large hash", 200_000, |n| {
        words(format!("HSET h field:{n} {n:060}"))
    }),
    ("small hashes", 200_000, |n| {
        words(format!("HSET h:{} field:{n} {n:060}", n / 8))
    }),
    ("a large list", 500_000, |n| {
        words(format!("RPUSH l {n:060}"))
    }),
    ("small lists", 200_000, |n| {
        words(format!("RPUSH l:{} {n:060}", n / 8))
    }),
    ("a large set", 440_000, |n| {
        words(format!("SADD s member:{n}"))
    }),
    ("small sets", 400_000, |n| {
        words(format!("SADD s:{} member:{n}", n / 8))
    }),
    ("sets of integers", 400_000, |n| {
        words(format!("SADD s:{} {n}", n / 100))
    }),
    ("a large sorted set", 200_000, |n| {
        words(format!(
            "ZADD z {} member:{n}",
            n.wrapping_mul(2_654_435_761)
        ))
    }),
    ("small sorted sets", 400_000, |n| {
        words(format!("ZADD z:{} {n} member:{n}", n / 8))
    }),
    ("a stream with two fields", 200_000, |n| {
        words(format!("XADD x {}-1 field {n:040} other {n}", n + 1))
    }),
    ("small streams", 200_000, |n| {
        words(format!("XADD x:{} {}-1 field {n:040}", n / 8, n + 1))
    }),
    ("a stream that a group reads", 400_002, |n| match n {
        0..200_000 => words(format!("XADD x {}-1 field {n:040}", n + 1)),
        200_000 => words("XGROUP CREATE x g 0".to_owned()),
        _ => words("XREADGROUP GROUP g c COUNT 1 STREAMS x >".to_owned()),
    }),
    ("a stream", 200_000, |n| {
        words(format!("XADD x {}-1 field {n:040}", n + 1))
    }),
    ("strings that grow", 400_000, |n| {
        words(format!("APPEND key:{} {n:040}", n / 4))
    }),
];

/// Names the load that a process of its own measures: memory that others have
/// freed would be used again.
const LOAD: &str = "DBDOJO_MEMORY_LOAD";

/// The books of one load, as a part of what this process has taken for it.
fn measured((_, times, command): Load) -> f64 {
    let before = resident();
    let mut engine = Engine::new(Settings::default(), Now::default());
    fill(&mut engine, command, times);
    engine.keyspace().used_memory() as f64 / (resident() - before)
}

#[test]
fn the_books_are_within_a_tenth_of_the_truth() {
    if let Ok(what) = std::env::var(LOAD) {
        let load = LOADS.into_iter().find(|(name, ..)| *name == what).unwrap();
        let ratio = measured(load);
        assert!((0.9..1.1).contains(&ratio), "{what}: {ratio:.2}");
        return;
    }
    let mut wrong = Vec::new();
    for (what, ..) in LOADS {
        let this = std::env::current_exe().unwrap();
        let output = Command::new(this).env(LOAD, what).output().unwrap();
        if !output.status.success() {
            let text = String::from_utf8_lossy(&output.stdout).into_owned();
            let said = text.lines().find(|line| line.starts_with(what));
            wrong.push(said.unwrap_or(&text).to_owned());
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
