//! Strings as numbers: `INCR` and its kin.

use super::call::Call;
use super::command::{Command, Flags};
use super::decimal;
use super::error::CommandError;
use crate::cache::builtin::keyspace::{Kind, Lifetime, Text, Value};

const WRITE: Flags = Flags::WRITE.and(Flags::DENYOOM).and(Flags::FAST);

pub(super) const COMMANDS: &[Command] = &[
    Command::new("incr", 2, WRITE, |call| add(call, 1)).keys(1, 1, 1),
    Command::new("decr", 2, WRITE, |call| add(call, -1)).keys(1, 1, 1),
    Command::new("incrby", 3, WRITE, incrby).keys(1, 1, 1),
    Command::new("decrby", 3, WRITE, decrby).keys(1, 1, 1),
    Command::new("incrbyfloat", 3, WRITE, incrbyfloat).keys(1, 1, 1),
];

fn incrby(call: &mut Call<'_>) -> Result<(), CommandError> {
    let by = call.integer(2)?;
    add(call, by)
}

fn decrby(call: &mut Call<'_>) -> Result<(), CommandError> {
    let by = call.integer(2)?.checked_neg();
    let by = by.ok_or_else(|| CommandError::other("decrement would overflow"))?;
    add(call, by)
}

fn add(call: &mut Call<'_>, by: i64) -> Result<(), CommandError> {
    let key = call.args.at(1);
    let sum = call.keyspace.edit(key, call.now, |text: &mut Text| {
        let old = text.integer().ok_or(CommandError::NotAnInteger)?;
        let sum = old.checked_add(by).ok_or(CommandError::Overflow)?;
        *text = Text::Integer(sum);
        Ok::<_, CommandError>(sum)
    })?;
    let sum = match sum {
        Some(sum) => sum?,
        None => {
            let value = Value::Text(Text::Integer(by));
            call.keyspace.set(key, value, Lifetime::Forever, call.now);
            by
        }
    };
    call.reply.integer(sum);
    Ok(())
}

fn incrbyfloat(call: &mut Call<'_>) -> Result<(), CommandError> {
    let key = call.args.at(1);
    let mut digits = itoa::Buffer::new();
    let old = match call.keyspace.value(key, call.now) {
        None => &b"0"[..],
        Some(value) => Text::of(value)
            .ok_or(CommandError::WrongType)?
            .bytes(&mut digits),
    };
    let sum = decimal::sum(old, call.args.at(2))?;
    let value = Value::Text(Text::Whole(sum.as_bytes().into()));
    call.keyspace.set(key, value, Lifetime::Keep, call.now);
    call.reply.bulk(sum.as_bytes());
    Ok(())
}
