//! Hashes: `HSET`, `HGET` and their kin.

use super::call::Call;
use super::command::{Command, Flags};
use super::decimal;
use super::error::CommandError;
use super::scan::ScanOptions;
use crate::cache::builtin::glob;
use crate::cache::builtin::keyspace::Hash;
use crate::cache::builtin::wire::parse_integer;

const READ: Flags = Flags::READONLY;
const QUICK_READ: Flags = READ.and(Flags::FAST);
const WRITE: Flags = Flags::WRITE.and(Flags::DENYOOM).and(Flags::FAST);

pub(super) const COMMANDS: &[Command] = &[
    Command::new("hset", -4, WRITE, hset).keys(1, 1, 1),
    Command::new("hmset", -4, WRITE, hmset).keys(1, 1, 1),
    Command::new("hsetnx", 4, WRITE, hsetnx).keys(1, 1, 1),
    Command::new("hget", 3, QUICK_READ, hget).keys(1, 1, 1),
    Command::new("hmget", -3, QUICK_READ, hmget).keys(1, 1, 1),
    Command::new("hgetall", 2, READ, hgetall).keys(1, 1, 1),
    Command::new("hkeys", 2, READ, hkeys).keys(1, 1, 1),
    Command::new("hvals", 2, READ, hvals).keys(1, 1, 1),
    Command::new("hdel", -3, Flags::WRITE.and(Flags::FAST), hdel).keys(1, 1, 1),
    Command::new("hlen", 2, QUICK_READ, hlen).keys(1, 1, 1),
    Command::new("hexists", 3, QUICK_READ, hexists).keys(1, 1, 1),
    Command::new("hstrlen", 3, QUICK_READ, hstrlen).keys(1, 1, 1),
    Command::new("hincrby", 4, WRITE, hincrby).keys(1, 1, 1),
    Command::new("hincrbyfloat", 4, WRITE, hincrbyfloat).keys(1, 1, 1),
    Command::new("hrandfield", -2, READ, hrandfield).keys(1, 1, 1),
    Command::new("hscan", -3, READ, hscan).keys(1, 1, 1),
];

/// Sets the pairs; how many fields are new.
fn set_pairs(call: &mut Call<'_>, name: &str) -> Result<usize, CommandError> {
    let args = call.args;
    if !args.len().is_multiple_of(2) {
        return Err(CommandError::Arity(name.to_owned()));
    }
    let mut new = 0;
    call.keyspace
        .edit_or_new(args.at(1), call.now, |hash: &mut Hash| {
            for at in (2..args.len()).step_by(2) {
                new += usize::from(hash.set(args.at(at), args.at(at + 1)));
            }
        })?;
    Ok(new)
}

fn hset(call: &mut Call<'_>) -> Result<(), CommandError> {
    let new = set_pairs(call, "hset")?;
    call.reply.count(new);
    Ok(())
}

fn hmset(call: &mut Call<'_>) -> Result<(), CommandError> {
    set_pairs(call, "hmset")?;
    call.reply.ok();
    Ok(())
}

fn hsetnx(call: &mut Call<'_>) -> Result<(), CommandError> {
    let (key, field, value) = (call.args.at(1), call.args.at(2), call.args.at(3));
    let is_new = call
        .keyspace
        .edit_or_new(key, call.now, |hash: &mut Hash| {
            hash.get(field).is_none() && hash.set(field, value)
        })?;
    call.reply.integer(is_new.into());
    Ok(())
}

fn hget(call: &mut Call<'_>) -> Result<(), CommandError> {
    let hash = call.keyspace.look::<Hash>(call.args.at(1), call.now)?;
    match hash.and_then(|hash| hash.get(call.args.at(2))) {
        Some(value) => call.reply.bulk(value),
        None => call.reply.null(),
    }
    Ok(())
}

fn hmget(call: &mut Call<'_>) -> Result<(), CommandError> {
    let hash = call.keyspace.look::<Hash>(call.args.at(1), call.now)?;
    call.reply.array(call.args.len() - 2);
    for field in call.args.from(2) {
        match hash.and_then(|hash| hash.get(field)) {
            Some(value) => call.reply.bulk(value),
            None => call.reply.null(),
        }
    }
    Ok(())
}

fn hgetall(call: &mut Call<'_>) -> Result<(), CommandError> {
    let hash = call.keyspace.look::<Hash>(call.args.at(1), call.now)?;
    call.reply.map(hash.map_or(0, Hash::len));
    for (field, value) in hash.into_iter().flat_map(Hash::iter) {
        call.reply.bulk(field);
        call.reply.bulk(value);
    }
    Ok(())
}

fn hkeys(call: &mut Call<'_>) -> Result<(), CommandError> {
    let hash = call.keyspace.look::<Hash>(call.args.at(1), call.now)?;
    call.reply.array(hash.map_or(0, Hash::len));
    for (field, _) in hash.into_iter().flat_map(Hash::iter) {
        call.reply.bulk(field);
    }
    Ok(())
}

fn hvals(call: &mut Call<'_>) -> Result<(), CommandError> {
    let hash = call.keyspace.look::<Hash>(call.args.at(1), call.now)?;
    call.reply.array(hash.map_or(0, Hash::len));
    for (_, value) in hash.into_iter().flat_map(Hash::iter) {
        call.reply.bulk(value);
    }
    Ok(())
}

fn hdel(call: &mut Call<'_>) -> Result<(), CommandError> {
    let fields = call.args.from(2);
    let removed = call
        .keyspace
        .edit(call.args.at(1), call.now, |hash: &mut Hash| {
            fields.filter(|field| hash.remove(field)).count()
        })?;
    call.reply.count(removed.unwrap_or(0));
    Ok(())
}

fn hlen(call: &mut Call<'_>) -> Result<(), CommandError> {
    let hash = call.keyspace.look::<Hash>(call.args.at(1), call.now)?;
    call.reply.count(hash.map_or(0, Hash::len));
    Ok(())
}

fn hexists(call: &mut Call<'_>) -> Result<(), CommandError> {
    let hash = call.keyspace.look::<Hash>(call.args.at(1), call.now)?;
    let found = hash.is_some_and(|hash| hash.get(call.args.at(2)).is_some());
    call.reply.integer(found.into());
    Ok(())
}

fn hstrlen(call: &mut Call<'_>) -> Result<(), CommandError> {
    let hash = call.keyspace.look::<Hash>(call.args.at(1), call.now)?;
    let value = hash.and_then(|hash| hash.get(call.args.at(2)));
    call.reply.count(value.map_or(0, <[u8]>::len));
    Ok(())
}

fn hincrby(call: &mut Call<'_>) -> Result<(), CommandError> {
    let (key, field, by) = (call.args.at(1), call.args.at(2), call.integer(3)?);
    let sum = call
        .keyspace
        .edit_or_new(key, call.now, |hash: &mut Hash| {
            let old = match hash.get(field) {
                None => 0,
                Some(text) => parse_integer(text)
                    .ok_or_else(|| CommandError::other("hash value is not an integer"))?,
            };
            let sum = old.checked_add(by).ok_or(CommandError::Overflow)?;
            hash.set(field, itoa::Buffer::new().format(sum).as_bytes());
            Ok::<_, CommandError>(sum)
        })??;
    call.reply.integer(sum);
    Ok(())
}

fn hincrbyfloat(call: &mut Call<'_>) -> Result<(), CommandError> {
    let (key, field, by) = (call.args.at(1), call.args.at(2), call.args.at(3));
    // What is added is judged before the key.
    match decimal::sum(b"0", by) {
        Err(CommandError::NotFinite) => {
            return Err(CommandError::other("value is NaN or Infinity"));
        }
        other => other?,
    };
    let sum = call
        .keyspace
        .edit_or_new(key, call.now, |hash: &mut Hash| {
            let old = hash.get(field).unwrap_or(b"0");
            let sum = decimal::sum(old, by).map_err(|error| match error {
                CommandError::NotAFloat => CommandError::other("hash value is not a float"),
                other => other,
            })?;
            hash.set(field, sum.as_bytes());
            Ok::<_, CommandError>(sum)
        })??;
    call.reply.bulk(sum.as_bytes());
    Ok(())
}

fn hrandfield(call: &mut Call<'_>) -> Result<(), CommandError> {
    let key = call.args.at(1);
    let draw = call.server.draw();
    if call.args.len() == 2 {
        let hash = call.keyspace.look::<Hash>(key, call.now)?;
        match hash.and_then(|hash| hash.at((draw % hash.len() as u64) as usize)) {
            Some((field, _)) => call.reply.bulk(field),
            None => call.reply.null(),
        }
        return Ok(());
    }
    let count = call.random_count(2)?;
    let with_values = match call.args.get(3) {
        None => false,
        Some(word) if word.eq_ignore_ascii_case(b"withvalues") && call.args.len() == 4 => true,
        Some(_) => return Err(CommandError::Syntax),
    };
    if with_values && !(i64::MIN / 2..=i64::MAX / 2).contains(&count) {
        return Err(CommandError::other("value is out of range"));
    }
    let places = match call.keyspace.look::<Hash>(key, call.now)? {
        None => Vec::new(),
        Some(hash) => call.server.draw_places(hash.len(), count),
    };
    let hash = call.keyspace.peek::<Hash>(key, call.now)?;
    let chosen: Vec<(&[u8], &[u8])> = hash
        .into_iter()
        .flat_map(|hash| places.iter().filter_map(|place| hash.at(*place)))
        .collect();
    if with_values {
        call.reply.pairs(chosen.len());
    } else {
        call.reply.array(chosen.len());
    }
    for (field, value) in chosen {
        if with_values {
            call.reply.pair();
        }
        call.reply.bulk(field);
        if with_values {
            call.reply.bulk(value);
        }
    }
    Ok(())
}

fn hscan(call: &mut Call<'_>) -> Result<(), CommandError> {
    let Some(options) = ScanOptions::of_collection::<Hash>(call)? else {
        return Ok(());
    };
    let hash = call.keyspace.peek::<Hash>(call.args.at(1), call.now)?;
    let (next, found) = match hash {
        None => (0, Vec::new()),
        Some(hash) => {
            let (next, found) = hash.scan(options.cursor, options.count);
            let matching = found.filter(|(field, _)| glob::matches(options.pattern, field));
            (next, matching.collect())
        }
    };
    call.reply.array(2);
    call.reply.bulk(next.to_string().as_bytes());
    call.reply.array(found.len() * 2);
    for (field, value) in found {
        call.reply.bulk(field);
        call.reply.bulk(value);
    }
    Ok(())
}
