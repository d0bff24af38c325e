//! The driver: does what the state machine says, and tells it what came of it.

use std::collections::{HashMap, VecDeque};
use std::time::Duration;

use super::asking::{Asking, Drawn, Scripted};
use super::behind::Behind;
use super::cache_server::Server;
use super::database::Database;
use super::load::check_servers;
use super::queue::Queue;
use super::{CacheServer, Impossible, Load, Outcome, Script, Services};
use crate::cache::aside::{Action, Aside, Backlog, Event, ReadId, Rules, Strategy};
use crate::clock::Time;
use crate::interrupt::Interrupt;
use crate::lab::keys::Rank;
use crate::lab::workload::Fault;

/// Where a result is: which key, and which version of its table the reader
/// knew of.
pub(super) type Place = (Rank, u64);

/// A result in the cache.
#[derive(Debug, Clone, Copy)]
pub(super) struct Held {
    /// Of the key's rows.
    pub(super) version: u64,
    /// When the database was asked.
    pub(super) asked: Time,
    /// What it took.
    pub(super) delta: Duration,
    /// How old it may become.
    pub(super) fresh_for: Option<Duration>,
}

/// What will happen.
#[derive(Debug)]
pub(super) enum Happening {
    /// A reader asks.
    Read,
    /// The job of a load begins anew.
    Scan,
    /// That job asks for this key.
    ScanRead(Rank),
    /// Somebody commits.
    Write,
    /// The next request of this part of a script is due.
    Next(usize),
    /// The write of a script's client is done.
    Committed(Rank),
    /// Something befalls the cache in this part of a script.
    Fault(usize, Fault),
    /// A command reaches the cache.
    Command(Command),
    /// The database is done with the query of this read.
    Queried(ReadId),
    /// Something to tell the state machine.
    Tell(Event<Place>),
    /// The oldest write in the queue may have waited for long enough.
    FlushDue,
    /// The cache comes back, empty.
    CacheReturns,
}

#[derive(Debug)]
pub(super) enum Command {
    Get(ReadId, Place, Option<Duration>),
    Set(ReadId, Place, Lifetime),
    Delete(Vec<Place>),
    Lock(ReadId, Place, Duration),
    Unlock(Place),
}

/// How long a result is kept, and how long it is fresh.
#[derive(Debug, Clone, Copy)]
pub(super) struct Lifetime {
    pub(super) ttl: Option<Duration>,
    pub(super) fresh_for: Option<Duration>,
}

/// A read under way.
#[derive(Debug, Clone, Copy)]
pub(super) struct Reading {
    pub(super) key: Rank,
    pub(super) asked: Time,
    /// What was committed when it was asked: less is stale.
    pub(super) expects: u64,
    /// What it will answer with.
    pub(super) got: Held,
    /// Of a job, not of a reader: it does not count.
    pub(super) scans: bool,
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
    let asking = Asking::Drawn(Box::new(Drawn::new(load, seed)?));
    let database = Database::new(load.keys, load.tables, services.connections);
    let mut world = World::new(asking, database, rules, services, cache, seed);
    world.play(&|| interrupt.is_raised());
    Ok(world.outcome)
}

/// Says whether to stop early.
pub type Stop<'a> = &'a (dyn Fn() -> bool + Sync);

/// Plays the requests of `script`, as [`run`] does those of a load.
///
/// # Errors
/// [`Impossible`] before anything is played.
pub fn run_script(
    script: &Script,
    rules: Rules,
    services: &Services,
    cache: CacheServer,
    seed: u64,
    stop: Stop<'_>,
) -> Result<Outcome, Impossible> {
    check_servers(services, cache)?;
    if let Strategy::WriteBehind { .. } = rules.strategy {
        return Err(Impossible::WriteBehind);
    }
    let asking = Asking::Scripted(Scripted::new(script));
    let database = Database::of(script, services.connections);
    let mut world = World::new(asking, database, rules, services, cache, seed);
    world.play(stop);
    Ok(world.outcome)
}

pub(super) struct World<'a> {
    pub(super) services: &'a Services,
    pub(super) aside: Aside<Place>,
    /// The writes that the database does not have yet.
    pub(super) behind: Option<Behind>,
    pub(super) queue: Queue<Happening>,
    pub(super) asking: Asking<'a>,
    pub(super) cache: Server<Place, Held>,
    /// Until when the cache does not answer.
    pub(super) down_until: Time,
    /// How much longer a command takes, and until when.
    pub(super) slow: (Duration, Time),
    pub(super) database: Database,
    /// Until when each is taken.
    pub(super) locks: HashMap<Place, Time>,
    pub(super) reading: HashMap<ReadId, Reading>,
    /// Those who waited for a read are answered right after it, with its rows.
    pub(super) last_answer: Option<(ReadId, Held)>,
    /// How many queries are under way for a key.
    pub(super) loading: HashMap<Rank, u32>,
    reads: ReadId,
    actions: VecDeque<Action<Place>>,
    pub(super) outcome: Outcome,
}

impl<'a> World<'a> {
    fn new(
        asking: Asking<'a>,
        database: Database,
        rules: Rules,
        services: &'a Services,
        cache: CacheServer,
        seed: u64,
    ) -> World<'a> {
        World {
            services,
            aside: Aside::new(rules),
            behind: Backlog::of(rules.strategy).map(Behind::new),
            queue: Queue::new(),
            asking,
            cache: Server::new(cache, seed),
            down_until: Time::ZERO,
            slow: (Duration::ZERO, Time::ZERO),
            database,
            locks: HashMap::new(),
            reading: HashMap::new(),
            last_answer: None,
            loading: HashMap::new(),
            reads: 0,
            actions: VecDeque::new(),
            outcome: Outcome::default(),
        }
    }

    fn play(&mut self, stop: Stop<'_>) {
        self.begin();
        for outage in &self.services.outages {
            let back = outage.from + outage.lasts;
            self.queue.after(back, Happening::CacheReturns);
        }
        let mut happened: u64 = 0;
        while let Some(next) = self.queue.next() {
            self.happens(next);
            happened += 1;
            if happened.is_multiple_of(4096) && stop() {
                break;
            }
        }
        self.outcome.evictions = self.cache.evictions();
    }

    fn happens(&mut self, what: Happening) {
        match what {
            Happening::Read => self.draws_read(),
            Happening::Scan => self.scan_begins(),
            Happening::ScanRead(key) => self.scans(key),
            Happening::Write => self.draws_write(),
            Happening::Next(part) => self.next_of(part),
            Happening::Committed(number) => self.committed(number),
            Happening::Fault(part, fault) => self.befalls(part, fault),
            Happening::Command(command) => self.command(command),
            Happening::Queried(read) => self.queried(read),
            Happening::Tell(event) => self.tell(event),
            Happening::FlushDue => self.flush_due(),
            Happening::CacheReturns => self.loses_all(),
        }
    }

    /// Somebody asks for `key` now, who meant to ask at `meant`.
    pub(super) fn asks(&mut self, key: Rank, meant: Time) {
        let wait = self.flush_for(key);
        let read = self.new_read(key, meant);
        if wait.is_zero() {
            return self.asked(read, key);
        }
        let event = Event::Asked {
            read,
            key: self.place(key),
        };
        self.queue.after(wait, Happening::Tell(event));
    }

    /// The job asks for `key` now.
    pub(super) fn scan_asks(&mut self, key: Rank) {
        let read = self.new_read(key, self.queue.now());
        if let Some(reading) = self.reading.get_mut(&read) {
            reading.scans = true;
        }
        self.asked(read, key);
    }

    fn asked(&mut self, read: ReadId, key: Rank) {
        let place = self.place(key);
        self.tell(Event::Asked { read, key: place });
    }

    fn new_read(&mut self, key: Rank, meant: Time) -> ReadId {
        let read = self.reads;
        self.reads += 1;
        let version = self.database.version(key);
        let reading = Reading {
            key,
            asked: meant,
            expects: version,
            got: Held {
                version,
                asked: self.queue.now(),
                delta: Duration::ZERO,
                fresh_for: None,
            },
            scans: false,
        };
        self.reading.insert(read, reading);
        read
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

    pub(super) fn tell(&mut self, event: Event<Place>) {
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
                    let read = self.new_read(key, self.queue.now());
                    let key = self.place(key);
                    let event = Event::Reload { read, key };
                    self.queue.after(Duration::ZERO, Happening::Tell(event));
                }
            }
            Action::Answer { read, source } => self.answer(read, source, goes_on == Some(read)),
        }
    }
}
