//! Commands that wait for a key: `BLPOP` and its kin.
//!
//! A command that finds nothing is put aside with its arguments. When one of
//! its keys is written, the event loop has it run again, in the order in which
//! clients began to wait; it is answered as soon as it finds something, or
//! with null when its time is over. Inside a transaction nothing waits.

use std::collections::{BTreeSet, HashMap, VecDeque};
use std::ops::Range;
use std::time::Duration;

use foldhash::quality::RandomState;

use super::call::{Call, Effect};
use super::client::Client;
use super::engine::Engine;
use super::error::CommandError;
use crate::cache::builtin::keyspace::{Keyspace, Now};
use crate::cache::builtin::wire::{OwnedArgs, Reply, parse_float};
use crate::clock::Time;

/// A command that waits.
#[derive(Debug)]
pub struct Waiting {
    args: OwnedArgs,
    keys: Vec<Box<[u8]>>,
    until: Option<Time>,
    /// Who began to wait first is served first.
    turn: u64,
}

impl Waiting {
    /// Bytes that its arguments take, and its keys, here and among those that
    /// somebody waits for.
    pub(super) fn size(&self) -> usize {
        let keys = self.keys.iter();
        let keys = keys.map(|key| 2 * (size_of::<Box<[u8]>>() + key.len()));
        self.args.size() + keys.sum::<usize>()
    }
}

/// Who waits.
#[derive(Debug, Default)]
pub(super) struct Waiters {
    /// By key: turns and clients.
    keys: HashMap<Box<[u8]>, BTreeSet<(u64, u64)>, RandomState>,
    /// Those whose time ends, and the client.
    deadlines: BTreeSet<(Time, u64)>,
    /// Clients to be served, by the key that was written.
    ready: VecDeque<(Box<[u8]>, VecDeque<u64>)>,
    turns: u64,
    pub(super) clients: usize,
}

impl Waiters {
    fn begin(&mut self, id: u64, waiting: &Waiting, keyspace: &mut Keyspace) {
        self.clients += 1;
        for key in &waiting.keys {
            keyspace.wait(key);
            let clients = self.keys.entry(key.clone()).or_default();
            clients.insert((waiting.turn, id));
        }
        if let Some(until) = waiting.until {
            self.deadlines.insert((until, id));
        }
    }

    fn end(&mut self, id: u64, waiting: &Waiting, keyspace: &mut Keyspace) {
        self.clients -= 1;
        for key in &waiting.keys {
            keyspace.stop_waiting(key);
            if let Some(clients) = self.keys.get_mut(key) {
                clients.remove(&(waiting.turn, id));
                if clients.is_empty() {
                    self.keys.remove(key);
                }
            }
        }
        if let Some(until) = waiting.until {
            self.deadlines.remove(&(until, id));
        }
    }
}

impl Call<'_> {
    /// The argument at `index` as how long to wait; `None` is for ever.
    pub(super) fn patience(&self, index: usize) -> Result<Option<Duration>, CommandError> {
        let seconds = parse_float(self.args.at(index))
            .ok_or_else(|| CommandError::other("timeout is not a float or out of range"))?;
        // Redis counts milliseconds, and any part of one as one. What is no
        // 64-bit integer wraps round there, and is said to be negative.
        let millis = (seconds * 1000.0).ceil();
        if millis < 0.0 || millis >= i64::MAX as f64 {
            return Err(CommandError::other("timeout is negative"));
        }
        if millis > (i64::MAX - self.now.unix_ms) as f64 {
            return Err(CommandError::other("timeout is out of range"));
        }
        Ok((millis > 0.0).then(|| Duration::from_millis(millis as u64)))
    }

    /// Waits for one of the keys at these places.
    pub(super) fn wait_for(&mut self, keys: Range<usize>, patience: Option<Duration>) {
        let args = OwnedArgs::from(self.args);
        self.wait_as(args, keys, patience);
    }

    /// Waits, to run with other arguments than it came with.
    pub(super) fn wait_as(
        &mut self,
        args: OwnedArgs,
        keys: Range<usize>,
        patience: Option<Duration>,
    ) {
        if self.client.may_not_wait {
            self.reply.null_array();
            return;
        }
        self.effect = Effect::Wait;
        if self.client.is_retrying {
            return;
        }
        let mut distinct = BTreeSet::new();
        let all = args.args();
        distinct.extend(keys.map(|at| Box::<[u8]>::from(all.at(at))));
        let waiters = &mut self.server.waiters;
        waiters.turns += 1;
        let waiting = Waiting {
            args,
            keys: distinct.into_iter().collect(),
            until: patience.map(|patience| self.now.time + patience),
            turn: waiters.turns,
        };
        waiters.begin(self.client.id, &waiting, self.keyspace);
        self.client.waiting = Some(Box::new(waiting));
    }
}

impl Engine {
    /// Whether somebody may be served now. Asked after each command.
    #[inline]
    pub fn has_ready(&self) -> bool {
        self.keyspace.has_ready()
    }

    /// The next client to [`retry`](Self::retry).
    pub fn next_ready(&mut self, now: Now) -> Option<u64> {
        for key in self.keyspace.take_ready() {
            let clients = self.server.waiters.keys.get(&key);
            let ids = clients.into_iter().flatten().map(|(_, id)| *id).collect();
            self.server.waiters.ready.push_back((key, ids));
        }
        loop {
            let (key, clients) = self.server.waiters.ready.front_mut()?;
            // The one before may have taken the last element.
            if let Some(id) = clients.pop_front()
                && self.keyspace.contains(key, now)
            {
                return Some(id);
            }
            self.server.waiters.ready.pop_front();
        }
    }

    /// Runs the command a client waits with again; whether it was answered.
    pub fn retry(&mut self, client: &mut Client, now: Now, out: &mut Vec<u8>) -> bool {
        let Some(waiting) = client.waiting.take() else {
            return false;
        };
        let before = out.len();
        let args = waiting.args.args();
        client.is_retrying = true;
        let mut call = Call {
            args,
            now,
            reply: Reply::new(out, client.protocol),
            client,
            keyspace: &mut self.keyspace,
            server: &mut self.server,
            effect: Effect::None,
        };
        let command = call.server.table.find(args.at(0));
        let result = command.map_or(Ok(()), |command| (command.run)(&mut call));
        let mut waits_on = call.effect == Effect::Wait;
        match result {
            Ok(()) => {}
            // The key is of another type now: it may become the right one.
            Err(CommandError::WrongType) => waits_on = true,
            Err(error) => {
                call.reply.take_back(before);
                call.reply.error(&error.to_string());
            }
        }
        client.is_retrying = false;
        if waits_on {
            client.waiting = Some(waiting);
        } else {
            let waiters = &mut self.server.waiters;
            waiters.end(client.id, &waiting, &mut self.keyspace);
        }
        self.server.roster.note(client, now);
        !waits_on
    }

    /// When the next client's patience ends.
    pub fn next_deadline(&self) -> Option<Time> {
        self.server.waiters.deadlines.first().map(|(time, _)| *time)
    }

    /// A client whose patience is over, for [`time_out`](Self::time_out).
    pub fn next_timed_out(&self, now: Now) -> Option<u64> {
        let (time, id) = self.server.waiters.deadlines.first()?;
        (*time <= now.time).then_some(*id)
    }

    /// Answers a client that waits with null.
    pub fn time_out(&mut self, client: &mut Client, out: &mut Vec<u8>) {
        if self.stop_waiting(client) {
            Reply::new(out, client.protocol).null_array();
        }
    }

    /// Answers a client that waits with an error, as another has asked.
    pub fn unblock(&mut self, client: &mut Client, out: &mut Vec<u8>) {
        if self.stop_waiting(client) {
            let text = "UNBLOCKED client unblocked via CLIENT UNBLOCK";
            Reply::new(out, client.protocol).error(text);
        }
    }

    /// Ends the waiting of a client; whether it did wait.
    pub(super) fn stop_waiting(&mut self, client: &mut Client) -> bool {
        let Some(waiting) = client.waiting.take() else {
            return false;
        };
        let waiters = &mut self.server.waiters;
        waiters.end(client.id, &waiting, &mut self.keyspace);
        self.server.roster.of(client).is_waiting = false;
        true
    }
}
