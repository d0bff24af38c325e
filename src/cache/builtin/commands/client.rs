//! What the server remembers of one connection.

use super::pubsub::Names;
use super::transactions::Transaction;
use super::waiting::Waiting;
use crate::cache::builtin::wire::Protocol;

/// What the server remembers of one connection.
#[derive(Debug)]
pub struct Client {
    /// 1 for the first connection of a server.
    pub id: u64,
    /// Where it comes from, for `CLIENT INFO`.
    pub address: String,
    /// `CLIENT SETNAME`.
    pub name: Vec<u8>,
    /// `CLIENT SETINFO LIB-NAME`.
    pub library: Vec<u8>,
    /// `CLIENT SETINFO LIB-VER`.
    pub library_version: Vec<u8>,
    /// RESP2 until `HELLO 3`.
    pub protocol: Protocol,
    /// Whether it may run commands.
    pub authenticated: bool,
    /// What it has queued since `MULTI`.
    pub(super) transaction: Option<Box<Transaction>>,
    /// Keys it watches, with the versions it knows.
    pub(super) watched: Vec<(Box<[u8]>, u64)>,
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
}

impl Client {
    /// A connection that has said nothing yet.
    pub fn new(id: u64, address: impl Into<String>, authenticated: bool) -> Client {
        Client {
            id,
            address: address.into(),
            name: Vec::new(),
            library: Vec::new(),
            library_version: Vec::new(),
            protocol: Protocol::Resp2,
            authenticated,
            transaction: None,
            watched: Vec::new(),
            waiting: None,
            may_not_wait: false,
            is_retrying: false,
            channels: Names::default(),
            patterns: Names::default(),
        }
    }

    /// Whether it waits for a key, and runs nothing until then.
    pub fn is_waiting(&self) -> bool {
        self.waiting.is_some()
    }

    /// How many channels and patterns it has subscribed to.
    pub fn subscriptions(&self) -> usize {
        self.channels.len() + self.patterns.len()
    }

    /// Whether it speaks RESP2 and has subscribed, so that it may do little else.
    pub(super) fn is_subscriber(&self) -> bool {
        self.protocol == Protocol::Resp2 && self.subscriptions() > 0
    }

    /// As if it had just connected.
    pub(super) fn reset(&mut self, authenticated: bool) {
        self.name.clear();
        self.protocol = Protocol::Resp2;
        self.authenticated = authenticated;
    }
}
