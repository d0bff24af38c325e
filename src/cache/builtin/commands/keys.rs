//! Keys, whatever their type: `DEL`, `EXISTS`, `RENAME` and their kin.

use super::call::Call;
use super::command::{Command, Flags};
use super::error::CommandError;

const READ: Flags = Flags::READONLY.and(Flags::FAST);

pub(super) const COMMANDS: &[Command] = &[
    Command::new("del", -2, Flags::WRITE, del).keys(1, -1, 1),
    Command::new("unlink", -2, Flags::WRITE.and(Flags::FAST), del).keys(1, -1, 1),
    Command::new("exists", -2, READ, exists).keys(1, -1, 1),
    Command::new("touch", -2, READ, touch).keys(1, -1, 1),
    Command::new("type", 2, READ, type_of).keys(1, 1, 1),
    Command::new("rename", 3, Flags::WRITE, rename).keys(1, 2, 1),
    Command::new("renamenx", 3, Flags::WRITE.and(Flags::FAST), renamenx).keys(1, 2, 1),
];

/// Answers for how many of the keys `is_one` holds.
fn count(
    call: &mut Call<'_>,
    is_one: fn(&mut Call<'_>, &[u8]) -> bool,
) -> Result<(), CommandError> {
    let args = call.args;
    let count = args.from(1).filter(|key| is_one(call, key)).count();
    call.reply.count(count);
    Ok(())
}

fn del(call: &mut Call<'_>) -> Result<(), CommandError> {
    count(call, |call, key| call.keyspace.remove(key, call.now))
}

fn exists(call: &mut Call<'_>) -> Result<(), CommandError> {
    count(call, |call, key| {
        call.keyspace.inspect(key, call.now).is_some()
    })
}

fn touch(call: &mut Call<'_>) -> Result<(), CommandError> {
    count(call, |call, key| {
        call.keyspace.read(key, call.now).is_some()
    })
}

fn type_of(call: &mut Call<'_>) -> Result<(), CommandError> {
    let value = call.keyspace.inspect(call.args.at(1), call.now);
    let name = value.map_or("none", |value| value.type_name());
    call.reply.simple(name);
    Ok(())
}

fn rename(call: &mut Call<'_>) -> Result<(), CommandError> {
    let (from, to) = (call.args.at(1), call.args.at(2));
    if !call.keyspace.rename(from, to, call.now) {
        return Err(CommandError::NoSuchKey);
    }
    call.reply.ok();
    Ok(())
}

fn renamenx(call: &mut Call<'_>) -> Result<(), CommandError> {
    let (from, to) = (call.args.at(1), call.args.at(2));
    if !call.keyspace.contains(from, call.now) {
        return Err(CommandError::NoSuchKey);
    }
    let free = !call.keyspace.contains(to, call.now);
    if free {
        call.keyspace.rename(from, to, call.now);
    }
    call.reply.integer(free.into());
    Ok(())
}
