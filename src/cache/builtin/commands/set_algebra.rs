//! Several sets at once: `SINTER`, `SUNION`, `SDIFF` and where they are stored.

use super::call::Call;
use super::command::{Command, Flags};
use super::error::CommandError;
use crate::cache::builtin::keyspace::Set;

const READ: Flags = Flags::READONLY;
const STORE: Flags = Flags::WRITE.and(Flags::DENYOOM);

pub(super) const COMMANDS: &[Command] = &[
    Command::new("sinter", -2, READ, |call| reply(call, inter)).keys(1, -1, 1),
    Command::new("sunion", -2, READ, |call| reply(call, union)).keys(1, -1, 1),
    Command::new("sdiff", -2, READ, |call| reply(call, diff)).keys(1, -1, 1),
    Command::new("sinterstore", -3, STORE, |call| store(call, inter)).keys(1, -1, 1),
    Command::new("sunionstore", -3, STORE, |call| store(call, union)).keys(1, -1, 1),
    Command::new("sdiffstore", -3, STORE, |call| store(call, diff)).keys(1, -1, 1),
    Command::new("sintercard", -3, READ.and(Flags::MOVABLEKEYS), sintercard),
];

/// What becomes of several sets, of which some may be missing.
type Operation = fn(&[Option<&Set>]) -> Set;

/// The sets at some of the arguments.
fn sets<'a>(
    call: &'a mut Call<'_>,
    keys: std::ops::Range<usize>,
) -> Result<Vec<Option<&'a Set>>, CommandError> {
    // First what may delete keys whose time is over, then what only looks.
    for at in keys.clone() {
        call.keyspace.look::<Set>(call.args.at(at), call.now)?;
    }
    let found = keys.map(|at| call.keyspace.peek::<Set>(call.args.at(at), call.now));
    Ok(found.collect::<Result<_, _>>()?)
}

/// Calls `each` with the members that all sets have, until it returns false.
fn common(sets: &[Option<&Set>], mut each: impl FnMut(&[u8]) -> bool) {
    let Some(mut sets) = sets.iter().copied().collect::<Option<Vec<&Set>>>() else {
        return;
    };
    // The smallest is gone through, and the smaller ones are asked first.
    sets.sort_by_key(|set| set.len());
    let Some((smallest, others)) = sets.split_first() else {
        return;
    };
    for member in smallest.iter() {
        if others.iter().all(|set| set.contains(&member)) && !each(&member) {
            return;
        }
    }
}

fn inter(sets: &[Option<&Set>]) -> Set {
    let mut result = Set::default();
    common(sets, |member| {
        result.add(member);
        true
    });
    result
}

fn union(sets: &[Option<&Set>]) -> Set {
    let mut result = Set::default();
    for member in sets.iter().copied().flatten().flat_map(Set::iter) {
        result.add(&member);
    }
    result
}

fn diff(sets: &[Option<&Set>]) -> Set {
    let mut result = Set::default();
    let Some((Some(first), others)) = sets.split_first() else {
        return result;
    };
    for member in first.iter() {
        if !others.iter().flatten().any(|set| set.contains(&member)) {
            result.add(&member);
        }
    }
    result
}

fn reply(call: &mut Call<'_>, operation: Operation) -> Result<(), CommandError> {
    let count = call.args.len();
    let result = operation(&sets(call, 1..count)?);
    call.reply.set(result.len());
    for member in result.iter() {
        call.reply.bulk(&member);
    }
    Ok(())
}

fn store(call: &mut Call<'_>, operation: Operation) -> Result<(), CommandError> {
    let count = call.args.len();
    let result = operation(&sets(call, 2..count)?);
    let length = result.len();
    call.keyspace.store(call.args.at(1), result, call.now);
    call.reply.count(length);
    Ok(())
}

fn sintercard(call: &mut Call<'_>) -> Result<(), CommandError> {
    let (keys, limit) = intercard_options(call)?;
    let sets = sets(call, keys)?;
    let mut found = 0;
    common(&sets, |_| {
        found += 1;
        found != limit
    });
    call.reply.count(found);
    Ok(())
}

/// Where the keys are, and the limit: 0 is none.
fn intercard_options(call: &Call<'_>) -> Result<(std::ops::Range<usize>, usize), CommandError> {
    let few = || CommandError::other("numkeys should be greater than 0");
    let number = call.integer(1).map_err(|_| few())?;
    let number = usize::try_from(number)
        .ok()
        .filter(|n| *n > 0)
        .ok_or_else(few)?;
    let after = number.saturating_add(2);
    if after > call.args.len() {
        return Err(CommandError::other(
            "Number of keys can't be greater than number of args",
        ));
    }
    Ok((2..after, limit(call, after)?))
}

/// `LIMIT n` from `at` on; 0 without it.
pub(super) fn limit(call: &Call<'_>, mut at: usize) -> Result<usize, CommandError> {
    let mut limit = 0;
    while let Some(option) = call.args.get(at) {
        if !option.eq_ignore_ascii_case(b"limit") || call.args.len() <= at + 1 {
            return Err(CommandError::Syntax);
        }
        let number = call.integer(at + 1).ok();
        limit = number
            .and_then(|n| usize::try_from(n).ok())
            .ok_or_else(|| CommandError::other("LIMIT can't be negative"))?;
        at += 2;
    }
    Ok(limit)
}
