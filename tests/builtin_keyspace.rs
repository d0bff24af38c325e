//! The keyspace by itself, in virtual time: what it holds, what expires, what
//! is evicted, and that its books are right.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use dbdojo::cache::builtin::keyspace::{
    Condition, Expiry, Keyspace, Kind, Lifetime, Now, OutOfMemory, Text, Value,
};
use dbdojo::cache::policy::{Fifo, Lru};
use dbdojo::clock::Clock;
use proptest::prelude::*;

const START: u64 = 1_700_000_000_000;

fn bytes_of(value: &Value) -> Vec<u8> {
    let text = Text::of(value).expect("only strings are written");
    text.bytes(&mut itoa::Buffer::new()).to_vec()
}

#[derive(Debug, Clone)]
enum Step {
    Set(u8, Vec<u8>, Option<i64>),
    KeepSet(u8, Vec<u8>),
    Append(u8, Vec<u8>),
    Read(u8),
    Remove(u8),
    ExpireIn(u8, i64),
    Persist(u8),
    Rename(u8, u8),
    Wait(u64),
    Sweep(u32),
    Clear,
}

fn step() -> impl Strategy<Value = Step> {
    let key = 0..12u8;
    let value = prop_oneof![
        proptest::collection::vec(any::<u8>(), 0..60),
        any::<i64>().prop_map(|n| n.to_string().into_bytes()),
    ];
    prop_oneof![
        8 => (key.clone(), value.clone(), proptest::option::of(1..100i64))
            .prop_map(|(k, v, t)| Step::Set(k, v, t)),
        2 => (key.clone(), value.clone()).prop_map(|(k, v)| Step::KeepSet(k, v)),
        3 => (key.clone(), value).prop_map(|(k, v)| Step::Append(k, v)),
        8 => key.clone().prop_map(Step::Read),
        4 => key.clone().prop_map(Step::Remove),
        4 => (key.clone(), -5..100i64).prop_map(|(k, t)| Step::ExpireIn(k, t)),
        2 => key.clone().prop_map(Step::Persist),
        3 => (key.clone(), key).prop_map(|(a, b)| Step::Rename(a, b)),
        4 => (0..60u64).prop_map(Step::Wait),
        2 => (0..20u32).prop_map(Step::Sweep),
        1 => Just(Step::Clear),
    ]
}

fn name(key: u8) -> Vec<u8> {
    // Of different lengths, so that a wrong book is seen.
    format!("key:{}", "x".repeat(usize::from(key) * 5)).into_bytes()
}

type Model = BTreeMap<Vec<u8>, (Vec<u8>, Option<i64>)>;

/// Takes a step in both and compares what it returns.
fn take(step: &Step, space: &mut Keyspace, model: &mut Model, clock: &Clock) {
    let now = Now::of(clock);
    model.retain(|_, (_, end)| end.is_none_or(|end| now.unix_ms <= end));
    match step {
        Step::Set(key, value, ttl) => {
            let end = ttl.map(|ttl| now.unix_ms + ttl);
            let lifetime = end.map_or(Lifetime::Forever, Lifetime::Until);
            space.set_text(&name(*key), value, lifetime, now);
            model.insert(name(*key), (value.clone(), end));
        }
        Step::KeepSet(key, value) => {
            space.set_text(&name(*key), value, Lifetime::Keep, now);
            let end = model.get(&name(*key)).and_then(|(_, end)| *end);
            model.insert(name(*key), (value.clone(), end));
        }
        Step::Append(key, more) => {
            let ours = space.edit(&name(*key), now, |text: &mut Text| {
                text.grow().extend_from_slice(more);
            });
            let theirs = model
                .get_mut(&name(*key))
                .map(|(value, _)| value.extend(more));
            assert_eq!(ours, Ok(theirs));
        }
        Step::Read(key) => {
            let ours = space.read(&name(*key), now).map(bytes_of);
            assert_eq!(ours, model.get(&name(*key)).map(|(value, _)| value.clone()));
        }
        Step::Remove(key) => {
            assert_eq!(
                space.remove(&name(*key), now),
                model.remove(&name(*key)).is_some()
            );
        }
        Step::ExpireIn(key, ttl) => {
            let end = now.unix_ms + ttl;
            let done = space.expire_at(&name(*key), end, Condition::default(), now);
            assert_eq!(done, model.contains_key(&name(*key)));
            if *ttl <= 0 {
                model.remove(&name(*key));
            } else if let Some((_, old)) = model.get_mut(&name(*key)) {
                *old = Some(end);
            }
        }
        Step::Persist(key) => {
            let done = space.persist(&name(*key), now);
            let entry = model.get_mut(&name(*key));
            assert_eq!(done, entry.is_some_and(|(_, end)| end.take().is_some()));
        }
        Step::Rename(from, to) => {
            let done = space.rename(&name(*from), &name(*to), now);
            let entry = model.remove(&name(*from));
            assert_eq!(done, entry.is_some());
            model.extend(entry.map(|entry| (name(*to), entry)));
        }
        Step::Wait(ms) => clock.advance(Duration::from_millis(*ms)),
        Step::Sweep(slots) => {
            space.sweep(*slots, now);
        }
        Step::Clear => {
            space.clear();
            model.clear();
        }
    }
}

fn compare(space: &mut Keyspace, model: &mut Model, now: Now) {
    model.retain(|_, (_, end)| end.is_none_or(|end| now.unix_ms <= end));
    let mut ours = BTreeMap::new();
    for found in space.keys(now) {
        let twice = ours.insert(found.key.to_vec(), bytes_of(found.value));
        assert_eq!(twice, None);
    }
    let theirs: BTreeMap<_, _> = model
        .iter()
        .map(|(k, (v, _))| (k.clone(), v.clone()))
        .collect();
    assert_eq!(ours, theirs);
    for (key, (_, end)) in model.iter() {
        let expected = end.map_or(Expiry::Never, Expiry::At);
        assert_eq!(space.expiry(key, now), expected);
    }
    // Asking for the dead deletes them: then the books hold the living alone.
    for key in 0..12 {
        space.contains(&name(key), now);
    }
    assert_eq!(space.len(), model.len());
    assert_eq!(
        space.volatile(),
        model.values().filter(|(_, end)| end.is_some()).count()
    );
    let sum: u64 = model
        .keys()
        .map(|key| space.memory_of(key, now).unwrap())
        .sum();
    assert_eq!(space.used_memory(), sum);
}

proptest! {
    #[test]
    fn it_holds_what_was_put_into_it(steps in proptest::collection::vec(step(), 0..200)) {
        let clock = Clock::virtual_at(START);
        let mut space = Keyspace::new();
        space.evict_by(Some(Box::new(Lru::new())));
        let mut model = Model::new();
        for step in &steps {
            take(step, &mut space, &mut model, &clock);
            compare(&mut space, &mut model, Now::of(&clock));
        }
    }

    /// Against the definition: the key whose last use is longest ago goes.
    #[test]
    fn eviction_is_exact_lru(
        uses in proptest::collection::vec((0..40u8, any::<bool>()), 1..300),
        capacity in 1..20u64,
    ) {
        let clock = Clock::virtual_at(START);
        let mut space = Keyspace::new();
        space.evict_by(Some(Box::new(Lru::new())));
        // All entries are of one size, so that a limit in bytes is one in keys.
        let key = |k: u8| format!("key:{k:02}").into_bytes();
        space.set_text(&key(0), b"value", Lifetime::Forever, Now::of(&clock));
        let limit = capacity * space.used_memory();
        space.clear();
        let mut oldest_first: Vec<u8> = Vec::new();
        for (k, is_write) in uses {
            clock.advance(Duration::from_millis(1));
            let now = Now::of(&clock);
            let held = oldest_first.contains(&k);
            if is_write {
                space.set_text(&key(k), b"value", Lifetime::Forever, now);
            } else {
                prop_assert_eq!(space.read(&key(k), now).is_some(), held);
            }
            if is_write || held {
                oldest_first.retain(|other| *other != k);
                oldest_first.push(k);
            }
            space.make_room(limit, now).unwrap();
            if oldest_first.len() as u64 > capacity {
                oldest_first.remove(0);
            }
            let held: BTreeSet<Vec<u8>> = space.keys(now).map(|f| f.key.to_vec()).collect();
            prop_assert_eq!(held, oldest_first.iter().map(|k| key(*k)).collect());
        }
    }

    /// SCAN's promise: what is there from the first call to the last comes by
    /// once, whatever comes and goes meanwhile.
    #[test]
    fn a_scan_meets_every_key_that_stays(
        churn in proptest::collection::vec((0..50u32, any::<bool>()), 0..200),
        count in 1..9u64,
    ) {
        let now = Now::default();
        let mut space = Keyspace::new();
        for k in 0..50u32 {
            space.set_text(format!("stays:{k}").as_bytes(), b"", Lifetime::Forever, now);
            space.set_text(format!("goes:{k}").as_bytes(), b"", Lifetime::Forever, now);
        }
        let mut churn = churn.into_iter();
        let mut met: Vec<Vec<u8>> = Vec::new();
        let mut cursor = 0;
        loop {
            let (next, found) = space.scan(cursor, count, now);
            met.extend(found.map(|f| f.key.to_vec()).filter(|key| key.starts_with(b"stays")));
            cursor = next;
            if cursor == 0 {
                break;
            }
            for (k, comes) in churn.by_ref().take(10) {
                let key = format!("goes:{k}");
                if comes {
                    space.set_text(key.as_bytes(), b"", Lifetime::Forever, now);
                } else {
                    space.remove(key.as_bytes(), now);
                }
            }
        }
        prop_assert_eq!(met.len(), 50);
        prop_assert_eq!(met.into_iter().collect::<BTreeSet<_>>().len(), 50);
    }
}

#[test]
fn a_key_lives_in_its_last_millisecond_and_not_after() {
    let clock = Clock::virtual_at(START);
    let mut space = Keyspace::new();
    let end = Lifetime::Until(START as i64 + 10);
    space.set_text(b"a", b"1", end, Now::of(&clock));
    clock.advance(Duration::from_millis(10));
    assert!(space.read(b"a", Now::of(&clock)).is_some());
    clock.advance(Duration::from_millis(1));
    assert!(space.read(b"a", Now::of(&clock)).is_none());
    let stats = space.stats();
    assert_eq!((stats.hits, stats.misses, stats.expired), (1, 1, 1));
}

#[test]
fn what_nobody_asks_for_is_swept_out() {
    let clock = Clock::virtual_at(START);
    let mut space = Keyspace::new();
    for k in 0..1000 {
        let lifetime = match k % 2 {
            0 => Lifetime::Forever,
            _ => Lifetime::Until(START as i64 + 10),
        };
        space.set_text(format!("{k}").as_bytes(), b"x", lifetime, Now::of(&clock));
    }
    assert_eq!(space.sweep(1000, Now::of(&clock)), 0);
    clock.advance(Duration::from_millis(11));
    assert_eq!(space.sweep(300, Now::of(&clock)), 150);
    assert_eq!(space.sweep(700, Now::of(&clock)), 350);
    assert_eq!((space.len(), space.volatile()), (500, 0));
    assert_eq!(space.stats().expired, 500);
}

#[test]
fn without_a_policy_memory_is_full() {
    let mut space = Keyspace::new();
    let now = Now::default();
    space.set_text(b"a", b"1", Lifetime::Forever, now);
    assert_eq!(space.make_room(1, now), Err(OutOfMemory));
    assert_eq!(space.len(), 1);
}

#[test]
fn a_policy_that_comes_later_knows_the_order_of_use() {
    let clock = Clock::virtual_at(START);
    let mut space = Keyspace::new();
    for key in [b"a", b"b", b"c"] {
        clock.advance(Duration::from_millis(1));
        space.set_text(key, b"1", Lifetime::Forever, Now::of(&clock));
    }
    clock.advance(Duration::from_millis(1));
    let now = Now::of(&clock);
    space.read(b"a", now);
    space.evict_by(Some(Box::new(Lru::new())));
    let one = space.memory_of(b"a", now).unwrap();
    space.make_room(one, now).unwrap();
    assert!(
        space.contains(b"a", now),
        "the key that was used last stays"
    );
    space.set_text(b"b", b"1", Lifetime::Forever, now);
    space.evict_by(Some(Box::new(Fifo::new())));
    space.make_room(0, now).unwrap();
    assert_eq!((space.len(), space.used_memory()), (0, 0));
}

#[test]
fn a_string_is_kept_in_the_shortest_form() {
    for (bytes, encoding) in [
        (&b"12"[..], "int"),
        (b"-9223372036854775808", "int"),
        (b"9223372036854775808", "embstr"),
        (b"012", "embstr"),
        (&[b'x'; 44], "embstr"),
        (&[b'x'; 45], "raw"),
    ] {
        let value = Value::Text(Text::new(bytes));
        assert_eq!(value.encoding(), encoding);
        assert_eq!(bytes_of(&value), bytes);
    }
}
