//! The protections of cache-aside against theory: the state machine in virtual
//! time, one popular key, Poisson arrivals, a database that takes a while.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

use std::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap, HashMap, HashSet, VecDeque};
use std::time::Duration;

use dbdojo::cache::Invalidation;
use dbdojo::cache::aside::{
    Action, Aside, Beta, Cached, Event, Jitter, Protection, ReadId, Rules, Source, Strategy,
};
use dbdojo::cache::invalidation::Tables;
use dbdojo::clock::Time;
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};

type Key = u32;

struct Entry {
    asked: Time,
    expires: Option<Time>,
    fresh_for: Option<Duration>,
    /// Loads that began before it was stored are of an older cycle.
    generation: u64,
}

/// Processes with a state machine each, one cache server, one database.
struct World {
    processes: Vec<Aside<Key>>,
    now: Time,
    agenda: BinaryHeap<Reverse<(Time, u64, usize)>>,
    events: HashMap<u64, Event<Key>>,
    next: u64,
    cache: BTreeMap<Key, Entry>,
    locks: BTreeMap<Key, Time>,
    loading: HashMap<ReadId, (Time, u64)>,
    generation: u64,
    delta: Duration,
    /// Loads of the database, and how many expiries they belong to.
    loads: u64,
    cycles: HashSet<u64>,
    /// How long before the end of the cached result the first load began.
    leads: Vec<Duration>,
    sources: Vec<Source>,
    loads_at: Vec<Time>,
}

impl World {
    fn new(rules: Rules, processes: usize, delta: Duration) -> World {
        rules.check().unwrap();
        World {
            processes: (0..processes).map(|_| Aside::new(rules)).collect(),
            now: Time::ZERO,
            agenda: BinaryHeap::new(),
            events: HashMap::new(),
            next: 0,
            cache: BTreeMap::new(),
            locks: BTreeMap::new(),
            loading: HashMap::new(),
            generation: 0,
            delta,
            loads: 0,
            cycles: HashSet::new(),
            leads: Vec::new(),
            sources: Vec::new(),
            loads_at: Vec::new(),
        }
    }

    fn at(&mut self, time: Time, process: usize, event: Event<Key>) {
        self.agenda.push(Reverse((time, self.next, process)));
        self.events.insert(self.next, event);
        self.next += 1;
    }

    /// Reads `keys` at random, `rate` a second in all, for `seconds`.
    fn readers(&mut self, rate: f64, seconds: f64, keys: u32) {
        let mut random = ChaCha8Rng::seed_from_u64(7);
        let mut draw = move || ((random.next_u64() >> 11) as f64 + 0.5) / (1_u64 << 53) as f64;
        let (mut t, mut read) = (0.0, 0);
        loop {
            t -= libm::log(draw()) / rate;
            if t > seconds {
                return;
            }
            let key = (draw() * f64::from(keys)) as Key;
            let process = (read as usize) % self.processes.len();
            let time = Time::ZERO + Duration::from_secs_f64(t);
            self.at(time, process, Event::Asked { read, key });
            read += 1;
        }
    }

    fn run(&mut self) {
        while let Some(Reverse((time, id, process))) = self.agenda.pop() {
            self.now = time;
            let event = self.events.remove(&id).unwrap();
            let mut actions = VecDeque::new();
            self.processes[process].step(event, time, &mut actions);
            for action in actions {
                self.carry_out(process, action);
            }
        }
    }

    fn carry_out(&mut self, process: usize, action: Action<Key>) {
        let now = self.now;
        let (later, event) = match action {
            Action::Get { read, key, extend } => {
                self.cache
                    .retain(|_, entry| entry.expires.is_none_or(|at| at > now));
                let entry = self.cache.get_mut(&key).map(|entry| {
                    if let Some(ttl) = extend {
                        entry.expires = Some(now + ttl);
                    }
                    Cached {
                        age: now - entry.asked,
                        fresh_for: entry.fresh_for,
                        delta: self.delta,
                    }
                });
                (Duration::ZERO, Event::Found { read, entry })
            }
            Action::Query { read } | Action::Refresh { read } => {
                self.loads += 1;
                self.loads_at.push(now);
                if self.cycles.insert(self.generation)
                    && let Some(entry) = self.cache.values().next()
                {
                    let lifetime = entry.fresh_for.unwrap_or_default();
                    self.leads.push(entry.asked + lifetime - now);
                }
                self.loading.insert(read, (now, self.generation));
                let tables = Tables::new(["t"]);
                let empty = false;
                (
                    self.delta,
                    Event::Loaded {
                        read,
                        tables,
                        empty,
                    },
                )
            }
            Action::Set {
                read,
                key,
                ttl,
                fresh_for,
            } => {
                let (asked, generation) = self.loading[&read];
                if generation == self.generation {
                    self.generation += 1;
                }
                let entry = Entry {
                    asked,
                    expires: ttl.map(|ttl| now + ttl),
                    fresh_for,
                    generation,
                };
                if self
                    .cache
                    .get(&key)
                    .is_none_or(|old| old.generation <= generation)
                {
                    self.cache.insert(key, entry);
                }
                (Duration::ZERO, Event::Stored { read })
            }
            Action::Lock { read, key, lease } => {
                self.locks.retain(|_, until| *until > now);
                let taken = self.locks.contains_key(&key);
                self.locks.entry(key).or_insert(now + lease);
                let event = match taken {
                    true => Event::LockTaken { read },
                    false => Event::Locked { read },
                };
                (Duration::ZERO, event)
            }
            Action::Unlock { key } => {
                self.locks.remove(&key);
                return;
            }
            Action::Wait { read, pause } => (pause, Event::Waited { read }),
            Action::Answer { source, .. } => return self.sources.push(source),
            Action::Join { .. } => return,
            Action::Delete { keys } => {
                for key in &keys {
                    self.cache.remove(key);
                }
                (Duration::ZERO, Event::Deleted { keys })
            }
            Action::Restore { .. } => return,
        };
        self.at(now + later, process, event);
    }

    fn loads_per_cycle(&self) -> f64 {
        self.loads as f64 / self.cycles.len() as f64
    }

    fn hit_ratio(&self) -> f64 {
        let hit = |source: &&Source| matches!(source, Source::Hit { .. } | Source::Stale { .. });
        self.sources.iter().filter(hit).count() as f64 / self.sources.len() as f64
    }
}

const TTL: Duration = Duration::from_secs(10);
const DELTA: Duration = Duration::from_millis(100);
const RATE: f64 = 200.0;

fn rules(protection: Protection) -> Rules {
    Rules {
        ttl: Some(TTL),
        invalidation: Invalidation::Ttl,
        protection,
        ..Rules::default()
    }
}

/// One key for 1,500 seconds: about 150 expiries.
fn one_key(rules: Rules, processes: usize) -> World {
    let mut world = World::new(rules, processes, DELTA);
    world.readers(RATE, 1_500.0, 1);
    world.run();
    assert!(world.cycles.len() > 140);
    world
}

fn assert_near(measured: f64, expected: f64, tolerance: f64) {
    let error = (measured - expected).abs();
    assert!(
        error <= tolerance,
        "measured {measured}, expected {expected}"
    );
}

#[test]
fn without_protection_each_expiry_costs_one_load_and_those_that_arrive_meanwhile() {
    let world = one_key(rules(Protection::None), 2);
    assert_near(world.loads_per_cycle(), 1.0 + RATE * 0.1, 1.0);
}

#[test]
fn single_flight_loads_once_a_process() {
    let world = one_key(rules(Protection::SingleFlight), 1);
    assert_eq!(world.loads_per_cycle(), 1.0);
    let waits = world.sources.iter().filter_map(|source| match source {
        Source::Shared { waited, .. } => Some(*waited),
        _ => None,
    });
    let waits: Vec<Duration> = waits.collect();
    assert!(waits.iter().all(|waited| *waited <= DELTA));
    assert_near(waits.len() as f64 / world.loads as f64, RATE * 0.1, 1.0);

    let two = one_key(rules(Protection::SingleFlight), 2);
    assert_near(two.loads_per_cycle(), 2.0, 0.02);
}

#[test]
fn reading_through_is_a_single_flight() {
    let rules = Rules {
        strategy: Strategy::ReadThrough,
        ..rules(Protection::None)
    };
    assert_eq!(one_key(rules, 1).loads_per_cycle(), 1.0);
}

#[test]
fn a_lock_loads_once_for_all_processes() {
    let lease = Duration::from_secs(3);
    let world = one_key(rules(Protection::Lock { lease }), 4);
    assert_eq!(world.loads_per_cycle(), 1.0);
    for source in &world.sources {
        if let Source::Shared { waited, .. } = source {
            // Pauses of 50 ms at the longest.
            assert!(*waited <= DELTA + Duration::from_millis(50), "{waited:?}");
        }
    }
}

/// The owner of a lock dies: everybody waits for the lease, and no longer.
#[test]
fn a_lock_whose_owner_is_gone_runs_out() {
    let lease = Duration::from_secs(3);
    let mut world = World::new(rules(Protection::Lock { lease }), 1, DELTA);
    world.locks.insert(0, Time::ZERO + Duration::from_secs(1));
    world.at(Time::ZERO, 0, Event::Asked { read: 1, key: 0 });
    world.run();
    let ms = (world.now - Time::ZERO).as_millis();
    assert!((1100..1200).contains(&ms), "{ms} ms");
    assert_eq!(world.loads, 1);

    // A lock that is renewed by others again and again keeps nobody for ever.
    let mut world = World::new(rules(Protection::Lock { lease }), 1, DELTA);
    world
        .locks
        .insert(0, Time::ZERO + Duration::from_secs(3600));
    world.at(Time::ZERO, 0, Event::Asked { read: 1, key: 0 });
    world.run();
    assert!(world.now - Time::ZERO < lease + DELTA + Duration::from_millis(60));
}

/// Vattani et al., VLDB 2015: e^(1/beta) loads a cycle, the first of them
/// beta * delta * (ln(rate * beta * delta) + 0.5772) before the end on average.
#[test]
fn xfetch_loads_as_often_and_as_early_as_its_paper_says() {
    // Rates at which the end itself is hardly ever met.
    for (beta, rate, expected) in [
        ("0.5", 1500.0, 7.39),
        ("1", 500.0, 2.72),
        ("2", 300.0, 1.65),
    ] {
        let beta: Beta = beta.parse().unwrap();
        let rules = Rules {
            ttl: Some(Duration::from_secs(2)),
            ..rules(Protection::XFetch { beta })
        };
        let mut world = World::new(rules, 1, DELTA);
        world.readers(rate, 800.0, 1);
        world.run();
        // The first cycle has nothing cached, and so nothing to be early for.
        let missed = |source: &&Source| matches!(source, Source::Miss { .. });
        let cold = world.sources.iter().filter(missed).count() as f64;
        assert!(
            cold < 1.0 + 2.0 * rate * 0.1,
            "{cold} readers met an expiry"
        );
        let cycles = world.cycles.len() as f64 - 1.0;
        let loads = (world.loads as f64 - cold) / cycles;
        assert_near(loads, expected, 0.1 * expected);

        let beta_delta = beta.value() * 0.1;
        let lead = beta_delta * (libm::log(rate * beta_delta) + 0.5772);
        let leads = world.leads.iter().sum::<Duration>();
        let measured = leads.as_secs_f64() / world.leads.len() as f64;
        assert_near(measured, lead, 0.1 * lead);
    }
}

#[test]
fn stale_while_revalidate_keeps_nobody_waiting() {
    let window = Duration::from_secs(5);
    let world = one_key(rules(Protection::StaleWhileRevalidate { window }), 1);
    // The first cycle has nothing stale to answer.
    let cold = world
        .sources
        .iter()
        .filter(|s| matches!(s, Source::Miss { .. }))
        .count() as f64;
    assert_near(
        (world.loads as f64 - cold) / (world.cycles.len() as f64 - 1.0),
        1.0,
        0.0,
    );
    for source in &world.sources {
        if let Source::Stale { by, age } = source {
            assert!(*by <= DELTA + Duration::from_millis(100), "{by:?}");
            assert_eq!(*age - *by, TTL);
        }
    }
}

/// Jung, Berger and Balakrishnan, INFOCOM 2003.
#[test]
fn fixed_and_sliding_ttls_hit_as_theory_says() {
    let (keys, rate, ttl) = (100, 50.0, 2.0);
    let lt = rate / f64::from(keys) * ttl;
    let ratio = |sliding| {
        let rules = Rules {
            ttl: Some(Duration::from_secs_f64(ttl)),
            sliding,
            ..Rules::default()
        };
        let mut world = World::new(rules, 1, Duration::ZERO);
        world.readers(rate, 2_000.0, keys);
        world.run();
        world.hit_ratio()
    };
    assert_near(ratio(false), lt / (1.0 + lt), 0.006);
    assert_near(ratio(true), 1.0 - libm::exp(-lt), 0.006);
}

/// 1,000 results stored at once, read all the time: without jitter they come
/// due at once, with it over 2jT.
#[test]
fn jitter_spreads_what_was_stored_together() {
    let busiest_second = |jitter: &str| {
        let rules = Rules {
            jitter: jitter.parse::<Jitter>().unwrap(),
            ..rules(Protection::None)
        };
        let mut world = World::new(rules, 1, Duration::ZERO);
        for key in 0..1_000 {
            let read = 1_000_000 + ReadId::from(key);
            world.at(Time::ZERO, 0, Event::Asked { read, key });
        }
        world.readers(20_000.0, 13.0, 1_000);
        world.run();
        let mut seconds = [0_u32; 14];
        for at in world.loads_at.iter().filter(|at| **at > Time::ZERO) {
            seconds[(*at - Time::ZERO).as_secs() as usize] += 1;
        }
        *seconds.iter().max().unwrap()
    };
    assert!(busiest_second("0%") > 990);
    // Over 9 to 11 s: 1000 / 2.
    assert_near(f64::from(busiest_second("10%")), 500.0, 50.0);
}
