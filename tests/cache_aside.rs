//! The state machine of cache-aside against a model: random reads, writes,
//! expiry, eviction and failures in virtual time.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

use std::collections::{HashMap, VecDeque};
use std::time::Duration;

use dbdojo::cache::Invalidation;
use dbdojo::cache::aside::{Action, Aside, Cached, Event, Fault, ReadId, Rules, Source};
use dbdojo::cache::invalidation::Tables;
use dbdojo::clock::Time;
use proptest::prelude::*;

const TTL: Duration = Duration::from_secs(10);

/// Four tables, each with the number of writes to it; key `k` is the sum of
/// tables `k` and `k + 1`.
const TABLES: u64 = 4;

type Key = (u64, u64);

/// A cache server that can lose replies, with a database beside it.
struct World {
    aside: Aside<Key>,
    now: Time,
    versions: [u64; TABLES as usize],
    /// What is cached, when it was stored, when it goes, how old it may become.
    cache: HashMap<Key, (u64, Time, Option<Time>, Option<Duration>)>,
    failing: Option<Failing>,
    next_read: ReadId,
    gets: u64,
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum Failing {
    /// Nothing arrives.
    Before,
    /// The command is carried out, its reply is lost.
    After,
    /// The server says no.
    Refuses,
}

fn names(tables: impl IntoIterator<Item = u64>) -> Tables {
    Tables::new(tables.into_iter().map(|t| format!("t{t}")))
}

fn tables_of(k: u64) -> Tables {
    names([k % TABLES, (k + 1) % TABLES])
}

impl World {
    fn new(rules: Rules) -> World {
        World {
            aside: Aside::new(rules),
            now: Time::ZERO,
            versions: [0; TABLES as usize],
            cache: HashMap::new(),
            failing: None,
            next_read: 0,
            gets: 0,
        }
    }

    fn truth(&self, k: u64) -> u64 {
        let version = |t: u64| self.versions[usize::try_from(t % TABLES).unwrap()];
        version(k) * 1000 + version(k + 1)
    }

    fn fault(&self) -> Option<Fault> {
        self.failing.map(|failing| match failing {
            Failing::Refuses => Fault::Refused,
            Failing::Before | Failing::After => Fault::Lost,
        })
    }

    fn carried_out(&self) -> bool {
        matches!(self.failing, None | Some(Failing::After))
    }

    /// Reads `k` to the end, one command after the other.
    fn read(&mut self, k: u64) -> (u64, Source) {
        let id = self.next_read;
        self.next_read += 1;
        let version = match self.aside.is_versioned() {
            true => self.aside.version_of(&tables_of(k)),
            false => 0,
        };
        let key = (k, version);
        let mut actions = VecDeque::new();
        let asked = Event::Asked { read: id, key };
        self.aside.step(asked, self.now, &mut actions);
        let (mut value, mut source) = (None, None);
        while let Some(action) = actions.pop_front() {
            let event = match action {
                Action::Get { key, .. } => {
                    self.gets += 1;
                    let now = self.now;
                    self.cache
                        .retain(|_, (_, _, expires, _)| expires.is_none_or(|at| at > now));
                    match (self.fault(), self.cache.get(&key)) {
                        (Some(fault), _) => Event::GetFailed { read: id, fault },
                        (None, Some((cached, stored, _, fresh_for))) => {
                            value = Some(*cached);
                            let entry = Some(Cached {
                                age: self.now - *stored,
                                fresh_for: *fresh_for,
                                delta: Duration::ZERO,
                            });
                            Event::Found { read: id, entry }
                        }
                        (None, None) => Event::Found {
                            read: id,
                            entry: None,
                        },
                    }
                }
                Action::Query { .. } => {
                    value = Some(self.truth(k));
                    let tables = tables_of(k);
                    Event::Loaded {
                        read: id,
                        tables,
                        empty: false,
                    }
                }
                Action::Set {
                    key,
                    ttl,
                    fresh_for,
                    ..
                } => {
                    if self.carried_out() {
                        // A server that is late must not matter.
                        let expires = ttl.map(|ttl| self.now + ttl + Duration::from_secs(1));
                        let entry = (value.unwrap(), self.now, expires, fresh_for);
                        self.cache.insert(key, entry);
                    }
                    match self.fault() {
                        None => Event::Stored { read: id },
                        Some(fault) => Event::SetFailed { read: id, fault },
                    }
                }
                Action::Delete { keys } => self.delete(keys),
                Action::Answer { source: from, .. } => {
                    source = Some(from);
                    continue;
                }
                other => panic!("{other:?} without a protection"),
            };
            self.aside.step(event, self.now, &mut actions);
        }
        (value.unwrap(), source.unwrap())
    }

    fn delete(&mut self, keys: Vec<Key>) -> Event<Key> {
        if self.carried_out() {
            for key in &keys {
                self.cache.remove(key);
            }
        }
        match self.fault() {
            None => Event::Deleted { keys },
            Some(fault) => Event::DeleteFailed { fault },
        }
    }

    fn write(&mut self, table: u64) {
        let table = table % TABLES;
        self.versions[usize::try_from(table).unwrap()] += 1;
        let mut actions = VecDeque::new();
        let tables = names([table]);
        self.aside
            .step(Event::Written { tables }, self.now, &mut actions);
        while let Some(action) = actions.pop_front() {
            let Action::Delete { keys } = action else {
                panic!("{action:?} after a write");
            };
            let event = self.delete(keys);
            self.aside.step(event, self.now, &mut actions);
        }
    }

    fn pass(&mut self, time: Duration) {
        self.now = self.now + time;
    }
}

#[derive(Debug, Clone)]
enum Step {
    Read(u64),
    Write(u64),
    Pass(u64),
    /// The server evicts everything with this key, or restarts empty.
    Evict(u64),
    Restart,
    Fail(Option<Failing>),
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let failing = prop_oneof![
        3 => Just(None),
        1 => Just(Some(Failing::Before)),
        1 => Just(Some(Failing::After)),
        1 => Just(Some(Failing::Refuses)),
    ];
    let step = prop_oneof![
        8 => (0..6_u64).prop_map(Step::Read),
        3 => (0..TABLES).prop_map(Step::Write),
        2 => (1..6000_u64).prop_map(Step::Pass),
        1 => (0..6_u64).prop_map(Step::Evict),
        1 => Just(Step::Restart),
        2 => failing.prop_map(Step::Fail),
    ];
    prop::collection::vec(step, 1..80)
}

/// Runs `steps`, and gives each answer to `check` with the truth of now.
fn run(rules: Rules, steps: &[Step], mut check: impl FnMut(&World, u64, u64, Source)) -> World {
    let mut world = World::new(rules);
    for step in steps {
        match *step {
            Step::Read(k) => {
                let (value, source) = world.read(k);
                check(&world, k, value, source);
            }
            Step::Write(table) => world.write(table),
            Step::Pass(ms) => world.pass(Duration::from_millis(ms)),
            Step::Evict(k) => world.cache.retain(|key, _| key.0 != k),
            Step::Restart => world.cache.clear(),
            Step::Fail(how) => world.failing = how,
        }
    }
    world
}

fn rules(invalidation: Invalidation, ttl: Option<Duration>) -> Rules {
    Rules {
        ttl,
        invalidation,
        ..Rules::default()
    }
}

proptest! {
    /// One reader at a time: no answer is older than the last write, however
    /// the cache fails.
    #[test]
    fn deleting_on_write_never_answers_stale(steps in steps(), limited in any::<bool>()) {
        let rules = rules(Invalidation::DeleteOnWrite, limited.then_some(TTL));
        run(rules, &steps, |world, k, value, source| {
            assert_eq!(value, world.truth(k), "key {k}, {source:?}");
        });
    }

    #[test]
    fn versions_never_answer_stale(steps in steps(), limited in any::<bool>()) {
        let rules = rules(Invalidation::Versioned, limited.then_some(TTL));
        run(rules, &steps, |world, k, value, source| {
            assert_eq!(value, world.truth(k), "key {k}, {source:?}");
        });
    }

    /// With a TTL alone, an answer may be stale, but only by less than the TTL.
    #[test]
    fn a_ttl_bounds_how_stale_an_answer_is(steps in steps()) {
        let mut truths: Vec<(Time, u64, u64)> = Vec::new();
        run(rules(Invalidation::Ttl, Some(TTL)), &steps, |world, k, value, source| {
            truths.push((world.now, k, world.truth(k)));
            if let Source::Hit { age, ttl_left } = source {
                assert_eq!(age + ttl_left.unwrap(), TTL);
                let stored = truths
                    .iter()
                    .find(|(at, key, truth)| *key == k && *truth == value && world.now - *at < TTL);
                assert!(stored.is_some(), "key {k}: {value} was not true within the TTL");
            } else {
                assert_eq!(value, world.truth(k));
            }
        });
    }

    /// When all goes well again, the cache is used again, and what failed
    /// deletions left behind is gone.
    #[test]
    fn a_cache_that_recovers_is_used_again(steps in steps()) {
        let mut world = run(rules(Invalidation::DeleteOnWrite, None), &steps, |_, _, _, _| {});
        world.failing = None;
        world.pass(Duration::from_secs(60));
        for k in 0..6 {
            world.read(k);
        }
        for k in 0..6 {
            let (value, source) = world.read(k);
            prop_assert!(matches!(source, Source::Hit { .. }), "key {}: {:?}", k, source);
            prop_assert_eq!(value, world.truth(k));
        }
    }

    /// What could not be deleted is deleted as soon as the cache answers
    /// anybody again.
    #[test]
    fn nothing_stale_is_left_in_a_cache_that_recovered(steps in steps()) {
        let rules = rules(Invalidation::DeleteOnWrite, None);
        let mut world = run(rules, &steps, |_, _, _, _| {});
        world.failing = None;
        world.pass(Duration::from_secs(60));
        world.read(100);
        world.read(100);
        for ((k, _), (value, ..)) in &world.cache {
            prop_assert_eq!(*value, world.truth(*k), "key {}", k);
        }
    }
}

#[test]
fn without_invalidation_an_old_answer_stays() {
    let mut world = World::new(rules(Invalidation::None, None));
    world.read(0);
    world.write(0);
    let (value, source) = world.read(0);
    assert!(matches!(source, Source::Hit { ttl_left: None, .. }));
    assert_ne!(
        value,
        world.truth(0),
        "the tests above can tell stale from fresh"
    );
}

#[test]
fn repeated_failures_pause_the_cache_and_the_pause_ends() {
    let mut world = World::new(rules(Invalidation::DeleteOnWrite, None));
    world.read(0);
    world.failing = Some(Failing::Before);
    let sources: Vec<Source> = (0..5).map(|_| world.read(0).1).collect();
    let left = Duration::from_secs(1);
    assert_eq!(sources[..3], [Source::Degraded; 3]);
    assert_eq!(sources[3..], [Source::Paused { left }; 2]);
    let asked = world.gets;
    world.read(0);
    assert_eq!(world.gets, asked, "it is left alone");
    world.failing = None;
    world.pass(left);
    assert!(matches!(world.read(0).1, Source::Hit { .. }));
}

#[test]
fn what_may_be_stale_is_not_even_asked_for() {
    let mut world = World::new(rules(Invalidation::DeleteOnWrite, None));
    world.read(0);
    world.failing = Some(Failing::Before);
    world.write(0);
    let asked = world.gets;
    assert_eq!(world.read(0).0, world.truth(0));
    assert_eq!(world.gets, asked);
}

#[test]
fn a_write_drops_only_what_read_its_table() {
    let mut world = World::new(rules(Invalidation::DeleteOnWrite, None));
    for k in 0..4 {
        world.read(k);
    }
    world.write(0);
    // Key 3 reads tables 3 and 0.
    let hits: Vec<bool> = (0..4)
        .map(|k| matches!(world.read(k).1, Source::Hit { .. }))
        .collect();
    assert_eq!(hits, [false, true, true, false]);
}

/// The race that delete-on-write is taught with: a reader that loaded before
/// the write stores after it. Versioned keys are its cure.
#[test]
fn the_invalidation_race_is_replayable_and_versions_cure_it() {
    let stale_after = |invalidation| {
        let mut world = World::new(rules(invalidation, None));
        let key = (0, world.aside.version_of(&tables_of(0)));
        let mut actions = VecDeque::new();
        let mut step = |world: &mut World, event| {
            actions.clear();
            world.aside.step(event, Time::ZERO, &mut actions);
            actions.clone()
        };
        let read = 99;
        step(&mut world, Event::Asked { read, key });
        step(&mut world, Event::Found { read, entry: None });
        let loaded = world.truth(0);
        world.write(0);
        let tables = tables_of(0);
        let empty = false;
        let loaded_event = Event::Loaded {
            read,
            tables,
            empty,
        };
        let set = step(&mut world, loaded_event);
        assert!(matches!(set[0], Action::Set { .. }));
        world.cache.insert(key, (loaded, Time::ZERO, None, None));
        step(&mut world, Event::Stored { read });
        world.read(0).0 != world.truth(0)
    };
    assert!(stale_after(Invalidation::DeleteOnWrite));
    assert!(!stale_after(Invalidation::Versioned));
}
