//! The simulator's `redis-lru` and `redis-lfu` against a real redis-server that
//! is asked for the same keys in the same order.
//!
//! Redis ages objects on a clock of whole seconds, so what it evicts depends on
//! how fast it is asked. Each batch asks it for its `TIME`, too, and the
//! simulator plays the batch at that time: both see the same ticks.

#![cfg(unix)]
#![expect(clippy::unwrap_used, reason = "a test may panic")]

mod raw;

use std::io::{BufRead, BufReader, Write};
use std::os::unix::net::UnixStream;
use std::time::Duration;

use dbdojo::cache::policy::{Aging, LruClock, Policy, SampledLfu, SampledLru, Slot};
use dbdojo::clock::Time;
use dbdojo::lab::keys::{Distribution, KeyStream, Rank};
use dbdojo::lab::theory;
use raw::{Raw, Redis, request};

/// What is asked for, and how much is held.
struct Run {
    alpha: f64,
    keys: u64,
    capacity: u64,
    requests: usize,
    /// Requests on the way at a time: the fewer, the slower.
    batch: usize,
}

/// Long enough to be evicted some ten times over.
const SHORT: Run = Run {
    alpha: 0.9,
    keys: 50_000,
    capacity: 10_000,
    requests: 300_000,
    batch: 200,
};

/// Slow enough that an object lives for several ticks of the clock.
const SLOW: Run = Run {
    alpha: 0.9,
    keys: 150_000,
    capacity: 30_000,
    requests: 600_000,
    batch: 1,
};

/// One read through the cache: whether it hit, and stored if not.
const READ: &str = "if redis.call('GET', KEYS[1]) then return 1 end \
                    redis.call('SET', KEYS[1], ARGV[1]) return 0";

const VALUE: &str = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";

/// What the real server did.
struct Played {
    /// One a request.
    hits: Vec<bool>,
    /// Its time at the start of each batch.
    times: Vec<Time>,
    /// How many objects it held at the end of each batch.
    held: Vec<u64>,
}

impl Played {
    /// How much it held on average, the last quarter of the time.
    fn room(&self) -> u64 {
        let last = &self.held[self.held.len() / 4 * 3..];
        last.iter().sum::<u64>() / last.len() as u64
    }
}

fn sequence(run: &Run) -> (Vec<f64>, Vec<Rank>) {
    let distribution = Distribution::Zipf { alpha: run.alpha };
    let p = distribution.probabilities(run.keys).unwrap();
    let keys = KeyStream::new(&p, 1).take(run.requests);
    (p, keys)
}

fn number_after(text: &str, name: &str) -> u64 {
    let (_, after) = text.split_once(name).unwrap();
    let digits: String = after.chars().take_while(char::is_ascii_digit).collect();
    digits.parse().unwrap()
}

/// Asks `redis` for the keys, with room for about so many objects.
fn play(redis: &Redis, run: &Run, keys: &[Rank], policy: &str, samples: usize) -> Played {
    let mut admin = Raw::unix(&redis.socket());
    admin.line("CONFIG SET maxmemory 0");
    admin.line("FLUSHALL");
    for key in 0..run.capacity {
        admin.send(&request(&["SET", &format!("k{key:08}"), VALUE]));
    }
    for _ in 0..run.capacity {
        admin.reply();
    }
    let memory = admin.line("INFO memory");
    let full = number_after(&memory, "used_memory:");
    admin.line("FLUSHALL");
    admin.line(&format!("CONFIG SET maxmemory {full}"));
    admin.line(&format!("CONFIG SET maxmemory-policy {policy}"));
    admin.line(&format!("CONFIG SET maxmemory-samples {samples}"));
    let sha = admin.call(&["SCRIPT", "LOAD", READ]);
    let sha = sha.trim_matches('"');

    let stream = UnixStream::connect(redis.socket()).unwrap();
    let mut replies = BufReader::new(stream.try_clone().unwrap());
    let mut out = stream;
    let mut line = String::new();
    let mut next = move || {
        line.clear();
        replies.read_line(&mut line).unwrap();
        line.trim_end().to_owned()
    };
    let mut played = Played {
        hits: Vec::new(),
        times: Vec::new(),
        held: Vec::new(),
    };
    for batch in keys.chunks(run.batch) {
        let mut text = request(&["TIME"]);
        for key in batch {
            let key = format!("k{key:08}");
            text.extend(request(&["EVALSHA", sha, "1", &key, VALUE]));
        }
        text.extend(request(&["DBSIZE"]));
        out.write_all(&text).unwrap();
        let time: Vec<String> = (0..5).map(|_| next()).collect();
        let [_, _, seconds, _, micros] = &time[..] else {
            panic!("{time:?}");
        };
        let since = Duration::from_secs(seconds.parse().unwrap())
            + Duration::from_micros(micros.parse().unwrap());
        played.times.push(Time::ZERO + since);
        for _ in batch {
            match next().as_str() {
                ":1" => played.hits.push(true),
                ":0" => played.hits.push(false),
                other => panic!("{other}"),
            }
        }
        let size: u64 = next().trim_start_matches(':').parse().unwrap();
        played.held.push(size);
    }
    played
}

/// A cache under one of the simulator's policies that holds as much as the real
/// one held at the time: how many bytes Redis needs besides its objects sways.
struct Follower<P> {
    policy: P,
    slot_of: Vec<Option<Slot>>,
    key_in: Vec<Rank>,
    free: Vec<Slot>,
}

impl<P: Policy> Follower<P> {
    fn request(&mut self, key: Rank, now: Time, room: u64) -> bool {
        if let Some(slot) = self.slot_of[key as usize] {
            self.policy.touch(slot, now);
            return true;
        }
        while (self.key_in.len() - self.free.len()) as u64 >= room {
            let victim = self.policy.victim(now).unwrap();
            self.policy.remove(victim);
            self.slot_of[self.key_in[victim as usize] as usize] = None;
            self.free.push(victim);
        }
        let slot = self.free.pop().unwrap_or(self.key_in.len() as Slot);
        match self.key_in.get_mut(slot as usize) {
            Some(held) => *held = key,
            None => self.key_in.push(key),
        }
        self.slot_of[key as usize] = Some(slot);
        self.policy.insert(slot, now);
        false
    }
}

/// Hits by requests of the simulated policy, at the times of the real one.
fn simulated(policy: impl Policy, run: &Run, keys: &[Rank], real: &Played) -> f64 {
    let mut cache = Follower {
        policy,
        slot_of: vec![None; run.keys as usize],
        key_in: Vec::new(),
        free: Vec::new(),
    };
    let mut hits = 0;
    let at = real.times.iter().zip(&real.held);
    for (batch, (time, held)) in keys.chunks(run.batch).zip(at) {
        let each = batch.iter();
        hits += each
            .filter(|key| cache.request(**key, *time, *held))
            .count();
    }
    hits as f64 / keys.len() as f64
}

fn ratio(hits: &[bool]) -> f64 {
    hits.iter().filter(|hit| **hit).count() as f64 / hits.len() as f64
}

/// The real hit ratio and the simulated one of `redis-lru`.
fn lru(redis: &Redis, run: &Run, samples: usize) -> (f64, f64, Played) {
    let (_, keys) = sequence(run);
    let real = play(redis, run, &keys, "allkeys-lru", samples);
    let policy = SampledLru::new(samples, LruClock::REDIS, 1);
    let simulated = simulated(policy, run, &keys, &real);
    (ratio(&real.hits), simulated, real)
}

#[test]
fn sampled_lru_and_lfu_agree_with_redis_within_a_hundredth() {
    let Some(redis) = Redis::start() else { return };
    let mut told = Vec::new();
    for samples in [1, 5, 10] {
        let (real, found, played) = lru(&redis, &SHORT, samples);
        told.push((
            format!("lru, {samples} samples, {} held", played.room()),
            real,
            found,
        ));
    }
    let (_, keys) = sequence(&SHORT);
    for samples in [5, 10] {
        let real = play(&redis, &SHORT, &keys, "allkeys-lfu", samples);
        let policy = SampledLfu::new(samples, Aging::default(), 1);
        let found = simulated(policy, &SHORT, &keys, &real);
        told.push((format!("lfu, {samples} samples"), ratio(&real.hits), found));
    }
    for (what, real, found) in &told {
        assert!(
            (real - found).abs() < 0.01,
            "{what}: redis {real:.4}, {found:.4}; {told:?}"
        );
    }
}

/// Asked slowly, Redis comes near to LRU, and to its theory.
#[test]
#[ignore = "asks one by one, for half a minute"]
fn asked_slowly_redis_agrees_with_the_simulator_and_nears_lru() {
    let Some(redis) = Redis::start() else { return };
    let (real, found, played) = lru(&redis, &SLOW, 10);
    let (p, _) = sequence(&SLOW);
    let che = theory::lru_from_cold(&p, played.room(), 0, SLOW.requests as u64);
    let seconds = played
        .times
        .last()
        .unwrap()
        .since(played.times[0])
        .as_secs_f64();
    let t = theory::lru(&p, played.room()).characteristic_time;
    let t = t * seconds / SLOW.requests as f64;
    let told = format!("redis {real:.4}, {found:.4}, Che {che:.4}, T {t:.1} s");
    assert!((real - found).abs() < 0.01, "{told}");
    assert!((real - che).abs() < 0.02, "{told}");
}
