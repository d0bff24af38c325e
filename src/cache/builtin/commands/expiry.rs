//! Time-to-live: `EXPIRE`, `TTL` and their kin.

use super::call::Call;
use super::command::{Command, Flags};
use super::error::CommandError;
use super::lifetime::Unit;
use crate::cache::builtin::keyspace::{Condition, Expiry, UnixMs};

const READ: Flags = Flags::READONLY.and(Flags::FAST);
const WRITE: Flags = Flags::WRITE.and(Flags::FAST);

pub(super) const COMMANDS: &[Command] = &[
    Command::new("expire", -3, WRITE, |call| {
        expire(call, Unit::Seconds, "expire")
    })
    .keys(1, 1, 1),
    Command::new("pexpire", -3, WRITE, |call| {
        expire(call, Unit::Millis, "pexpire")
    })
    .keys(1, 1, 1),
    Command::new("expireat", -3, WRITE, |call| {
        expire(call, Unit::UnixSeconds, "expireat")
    })
    .keys(1, 1, 1),
    Command::new("pexpireat", -3, WRITE, |call| {
        expire(call, Unit::UnixMillis, "pexpireat")
    })
    .keys(1, 1, 1),
    Command::new("persist", 2, WRITE, persist).keys(1, 1, 1),
    Command::new("ttl", 2, READ, |call| remaining(call, rounded_seconds)).keys(1, 1, 1),
    Command::new("pttl", 2, READ, |call| remaining(call, |ms| ms)).keys(1, 1, 1),
    Command::new("expiretime", 2, READ, |call| end(call, rounded_seconds)).keys(1, 1, 1),
    Command::new("pexpiretime", 2, READ, |call| end(call, |ms| ms)).keys(1, 1, 1),
];

fn rounded_seconds(ms: i64) -> i64 {
    ms.saturating_add(500) / 1000
}

fn expire(call: &mut Call<'_>, unit: Unit, name: &'static str) -> Result<(), CommandError> {
    let key = call.args.at(1);
    let condition = condition(call)?;
    let end: UnixMs = unit
        .moment(call.integer(2)?, call.now.unix_ms)
        .ok_or(CommandError::ExpireTime(name))?;
    let done = call.keyspace.expire_at(key, end, condition, call.now);
    call.reply.integer(done.into());
    Ok(())
}

fn condition(call: &Call<'_>) -> Result<Condition, CommandError> {
    let mut condition = Condition::default();
    for option in call.args.from(3) {
        match option.to_ascii_lowercase().as_slice() {
            b"nx" => condition.none_yet = true,
            b"xx" => condition.some_already = true,
            b"gt" => condition.later = true,
            b"lt" => condition.sooner = true,
            _ => {
                let option = String::from_utf8_lossy(option);
                return Err(CommandError::other(format_args!(
                    "Unsupported option {option}"
                )));
            }
        }
    }
    if condition.none_yet && (condition.some_already || condition.later || condition.sooner) {
        return Err(CommandError::other(
            "NX and XX, GT or LT options at the same time are not compatible",
        ));
    }
    if condition.later && condition.sooner {
        return Err(CommandError::other(
            "GT and LT options at the same time are not compatible",
        ));
    }
    Ok(condition)
}

fn persist(call: &mut Call<'_>) -> Result<(), CommandError> {
    let done = call.keyspace.persist(call.args.at(1), call.now);
    call.reply.integer(done.into());
    Ok(())
}

fn remaining(call: &mut Call<'_>, unit: fn(i64) -> i64) -> Result<(), CommandError> {
    let now = call.now.unix_ms;
    answer(call, |end| unit((end - now).max(0)))
}

fn end(call: &mut Call<'_>, unit: fn(i64) -> i64) -> Result<(), CommandError> {
    answer(call, unit)
}

fn answer(call: &mut Call<'_>, of_end: impl FnOnce(UnixMs) -> i64) -> Result<(), CommandError> {
    let answer = match call.keyspace.expiry(call.args.at(1), call.now) {
        Expiry::NoKey => -2,
        Expiry::Never => -1,
        Expiry::At(end) => of_end(end),
    };
    call.reply.integer(answer);
    Ok(())
}
