//! Transactions: `MULTI`, `EXEC`, `WATCH` and their kin.

use super::call::{Call, Effect};
use super::client::Client;
use super::command::{Command, Flags};
use super::engine::{Engine, perform};
use super::error::CommandError;
use crate::cache::builtin::keyspace::Keyspace;
use crate::cache::builtin::wire::OwnedArgs;

const ANYTIME: Flags = Flags::NOSCRIPT.and(Flags::LOADING).and(Flags::STALE);
const QUICK: Flags = ANYTIME.and(Flags::FAST).and(Flags::ALLOW_BUSY);

pub(super) const COMMANDS: &[Command] = &[
    Command::new("multi", 1, QUICK, multi),
    Command::new("exec", 1, ANYTIME.and(Flags::SKIP_SLOWLOG), exec),
    Command::new("discard", 1, QUICK, discard),
    Command::new("watch", -2, QUICK, watch).keys(1, -1, 1),
    Command::new("unwatch", 1, QUICK, unwatch),
];

/// What a client has queued since `MULTI`.
#[derive(Debug, Default)]
pub struct Transaction {
    queued: Vec<(&'static Command, OwnedArgs)>,
    /// Bytes that these take.
    size: usize,
    /// A command was refused: `EXEC` will do nothing.
    pub(super) has_failed: bool,
}

impl Transaction {
    /// How many commands are queued.
    pub(super) fn len(&self) -> usize {
        self.queued.len()
    }

    /// Bytes that the queued commands take.
    pub(super) fn size(&self) -> usize {
        self.size
    }
}

/// Keys that a client watches, with the versions it knows.
#[derive(Debug, Default)]
pub(super) struct Watched {
    keys: Vec<(Box<[u8]>, u64)>,
    /// Bytes that these take.
    size: usize,
}

impl Watched {
    fn push(&mut self, key: &[u8], version: u64) {
        self.size += size_of::<(Box<[u8]>, u64)>() + key.len();
        self.keys.push((key.into(), version));
    }

    /// Bytes that the watched keys take.
    pub(super) fn size(&self) -> usize {
        self.size
    }
}

/// Whether a command is run at once even in a transaction.
fn is_immediate(command: &Command) -> bool {
    matches!(
        command.name,
        "exec" | "discard" | "multi" | "watch" | "quit" | "reset"
    ) && command.container.is_none()
}

/// Queues a command if a transaction is open; whether it did.
pub(super) fn queue(call: &mut Call<'_>, command: &'static Command) -> bool {
    let Some(transaction) = &mut call.client.transaction else {
        return false;
    };
    if is_immediate(command) {
        return false;
    }
    let args = OwnedArgs::from(call.args);
    transaction.size += size_of::<&Command>() + args.size();
    transaction.queued.push((command, args));
    call.reply.simple("QUEUED");
    true
}

/// A command was refused before it ran. One that is refused in a transaction
/// spoils it; `EXEC` itself ends it.
pub(super) fn refuse(call: &mut Call<'_>, error: CommandError) -> CommandError {
    if let Some(transaction) = &mut call.client.transaction {
        transaction.has_failed = true;
    }
    if !call.args.at(0).eq_ignore_ascii_case(b"exec") {
        return error;
    }
    end(call);
    let text = error.to_string();
    CommandError::Other(format!(
        "EXECABORT Transaction discarded because of: {}",
        text.strip_prefix("ERR ").unwrap_or(&text)
    ))
}

fn multi(call: &mut Call<'_>) -> Result<(), CommandError> {
    if call.client.transaction.is_some() {
        return Err(CommandError::other("MULTI calls can not be nested"));
    }
    call.client.transaction = Some(Box::default());
    call.reply.ok();
    Ok(())
}

fn end(call: &mut Call<'_>) {
    call.client.transaction = None;
    forget_watched(call.client, call.keyspace);
}

fn forget_watched(client: &mut Client, keyspace: &mut Keyspace) {
    for (key, _) in std::mem::take(&mut client.watched).keys {
        keyspace.unwatch(&key);
    }
}

fn discard(call: &mut Call<'_>) -> Result<(), CommandError> {
    if call.client.transaction.is_none() {
        return Err(CommandError::other("DISCARD without MULTI"));
    }
    end(call);
    call.reply.ok();
    Ok(())
}

fn watch(call: &mut Call<'_>) -> Result<(), CommandError> {
    if call.client.transaction.is_some() {
        return Err(CommandError::other("WATCH inside MULTI is not allowed"));
    }
    for key in call.args.from(1) {
        let watched = &call.client.watched.keys;
        if watched.iter().all(|(one, _)| **one != *key) {
            let version = call.keyspace.watch(key, call.now);
            call.client.watched.push(key, version);
        }
    }
    call.reply.ok();
    Ok(())
}

fn unwatch(call: &mut Call<'_>) -> Result<(), CommandError> {
    forget_watched(call.client, call.keyspace);
    call.reply.ok();
    Ok(())
}

fn exec(call: &mut Call<'_>) -> Result<(), CommandError> {
    let Some(transaction) = call.client.transaction.take() else {
        return Err(CommandError::other("EXEC without MULTI"));
    };
    let watched = std::mem::take(&mut call.client.watched);
    let mut is_stale = false;
    for (key, version) in watched.keys {
        is_stale |= call.keyspace.version(&key, call.now) != version;
        call.keyspace.unwatch(&key);
    }
    if transaction.has_failed {
        return Err(CommandError::Other(
            "EXECABORT Transaction discarded because of previous errors.".into(),
        ));
    }
    if is_stale {
        call.reply.null_array();
        return Ok(());
    }
    call.reply.array(transaction.queued.len());
    call.client.may_not_wait = true;
    for (command, args) in &transaction.queued {
        run(call, command, args);
    }
    call.client.may_not_wait = false;
    Ok(())
}

/// Runs one queued command. Its error is its reply: the others run all the same.
fn run(call: &mut Call<'_>, command: &'static Command, args: &OwnedArgs) {
    let before = call.reply.written();
    let mut one = Call {
        args: args.args(),
        now: call.now,
        client: call.client,
        keyspace: call.keyspace,
        server: call.server,
        reply: call.reply.part(),
        effect: Effect::None,
    };
    if let Err(error) = perform(&mut one, command) {
        one.server.errors += 1;
        one.reply.take_back(before);
        one.reply.error(&error.to_string());
    }
    let (effect, overflowed) = (one.effect, one.reply.has_overflowed());
    if effect != Effect::None {
        call.effect = effect;
    }
    if overflowed {
        call.reply.mark_overflowed();
    }
    call.reply.speak(call.client.protocol);
}

impl Engine {
    /// Forgets what a client has queued and watches.
    pub(super) fn end_transaction(&mut self, client: &mut Client) {
        client.transaction = None;
        forget_watched(client, &mut self.keyspace);
    }
}

/// As [`Engine::end_transaction`], from within a command (`RESET`).
pub(super) fn reset(call: &mut Call<'_>) {
    end(call);
}
