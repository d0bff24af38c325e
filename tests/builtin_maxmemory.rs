//! The maxmemory policies of the built-in server: who goes, what is told of
//! it, and that the books are what is allocated.

#![expect(clippy::unwrap_used, reason = "a test may panic")]
#![expect(unsafe_code, reason = "an allocator that counts")]

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;
use std::time::Duration;

use dbdojo::cache::builtin::MaxmemoryPolicy;
use dbdojo::cache::builtin::commands::{Client, Engine, Settings};
use dbdojo::cache::builtin::keyspace::Now;
use dbdojo::cache::builtin::wire::OwnedArgs;
use proptest::prelude::*;

/// Counts what this thread has allocated, as glibc's malloc rounds it.
struct Counting;

thread_local! {
    static TAKEN: Cell<isize> = const { Cell::new(0) };
}

fn count(size: usize, sign: isize) {
    let taken = (size + 8).next_multiple_of(16).max(32) as isize;
    // A thread that ends allocates after its counter is gone.
    let _ = TAKEN.try_with(|sum| sum.set(sum.get() + sign * taken));
}

// SAFETY: all is passed on to the system's allocator; counting allocates nothing.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        count(layout.size(), 1);
        // SAFETY: the caller's promise is passed on.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, place: *mut u8, layout: Layout) {
        count(layout.size(), -1);
        // SAFETY: the caller's promise is passed on.
        unsafe { System.dealloc(place, layout) }
    }

    unsafe fn realloc(&self, place: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        count(layout.size(), -1);
        count(size, 1);
        // SAFETY: the caller's promise is passed on.
        unsafe { System.realloc(place, layout, size) }
    }
}

#[global_allocator]
static COUNTING: Counting = Counting;

struct Server {
    engine: Engine,
    client: Client,
    now: Now,
}

impl Server {
    fn new(policy: MaxmemoryPolicy, maxmemory: Option<u64>) -> Server {
        let settings = Settings {
            policy,
            maxmemory,
            ..Settings::default()
        };
        let mut engine = Engine::new(settings, Now::default());
        let client = engine.connect("test", Now::default());
        Server {
            engine,
            client,
            now: Now::default(),
        }
    }

    fn ask(&mut self, line: &str) -> String {
        let mut args = OwnedArgs::default();
        for word in line.split(' ') {
            args.push(word.as_bytes());
        }
        let mut out = Vec::new();
        let now = self.now;
        self.engine
            .execute(&mut self.client, args.args(), now, &mut out);
        String::from_utf8(out)
            .unwrap()
            .trim_end()
            .replace("\r\n", " ")
    }

    fn wait(&mut self, time: Duration) {
        self.now = Now {
            time: self.now.time + time,
            unix_ms: self.now.unix_ms + i64::try_from(time.as_millis()).unwrap(),
        };
    }

    fn has(&mut self, key: &str) -> bool {
        self.ask(&format!("EXISTS {key}")) == ":1"
    }
}

/// Room for about 100 keys of [`VALUE`].
const ROOM: u64 = 30_000;

const VALUE: &str = "vvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvv";

/// Fills a server with keys `0..keys`, a second apart, of which the even ones
/// expire, the later the sooner; those under 10 are read all the while.
fn filled(policy: MaxmemoryPolicy, keys: u32) -> Server {
    let mut server = Server::new(policy, Some(ROOM));
    for key in 0..keys {
        server.wait(Duration::from_secs(1));
        let reply = match key % 2 {
            0 => server.ask(&format!("SET {key} {VALUE} EX {}", 100_000 - 100 * key)),
            _ => server.ask(&format!("SET {key} {VALUE}")),
        };
        assert_eq!(reply, "+OK", "{policy}, key {key}");
        for hot in 0..10.min(key) {
            server.ask(&format!("GET {hot}"));
        }
    }
    server
}

#[test]
fn each_policy_evicts_what_it_says() {
    for policy in MaxmemoryPolicy::ALL {
        if policy == MaxmemoryPolicy::NoEviction {
            continue;
        }
        let keys = 150;
        let mut server = filled(policy, keys);
        let left: Vec<u32> = (0..keys)
            .filter(|key| server.has(&key.to_string()))
            .collect();
        let gone = keys as usize - left.len();
        assert!(gone > 10, "{policy} evicted {gone}");
        assert!(
            server.engine.keyspace().used_memory() <= ROOM + 300,
            "{policy}"
        );
        if policy.only_volatile() {
            let odd = left.iter().filter(|key| *key % 2 == 1).count();
            assert_eq!(odd, 75, "{policy}: a key without a time-to-live went");
        }
        let hot = left.iter().filter(|key| **key < 10).count();
        if policy.is_lru() || policy.is_lfu() {
            assert_eq!(hot, 10, "{policy} evicted what is read all the time");
        }
        if policy == MaxmemoryPolicy::VolatileTtl {
            // The last of the even keys end first; the first ones stay.
            assert!(
                (0..20).step_by(2).all(|key| left.contains(&key)),
                "{left:?}"
            );
        }
        let info = server.ask("INFO stats");
        assert!(
            info.contains(&format!("evicted_keys:{gone} ")),
            "{policy}: {info}"
        );
    }
}

#[test]
fn without_anything_to_evict_writes_are_refused_and_reads_are_not() {
    let oom = "-OOM command not allowed when used memory > 'maxmemory'.";
    for policy in MaxmemoryPolicy::ALL {
        if policy != MaxmemoryPolicy::NoEviction && !policy.only_volatile() {
            continue;
        }
        let mut server = Server::new(policy, Some(ROOM));
        let refused = (0..300).find(|key| {
            let reply = server.ask(&format!("SET {key} {VALUE}"));
            assert!(reply == "+OK" || reply == oom, "{reply}");
            reply == oom
        });
        assert!(refused.is_some(), "{policy}");
        assert!(server.ask("GET 0").starts_with('$'), "{policy}");
        assert_eq!(server.ask("DEL 0 1 2"), ":3", "{policy}");
        assert_eq!(server.ask("SET again 1"), "+OK", "{policy}");
        if policy.only_volatile() {
            while server.ask(&format!("APPEND long {VALUE}")) != oom {}
            assert_eq!(server.ask("EXPIRE long 100"), ":1");
            assert_eq!(server.ask("SET more 1"), "+OK", "{policy}: long could go");
            assert!(!server.has("long"));
        }
    }
}

#[test]
fn object_tells_what_the_policy_keeps() {
    let mut server = Server::new(MaxmemoryPolicy::AllkeysLfu, Some(1 << 20));
    server.ask("SET a 1");
    assert_eq!(server.ask("OBJECT FREQ a"), ":5");
    for _ in 0..1000 {
        server.ask("GET a");
    }
    let frequency = server.ask("OBJECT FREQ a");
    let frequency: u32 = frequency[1..].parse().unwrap();
    assert!(
        (10..30).contains(&frequency),
        "{frequency} after 1000 reads"
    );
    server.wait(Duration::from_secs(600));
    assert_eq!(server.ask("OBJECT FREQ a"), format!(":{}", frequency - 10));
    assert!(
        server
            .ask("OBJECT IDLETIME a")
            .starts_with("-ERR An LFU maxmemory policy is selected")
    );
    assert_eq!(server.ask("CONFIG SET maxmemory-policy allkeys-lru"), "+OK");
    assert_eq!(server.ask("OBJECT IDLETIME a"), ":600");
    assert!(
        server
            .ask("OBJECT FREQ a")
            .starts_with("-ERR An LFU maxmemory policy is not")
    );
    assert_eq!(
        server.ask("CONFIG SET maxmemory-policy lru"),
        "-ERR CONFIG SET failed (possibly related to argument 'maxmemory-policy') - argument(s) \
         must be one of the following: volatile-lru, volatile-lfu, volatile-random, volatile-ttl, \
         allkeys-lru, allkeys-lfu, allkeys-random, noeviction"
    );
    assert_eq!(
        server.ask("CONFIG SET maxmemory-samples 10 lfu-decay-time 2"),
        "+OK"
    );
    assert_eq!(
        server.ask("CONFIG GET lfu-decay-time"),
        "*2 $14 lfu-decay-time $1 2"
    );
    assert!(
        server
            .ask("CONFIG SET maxmemory-samples 0")
            .contains("between 1 and")
    );
}

#[test]
fn the_books_are_within_a_tenth_of_what_is_allocated() {
    for policy in MaxmemoryPolicy::ALL {
        for (keys, length) in [(30_000, 100), (100_000, 100), (50_000, 1000), (60_000, 10)] {
            let before = TAKEN.get();
            let mut server = Server::new(policy, None);
            let value = "x".repeat(length);
            for key in 0..keys {
                server.ask(&format!("SET key:{key} {value} EX 1000"));
            }
            let taken = (TAKEN.get() - before) as f64;
            let told = server.engine.keyspace().used_memory() as f64;
            let ratio = told / taken;
            assert!(
                (0.9..1.1).contains(&ratio) || length < 100 && (0.8..1.2).contains(&ratio),
                "{policy}, {keys} values of {length} bytes: {told} told, {taken} taken"
            );
        }
    }
}

fn command() -> impl Strategy<Value = String> {
    let key = 0..40u32;
    prop_oneof![
        4 => (key.clone(), 0..400usize).prop_map(|(k, n)| format!("SET {k} {}", "x".repeat(n + 1))),
        3 => (key.clone(), 0..400usize, 1..50u32)
            .prop_map(|(k, n, t)| format!("SET {k} {} EX {t}", "x".repeat(n + 1))),
        2 => key.clone().prop_map(|k| format!("GET {k}")),
        1 => (key.clone(), 0..50u32).prop_map(|(k, t)| format!("EXPIRE {k} {t}")),
        1 => key.clone().prop_map(|k| format!("PERSIST {k}")),
        1 => key.clone().prop_map(|k| format!("DEL {k}")),
        1 => (key.clone(), key.clone()).prop_map(|(a, b)| format!("RENAME {a} {b}")),
        1 => (key.clone(), 0..99u32).prop_map(|(k, n)| format!("HSET {k} f{n} {n}")),
        1 => key.prop_map(|k| format!("GETEX {k} PERSIST")),
        1 => Just("FLUSHALL".to_owned()),
        1 => (0..8usize).prop_map(|p| {
            format!("CONFIG SET maxmemory-policy {}", MaxmemoryPolicy::ALL[p])
        }),
    ]
}

proptest! {
    /// Whatever happens to the keys, the policy knows just those that it may
    /// evict: all of them can go, and none of the others does.
    #[test]
    fn the_policy_keeps_step_with_the_keys(
        start in 0..8usize,
        commands in prop::collection::vec((command(), 0..3u64), 1..200),
    ) {
        let mut server = Server::new(MaxmemoryPolicy::ALL[start], Some(6_000));
        let mut policy = MaxmemoryPolicy::ALL[start];
        for (command, seconds) in commands {
            server.wait(Duration::from_secs(seconds));
            let reply = server.ask(&command);
            if let Some(name) = command.strip_prefix("CONFIG SET maxmemory-policy ") {
                policy = name.parse().unwrap();
                prop_assert_eq!(&reply, "+OK");
            }
        }
        // Now everything must go that can.
        let keys: Vec<String> = (0..40).map(|key: u32| key.to_string()).collect();
        let lasting: Vec<&String> = keys
            .iter()
            .filter(|key| server.ask(&format!("TTL {key}")) == ":-1")
            .collect();
        server.ask("CONFIG SET maxmemory 1");
        let left: Vec<&String> = keys.iter().filter(|key| server.has(key)).collect();
        if policy == MaxmemoryPolicy::NoEviction {
            return Ok(());
        }
        if policy.only_volatile() {
            prop_assert_eq!(left, lasting);
        } else {
            prop_assert_eq!(left, Vec::<&String>::new());
        }
    }
}
