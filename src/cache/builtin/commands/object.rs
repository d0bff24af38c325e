//! How a value is kept: `OBJECT` and `MEMORY`.

use super::call::Call;
use super::command::{Command, Flags};
use super::error::CommandError;
use super::help;
use crate::cache::builtin::keyspace::{Text, Value};

pub(super) const COMMANDS: &[Command] = &[
    Command::container("object", OBJECT),
    Command::container("memory", MEMORY),
];

const OBJECT: &[Command] = &[
    Command::new("encoding", 3, Flags::READONLY, encoding)
        .of("object")
        .keys(2, 2, 1),
    Command::new("freq", 3, Flags::READONLY, freq)
        .of("object")
        .keys(2, 2, 1),
    Command::new("idletime", 3, Flags::READONLY, idletime)
        .of("object")
        .keys(2, 2, 1),
    Command::new("refcount", 3, Flags::READONLY, refcount)
        .of("object")
        .keys(2, 2, 1),
    help::of("object"),
];

const MEMORY: &[Command] = &[
    Command::new("usage", -3, Flags::READONLY, usage)
        .of("memory")
        .keys(2, 2, 1),
    help::of("memory"),
];

fn encoding(call: &mut Call<'_>) -> Result<(), CommandError> {
    match call.keyspace.inspect(call.args.at(2), call.now) {
        None => call.reply.null(),
        Some(value) => call.reply.bulk(value.encoding().as_bytes()),
    }
    Ok(())
}

fn freq(call: &mut Call<'_>) -> Result<(), CommandError> {
    if call.keyspace.inspect(call.args.at(2), call.now).is_none() {
        call.reply.null();
        return Ok(());
    }
    if call.server.settings.policy.is_lfu() {
        // A key that the policy does not hold has had no use that counts.
        let frequency = call.keyspace.frequency(call.args.at(2), call.now);
        call.reply.integer(frequency.unwrap_or(0).into());
        return Ok(());
    }
    Err(CommandError::other(
        "An LFU maxmemory policy is not selected, access frequency not tracked. Please note that \
         when switching between policies at runtime LRU and LFU data will take some time to adjust.",
    ))
}

fn idletime(call: &mut Call<'_>) -> Result<(), CommandError> {
    match call.keyspace.last_use(call.args.at(2), call.now) {
        None => call.reply.null(),
        Some(_) if call.server.settings.policy.is_lfu() => {
            return Err(CommandError::other(
                "An LFU maxmemory policy is selected, idle time not tracked. Please note that \
                 when switching between policies at runtime LRU and LFU data will take some time \
                 to adjust.",
            ));
        }
        Some(used) => {
            let idle = call.now.time.since(used).as_secs();
            call.reply.integer(i64::try_from(idle).unwrap_or(i64::MAX));
        }
    }
    Ok(())
}

/// Redis shares its objects for 0 to 9999, unless each must know its own last
/// use, and counts them as used by everybody.
fn refcount(call: &mut Call<'_>) -> Result<(), CommandError> {
    let settings = &call.server.settings;
    let tracks_use = settings.policy.is_lru() || settings.policy.is_lfu();
    let shares = settings.maxmemory.is_none() || !tracks_use;
    match call.keyspace.inspect(call.args.at(2), call.now) {
        None => call.reply.null(),
        Some(Value::Text(Text::Integer(0..10_000))) if shares => {
            call.reply.integer(i32::MAX.into());
        }
        Some(_) => call.reply.integer(1),
    }
    Ok(())
}

fn usage(call: &mut Call<'_>) -> Result<(), CommandError> {
    let mut at = 3;
    while let Some(option) = call.args.get(at) {
        if !option.eq_ignore_ascii_case(b"samples") || call.args.len() <= at + 1 {
            return Err(CommandError::Syntax);
        }
        if call.integer(at + 1)? < 0 {
            return Err(CommandError::Syntax);
        }
        at += 2;
    }
    match call.keyspace.memory_of(call.args.at(2), call.now) {
        None => call.reply.null(),
        Some(bytes) => call.reply.integer(i64::try_from(bytes).unwrap_or(i64::MAX)),
    }
    Ok(())
}
