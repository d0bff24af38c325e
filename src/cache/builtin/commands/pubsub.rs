//! Messages: `SUBSCRIBE`, `PUBLISH` and their kin.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use foldhash::quality::RandomState;

use super::call::Call;
use super::client::Client;
use super::command::{Command, Flags};
use super::errand::Errand;
use super::error::CommandError;
use super::help;
use crate::cache::builtin::glob;
use crate::cache::builtin::wire::{Protocol, Reply};

const ANYTIME: Flags = Flags::PUBSUB
    .and(Flags::NOSCRIPT)
    .and(Flags::LOADING)
    .and(Flags::STALE);
const ASK: Flags = Flags::PUBSUB.and(Flags::LOADING).and(Flags::STALE);

pub(super) const COMMANDS: &[Command] = &[
    Command::new("subscribe", -2, ANYTIME, |call| {
        subscribe(call, Sort::Channel)
    }),
    Command::new("psubscribe", -2, ANYTIME, |call| {
        subscribe(call, Sort::Pattern)
    }),
    Command::new("unsubscribe", -1, ANYTIME, |call| {
        unsubscribe(call, Sort::Channel)
    }),
    Command::new("punsubscribe", -1, ANYTIME, |call| {
        unsubscribe(call, Sort::Pattern)
    }),
    Command::new("publish", 3, ASK.and(Flags::FAST), publish),
    Command::container("pubsub", PUBSUB),
];

const PUBSUB: &[Command] = &[
    Command::new("channels", -2, ASK, channels).of("pubsub"),
    Command::new("numpat", 2, ASK, numpat).of("pubsub"),
    Command::new("numsub", -2, ASK, numsub).of("pubsub"),
    help::of("pubsub"),
];

/// What is subscribed to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Sort {
    Channel,
    Pattern,
}

impl Sort {
    fn word(self, without_prefix: &'static str, with_prefix: &'static str) -> &'static str {
        match self {
            Sort::Channel => without_prefix,
            Sort::Pattern => with_prefix,
        }
    }
}

/// What a client has subscribed to, in its order.
pub(super) type Names = indexmap::IndexSet<Box<[u8]>, RandomState>;

/// Clients by what they have subscribed to, in that order.
type Subscribers = HashMap<Box<[u8]>, BTreeSet<u64>, RandomState>;

/// A message on its way to one client.
#[derive(Debug, Clone)]
pub struct Message {
    /// The pattern it came by.
    pattern: Option<Box<[u8]>>,
    channel: Arc<[u8]>,
    payload: Arc<[u8]>,
}

impl Message {
    /// Appends it in the client's dialect.
    pub fn write(&self, out: &mut Vec<u8>, protocol: Protocol) {
        self.append(&mut Reply::new(out, protocol));
    }

    fn append(&self, reply: &mut Reply<'_>) {
        match &self.pattern {
            None => {
                reply.push(3);
                reply.bulk(b"message");
            }
            Some(pattern) => {
                reply.push(4);
                reply.bulk(b"pmessage");
                reply.bulk(pattern);
            }
        }
        reply.bulk(&self.channel);
        reply.bulk(&self.payload);
    }
}

/// Who has subscribed to what.
#[derive(Debug, Default)]
pub(super) struct PubSub {
    channels: Subscribers,
    patterns: Subscribers,
}

impl PubSub {
    fn of(&mut self, sort: Sort) -> &mut Subscribers {
        match sort {
            Sort::Channel => &mut self.channels,
            Sort::Pattern => &mut self.patterns,
        }
    }

    fn remove(&mut self, sort: Sort, name: &[u8], id: u64) {
        let subscribers = self.of(sort);
        if let Some(clients) = subscribers.get_mut(name) {
            clients.remove(&id);
            if clients.is_empty() {
                subscribers.remove(name);
            }
        }
    }

    /// Forgets a client.
    pub(super) fn forget(&mut self, client: &mut Client) {
        client.subscribed_size = 0;
        for sort in [Sort::Channel, Sort::Pattern] {
            for name in std::mem::take(names(client, sort)) {
                self.remove(sort, &name, client.id);
            }
        }
    }
}

/// Bytes that a subscription takes, at the client and among the channels.
fn size_of_name(name: &[u8]) -> usize {
    2 * (size_of::<Box<[u8]>>() + name.len())
}

fn names(client: &mut Client, sort: Sort) -> &mut Names {
    match sort {
        Sort::Channel => &mut client.channels,
        Sort::Pattern => &mut client.patterns,
    }
}

fn subscribe(call: &mut Call<'_>, sort: Sort) -> Result<(), CommandError> {
    for name in call.args.from(1) {
        if names(call.client, sort).insert(name.into()) {
            call.client.subscribed_size += size_of_name(name);
            let subscribers = call.server.pubsub.of(sort);
            subscribers
                .entry(name.into())
                .or_default()
                .insert(call.client.id);
        }
        confirm(call, sort.word("subscribe", "psubscribe"), Some(name));
    }
    Ok(())
}

fn confirm(call: &mut Call<'_>, what: &str, name: Option<&[u8]>) {
    call.reply.push(3);
    call.reply.bulk(what.as_bytes());
    match name {
        Some(name) => call.reply.bulk(name),
        None => call.reply.null(),
    }
    call.reply.count(call.client.subscriptions());
}

fn unsubscribe(call: &mut Call<'_>, sort: Sort) -> Result<(), CommandError> {
    let word = sort.word("unsubscribe", "punsubscribe");
    let all: Vec<Box<[u8]>> = match call.args.len() {
        1 => names(call.client, sort).iter().cloned().collect(),
        _ => call.args.from(1).map(Box::from).collect(),
    };
    for name in &all {
        if names(call.client, sort).shift_remove(name) {
            call.client.subscribed_size -= size_of_name(name);
            call.server.pubsub.remove(sort, name, call.client.id);
        }
        confirm(call, word, Some(name));
    }
    if all.is_empty() {
        confirm(call, word, None);
    }
    Ok(())
}

fn publish(call: &mut Call<'_>) -> Result<(), CommandError> {
    let (channel, payload) = (call.args.at(1), call.args.at(2));
    let pubsub = &mut call.server.pubsub;
    let message = Message {
        pattern: None,
        channel: channel.into(),
        payload: payload.into(),
    };
    let mut receivers: Vec<(u64, Message)> = Vec::new();
    for id in pubsub.channels.get(channel).into_iter().flatten() {
        receivers.push((*id, message.clone()));
    }
    for (pattern, clients) in &pubsub.patterns {
        if glob::matches(pattern, channel) {
            for id in clients {
                let pattern = Some(pattern.clone());
                receivers.push((
                    *id,
                    Message {
                        pattern,
                        ..message.clone()
                    },
                ));
            }
        }
    }
    let count = receivers.len();
    for (id, message) in receivers {
        if id == call.client.id {
            // To itself at once: before the reply.
            message.append(&mut call.reply);
        } else {
            call.server.errands.push((id, Errand::Message(message)));
        }
    }
    call.reply.count(count);
    Ok(())
}

fn channels(call: &mut Call<'_>) -> Result<(), CommandError> {
    if call.args.len() > 3 {
        return Err(CommandError::wrong_subcommand(call.args));
    }
    let pattern = call.args.get(2).unwrap_or(b"*");
    let all = call.server.pubsub.channels.keys();
    let found: Vec<&[u8]> = all
        .map(|name| &**name)
        .filter(|name| glob::matches(pattern, name))
        .collect();
    call.reply.array(found.len());
    for name in found {
        call.reply.bulk(name);
    }
    Ok(())
}

fn numpat(call: &mut Call<'_>) -> Result<(), CommandError> {
    call.reply.count(call.server.pubsub.patterns.len());
    Ok(())
}

fn numsub(call: &mut Call<'_>) -> Result<(), CommandError> {
    call.reply.array((call.args.len() - 2) * 2);
    for name in call.args.from(2) {
        let clients = call.server.pubsub.channels.get(name);
        call.reply.bulk(name);
        call.reply.count(clients.map_or(0, BTreeSet::len));
    }
    Ok(())
}

/// What a RESP2 client that has subscribed may run: it could not tell other
/// replies from messages.
pub(super) fn check(client: &Client, command: &Command) -> Result<(), CommandError> {
    let allowed = matches!(
        command.name,
        "subscribe" | "unsubscribe" | "psubscribe" | "punsubscribe" | "ping" | "quit" | "reset"
    ) && command.container.is_none();
    if client.is_subscriber() && !allowed {
        let name = command.full_name();
        return Err(CommandError::other(format_args!(
            "Can't execute '{name}': only (P|S)SUBSCRIBE / (P|S)UNSUBSCRIBE / PING / QUIT / RESET \
             are allowed in this context"
        )));
    }
    Ok(())
}
