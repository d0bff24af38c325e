//! What the server remembers of one connection.

use super::command::Command;
use super::pubsub::Names;
use super::transactions::{Transaction, Watched};
use super::waiting::Waiting;
use crate::cache::builtin::wire::Protocol;

/// What the server remembers of one connection.
#[derive(Debug)]
pub struct Client {
    /// 1 for the first connection of a server.
    pub id: u64,
    /// Its place among those that are connected.
    pub(super) seat: usize,
    /// What it has run last.
    pub(super) command: Option<&'static Command>,
    /// RESP2 until `HELLO 3`.
    pub protocol: Protocol,
    /// Whether it may run commands.
    pub authenticated: bool,
    /// What it has queued since `MULTI`.
    pub(super) transaction: Option<Box<Transaction>>,
    pub(super) watched: Watched,
    /// What it waits for.
    pub(super) waiting: Option<Box<Waiting>>,
    /// It is in a transaction that is being run.
    pub(super) may_not_wait: bool,
    /// Its waiting command is being run again.
    pub(super) is_retrying: bool,
    /// Channels it has subscribed to.
    pub(super) channels: Names,
    /// Patterns of channels it has subscribed to.
    pub(super) patterns: Names,
    /// Bytes that its subscriptions take.
    pub(super) subscribed_size: usize,
    /// It sees what others run.
    pub(super) is_monitor: bool,
    pub(super) replies: Replies,
}

/// What `CLIENT REPLY` has set.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) enum Replies {
    #[default]
    On,
    Off,
    /// None for this command and the next.
    SkipTwo,
    /// None for this command.
    Skip,
}

impl Client {
    /// A connection that has said nothing yet.
    pub(super) fn new(id: u64, seat: usize, authenticated: bool) -> Client {
        Client {
            id,
            seat,
            command: None,
            protocol: Protocol::Resp2,
            authenticated,
            transaction: None,
            watched: Watched::default(),
            waiting: None,
            may_not_wait: false,
            is_retrying: false,
            channels: Names::default(),
            patterns: Names::default(),
            subscribed_size: 0,
            is_monitor: false,
            replies: Replies::On,
        }
    }

    /// Whether it waits for a key, and runs nothing until then.
    pub fn is_waiting(&self) -> bool {
        self.waiting.is_some()
    }

    /// Bytes that are kept of what it has asked: queued commands, watched
    /// keys, a command that waits, the names of channels.
    pub fn kept(&self) -> usize {
        let queued = self.transaction.as_ref().map_or(0, |it| it.size());
        let waiting = self.waiting.as_ref().map_or(0, |it| it.size());
        queued + self.watched.size() + waiting + self.subscribed_size
    }

    /// Whether it is sent what it did not ask for one by one.
    pub fn is_listening(&self) -> bool {
        self.is_monitor || self.subscriptions() > 0
    }

    /// How many channels and patterns it has subscribed to.
    pub fn subscriptions(&self) -> usize {
        self.channels.len() + self.patterns.len()
    }

    /// Whether it speaks RESP2 and has subscribed, so that it may do little else.
    pub(super) fn is_subscriber(&self) -> bool {
        self.protocol == Protocol::Resp2 && self.subscriptions() > 0
    }

    /// Whether the command that has just run may answer.
    pub(super) fn may_answer(&mut self) -> bool {
        let may = self.replies == Replies::On;
        self.replies = match self.replies {
            Replies::On | Replies::Skip => Replies::On,
            Replies::SkipTwo => Replies::Skip,
            Replies::Off => Replies::Off,
        };
        may
    }

    /// As if it had just connected.
    pub(super) fn reset(&mut self, authenticated: bool) {
        self.is_monitor = false;
        self.replies = Replies::On;
        self.protocol = Protocol::Resp2;
        self.authenticated = authenticated;
    }
}
