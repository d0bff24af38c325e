//! Sets: `SADD`, `SMEMBERS` and their kin.

use std::borrow::Cow;

use super::call::Call;
use super::command::{Command, Flags};
use super::error::CommandError;
use super::scan::ScanOptions;
use crate::cache::builtin::glob;
use crate::cache::builtin::keyspace::Set;

const READ: Flags = Flags::READONLY;
const QUICK_READ: Flags = READ.and(Flags::FAST);
const QUICK_WRITE: Flags = Flags::WRITE.and(Flags::FAST);

pub(super) const COMMANDS: &[Command] = &[
    Command::new("sadd", -3, QUICK_WRITE.and(Flags::DENYOOM), sadd).keys(1, 1, 1),
    Command::new("srem", -3, QUICK_WRITE, srem).keys(1, 1, 1),
    Command::new("sismember", 3, QUICK_READ, sismember).keys(1, 1, 1),
    Command::new("smismember", -3, QUICK_READ, smismember).keys(1, 1, 1),
    Command::new("smembers", 2, READ, smembers).keys(1, 1, 1),
    Command::new("scard", 2, QUICK_READ, scard).keys(1, 1, 1),
    Command::new("spop", -2, QUICK_WRITE, spop).keys(1, 1, 1),
    Command::new("srandmember", -2, READ, srandmember).keys(1, 1, 1),
    Command::new("smove", 4, QUICK_WRITE, smove).keys(1, 2, 1),
    Command::new("sscan", -3, READ, sscan).keys(1, 1, 1),
];

fn sadd(call: &mut Call<'_>) -> Result<(), CommandError> {
    let members = call.args.from(2);
    let added = call
        .keyspace
        .edit_or_new(call.args.at(1), call.now, |set: &mut Set| {
            members.filter(|member| set.add(member)).count()
        })?;
    call.reply.count(added);
    Ok(())
}

fn srem(call: &mut Call<'_>) -> Result<(), CommandError> {
    let members = call.args.from(2);
    let removed = call
        .keyspace
        .edit(call.args.at(1), call.now, |set: &mut Set| {
            members.filter(|member| set.remove(member)).count()
        })?;
    call.reply.count(removed.unwrap_or(0));
    Ok(())
}

fn sismember(call: &mut Call<'_>) -> Result<(), CommandError> {
    let set = call.keyspace.look::<Set>(call.args.at(1), call.now)?;
    let found = set.is_some_and(|set| set.contains(call.args.at(2)));
    call.reply.integer(found.into());
    Ok(())
}

fn smismember(call: &mut Call<'_>) -> Result<(), CommandError> {
    let set = call.keyspace.look::<Set>(call.args.at(1), call.now)?;
    call.reply.array(call.args.len() - 2);
    for member in call.args.from(2) {
        let found = set.is_some_and(|set| set.contains(member));
        call.reply.integer(found.into());
    }
    Ok(())
}

fn smembers(call: &mut Call<'_>) -> Result<(), CommandError> {
    let set = call.keyspace.look::<Set>(call.args.at(1), call.now)?;
    call.reply.set(set.map_or(0, Set::len));
    for member in set.into_iter().flat_map(Set::iter) {
        call.reply.bulk(&member);
    }
    Ok(())
}

fn scard(call: &mut Call<'_>) -> Result<(), CommandError> {
    let set = call.keyspace.look::<Set>(call.args.at(1), call.now)?;
    call.reply.count(set.map_or(0, Set::len));
    Ok(())
}

/// The members at random places: `count` as in `SRANDMEMBER`.
fn draw(call: &mut Call<'_>, count: i64) -> Result<Vec<Vec<u8>>, CommandError> {
    let Some(set) = call.keyspace.look::<Set>(call.args.at(1), call.now)? else {
        return Ok(Vec::new());
    };
    let places = call.server.draw_places(set.len(), count);
    let chosen = places.into_iter().filter_map(|place| set.at(place));
    Ok(chosen.map(Cow::into_owned).collect())
}

fn spop(call: &mut Call<'_>) -> Result<(), CommandError> {
    let count = match call.args.len() {
        2 => None,
        3 => Some(call.positive(2)?),
        _ => return Err(CommandError::Syntax),
    };
    let most = count.unwrap_or(1).min(i64::MAX as usize) as i64;
    let chosen = draw(call, most)?;
    call.keyspace
        .edit(call.args.at(1), call.now, |set: &mut Set| {
            chosen.iter().filter(|member| set.remove(member)).count()
        })?;
    match (count, chosen.first()) {
        (None, None) => call.reply.null(),
        (None, Some(member)) => call.reply.bulk(member),
        (Some(_), _) => {
            call.reply.set(chosen.len());
            for member in &chosen {
                call.reply.bulk(member);
            }
        }
    }
    Ok(())
}

fn srandmember(call: &mut Call<'_>) -> Result<(), CommandError> {
    if call.args.len() > 3 {
        return Err(CommandError::Syntax);
    }
    if call.args.len() == 2 {
        match draw(call, 1)?.first() {
            Some(member) => call.reply.bulk(member),
            None => call.reply.null(),
        }
        return Ok(());
    }
    let count = call.random_count(2)?;
    let chosen = draw(call, count)?;
    call.reply.array(chosen.len());
    for member in &chosen {
        call.reply.bulk(member);
    }
    Ok(())
}

fn smove(call: &mut Call<'_>) -> Result<(), CommandError> {
    let (from, to, member) = (call.args.at(1), call.args.at(2), call.args.at(3));
    let Some(source) = call.keyspace.look::<Set>(from, call.now)? else {
        call.reply.integer(0);
        return Ok(());
    };
    let is_member = source.contains(member);
    call.keyspace.peek::<Set>(to, call.now)?;
    if is_member && from != to {
        call.keyspace
            .edit(from, call.now, |set: &mut Set| set.remove(member))?;
        call.keyspace
            .edit_or_new(to, call.now, |set: &mut Set| set.add(member))?;
    }
    call.reply.integer(is_member.into());
    Ok(())
}

fn sscan(call: &mut Call<'_>) -> Result<(), CommandError> {
    let Some(options) = ScanOptions::of_collection::<Set>(call)? else {
        return Ok(());
    };
    let set = call.keyspace.peek::<Set>(call.args.at(1), call.now)?;
    let (next, found) = match set {
        None => (0, Vec::new()),
        Some(set) => {
            let (next, found) = set.scan(options.cursor, options.count);
            let matching = found.filter(|member| glob::matches(options.pattern, member));
            (next, matching.collect())
        }
    };
    call.reply.array(2);
    call.reply.bulk(next.to_string().as_bytes());
    call.reply.array(found.len());
    for member in found {
        call.reply.bulk(&member);
    }
    Ok(())
}
