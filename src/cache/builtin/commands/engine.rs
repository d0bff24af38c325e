//! Runs requests: looks the command up, checks what the table says of it,
//! calls its handler.

use std::collections::BTreeSet;

use super::call::{Call, Effect};
use super::client::{Client, Replies};
use super::command::{Command, Flags};
use super::errand::Errand;
use super::error::CommandError;
use super::monitor;
use super::pubsub::{self, PubSub};
use super::roster::{Buffers, Roster};
use super::table::Table;
use super::transactions;
use super::waiting::Waiters;
use crate::cache::builtin::config::MaxmemoryPolicy;
use crate::cache::builtin::keyspace::{Keyspace, Now};
use crate::cache::builtin::wire::{Args, OUTPUT_LIMIT, Reply};
use crate::cache::policy::{
    Aging, DEFAULT_SAMPLES, LruClock, Policy, Random, SampledLfu, SampledLru, SampledTtl,
};

/// What can be asked and set with `CONFIG`.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Bytes of data; `None` is no limit.
    pub maxmemory: Option<u64>,
    /// What to evict.
    pub policy: MaxmemoryPolicy,
    /// Bytes of all connections' buffers; `None` is no limit.
    pub maxmemory_clients: Option<u64>,
    /// How many keys are looked at for each eviction.
    pub samples: usize,
    /// How the counters of the LFU policies move.
    pub aging: Aging,
    /// What `AUTH` must say.
    pub password: Option<String>,
    /// The TCP port, 0 without one.
    pub port: u16,
}

/// Two of the longest values on their way. Redis has no limit by default.
const MAXMEMORY_CLIENTS: u64 = 1024 * 1024 * 1024;

impl Default for Settings {
    /// Redis's own, but for `maxmemory_clients`.
    fn default() -> Settings {
        Settings {
            maxmemory: None,
            policy: MaxmemoryPolicy::default(),
            maxmemory_clients: Some(MAXMEMORY_CLIENTS),
            samples: DEFAULT_SAMPLES,
            aging: Aging::default(),
            password: None,
            port: 0,
        }
    }
}

/// Settings and counts that commands read and change.
#[derive(Debug)]
pub struct ServerState {
    pub(super) settings: Settings,
    pub(super) table: Table,
    pub(super) started: Now,
    /// Open connections; the event loop keeps it.
    pub clients: usize,
    /// Connections since the start.
    pub connections: u64,
    /// Connections turned away because there were too many.
    pub rejected: u64,
    /// Bytes in the buffers of all connections, and kept of their requests.
    pub buffered: usize,
    /// Connections closed because these buffers took too much.
    pub cut_off: u64,
    next_client: u64,
    pub(super) commands: u64,
    pub(super) errors: u64,
    /// A random number that changes with every draw.
    pub(super) draw: u64,
    pub(super) waiters: Waiters,
    pub(super) pubsub: PubSub,
    pub(super) roster: Roster,
    /// Clients that see what others run.
    pub(super) monitors: BTreeSet<u64>,
    /// What commands have done to other clients.
    pub(super) errands: Vec<(u64, Errand)>,
}

/// The whole server, without sockets or clock.
pub struct Engine {
    pub(super) keyspace: Keyspace,
    pub(super) server: ServerState,
}

impl Engine {
    /// An empty server.
    pub fn new(settings: Settings, started: Now) -> Engine {
        let mut keyspace = Keyspace::new();
        evict_as_set(&mut keyspace, &settings);
        Engine {
            keyspace,
            server: ServerState {
                settings,
                table: Table::new(),
                started,
                clients: 0,
                connections: 0,
                rejected: 0,
                buffered: 0,
                cut_off: 0,
                next_client: 1,
                commands: 0,
                errors: 0,
                draw: started.time.as_nanos() ^ started.unix_ms.unsigned_abs(),
                waiters: Waiters::default(),
                pubsub: PubSub::default(),
                roster: Roster::default(),
                monitors: BTreeSet::new(),
                errands: Vec::new(),
            },
        }
    }

    /// The data.
    pub fn keyspace(&mut self) -> &mut Keyspace {
        &mut self.keyspace
    }

    /// Settings and counts.
    pub fn server(&mut self) -> &mut ServerState {
        &mut self.server
    }

    /// A connection from `address`, which needs the password if there is one.
    pub fn connect(&mut self, address: impl Into<String>, now: Now) -> Client {
        self.server.clients += 1;
        self.server.connections += 1;
        let open = self.server.settings.password.is_none();
        let id = self.server.next_client;
        self.server.next_client += 1;
        let seat = self.server.roster.join(id, address.into(), now);
        Client::new(id, seat, open)
    }

    /// A connection has ended.
    pub fn disconnect(&mut self, client: &mut Client) {
        self.server.clients -= 1;
        self.stop_waiting(client);
        self.end_transaction(client);
        self.server.pubsub.forget(client);
        self.server.monitors.remove(&client.id);
        self.server.roster.leave(client.seat);
    }

    /// Whether a command has done something to other clients.
    #[inline]
    pub fn has_errands(&self) -> bool {
        !self.server.errands.is_empty()
    }

    /// What is to be done to which client.
    pub fn take_errands(&mut self) -> Vec<(u64, Errand)> {
        std::mem::take(&mut self.server.errands)
    }

    /// A client's buffers hold so many bytes of requests and of replies now.
    /// With what is [`kept`](Client::kept) of its requests, that is
    /// `buffers.total()`, which was `before`.
    pub fn note_buffers(&mut self, client: &Client, before: usize, buffers: Buffers) {
        self.server.buffered = self.server.buffered - before + buffers.total();
        self.server.roster.of(client).buffers = buffers;
    }

    /// Runs one request at `now` and appends its reply to `out`.
    pub fn execute(
        &mut self,
        client: &mut Client,
        args: Args<'_>,
        now: Now,
        out: &mut Vec<u8>,
    ) -> Effect {
        if args.is_empty() {
            return Effect::None;
        }
        let before = out.len();
        let mut call = Call {
            args,
            now,
            reply: Reply::new(out, client.protocol),
            client,
            keyspace: &mut self.keyspace,
            server: &mut self.server,
            effect: Effect::None,
        };
        if let Err(error) = run(&mut call) {
            call.server.errors += 1;
            call.reply.take_back(before);
            call.reply.error(&error.to_string());
        }
        if call.client.replies != Replies::On && !call.client.may_answer() {
            call.reply.take_back(before);
        }
        call.server.roster.note(call.client, now);
        if call.reply.has_overflowed() {
            return Effect::Abort;
        }
        call.effect
    }
}

fn run(call: &mut Call<'_>) -> Result<(), CommandError> {
    let command = match admit(call) {
        Ok(command) => command,
        Err(error) => return Err(transactions::refuse(call, error)),
    };
    if call.client.transaction.is_some() && transactions::queue(call, command) {
        return Ok(());
    }
    perform(call, command)
}

/// Runs a command that may run, alone or in a transaction.
pub(super) fn perform(call: &mut Call<'_>, command: &'static Command) -> Result<(), CommandError> {
    call.server.commands += 1;
    call.client.command = Some(command);
    let is_seen = !call.server.monitors.is_empty();
    let result = (command.run)(call);
    if is_seen {
        monitor::show(call, command);
    }
    result
}

/// The command, if it may run.
fn admit(call: &mut Call<'_>) -> Result<&'static Command, CommandError> {
    let command = resolve(call)?;
    if !command.takes(call.args.len()) {
        return Err(CommandError::arity(command));
    }
    if !call.client.authenticated && !command.flags.has(Flags::NO_AUTH) {
        return Err(CommandError::NotAuthenticated);
    }
    if let Some(limit) = call.server.settings.maxmemory {
        let room = call.keyspace.make_room(limit, call.now);
        if room.is_err() && command.flags.has(Flags::DENYOOM) {
            return Err(CommandError::OutOfMemory);
        }
    }
    pubsub::check(call.client, command)?;
    Ok(command)
}

/// The command that is asked for, or the subcommand of a container.
fn resolve(call: &mut Call<'_>) -> Result<&'static Command, CommandError> {
    let name = call.args.at(0);
    let Some(command) = call.server.table.find(name) else {
        // A web page can make a browser post to this port. What it sends starts
        // with these words, and the commands in its body must not be run.
        if name.eq_ignore_ascii_case(b"post") || name.eq_ignore_ascii_case(b"host:") {
            call.effect = Effect::Close;
        }
        return Err(unknown(call.args));
    };
    if command.subcommands.is_empty() {
        return Ok(command);
    }
    let Some(wanted) = call.args.get(1) else {
        // `COMMAND` is complete by itself; the others' arity asks for more.
        return Ok(command);
    };
    let found = command
        .subcommands
        .iter()
        .find(|one| one.name.as_bytes().eq_ignore_ascii_case(wanted));
    found.ok_or_else(|| CommandError::unknown_subcommand(call.args))
}

fn unknown(args: Args<'_>) -> CommandError {
    let mut shown = String::new();
    for arg in args.from(1) {
        if shown.len() >= 128 {
            break;
        }
        let arg = &arg[..arg.len().min(128 - shown.len())];
        shown += &format!("'{}' ", String::from_utf8_lossy(arg));
    }
    CommandError::other(format_args!(
        "unknown command '{}', with args beginning with: {shown}",
        shortened(args.at(0))
    ))
}

fn shortened(word: &[u8]) -> String {
    String::from_utf8_lossy(&word[..word.len().min(128)]).into_owned()
}

/// Makes the keyspace evict as `settings` say, with Redis's sampling.
pub(super) fn evict_as_set(keyspace: &mut Keyspace, settings: &Settings) {
    let (kind, samples) = (settings.policy, settings.samples);
    // One sequence of draws a server: what it evicts can be told beforehand.
    let seed = 1;
    let policy: Option<Box<dyn Policy + Send>> = match kind {
        MaxmemoryPolicy::NoEviction => None,
        MaxmemoryPolicy::AllkeysLru | MaxmemoryPolicy::VolatileLru => {
            Some(Box::new(SampledLru::new(samples, LruClock::EXACT, seed)))
        }
        MaxmemoryPolicy::AllkeysLfu | MaxmemoryPolicy::VolatileLfu => {
            Some(Box::new(SampledLfu::new(samples, settings.aging, seed)))
        }
        MaxmemoryPolicy::AllkeysRandom | MaxmemoryPolicy::VolatileRandom => {
            Some(Box::new(Random::new(seed)))
        }
        MaxmemoryPolicy::VolatileTtl => Some(Box::new(SampledTtl::new(samples, seed))),
    };
    if kind.only_volatile() {
        keyspace.evict_volatile_by(policy);
    } else {
        keyspace.evict_by(policy);
    }
}

impl ServerState {
    /// A number to choose by; not for secrets (SplitMix64).
    pub(super) fn draw(&mut self) -> u64 {
        self.draw = self.draw.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.draw;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// Places among `length`, at random: `count` different ones, or as many as
    /// there are; `-count` that may repeat for a negative one.
    pub(super) fn draw_places(&mut self, length: usize, count: i64) -> Vec<usize> {
        if length == 0 {
            return Vec::new();
        }
        if count < 0 {
            let count = usize::try_from(count.unsigned_abs()).unwrap_or(usize::MAX);
            // Nobody reads more than eight million at once; drawing them all
            // would let one command take all memory.
            return (0..count.min(OUTPUT_LIMIT / 64))
                .map(|_| (self.draw() % length as u64) as usize)
                .collect();
        }
        let count = usize::try_from(count).unwrap_or(usize::MAX).min(length);
        if count == length {
            return (0..length).collect();
        }
        if count * 3 > length {
            // The first places of a shuffle.
            let mut places: Vec<usize> = (0..length).collect();
            for at in 0..count {
                let other = at + (self.draw() % (length - at) as u64) as usize;
                places.swap(at, other);
            }
            places.truncate(count);
            return places;
        }
        let mut places = indexmap::IndexSet::with_capacity(count);
        while places.len() < count {
            places.insert((self.draw() % length as u64) as usize);
        }
        places.into_iter().collect()
    }

    /// Whether the connections' buffers take more than they may.
    pub fn has_too_large_buffers(&self) -> bool {
        let limit = self.settings.maxmemory_clients;
        limit.is_some_and(|limit| self.buffered as u64 > limit)
    }

    /// Counts from zero again.
    pub(super) fn reset_stats(&mut self) {
        (self.connections, self.rejected, self.cut_off) = (0, 0, 0);
        (self.commands, self.errors) = (0, 0);
    }

    /// Whether `password` is the one that was set. Takes the same time
    /// wherever the two differ.
    pub(super) fn accepts(&self, password: &[u8]) -> bool {
        let wanted = self.settings.password.as_deref().unwrap_or_default();
        let wanted = wanted.as_bytes();
        let differences = wanted
            .iter()
            .zip(password)
            .fold(0, |all, (a, b)| all | (a ^ b));
        wanted.len() == password.len() && differences == 0
    }
}
