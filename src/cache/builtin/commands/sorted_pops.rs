//! Taking the lowest or highest members of sorted sets, at once or when there
//! are some: `ZPOPMIN`, `BZPOPMAX`, `ZMPOP` and their kin.

use super::call::Call;
use super::command::{Command, Flags};
use super::error::CommandError;
use super::several_keys::SeveralKeys;
use crate::cache::builtin::keyspace::SortedSet;

const POP: Flags = Flags::WRITE.and(Flags::FAST);
const WAIT: Flags = POP.and(Flags::NOSCRIPT).and(Flags::BLOCKING);

pub(super) const COMMANDS: &[Command] = &[
    Command::new("zpopmin", -2, POP, |call| pop(call, Side::Lowest)).keys(1, 1, 1),
    Command::new("zpopmax", -2, POP, |call| pop(call, Side::Highest)).keys(1, 1, 1),
    Command::new("bzpopmin", -3, WAIT, |call| {
        blocking_pop(call, Side::Lowest)
    })
    .keys(1, -2, 1),
    Command::new("bzpopmax", -3, WAIT, |call| {
        blocking_pop(call, Side::Highest)
    })
    .keys(1, -2, 1),
    Command::new("zmpop", -4, Flags::WRITE.and(Flags::MOVABLEKEYS), zmpop),
    Command::new(
        "bzmpop",
        -5,
        Flags::WRITE.and(Flags::BLOCKING).and(Flags::MOVABLEKEYS),
        bzmpop,
    ),
];

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Side {
    Lowest,
    Highest,
}

type Popped = Vec<(Box<[u8]>, f64)>;

/// Up to `count` members from a side; `None` without the key.
fn take(
    call: &mut Call<'_>,
    key: &[u8],
    side: Side,
    count: usize,
) -> Result<Option<Popped>, CommandError> {
    Ok(call.keyspace.edit(key, call.now, |set: &mut SortedSet| {
        let owned = |(member, score): (&[u8], f64)| (Box::from(member), score);
        let popped: Popped = match side {
            Side::Lowest => set.from(0).take(count).map(owned).collect(),
            Side::Highest => set.back_from(set.len()).take(count).map(owned).collect(),
        };
        for (member, _) in &popped {
            set.remove(member);
        }
        popped
    })?)
}

fn pop(call: &mut Call<'_>, side: Side) -> Result<(), CommandError> {
    let count = match call.args.len() {
        2 => None,
        3 => Some(call.positive(2)?),
        _ => return Err(CommandError::Syntax),
    };
    let popped = take(call, call.args.at(1), side, count.unwrap_or(1))?;
    let popped = popped.unwrap_or_default();
    if count.is_some() {
        call.reply.pairs(popped.len());
    } else {
        call.reply.array(popped.len() * 2);
    }
    for (member, score) in &popped {
        if count.is_some() {
            call.reply.pair();
        }
        call.reply.bulk(member);
        call.reply.double(*score);
    }
    Ok(())
}

fn blocking_pop(call: &mut Call<'_>, side: Side) -> Result<(), CommandError> {
    let last = call.args.len() - 1;
    let patience = call.patience(last)?;
    for at in 1..last {
        let key = call.args.at(at);
        let popped = take(call, key, side, 1)?.unwrap_or_default();
        if let Some((member, score)) = popped.first() {
            call.reply.array(3);
            call.reply.bulk(key);
            call.reply.bulk(member);
            call.reply.double(*score);
            return Ok(());
        }
    }
    call.wait_for(1..last, patience);
    Ok(())
}

fn pop_first(call: &mut Call<'_>, keys: &SeveralKeys) -> Result<bool, CommandError> {
    let word = call.args.get(keys.after).ok_or(CommandError::Syntax)?;
    let side = match word.to_ascii_lowercase().as_slice() {
        b"min" => Side::Lowest,
        b"max" => Side::Highest,
        _ => return Err(CommandError::Syntax),
    };
    let count = keys.count_option(call, keys.after + 1)?;
    for key in keys.iter(call.args) {
        let Some(popped) = take(call, key, side, count)? else {
            continue;
        };
        call.reply.array(2);
        call.reply.bulk(key);
        call.reply.array(popped.len());
        for (member, score) in &popped {
            call.reply.array(2);
            call.reply.bulk(member);
            call.reply.double(*score);
        }
        return Ok(true);
    }
    Ok(false)
}

fn zmpop(call: &mut Call<'_>) -> Result<(), CommandError> {
    let keys = SeveralKeys::read(call, 1)?;
    if !pop_first(call, &keys)? {
        call.reply.null_array();
    }
    Ok(())
}

fn bzmpop(call: &mut Call<'_>) -> Result<(), CommandError> {
    let patience = call.patience(1)?;
    let keys = SeveralKeys::read(call, 2)?;
    if !pop_first(call, &keys)? {
        call.wait_for(keys.places(), patience);
    }
    Ok(())
}
