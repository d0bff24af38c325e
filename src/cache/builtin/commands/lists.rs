//! Lists: `LPUSH`, `LRANGE` and their kin.

use super::call::Call;
use super::command::{Command, Flags};
use super::error::CommandError;
use crate::cache::builtin::keyspace::{End, List, Outcome};

const READ: Flags = Flags::READONLY;
const WRITE: Flags = Flags::WRITE.and(Flags::DENYOOM);
const PUSH: Flags = WRITE.and(Flags::FAST);

pub(super) const COMMANDS: &[Command] = &[
    Command::new("lpush", -3, PUSH, |call| push(call, End::Left)).keys(1, 1, 1),
    Command::new("rpush", -3, PUSH, |call| push(call, End::Right)).keys(1, 1, 1),
    Command::new("lpushx", -3, PUSH, |call| push_existing(call, End::Left)).keys(1, 1, 1),
    Command::new("rpushx", -3, PUSH, |call| push_existing(call, End::Right)).keys(1, 1, 1),
    Command::new("lrange", 4, READ, lrange).keys(1, 1, 1),
    Command::new("llen", 2, READ.and(Flags::FAST), llen).keys(1, 1, 1),
    Command::new("lindex", 3, READ, lindex).keys(1, 1, 1),
    Command::new("lset", 4, WRITE, lset).keys(1, 1, 1),
    Command::new("linsert", 5, WRITE, linsert).keys(1, 1, 1),
    Command::new("lrem", 4, Flags::WRITE, lrem).keys(1, 1, 1),
    Command::new("ltrim", 4, Flags::WRITE, ltrim).keys(1, 1, 1),
    Command::new("lpos", -3, READ, lpos).keys(1, 1, 1),
];

/// A new length, which is always a change.
struct Length(usize);

impl Outcome for Length {
    fn changed(&self) -> bool {
        true
    }
}

fn push_all(list: &mut List, end: End, call_args: impl Iterator<Item: AsRef<[u8]>>) -> Length {
    for element in call_args {
        list.push(end, element.as_ref());
    }
    Length(list.len())
}

fn push(call: &mut Call<'_>, end: End) -> Result<(), CommandError> {
    let (key, elements) = (call.args.at(1), call.args.from(2));
    let Length(length) = call
        .keyspace
        .edit_or_new(key, call.now, |list: &mut List| {
            push_all(list, end, elements)
        })?;
    call.reply.count(length);
    Ok(())
}

fn push_existing(call: &mut Call<'_>, end: End) -> Result<(), CommandError> {
    let (key, elements) = (call.args.at(1), call.args.from(2));
    let length = call.keyspace.edit(key, call.now, |list: &mut List| {
        push_all(list, end, elements)
    })?;
    call.reply.count(length.map_or(0, |Length(length)| length));
    Ok(())
}

/// The places from `start` to `end`, both included, of `length`; negative
/// ones count from the end.
pub(super) fn places(start: i64, end: i64, length: usize) -> std::ops::Range<usize> {
    let length = length as i64;
    let place = |at: i64| {
        if at < 0 {
            at.saturating_add(length)
        } else {
            at
        }
    };
    let (start, end) = (place(start).max(0), place(end).min(length - 1));
    if start > end {
        return 0..0;
    }
    start as usize..end as usize + 1
}

fn lrange(call: &mut Call<'_>) -> Result<(), CommandError> {
    let (start, end) = (call.integer(2)?, call.integer(3)?);
    let Some(list) = call.keyspace.look::<List>(call.args.at(1), call.now)? else {
        call.reply.array(0);
        return Ok(());
    };
    let elements = list.range(places(start, end, list.len()));
    call.reply.array(elements.len());
    for element in elements {
        call.reply.bulk(element);
    }
    Ok(())
}

fn llen(call: &mut Call<'_>) -> Result<(), CommandError> {
    let list = call.keyspace.look::<List>(call.args.at(1), call.now)?;
    call.reply.count(list.map_or(0, List::len));
    Ok(())
}

fn lindex(call: &mut Call<'_>) -> Result<(), CommandError> {
    let list = call.keyspace.look::<List>(call.args.at(1), call.now)?;
    let Some(list) = list else {
        call.reply.null();
        return Ok(());
    };
    let place = crate::cache::builtin::wire::parse_integer(call.args.at(2));
    match list.get(place.ok_or(CommandError::NotAnInteger)?) {
        Some(element) => call.reply.bulk(element),
        None => call.reply.null(),
    }
    Ok(())
}

fn lset(call: &mut Call<'_>) -> Result<(), CommandError> {
    let (key, element) = (call.args.at(1), call.args.at(3));
    if call.keyspace.look::<List>(key, call.now)?.is_none() {
        return Err(CommandError::NoSuchKey);
    }
    let place = call.integer(2)?;
    let done = call
        .keyspace
        .edit(key, call.now, |list: &mut List| list.set(place, element))?;
    if done != Some(true) {
        return Err(CommandError::other("index out of range"));
    }
    call.reply.ok();
    Ok(())
}

fn linsert(call: &mut Call<'_>) -> Result<(), CommandError> {
    let (key, pivot, element) = (call.args.at(1), call.args.at(3), call.args.at(4));
    let side = call.args.at(2);
    let is_after = if side.eq_ignore_ascii_case(b"after") {
        true
    } else if side.eq_ignore_ascii_case(b"before") {
        false
    } else {
        return Err(CommandError::Syntax);
    };
    let length = call.keyspace.edit(key, call.now, |list: &mut List| {
        let place = list.iter().position(|one| one == pivot)?;
        list.insert(place + usize::from(is_after), element);
        Some(list.len())
    })?;
    match length {
        None => call.reply.integer(0),
        Some(None) => call.reply.integer(-1),
        Some(Some(length)) => call.reply.count(length),
    }
    Ok(())
}

fn lrem(call: &mut Call<'_>) -> Result<(), CommandError> {
    let (key, element) = (call.args.at(1), call.args.at(3));
    let count = call.integer(2)?;
    let end = if count < 0 { End::Right } else { End::Left };
    let most = match count {
        0 => usize::MAX,
        count => usize::try_from(count.unsigned_abs()).unwrap_or(usize::MAX),
    };
    let removed = call.keyspace.edit(key, call.now, |list: &mut List| {
        list.remove(element, end, most)
    })?;
    call.reply.count(removed.unwrap_or(0));
    Ok(())
}

fn ltrim(call: &mut Call<'_>) -> Result<(), CommandError> {
    let (start, end) = (call.integer(2)?, call.integer(3)?);
    call.keyspace
        .edit(call.args.at(1), call.now, |list: &mut List| {
            list.keep(places(start, end, list.len()));
        })?;
    call.reply.ok();
    Ok(())
}

/// The options of `LPOS`.
struct Search {
    rank: i64,
    count: Option<usize>,
    most: usize,
}

impl Search {
    fn read(call: &Call<'_>) -> Result<Search, CommandError> {
        let mut search = Search {
            rank: 1,
            count: None,
            most: usize::MAX,
        };
        let positive = |at: usize, name: &str| {
            let number = call.integer(at).ok();
            number
                .and_then(|number| usize::try_from(number).ok())
                .ok_or_else(|| CommandError::other(format_args!("{name} can't be negative")))
        };
        let mut at = 3;
        while let Some(option) = call.args.get(at) {
            if call.args.len() <= at + 1 {
                return Err(CommandError::Syntax);
            }
            match option.to_ascii_lowercase().as_slice() {
                b"rank" => {
                    search.rank = call.integer(at + 1)?;
                    if search.rank == i64::MIN {
                        return Err(CommandError::other(
                            "value is out of range, value must between -9223372036854775807 and \
                             9223372036854775807",
                        ));
                    }
                    if search.rank == 0 {
                        return Err(CommandError::other(
                            "RANK can't be zero: use 1 to start from the first match, 2 from the \
                             second ... or use negative to start from the end of the list",
                        ));
                    }
                }
                b"count" => search.count = Some(positive(at + 1, "COUNT")?),
                b"maxlen" => {
                    search.most = match positive(at + 1, "MAXLEN")? {
                        0 => usize::MAX,
                        most => most,
                    }
                }
                _ => return Err(CommandError::Syntax),
            }
            at += 2;
        }
        Ok(search)
    }

    fn places(&self, list: &List, element: &[u8]) -> Vec<usize> {
        let wanted = match self.count {
            None => 1,
            Some(0) => usize::MAX,
            Some(count) => count,
        };
        let skipped = usize::try_from(self.rank.unsigned_abs() - 1).unwrap_or(usize::MAX);
        let is_it = |(_, one): &(usize, &[u8])| *one == element;
        let places = list.iter().enumerate();
        if self.rank > 0 {
            let found = places
                .take(self.most)
                .filter(is_it)
                .skip(skipped)
                .take(wanted);
            found.map(|(place, _)| place).collect()
        } else {
            let found = places.rev().take(self.most).filter(is_it);
            found
                .skip(skipped)
                .take(wanted)
                .map(|(place, _)| place)
                .collect()
        }
    }
}

fn lpos(call: &mut Call<'_>) -> Result<(), CommandError> {
    let search = Search::read(call)?;
    let list = call.keyspace.look::<List>(call.args.at(1), call.now)?;
    let found = list.map_or(Vec::new(), |list| search.places(list, call.args.at(2)));
    if search.count.is_some() {
        call.reply.array(found.len());
        for place in found {
            call.reply.count(place);
        }
    } else {
        match found.first() {
            Some(place) => call.reply.count(*place),
            None => call.reply.null(),
        }
    }
    Ok(())
}
