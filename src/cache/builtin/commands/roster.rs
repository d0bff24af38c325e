//! Who is connected: what each connection shows to the others in `CLIENT LIST`.

use std::fmt::Write as _;

use slab::Slab;

use super::client::Client;
use super::command::Command;
use crate::cache::builtin::keyspace::Now;
use crate::cache::builtin::wire::Protocol;
use crate::clock::Time;

/// What one connection shows to the others.
#[derive(Debug, Default)]
pub(super) struct Seat {
    pub(super) id: u64,
    /// Where it comes from.
    pub(super) address: String,
    /// `CLIENT SETNAME`.
    pub(super) name: Vec<u8>,
    /// `CLIENT SETINFO LIB-NAME`.
    pub(super) library: Vec<u8>,
    /// `CLIENT SETINFO LIB-VER`.
    pub(super) library_version: Vec<u8>,
    since: Time,
    /// When its last command ran.
    used: Time,
    command: Option<&'static Command>,
    protocol: Protocol,
    pub(super) channels: usize,
    pub(super) patterns: usize,
    /// Commands it has queued since `MULTI`.
    queued: Option<usize>,
    /// It waits for a key.
    pub(super) is_waiting: bool,
    pub(super) is_monitor: bool,
    /// It was killed, and will be gone when the command that did it is done.
    pub(super) is_killed: bool,
    pub(super) buffers: Buffers,
}

/// Bytes that the server keeps for one connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Buffers {
    /// Of requests that were not run yet.
    pub requests: usize,
    /// Of replies that were not read yet.
    pub replies: usize,
    /// Of queued and waiting commands, watched keys and names of channels.
    pub kept: usize,
}

impl Buffers {
    /// All of them.
    pub fn total(self) -> usize {
        self.requests + self.replies + self.kept
    }
}

/// All connections. A seat's number is reused, an id never.
#[derive(Debug, Default)]
pub(super) struct Roster {
    seats: Slab<Seat>,
}

impl Roster {
    /// A seat for a connection that has said nothing yet.
    pub(super) fn join(&mut self, id: u64, address: String, now: Now) -> usize {
        self.seats.insert(Seat {
            id,
            address,
            since: now.time,
            used: now.time,
            ..Seat::default()
        })
    }

    /// The connection of this seat is over.
    pub(super) fn leave(&mut self, seat: usize) {
        self.seats.try_remove(seat);
    }

    /// The seat of a client, which has one as long as it is connected.
    pub(super) fn of(&mut self, client: &Client) -> &mut Seat {
        &mut self.seats[client.seat]
    }

    /// All seats, the oldest connection first.
    pub(super) fn by_age(&mut self) -> Vec<&mut Seat> {
        let seats = self.seats.iter_mut().map(|(_, seat)| seat);
        let mut seats: Vec<&mut Seat> = seats.filter(|seat| !seat.is_killed).collect();
        seats.sort_unstable_by_key(|seat| seat.id);
        seats
    }

    /// The seat of the client with this id.
    pub(super) fn with_id(&mut self, id: u64) -> Option<&mut Seat> {
        let mut seats = self.seats.iter_mut().map(|(_, seat)| seat);
        seats.find(|seat| seat.id == id)
    }

    /// Brings a seat up to date with its client, which has run a command.
    #[inline]
    pub(super) fn note(&mut self, client: &Client, now: Now) {
        let seat = &mut self.seats[client.seat];
        seat.used = now.time;
        seat.command = client.command;
        seat.protocol = client.protocol;
        seat.channels = client.channels.len();
        seat.patterns = client.patterns.len();
        seat.queued = client.transaction.as_ref().map(|queued| queued.len());
        seat.is_waiting = client.is_waiting();
        seat.is_monitor = client.is_monitor;
    }
}

impl Seat {
    /// A line of `CLIENT LIST`, as Redis writes it, with the fields that mean
    /// something here.
    pub(super) fn line(&self, now: Now) -> String {
        let mut line = format!("id={} addr={} name=", self.id, self.address);
        line += &String::from_utf8_lossy(&self.name);
        let age = now.time.since(self.since).as_secs();
        let idle = now.time.since(self.used).as_secs();
        let flags = self.flags();
        let (channels, patterns) = (self.channels, self.patterns);
        // Writing to a String does not fail.
        let _ = write!(
            line,
            " age={age} idle={idle} flags={flags} db=0 sub={channels} psub={patterns} ssub=0"
        );
        match self.queued {
            Some(queued) => line += &format!(" multi={queued}"),
            None => line += " multi=-1",
        }
        let Buffers {
            requests, replies, ..
        } = self.buffers;
        let total = self.buffers.total();
        let command = self.command.map_or("NULL".to_owned(), Command::full_name);
        let protocol = if self.protocol == Protocol::Resp3 {
            3
        } else {
            2
        };
        let _ = write!(
            line,
            " qbuf={requests} omem={replies} tot-mem={total} cmd={command} user=default redir=-1 \
             resp={protocol} lib-name={} lib-ver={}",
            String::from_utf8_lossy(&self.library),
            String::from_utf8_lossy(&self.library_version),
        );
        line
    }

    /// Redis's letters: monitor, subscriber, in a transaction, waits.
    fn flags(&self) -> String {
        let letters: String = [
            (self.is_monitor, 'O'),
            (self.is_subscriber(), 'P'),
            (self.queued.is_some(), 'x'),
            (self.is_waiting, 'b'),
        ]
        .into_iter()
        .filter_map(|(is_so, letter)| is_so.then_some(letter))
        .collect();
        match letters.is_empty() {
            true => "N".to_owned(),
            false => letters,
        }
    }

    pub(super) fn is_subscriber(&self) -> bool {
        self.channels + self.patterns > 0
    }
}
