//! The driver: does what the state machine says, and tells it what came of it.

mod arriving;

use std::collections::{HashMap, VecDeque};
use std::time::Duration;

use super::cache_server::Server;
use super::chance::Chance;
use super::database::Database;
use super::queue::Queue;
use super::{Arrivals, CacheServer, Impossible, Load, Outcome, Services};
use crate::cache::aside::{Action, Aside, Cached, Event, Fault, ReadId, Rules, Source};
use crate::clock::Time;
use crate::interrupt::Interrupt;
use crate::lab::keys::{KeyStream, Rank};

/// Where a result is: which key, and which version of its table the reader
/// knew of.
type Place = (Rank, u64);

/// A result in the cache.
#[derive(Debug, Clone, Copy)]
struct Held {
    /// Of the key's rows.
    version: u64,
    /// When the database was asked.
    asked: Time,
    /// What it took.
    delta: Duration,
    /// How old it may become.
    fresh_for: Option<Duration>,
}

/// What will happen.
#[derive(Debug)]
enum Happening {
    /// A reader asks; of a closed loop, if it has a number.
    Read,
    /// The job begins anew.
    Scan,
    /// The job asks for this key.
    ScanRead(Rank),
    /// Somebody commits.
    Write,
    /// A command reaches the cache.
    Command(Command),
    /// The database is done with the query of this read.
    Queried(ReadId),
    /// Something to tell the state machine.
    Tell(Event<Place>),
    /// The cache comes back, empty.
    CacheReturns,
}

#[derive(Debug)]
enum Command {
    Get(ReadId, Place, Option<Duration>),
    Set(ReadId, Place, Lifetime),
    Delete(Vec<Place>),
    Lock(ReadId, Place, Duration),
    Unlock(Place),
}

/// How long a result is kept, and how long it is fresh.
#[derive(Debug, Clone, Copy)]
struct Lifetime {
    ttl: Option<Duration>,
    fresh_for: Option<Duration>,
}

/// A read under way.
#[derive(Debug, Clone, Copy)]
struct Reading {
    key: Rank,
    asked: Time,
    /// What was committed when it was asked: less is stale.
    expects: u64,
    /// What it will answer with.
    got: Held,
    /// Of the job, not of a reader: it does not count.
    scans: bool,
}

/// Plays `load` against a cache with `rules`. It stops early, with what was
/// counted until then, if the interrupt is raised.
///
/// # Errors
/// [`Impossible`] before anything is played.
pub fn run(
    load: &Load,
    rules: Rules,
    services: &Services,
    cache: CacheServer,
    seed: u64,
    interrupt: &Interrupt,
) -> Result<Outcome, Impossible> {
    load.check(services, cache)?;
    let probabilities = load.distribution.probabilities(load.keys)?;
    let mut world = World {
        load: *load,
        services: services.clone(),
        aside: Aside::new(rules),
        queue: Queue::new(),
        keys: KeyStream::new(&probabilities, seed),
        written: KeyStream::new(&probabilities, !seed),
        arrivals: Chance::new(seed, 1),
        commits: Chance::new(seed, 2),
        cache: Server::new(cache.policy, cache.capacity, seed),
        database: Database::new(load.keys, load.tables, services.connections),
        locks: HashMap::new(),
        reading: HashMap::new(),
        last_answer: None,
        loading: HashMap::new(),
        reads: 0,
        actions: VecDeque::new(),
        outcome: Outcome::default(),
    };
    world.begin();
    let mut happened: u64 = 0;
    while let Some(next) = world.queue.next() {
        world.happens(next);
        happened += 1;
        if happened.is_multiple_of(4096) && interrupt.is_raised() {
            break;
        }
    }
    world.outcome.evictions = world.cache.evictions();
    Ok(world.outcome)
}

struct World {
    load: Load,
    services: Services,
    aside: Aside<Place>,
    queue: Queue<Happening>,
    keys: KeyStream,
    written: KeyStream,
    arrivals: Chance,
    commits: Chance,
    cache: Server<Place, Held>,
    database: Database,
    /// Until when each is taken.
    locks: HashMap<Place, Time>,
    reading: HashMap<ReadId, Reading>,
    /// Those who waited for a read are answered right after it, with its rows.
    last_answer: Option<(ReadId, Held)>,
    /// How many queries are under way for a key.
    loading: HashMap<Rank, u32>,
    reads: ReadId,
    actions: VecDeque<Action<Place>>,
    outcome: Outcome,
}

impl World {
    fn happens(&mut self, what: Happening) {
        match what {
            Happening::Read => self.reads(),
            Happening::Scan => self.scan_begins(),
            Happening::ScanRead(key) => self.scans(key),
            Happening::Write => self.writes(),
            Happening::Command(command) => self.command(command),
            Happening::Queried(read) => self.queried(read),
            Happening::Tell(event) => self.tell(event),
            Happening::CacheReturns => {
                self.cache.clear();
                self.locks.clear();
            }
        }
    }

    fn is_over(&self) -> bool {
        self.queue.now() >= Time::ZERO + self.load.warmup + self.load.duration
    }

    fn counts(&self) -> bool {
        self.queue.now() >= Time::ZERO + self.load.warmup
    }

    /// The second of the run it is, after the warm-up.
    fn second(&self) -> usize {
        let start = Time::ZERO + self.load.warmup;
        self.queue.now().since(start).as_secs() as usize
    }

    /// Where the result of `key` is looked for now.
    fn place(&self, key: Rank) -> Place {
        let version = if self.aside.is_versioned() {
            self.aside.version_of(self.database.tables_of(key))
        } else {
            0
        };
        (key, version)
    }

    fn tell(&mut self, event: Event<Place>) {
        let over = match &event {
            Event::Stored { read } | Event::SetFailed { read, .. } => Some(*read),
            _ => None,
        };
        let mut actions = std::mem::take(&mut self.actions);
        self.aside.step(event, self.queue.now(), &mut actions);
        while let Some(action) = actions.pop_front() {
            let goes_on = match actions.front() {
                Some(Action::Refresh { read }) => Some(*read),
                _ => None,
            };
            self.act(action, goes_on);
        }
        self.actions = actions;
        if let Some(read) = over {
            self.reading.remove(&read);
        }
    }

    /// `goes_on` is the read that is loaded anew right after this.
    fn act(&mut self, action: Action<Place>, goes_on: Option<ReadId>) {
        match action {
            Action::Get { read, key, extend } => self.send(Command::Get(read, key, extend)),
            Action::Set {
                read,
                key,
                ttl,
                fresh_for,
            } => self.send(Command::Set(read, key, Lifetime { ttl, fresh_for })),
            Action::Delete { keys } => self.send(Command::Delete(keys)),
            Action::Lock { read, key, lease } => self.send(Command::Lock(read, key, lease)),
            Action::Unlock { key } => self.send(Command::Unlock(key)),
            Action::Query { read } | Action::Refresh { read } => self.query(read),
            Action::Wait { read, pause } => {
                let event = Event::Waited { read };
                self.queue.after(pause, Happening::Tell(event));
            }
            // Its answer comes with that of the one that loads.
            Action::Join { .. } => {}
            Action::Restore { keys } => {
                for (key, _) in keys {
                    let read = self.new_read(key);
                    let key = self.place(key);
                    let event = Event::Reload { read, key };
                    self.queue.after(Duration::ZERO, Happening::Tell(event));
                }
            }
            Action::Answer { read, source } => self.answer(read, source, goes_on == Some(read)),
        }
    }

    /// Half of a command's time is the way there.
    fn way(&self) -> Duration {
        self.services.cache / 2
    }

    fn send(&mut self, command: Command) {
        self.queue.after(self.way(), Happening::Command(command));
    }

    fn is_down(&self) -> bool {
        let now = self.queue.now().since(Time::ZERO);
        self.services
            .outages
            .iter()
            .any(|it| it.from <= now && now < it.from + it.lasts)
    }

    fn command(&mut self, command: Command) {
        if self.is_down() {
            let fault = Fault::Lost;
            let event = match command {
                Command::Get(read, ..) => Event::GetFailed { read, fault },
                Command::Set(read, ..) => Event::SetFailed { read, fault },
                Command::Delete(_) => Event::DeleteFailed { fault },
                Command::Lock(read, ..) => Event::LockFailed { read, fault },
                Command::Unlock(_) => Event::UnlockFailed { fault },
            };
            let patience = self.services.patience;
            return self.queue.after(patience, Happening::Tell(event));
        }
        let now = self.queue.now();
        let event = match command {
            Command::Get(read, place, extend) => {
                let held = self.cache.get(&place, now).copied();
                if let (Some(held), Some(reading)) = (held, self.reading.get_mut(&read)) {
                    reading.got = held;
                }
                if let Some(extend) = extend {
                    self.cache.expire(&place, now + extend);
                }
                let entry = held.map(|held| Cached {
                    age: now.since(held.asked),
                    fresh_for: held.fresh_for,
                    delta: held.delta,
                });
                Event::Found { read, entry }
            }
            Command::Set(read, place, Lifetime { ttl, fresh_for }) => {
                if let Some(reading) = self.reading.get(&read) {
                    let id = u64::from(place.0) | place.1 << 32;
                    let held = Held {
                        fresh_for,
                        ..reading.got
                    };
                    let expires = ttl.map(|ttl| now + ttl);
                    let is_old = held.version < self.database.version(place.0);
                    self.outcome.stored += 1;
                    self.outcome.stored_old += u64::from(is_old);
                    self.cache.set(place, held, expires, now, id);
                }
                Event::Stored { read }
            }
            Command::Lock(read, place, lease) => {
                if self.locks.get(&place).is_some_and(|until| now < *until) {
                    Event::LockTaken { read }
                } else {
                    self.locks.insert(place, now + lease);
                    Event::Locked { read }
                }
            }
            Command::Unlock(place) => {
                self.locks.remove(&place);
                return;
            }
            Command::Delete(keys) => {
                keys.iter().for_each(|key| self.cache.delete(key));
                Event::Deleted { keys }
            }
        };
        self.queue.after(self.way(), Happening::Tell(event));
    }

    fn query(&mut self, read: ReadId) {
        let Some(reading) = self.reading.get_mut(&read) else {
            return;
        };
        let (key, scans) = (reading.key, reading.scans);
        reading.got.asked = self.queue.now();
        let others = self.loading.entry(key).or_default();
        let is_first = *others == 0;
        *others += 1;
        if self.counts() && !scans {
            self.outcome.database_reads += 1;
            self.outcome.expiries += u64::from(is_first);
            let second = self.second();
            self.outcome.second(second).database_reads += 1;
        }
        if self.database.asked(read, key) {
            self.begin_query(read, key);
        }
        self.outcome.most_queries = self.outcome.most_queries.max(self.database.backlog());
    }

    /// The database works on it from now on, and sees what is committed now.
    fn begin_query(&mut self, read: ReadId, key: Rank) {
        let version = self.database.version(key);
        if let Some(reading) = self.reading.get_mut(&read) {
            reading.got.version = version;
        }
        let takes = self.services.database;
        self.queue.after(takes, Happening::Queried(read));
    }

    fn queried(&mut self, read: ReadId) {
        if let Some((next, key)) = self.database.done() {
            self.begin_query(next, key);
        }
        let now = self.queue.now();
        let Some(reading) = self.reading.get_mut(&read) else {
            return;
        };
        reading.got.delta = now.since(reading.got.asked);
        let key = reading.key;
        if let Some(others) = self.loading.get_mut(&key) {
            *others -= 1;
            if *others == 0 {
                self.loading.remove(&key);
            }
        }
        let tables = self.database.tables_of(key).clone();
        let empty = u64::from(key) >= self.load.keys.saturating_sub(self.load.absent);
        self.tell(Event::Loaded {
            read,
            tables,
            empty,
        });
    }

    /// `goes_on`: it is loaded anew although it is answered.
    fn answer(&mut self, read: ReadId, source: Source, goes_on: bool) {
        let Some(mut reading) = self.reading.get(&read).copied() else {
            return;
        };
        if let Source::Shared {
            leader: Some(leader),
            ..
        } = source
        {
            let leading = self.reading.get(&leader).map(|it| it.got);
            let answered = self.last_answer.filter(|(read, _)| *read == leader);
            if let Some(rows) = leading.or(answered.map(|(_, rows)| rows)) {
                reading.got = rows;
            }
        } else {
            self.last_answer = Some((read, reading.got));
        }
        if goes_on {
            self.reading.insert(read, reading);
        } else {
            self.reading.remove(&read);
        }
        if reading.scans {
            return;
        }
        let now = self.queue.now();
        if reading.asked >= Time::ZERO + self.load.warmup {
            let second = self.second();
            let took = now.since(reading.asked);
            self.outcome.answered(reading.key, source, took, second);
            if reading.got.version < reading.expects {
                self.outcome.stale_reads += 1;
                let overtaken = self.database.overtaken(reading.key, reading.got.version);
                let for_long = overtaken.map_or(Duration::ZERO, |at| reading.asked.since(at));
                self.outcome.stalest = self.outcome.stalest.max(for_long);
            }
        }
        if matches!(self.load.arrivals, Arrivals::Closed { .. }) {
            self.plan_read();
        }
    }
}
