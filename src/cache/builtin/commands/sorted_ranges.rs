//! Ranges of sorted sets: `ZRANGE`, `ZCOUNT`, `ZREMRANGEBYSCORE` and their kin.

use std::ops::Range;

use super::call::Call;
use super::command::{Command, Flags};
use super::error::CommandError;
use super::lists::places;
use crate::cache::builtin::keyspace::SortedSet;
use crate::cache::builtin::wire::{parse_float, parse_integer};

const READ: Flags = Flags::READONLY;
const QUICK_READ: Flags = READ.and(Flags::FAST);
const WRITE: Flags = Flags::WRITE;

pub(super) const COMMANDS: &[Command] = &[
    Command::new("zrange", -4, READ, |call| reply(call, 1, Sort::Told, false)).keys(1, 1, 1),
    Command::new("zrevrange", -4, READ, |call| {
        reply(call, 1, Sort::Index, true)
    })
    .keys(1, 1, 1),
    Command::new("zrangebyscore", -4, READ, |call| {
        reply(call, 1, Sort::Score, false)
    })
    .keys(1, 1, 1),
    Command::new("zrevrangebyscore", -4, READ, |call| {
        reply(call, 1, Sort::Score, true)
    })
    .keys(1, 1, 1),
    Command::new("zrangebylex", -4, READ, |call| {
        reply(call, 1, Sort::Lex, false)
    })
    .keys(1, 1, 1),
    Command::new("zrevrangebylex", -4, READ, |call| {
        reply(call, 1, Sort::Lex, true)
    })
    .keys(1, 1, 1),
    Command::new("zrangestore", -5, WRITE.and(Flags::DENYOOM), zrangestore).keys(1, 2, 1),
    Command::new("zcount", 4, QUICK_READ, |call| count(call, Sort::Score)).keys(1, 1, 1),
    Command::new("zlexcount", 4, QUICK_READ, |call| count(call, Sort::Lex)).keys(1, 1, 1),
    Command::new("zremrangebyrank", 4, WRITE, |call| {
        remove(call, Sort::Index)
    })
    .keys(1, 1, 1),
    Command::new("zremrangebyscore", 4, WRITE, |call| {
        remove(call, Sort::Score)
    })
    .keys(1, 1, 1),
    Command::new("zremrangebylex", 4, WRITE, |call| remove(call, Sort::Lex)).keys(1, 1, 1),
];

/// What the two ends of a range are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Sort {
    /// The options say it.
    Told,
    Index,
    Score,
    Lex,
}

/// One end of a range.
#[derive(Debug, Clone, Copy)]
struct Bound<T> {
    at: T,
    is_excluded: bool,
}

/// A member, or an end beyond all of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Lex<'a> {
    Lowest,
    Member(&'a [u8]),
    Highest,
}

/// A range before the set is known.
#[derive(Debug, Clone, Copy)]
enum Bounds<'a> {
    Index(i64, i64),
    Score(Bound<f64>, Bound<f64>),
    Lex(Bound<Lex<'a>>, Bound<Lex<'a>>),
}

fn score(text: &[u8]) -> Option<Bound<f64>> {
    let (is_excluded, number) = match text {
        [b'(', number @ ..] => (true, number),
        number => (false, number),
    };
    let at = parse_float(number)?;
    Some(Bound { at, is_excluded })
}

fn lex(text: &[u8]) -> Option<Bound<Lex<'_>>> {
    let (at, is_excluded) = match text {
        b"-" => (Lex::Lowest, false),
        b"+" => (Lex::Highest, false),
        [b'(', member @ ..] => (Lex::Member(member), true),
        [b'[', member @ ..] => (Lex::Member(member), false),
        _ => return None,
    };
    Some(Bound { at, is_excluded })
}

impl<'a> Bounds<'a> {
    fn read(sort: Sort, low: &'a [u8], high: &'a [u8]) -> Result<Bounds<'a>, CommandError> {
        match sort {
            Sort::Told | Sort::Index => Ok(Bounds::Index(
                parse_integer(low).ok_or(CommandError::NotAnInteger)?,
                parse_integer(high).ok_or(CommandError::NotAnInteger)?,
            )),
            Sort::Score => score(low)
                .zip(score(high))
                .map(|(low, high)| Bounds::Score(low, high))
                .ok_or_else(|| CommandError::other("min or max is not a float")),
            Sort::Lex => lex(low)
                .zip(lex(high))
                .map(|(low, high)| Bounds::Lex(low, high))
                .ok_or_else(|| CommandError::other("min or max not valid string range item")),
        }
    }

    /// The places of the range in a set.
    fn places(self, set: &SortedSet, is_reversed: bool) -> Range<usize> {
        let (start, end) = match self {
            Bounds::Index(start, end) => {
                let range = places(start, end, set.len());
                if !is_reversed {
                    return range;
                }
                return set.len() - range.end..set.len() - range.start;
            }
            Bounds::Score(low, high) => (
                set.count_before(|s, _| s < low.at || low.is_excluded && s == low.at),
                set.count_before(|s, _| s < high.at || !high.is_excluded && s == high.at),
            ),
            Bounds::Lex(low, high) => (
                set.count_before(|_, m| {
                    let m = Lex::Member(m);
                    m < low.at || low.is_excluded && m == low.at
                }),
                set.count_before(|_, m| {
                    let m = Lex::Member(m);
                    m < high.at || !high.is_excluded && m == high.at
                }),
            ),
        };
        start..end.max(start)
    }
}

/// A range with its options.
struct Wanted<'a> {
    bounds: Bounds<'a>,
    is_reversed: bool,
    with_scores: bool,
    /// How many are skipped, and how many are taken at most.
    limit: (Option<usize>, usize),
}

impl<'a> Wanted<'a> {
    /// The two ends are at `at`, options follow.
    fn read(
        call: &Call<'a>,
        at: usize,
        mut sort: Sort,
        mut is_reversed: bool,
        is_stored: bool,
    ) -> Result<Wanted<'a>, CommandError> {
        let is_told = sort == Sort::Told;
        let args = call.args;
        let (low, high) = (args.at(at), args.at(at + 1));
        let mut with_scores = false;
        let mut limit = None;
        let mut at = at + 2;
        while let Some(option) = args.get(at) {
            match option.to_ascii_lowercase().as_slice() {
                b"withscores" if !is_stored => with_scores = true,
                b"limit" if args.len() > at + 2 => {
                    limit = Some((call.integer(at + 1)?, call.integer(at + 2)?));
                    at += 2;
                }
                b"rev" if is_told && !is_reversed => is_reversed = true,
                b"byscore" if sort == Sort::Told => sort = Sort::Score,
                b"bylex" if sort == Sort::Told => sort = Sort::Lex,
                _ => return Err(CommandError::Syntax),
            }
            at += 1;
        }
        let by_index = matches!(sort, Sort::Told | Sort::Index);
        // -1 takes everything, as if there were no limit.
        if by_index && limit.is_some_and(|(_, count)| count != -1) {
            return Err(CommandError::other(
                "syntax error, LIMIT is only supported in combination with either BYSCORE or BYLEX",
            ));
        }
        if with_scores && sort == Sort::Lex {
            return Err(CommandError::other(
                "syntax error, WITHSCORES not supported in combination with BYLEX",
            ));
        }
        let bounds = if is_reversed && !by_index {
            Bounds::read(sort, high, low)?
        } else {
            Bounds::read(sort, low, high)?
        };
        let (skipped, most) = limit.filter(|_| !by_index).unwrap_or((0, -1));
        Ok(Wanted {
            bounds,
            is_reversed,
            with_scores,
            // A negative offset takes nothing, a negative count everything.
            limit: (
                usize::try_from(skipped).ok(),
                usize::try_from(most).unwrap_or(usize::MAX),
            ),
        })
    }

    fn of<'s>(&self, set: &'s SortedSet) -> Vec<(&'s [u8], f64)> {
        let range = self.bounds.places(set, self.is_reversed);
        let (Some(skipped), most) = self.limit else {
            return Vec::new();
        };
        let skipped = skipped.min(range.len());
        let length = (range.len() - skipped).min(most);
        if self.is_reversed {
            set.back_from(range.end - skipped).take(length).collect()
        } else {
            set.from(range.start + skipped).take(length).collect()
        }
    }
}

fn reply(call: &mut Call<'_>, at: usize, sort: Sort, reversed: bool) -> Result<(), CommandError> {
    let wanted = Wanted::read(call, at + 1, sort, reversed, false)?;
    let set = call
        .keyspace
        .look::<SortedSet>(call.args.at(at), call.now)?;
    let found = set.map_or(Vec::new(), |set| wanted.of(set));
    if wanted.with_scores {
        call.reply.pairs(found.len());
    } else {
        call.reply.array(found.len());
    }
    for (member, score) in found {
        if wanted.with_scores {
            call.reply.pair();
        }
        call.reply.bulk(member);
        if wanted.with_scores {
            call.reply.double(score);
        }
    }
    Ok(())
}

fn zrangestore(call: &mut Call<'_>) -> Result<(), CommandError> {
    let wanted = Wanted::read(call, 3, Sort::Told, false, true)?;
    let set = call.keyspace.look::<SortedSet>(call.args.at(2), call.now)?;
    let mut result = SortedSet::default();
    for (member, score) in set.map_or(Vec::new(), |set| wanted.of(set)) {
        result.set(member, score);
    }
    let length = result.len();
    call.keyspace.store(call.args.at(1), result, call.now);
    call.reply.count(length);
    Ok(())
}

fn count(call: &mut Call<'_>, sort: Sort) -> Result<(), CommandError> {
    let bounds = Bounds::read(sort, call.args.at(2), call.args.at(3))?;
    let set = call.keyspace.look::<SortedSet>(call.args.at(1), call.now)?;
    call.reply
        .count(set.map_or(0, |set| bounds.places(set, false).len()));
    Ok(())
}

fn remove(call: &mut Call<'_>, sort: Sort) -> Result<(), CommandError> {
    let bounds = Bounds::read(sort, call.args.at(2), call.args.at(3))?;
    let removed = call
        .keyspace
        .edit(call.args.at(1), call.now, |set: &mut SortedSet| {
            let range = bounds.places(set, false);
            let members = set.from(range.start).take(range.len());
            let members: Vec<Box<[u8]>> = members.map(|(member, _)| member.into()).collect();
            members
                .iter()
                .filter(|one| set.remove(one).is_some())
                .count()
        })?;
    call.reply.count(removed.unwrap_or(0));
    Ok(())
}
