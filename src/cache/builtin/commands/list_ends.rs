//! Taking from the ends of lists, at once or when there is something:
//! `LPOP`, `LMOVE`, `BLPOP` and their kin.

use std::time::Duration;

use super::call::Call;
use super::command::{Command, Flags};
use super::error::CommandError;
use super::several_keys::SeveralKeys;
use crate::cache::builtin::keyspace::{End, List};

const WRITE: Flags = Flags::WRITE.and(Flags::DENYOOM);
const WAIT: Flags = Flags::NOSCRIPT.and(Flags::BLOCKING);
const POP: Flags = Flags::WRITE.and(Flags::FAST);
const BLOCKING_POP: Flags = Flags::WRITE.and(WAIT);
const BLOCKING_MOVE: Flags = WRITE.and(WAIT);

pub(super) const COMMANDS: &[Command] = &[
    Command::new("lpop", -2, POP, |call| pop(call, End::Left)).keys(1, 1, 1),
    Command::new("rpop", -2, POP, |call| pop(call, End::Right)).keys(1, 1, 1),
    Command::new("lmpop", -4, Flags::WRITE.and(Flags::MOVABLEKEYS), lmpop),
    Command::new("lmove", 5, WRITE, lmove).keys(1, 2, 1),
    Command::new("rpoplpush", 3, WRITE, rpoplpush).keys(1, 2, 1),
    Command::new("blpop", -3, BLOCKING_POP, |call| {
        blocking_pop(call, End::Left)
    })
    .keys(1, -2, 1),
    Command::new("brpop", -3, BLOCKING_POP, |call| {
        blocking_pop(call, End::Right)
    })
    .keys(1, -2, 1),
    Command::new("blmove", 6, BLOCKING_MOVE, blmove).keys(1, 2, 1),
    Command::new("brpoplpush", 4, BLOCKING_MOVE, brpoplpush).keys(1, 2, 1),
    Command::new(
        "blmpop",
        -5,
        Flags::WRITE.and(Flags::BLOCKING).and(Flags::MOVABLEKEYS),
        blmpop,
    ),
];

fn pop(call: &mut Call<'_>, end: End) -> Result<(), CommandError> {
    let key = call.args.at(1);
    if call.args.len() > 3 {
        return Err(CommandError::Arity(
            match end {
                End::Left => "lpop",
                End::Right => "rpop",
            }
            .into(),
        ));
    }
    if call.args.len() == 2 {
        let popped = call
            .keyspace
            .edit(key, call.now, |list: &mut List| list.pop(end))?;
        match popped.flatten() {
            Some(element) => call.reply.bulk(&element),
            None => call.reply.null(),
        }
        return Ok(());
    }
    let count = call.positive(2)?;
    match pop_many(call, key, end, count)? {
        None => call.reply.null_array(),
        Some(popped) => reply_all(call, &popped),
    }
    Ok(())
}

/// Up to `count` elements from an end; `None` without the key.
fn pop_many(
    call: &mut Call<'_>,
    key: &[u8],
    end: End,
    count: usize,
) -> Result<Option<Vec<Box<[u8]>>>, CommandError> {
    Ok(call.keyspace.edit(key, call.now, |list: &mut List| {
        let count = count.min(list.len());
        let popped = (0..count).filter_map(|_| list.pop(end));
        popped.collect()
    })?)
}

fn reply_all(call: &mut Call<'_>, elements: &[Box<[u8]>]) {
    call.reply.array(elements.len());
    for element in elements {
        call.reply.bulk(element);
    }
}

fn end_of(word: &[u8]) -> Result<End, CommandError> {
    if word.eq_ignore_ascii_case(b"left") {
        Ok(End::Left)
    } else if word.eq_ignore_ascii_case(b"right") {
        Ok(End::Right)
    } else {
        Err(CommandError::Syntax)
    }
}

/// `LMPOP`'s arguments from the number of keys on; whether something was
/// popped and answered.
fn pop_first(call: &mut Call<'_>, keys: &SeveralKeys) -> Result<bool, CommandError> {
    let end = end_of(call.args.get(keys.after).ok_or(CommandError::Syntax)?)?;
    let count = keys.count_option(call, keys.after + 1)?;
    for key in keys.iter(call.args) {
        if let Some(popped) = pop_many(call, key, end, count)? {
            call.reply.array(2);
            call.reply.bulk(key);
            reply_all(call, &popped);
            return Ok(true);
        }
    }
    Ok(false)
}

fn lmpop(call: &mut Call<'_>) -> Result<(), CommandError> {
    let keys = SeveralKeys::read(call, 1)?;
    if !pop_first(call, &keys)? {
        call.reply.null_array();
    }
    Ok(())
}

fn blmpop(call: &mut Call<'_>) -> Result<(), CommandError> {
    let patience = call.patience(1)?;
    let keys = SeveralKeys::read(call, 2)?;
    if !pop_first(call, &keys)? {
        call.wait_for(keys.places(), patience);
    }
    Ok(())
}

/// Moves an element; `None` without a source.
fn move_one(
    call: &mut Call<'_>,
    (from, from_end): (&[u8], End),
    (to, to_end): (&[u8], End),
) -> Result<Option<Box<[u8]>>, CommandError> {
    if call.keyspace.look::<List>(from, call.now)?.is_none() {
        return Ok(None);
    }
    call.keyspace.peek::<List>(to, call.now)?;
    if from == to {
        // In one edit: a list of one must not go in between.
        let moved = call.keyspace.edit(from, call.now, |list: &mut List| {
            let element = list.pop(from_end)?;
            list.push(to_end, &element);
            Some(element)
        })?;
        return Ok(moved.flatten());
    }
    let moved = call
        .keyspace
        .edit(from, call.now, |list: &mut List| list.pop(from_end))?;
    let moved = moved.flatten();
    if let Some(element) = &moved {
        call.keyspace
            .edit_or_new(to, call.now, |list: &mut List| list.push(to_end, element))?;
    }
    Ok(moved)
}

fn ends(call: &Call<'_>) -> Result<(End, End), CommandError> {
    Ok((end_of(call.args.at(3))?, end_of(call.args.at(4))?))
}

fn move_now(call: &mut Call<'_>, from: End, to: End) -> Result<bool, CommandError> {
    let (source, target) = (call.args.at(1), call.args.at(2));
    let moved = move_one(call, (source, from), (target, to))?;
    if let Some(element) = &moved {
        call.reply.bulk(element);
    }
    Ok(moved.is_some())
}

fn lmove(call: &mut Call<'_>) -> Result<(), CommandError> {
    let (from, to) = ends(call)?;
    if !move_now(call, from, to)? {
        call.reply.null();
    }
    Ok(())
}

fn rpoplpush(call: &mut Call<'_>) -> Result<(), CommandError> {
    if !move_now(call, End::Right, End::Left)? {
        call.reply.null();
    }
    Ok(())
}

/// Where nothing waits, a move answers with no element rather than no array.
fn wait_for_source(call: &mut Call<'_>, patience: Option<Duration>) {
    if call.client.may_not_wait {
        call.reply.null();
    } else {
        call.wait_for(1..2, patience);
    }
}

fn blmove(call: &mut Call<'_>) -> Result<(), CommandError> {
    let (from, to) = ends(call)?;
    let patience = call.patience(5)?;
    if !move_now(call, from, to)? {
        wait_for_source(call, patience);
    }
    Ok(())
}

fn brpoplpush(call: &mut Call<'_>) -> Result<(), CommandError> {
    let patience = call.patience(3)?;
    if !move_now(call, End::Right, End::Left)? {
        wait_for_source(call, patience);
    }
    Ok(())
}

fn blocking_pop(call: &mut Call<'_>, end: End) -> Result<(), CommandError> {
    let last = call.args.len() - 1;
    let patience = call.patience(last)?;
    for at in 1..last {
        let key = call.args.at(at);
        let popped = call
            .keyspace
            .edit(key, call.now, |list: &mut List| list.pop(end))?;
        if let Some(element) = popped.flatten() {
            call.reply.array(2);
            call.reply.bulk(key);
            call.reply.bulk(&element);
            return Ok(());
        }
    }
    call.wait_for(1..last, patience);
    Ok(())
}
