//! Strings as a whole: `GET`, `SET` and their kin.

use super::call::Call;
use super::command::{Command, Flags};
use super::error::CommandError;
use super::lifetime::Unit;
use crate::cache::builtin::keyspace::{Condition, Lifetime};

const READ: Flags = Flags::READONLY.and(Flags::FAST);
const WRITE: Flags = Flags::WRITE.and(Flags::DENYOOM);
const QUICK_WRITE: Flags = WRITE.and(Flags::FAST);

pub(super) const COMMANDS: &[Command] = &[
    Command::new("get", 2, READ, get).keys(1, 1, 1),
    Command::new("set", -3, WRITE, set).keys(1, 1, 1),
    Command::new("setex", 4, WRITE, setex).keys(1, 1, 1),
    Command::new("psetex", 4, WRITE, psetex).keys(1, 1, 1),
    Command::new("setnx", 3, QUICK_WRITE, setnx).keys(1, 1, 1),
    Command::new("getset", 3, QUICK_WRITE, getset).keys(1, 1, 1),
    Command::new("getdel", 2, Flags::WRITE.and(Flags::FAST), getdel).keys(1, 1, 1),
    Command::new("getex", -2, Flags::WRITE.and(Flags::FAST), getex).keys(1, 1, 1),
    Command::new("mget", -2, READ, mget).keys(1, -1, 1),
    Command::new("mset", -3, WRITE, mset).keys(1, -1, 2),
    Command::new("msetnx", -3, WRITE, msetnx).keys(1, -1, 2),
];

fn get(call: &mut Call<'_>) -> Result<(), CommandError> {
    call.reply_text(call.args.at(1))?;
    Ok(())
}

/// The options of `SET`.
#[derive(Default)]
struct SetOptions {
    only_new: bool,
    only_old: bool,
    give_old: bool,
    keep: bool,
    expiry: Option<(Unit, usize)>,
}

impl SetOptions {
    fn read(call: &Call<'_>) -> Result<SetOptions, CommandError> {
        let mut options = SetOptions::default();
        let mut at = 3;
        while let Some(option) = call.args.get(at) {
            if option.eq_ignore_ascii_case(b"nx") && !options.only_old {
                options.only_new = true;
            } else if option.eq_ignore_ascii_case(b"xx") && !options.only_new {
                options.only_old = true;
            } else if option.eq_ignore_ascii_case(b"get") {
                options.give_old = true;
            } else if option.eq_ignore_ascii_case(b"keepttl") && options.expiry.is_none() {
                options.keep = true;
            } else {
                let unit = Unit::of_option(option).ok_or(CommandError::Syntax)?;
                let other = options.expiry.is_some_and(|(before, _)| before != unit);
                if options.keep || other || call.args.len() <= at + 1 {
                    return Err(CommandError::Syntax);
                }
                options.expiry = Some((unit, at + 1));
                at += 1;
            }
            at += 1;
        }
        Ok(options)
    }
}

fn set(call: &mut Call<'_>) -> Result<(), CommandError> {
    let (key, value) = (call.args.at(1), call.args.at(2));
    if call.args.len() == 3 {
        call.keyspace
            .set_text(key, value, Lifetime::Forever, call.now);
        call.reply.ok();
        return Ok(());
    }
    let options = SetOptions::read(call)?;
    let lifetime = match options.expiry {
        Some((unit, at)) => {
            let value = call.args.at(at);
            Lifetime::Until(unit.positive_moment(value, call.now.unix_ms, "set")?)
        }
        None if options.keep => Lifetime::Keep,
        None => Lifetime::Forever,
    };
    if options.give_old {
        call.reply_text(key)?;
    }
    let refused = (options.only_new || options.only_old)
        && call.keyspace.contains(key, call.now) == options.only_new;
    if !refused {
        call.keyspace.set_text(key, value, lifetime, call.now);
    }
    match (options.give_old, refused) {
        (true, _) => {}
        (false, true) => call.reply.null(),
        (false, false) => call.reply.ok(),
    }
    Ok(())
}

fn setex(call: &mut Call<'_>) -> Result<(), CommandError> {
    set_for(call, Unit::Seconds, "setex")
}

fn psetex(call: &mut Call<'_>) -> Result<(), CommandError> {
    set_for(call, Unit::Millis, "psetex")
}

fn set_for(call: &mut Call<'_>, unit: Unit, name: &'static str) -> Result<(), CommandError> {
    let (key, value) = (call.args.at(1), call.args.at(3));
    let end = unit.positive_moment(call.args.at(2), call.now.unix_ms, name)?;
    call.keyspace
        .set_text(key, value, Lifetime::Until(end), call.now);
    call.reply.ok();
    Ok(())
}

fn setnx(call: &mut Call<'_>) -> Result<(), CommandError> {
    let (key, value) = (call.args.at(1), call.args.at(2));
    let absent = !call.keyspace.contains(key, call.now);
    if absent {
        call.keyspace
            .set_text(key, value, Lifetime::Forever, call.now);
    }
    call.reply.integer(absent.into());
    Ok(())
}

fn getset(call: &mut Call<'_>) -> Result<(), CommandError> {
    let (key, value) = (call.args.at(1), call.args.at(2));
    call.reply_text(key)?;
    call.keyspace
        .set_text(key, value, Lifetime::Forever, call.now);
    Ok(())
}

fn getdel(call: &mut Call<'_>) -> Result<(), CommandError> {
    let key = call.args.at(1);
    call.reply_text(key)?;
    call.keyspace.remove(key, call.now);
    Ok(())
}

fn getex(call: &mut Call<'_>) -> Result<(), CommandError> {
    let key = call.args.at(1);
    let mut persist = false;
    let mut expiry = None;
    let mut at = 2;
    while let Some(option) = call.args.get(at) {
        if option.eq_ignore_ascii_case(b"persist") && expiry.is_none() {
            persist = true;
            at += 1;
            continue;
        }
        let unit = Unit::of_option(option).ok_or(CommandError::Syntax)?;
        let value = call.args.get(at + 1).ok_or(CommandError::Syntax)?;
        if persist || expiry.is_some_and(|(before, _)| before != unit) {
            return Err(CommandError::Syntax);
        }
        expiry = Some((unit, value));
        at += 2;
    }
    let found = call.reply_text(key)?;
    if let (true, Some((unit, value))) = (found, expiry) {
        let end = unit.positive_moment(value, call.now.unix_ms, "getex")?;
        call.keyspace
            .expire_at(key, end, Condition::default(), call.now);
    }
    if persist {
        call.keyspace.persist(key, call.now);
    }
    Ok(())
}

fn mget(call: &mut Call<'_>) -> Result<(), CommandError> {
    call.reply.array(call.args.len() - 1);
    for key in call.args.from(1) {
        if call.reply_text(key).is_err() {
            call.reply.null();
        }
    }
    Ok(())
}

/// Keys and values alternate.
fn pairs(call: &Call<'_>) -> Result<(), CommandError> {
    if call.args.len().is_multiple_of(2) {
        return Err(CommandError::Arity(
            String::from_utf8_lossy(call.args.at(0)).to_ascii_lowercase(),
        ));
    }
    Ok(())
}

fn set_pairs(call: &mut Call<'_>) {
    for at in (1..call.args.len()).step_by(2) {
        let (key, value) = (call.args.at(at), call.args.at(at + 1));
        call.keyspace
            .set_text(key, value, Lifetime::Forever, call.now);
    }
}

fn mset(call: &mut Call<'_>) -> Result<(), CommandError> {
    pairs(call)?;
    set_pairs(call);
    call.reply.ok();
    Ok(())
}

fn msetnx(call: &mut Call<'_>) -> Result<(), CommandError> {
    pairs(call)?;
    let args = call.args;
    let taken = (1..args.len())
        .step_by(2)
        .any(|at| call.keyspace.contains(args.at(at), call.now));
    if !taken {
        set_pairs(call);
    }
    call.reply.integer((!taken).into());
    Ok(())
}
