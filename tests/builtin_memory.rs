//! The server's own account of its memory, against what the process takes.

#![expect(clippy::unwrap_used, reason = "a test may panic")]
#![cfg(all(target_os = "linux", target_env = "gnu"))]

use dbdojo::cache::builtin::commands::{Engine, Settings};
use dbdojo::cache::builtin::keyspace::Now;
use dbdojo::cache::builtin::wire::OwnedArgs;

/// Bytes of this process in memory.
fn resident() -> f64 {
    let statm = std::fs::read_to_string("/proc/self/statm").unwrap();
    let pages: f64 = statm.split(' ').nth(1).unwrap().parse().unwrap();
    pages * 4096.0
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

/// One test, since the process is measured as a whole. What was filled stays.
/// The tables are filled almost to where they grow: room that was never
/// written to is allocated, but not yet in memory.
#[test]
fn the_books_are_within_a_tenth_of_the_truth() {
    type Load = (&'static str, u32, fn(u32) -> Vec<String>);
    let loads: [Load; 17] = [
        ("strings", 200_000, |n| {
            words(format!("SET key:{n} {n:0100}"))
        }),
        ("integers", 430_000, |n| words(format!("SET key:{n} {n}"))),
        ("keys with a time", 200_000, |n| {
            words(format!("SET key:{n} {n:0100} EX 1000"))
        }),
        ("strings that grow", 400_000, |n| {
            words(format!("APPEND key:{} {n:040}", n / 4))
        }),
        ("a large hash", 200_000, |n| {
            words(format!("HSET h field:{n} {n:060}"))
        }),
        ("small hashes", 200_000, |n| {
            words(format!("HSET h:{} field:{n} {n:060}", n / 8))
        }),
        ("a large list", 300_000, |n| {
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
    ];
    let mut wrong = Vec::new();
    for (what, times, command) in loads {
        let before = resident();
        let mut engine = Engine::new(Settings::default(), Now::default());
        fill(&mut engine, command, times);
        let real = resident() - before;
        let ratio = engine.keyspace().used_memory() as f64 / real;
        if !(0.9..1.1).contains(&ratio) {
            wrong.push(format!("{what}: {ratio:.2} of {real} bytes"));
        }
        std::mem::forget(engine);
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
