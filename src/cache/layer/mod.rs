//! Reads through the cache, for real: does what [`aside`](super::aside) says,
//! over one connection to a cache server.

mod asking;
mod board;
mod browse;
mod channel;
mod options;
mod reading;
mod served;
mod weather;
mod write_behind;
mod write_through;

use std::collections::VecDeque;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use super::aside::{Action, Aside, Backlog, Event, Fault as Failed, ReadId};
use super::connection::Fault;
use super::invalidation::Tables;
use super::key::{Ids, Key, KeyMaker};
use super::raw::RawCommand;
use super::resilience::Timeouts;
use super::server::url::{Endpoint, Place};
use super::server::{Choice, Running, Server, Surroundings};
use super::stats::{Lately, Memory, QueueStats, Stats, Window};
use super::trace::Command;
use crate::clock::{Clock, Time};
use crate::sandbox::{ResultSet, random_id};
use board::{Board, Mail};
use channel::Channel;
use write_through::Questions;

pub use browse::Listed;
pub use options::{OpenError, Options};
pub use served::{Degradation, Dropped, NotStored, Outcome, Read, Served, Times};
pub use weather::Weather;
pub use write_behind::{Flush, Queued};

/// Results without a TTL, and queues, live no longer than this on a server that
/// somebody else runs, so that a session that was killed leaves nothing behind
/// for good.
pub const LONGEST_ON_FOREIGN_SERVER: Duration = Duration::from_secs(24 * 60 * 60);

/// How long a raw command may take: `DEBUG SLEEP` and blocking pops are worth
/// trying, and somebody watches.
const RAW_TIME: Duration = Duration::from_secs(5);

/// Keys per `DEL`.
const DELETE_AT_ONCE: usize = 500;

/// One connection's view of a cache, for one thread at a time. Its
/// [`sibling`](Layer::sibling)s have connections of their own and share what
/// is known of the cached results, so that a write through one is seen by all.
pub struct Layer {
    shared: Arc<Shared>,
    channel: Channel,
    /// For raw commands, opened by the first of them.
    raw: Option<Channel>,
    options: Options,
    clock: Clock,
    keys: KeyMaker,
    actions: VecDeque<Action<Key>>,
    tally: Tally,
    /// The read whose answer was stale, and is to be loaded anew.
    refresh_due: Option<ReadId>,
}

struct Shared {
    aside: Mutex<Aside<Key>>,
    board: Board,
    /// What write-through has to ask again.
    questions: Mutex<Questions>,
    /// The writes of write-behind that the database does not have yet.
    backlog: Option<Mutex<Backlog>>,
    /// Tells their queue apart from those of earlier layers.
    queue_id: u64,
    running: Running,
    reads: AtomicU64,
}

/// What [`Stats`] are made from.
#[derive(Debug, Clone, Default)]
struct Tally {
    counts: Stats,
    lately: Lately,
    database: Window,
    get: Window,
    set: Window,
    queue: QueueStats,
    push: Window,
}

impl Layer {
    /// Finds or starts the chosen server and connects to it. `clock` should be
    /// the wall clock: sockets keep its deadlines.
    ///
    /// # Errors
    /// [`OpenError`] when no usable server answers, or the options contradict
    /// each other. Later failures of the server are no errors: the database
    /// answers instead.
    pub fn open(
        choice: &Choice,
        options: Options,
        clock: Clock,
        ids: Ids,
    ) -> Result<Layer, OpenError> {
        Layer::open_in(choice, options, clock, ids, &Surroundings::of_process())
    }

    /// As [`open`](Layer::open), in an environment of the caller's.
    ///
    /// # Errors
    /// As `open`.
    pub fn open_in(
        choice: &Choice,
        options: Options,
        clock: Clock,
        ids: Ids,
        surroundings: &Surroundings,
    ) -> Result<Layer, OpenError> {
        options.rules.check()?;
        let running = Running::start(
            choice,
            &options.limits,
            surroundings,
            options.timeouts,
            &clock,
        )?;
        let shared = Arc::new(Shared {
            aside: Mutex::new(Aside::new(options.rules)),
            board: Board::default(),
            questions: Mutex::default(),
            backlog: Backlog::of(options.rules.strategy).map(Mutex::new),
            queue_id: random_id(),
            running,
            reads: AtomicU64::new(0),
        });
        Layer::connect(shared, options, clock, ids)
    }

    /// A layer with a connection of its own to the same server, for another
    /// thread. It counts for itself.
    ///
    /// # Errors
    /// [`OpenError`] when the server does not take another connection.
    pub fn sibling(&self) -> Result<Layer, OpenError> {
        let shared = self.shared.clone();
        let ids = self.keys.ids().clone();
        Layer::connect(shared, self.options.clone(), self.clock.clone(), ids)
    }

    fn connect(
        shared: Arc<Shared>,
        options: Options,
        clock: Clock,
        ids: Ids,
    ) -> Result<Layer, OpenError> {
        let endpoint = shared.running.endpoint().clone();
        let channel = Channel::open(endpoint, options.timeouts, clock.clone())?;
        Ok(Layer {
            channel,
            raw: None,
            options,
            clock,
            keys: match shared.running.endpoint().place {
                Place::Cluster { .. } => KeyMaker::new(ids).spread(),
                _ => KeyMaker::new(ids),
            },
            shared,
            actions: VecDeque::new(),
            tally: Tally::default(),
            refresh_due: None,
        })
    }

    /// The server that answers.
    pub fn server(&self) -> &Server {
        self.shared.running.server()
    }

    /// Where the server is, for a connection besides the layer's: to read its
    /// counters, or to configure a server of our own.
    pub fn endpoint(&self) -> &Endpoint {
        self.shared.running.endpoint()
    }

    /// The process id of a server that was spawned for this layer.
    pub fn server_process(&self) -> Option<u32> {
        self.shared.running.process_id()
    }

    /// What it was opened with.
    pub fn options(&self) -> &Options {
        &self.options
    }

    /// The ids that keys name now.
    pub fn ids(&self) -> &Ids {
        self.keys.ids()
    }

    /// From now on, keys name these ids. When another practice database takes
    /// the place of the last, that one's results are deleted.
    pub fn set_ids(&mut self, ids: Ids) {
        if ids == *self.keys.ids() {
            return;
        }
        let same_data = ids.practice == self.keys.ids().practice;
        if !same_data {
            // What still waits was for data that is no more.
            self.give_up_queue();
        }
        self.keys.set_ids(ids);
        if !same_data {
            self.tell(Event::Clear);
            self.carry_out_deletions();
        }
    }

    /// A write to `tables` was committed: drops the cached results that read
    /// them. Call it after the commit, never before.
    pub fn written<S: AsRef<str>>(&mut self, tables: impl IntoIterator<Item = S>) -> Dropped {
        let tables = Tables::new(tables);
        let known = self.tell_written(tables);
        self.dropped(known)
    }

    /// How many results a committed write to `tables` made old, by our own
    /// books.
    fn tell_written(&mut self, tables: Tables) -> u64 {
        let now = self.clock.now();
        self.shared.written(tables, now, &mut self.actions) as u64
    }

    /// Deletes what a write made old, `known` results by our own books.
    fn dropped(&mut self, known: u64) -> Dropped {
        let dropped = match self.carry_out_deletions() {
            // The server knows which of them had expired or were evicted.
            Some(Ok(deleted)) => Dropped::Deleted(deleted),
            Some(Err(fault)) => Dropped::Unused {
                results: known,
                why: Degradation::Failed(fault),
            },
            None if known == 0 => Dropped::Deleted(0),
            None => Dropped::Unused {
                results: known,
                why: self.pause(),
            },
        };
        self.tally.counts.dropped += dropped.results();
        dropped
    }

    /// What reads cost so far.
    pub fn stats(&self) -> Stats {
        Stats {
            stored: self.aside().stored() as u64,
            lately: self.tally.lately.counts(),
            database: self.tally.database.mean(),
            get: self.tally.get.mean(),
            set: self.tally.set.mean(),
            queue: self.queue_stats(),
            ..self.tally.counts.clone()
        }
    }

    /// What the server says of its memory; `None` when it does not answer or
    /// does not say.
    pub fn memory(&mut self) -> Option<Memory> {
        match self.channel.ask(&redis::cmd("INFO")).ok()? {
            redis::Value::BulkString(bytes) => Memory::from_info(&String::from_utf8_lossy(&bytes)),
            redis::Value::VerbatimString { text, .. } => Memory::from_info(&text),
            _ => None,
        }
    }

    /// Counts from zero again.
    pub fn reset_stats(&mut self) {
        self.tally = Tally::default();
    }

    /// What the keys of this practice database start with.
    pub fn prefix(&self) -> &str {
        self.keys.prefix()
    }

    /// Sends a command as somebody typed it, on a connection of its own, so
    /// that what it changes of that (`MULTI`, `SELECT`, `HELLO`) is no matter
    /// of the layer's. It is asked whether it [may](super::raw::caution).
    ///
    /// # Errors
    /// The [`Fault`] of sending it.
    pub fn raw(&mut self, command: &RawCommand) -> Result<redis::Value, Fault> {
        let channel = match &mut self.raw {
            Some(channel) => channel,
            none => none.insert(Channel::open(
                self.shared.running.endpoint().clone(),
                Timeouts {
                    command: RAW_TIME,
                    ..self.options.timeouts
                },
                self.clock.clone(),
            )?),
        };
        channel.ask(&command.cmd())
    }

    /// From now on, this layer's commands go through `weather`.
    pub fn set_weather(&mut self, weather: Arc<Weather>) {
        self.channel.set_weather(weather);
    }

    /// Whether to note each command from now on.
    pub fn trace(&mut self, on: bool) {
        self.channel.trace(on);
    }

    /// The commands noted since the last call.
    pub fn take_trace(&mut self) -> Vec<Command> {
        self.channel.take_trace()
    }

    fn aside(&self) -> MutexGuard<'_, Aside<Key>> {
        self.shared.aside()
    }

    fn next_read(&self) -> ReadId {
        self.shared.reads.fetch_add(1, Ordering::Relaxed)
    }

    fn tell(&mut self, event: Event<Key>) {
        let now = self.clock.now();
        self.shared.step(event, now, &mut self.actions);
    }

    fn pause(&self) -> Degradation {
        let left = self.aside().pause_left(self.clock.now());
        Degradation::Paused {
            left: left.unwrap_or_default(),
        }
    }

    /// Carries out what is to be done when no read is under way: deletions.
    /// How many results they deleted, or the first fault; `None` when there
    /// was nothing to do.
    fn carry_out_deletions(&mut self) -> Option<Result<u64, Fault>> {
        let mut outcome = None;
        while let Some(action) = self.actions.pop_front() {
            match action {
                Action::Delete { keys } => {
                    let deleted = self.delete(keys);
                    outcome = Some(match (outcome, deleted) {
                        (Some(Ok(before)), Ok(deleted)) => Ok(before + deleted),
                        (None, first) => first,
                        (Some(Err(fault)), _) | (_, Err(fault)) => Err(fault),
                    });
                }
                // There is nobody here to ask the database: they are deleted.
                Action::Restore { keys } => {
                    for key in keys {
                        let read = self.next_read();
                        self.tell(Event::Reload { read, key });
                        self.tell(Event::Abandoned { read });
                    }
                }
                Action::Unlock { key } => self.unlock(&key),
                _ => {}
            }
        }
        outcome
    }

    /// Deletes `keys`, and tells what came of it.
    fn delete(&mut self, mut keys: Vec<Key>) -> Result<u64, Fault> {
        let mut deleted = 0;
        while !keys.is_empty() {
            let rest = keys.split_off(keys.len().min(DELETE_AT_ONCE));
            let mut command = redis::cmd("DEL");
            for key in &keys {
                command.arg(key.as_str());
            }
            let reply = match self.channel.ask(&command) {
                Ok(redis::Value::Int(n)) if (0..=keys.len() as i64).contains(&n) => Ok(n as u64),
                Ok(_) => Err(self.channel.nonsense("DEL")),
                Err(fault) => Err(fault),
            };
            match reply {
                Ok(n) => {
                    deleted += n;
                    self.tell(Event::Deleted { keys });
                }
                Err(fault) => {
                    self.tally.counts.errors += 1;
                    let failed = Failed::from(&fault);
                    self.tell(Event::DeleteFailed { fault: failed });
                    return Err(fault);
                }
            }
            keys = rest;
        }
        Ok(deleted)
    }
}

impl Shared {
    fn aside(&self) -> MutexGuard<'_, Aside<Key>> {
        // A step does not panic half way, so a poisoned lock guards a whole state.
        self.aside.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn step(&self, event: Event<Key>, now: Time, actions: &mut VecDeque<Action<Key>>) {
        self.aside().step(event, now, actions);
    }

    /// Tells of a write, and counts the results that it made old: under one
    /// lock, or those that other threads store meanwhile would be counted, too.
    fn written(&self, tables: Tables, now: Time, actions: &mut VecDeque<Action<Key>>) -> usize {
        let mut aside = self.aside();
        let before = aside.stored();
        aside.step(Event::Written { tables }, now, actions);
        before - aside.stored()
    }

    /// Gives back `action` if it is for read `own` or for nobody in
    /// particular; else another thread's read waits for it, and gets it
    /// together with the `rows` of this one.
    fn pass_on(
        &self,
        own: ReadId,
        action: Action<Key>,
        rows: Option<&ResultSet>,
    ) -> Option<Action<Key>> {
        match action.read() {
            Some(other) if other != own => {
                let rows = rows.map(|rows| Arc::new(rows.clone()));
                self.board.post(other, Mail { action, rows });
                None
            }
            _ => Some(action),
        }
    }
}

impl Drop for Layer {
    /// Takes our results off a server that goes on without us. One attempt: a
    /// server that does not answer is left with results that expire.
    fn drop(&mut self) {
        self.skip_refresh();
        if Arc::strong_count(&self.shared) == 1 && !self.server().private {
            self.give_up_queue();
            self.tell(Event::Clear);
            let _ = self.carry_out_deletions();
        }
    }
}
