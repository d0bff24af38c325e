//! Sorted sets, member by member: `ZADD`, `ZSCORE`, `ZRANK` and their kin.

use super::call::Call;
use super::command::{Command, Flags};
use super::error::CommandError;
use super::scan::ScanOptions;
use crate::cache::builtin::glob;
use crate::cache::builtin::keyspace::{Outcome, SortedSet};
use crate::cache::builtin::wire::{parse_float, shortest_of_17};

const READ: Flags = Flags::READONLY;
const QUICK_READ: Flags = READ.and(Flags::FAST);
const QUICK_WRITE: Flags = Flags::WRITE.and(Flags::FAST);
const GROWING: Flags = QUICK_WRITE.and(Flags::DENYOOM);

pub(super) const COMMANDS: &[Command] = &[
    Command::new("zadd", -4, GROWING, zadd).keys(1, 1, 1),
    Command::new("zincrby", 4, GROWING, zincrby).keys(1, 1, 1),
    Command::new("zrem", -3, QUICK_WRITE, zrem).keys(1, 1, 1),
    Command::new("zscore", 3, QUICK_READ, zscore).keys(1, 1, 1),
    Command::new("zmscore", -3, QUICK_READ, zmscore).keys(1, 1, 1),
    Command::new("zrank", 3, QUICK_READ, |call| rank(call, false)).keys(1, 1, 1),
    Command::new("zrevrank", 3, QUICK_READ, |call| rank(call, true)).keys(1, 1, 1),
    Command::new("zcard", 2, QUICK_READ, zcard).keys(1, 1, 1),
    Command::new("zrandmember", -2, READ, zrandmember).keys(1, 1, 1),
    Command::new("zscan", -3, READ, zscan).keys(1, 1, 1),
];

/// The options of `ZADD`.
#[derive(Debug, Default)]
struct AddOptions {
    only_new: bool,
    only_old: bool,
    only_greater: bool,
    only_less: bool,
    count_changed: bool,
    increment: bool,
}

/// What became of one pair.
enum Added {
    New(f64),
    Changed(f64),
    Same(f64),
    /// An option forbids it.
    Refused,
}

impl AddOptions {
    /// The options, and where the pairs start.
    fn read(call: &Call<'_>) -> Result<(AddOptions, usize), CommandError> {
        let mut options = AddOptions::default();
        let mut at = 2;
        while let Some(word) = call.args.get(at) {
            match word.to_ascii_lowercase().as_slice() {
                b"nx" => options.only_new = true,
                b"xx" => options.only_old = true,
                b"gt" => options.only_greater = true,
                b"lt" => options.only_less = true,
                b"ch" => options.count_changed = true,
                b"incr" => options.increment = true,
                _ => break,
            }
            at += 1;
        }
        let words = call.args.len() - at;
        if words == 0 || !words.is_multiple_of(2) {
            return Err(CommandError::Syntax);
        }
        if options.only_new && options.only_old {
            return Err(CommandError::other(
                "XX and NX options at the same time are not compatible",
            ));
        }
        let several = [options.only_new, options.only_greater, options.only_less];
        if several.into_iter().filter(|set| *set).count() > 1 {
            return Err(CommandError::other(
                "GT, LT, and/or NX options at the same time are not compatible",
            ));
        }
        if options.increment && words > 2 {
            return Err(CommandError::other(
                "INCR option supports a single increment-element pair",
            ));
        }
        Ok((options, at))
    }

    fn add(&self, set: &mut SortedSet, member: &[u8], by: f64) -> Result<Added, CommandError> {
        let old = set.score(member);
        let Some(old) = old else {
            if self.only_old {
                return Ok(Added::Refused);
            }
            set.set(member, by);
            return Ok(Added::New(by));
        };
        if self.only_new {
            return Ok(Added::Refused);
        }
        let score = if self.increment { old + by } else { by };
        if score.is_nan() {
            return Err(not_a_number());
        }
        if self.only_greater && score <= old || self.only_less && score >= old {
            return Ok(Added::Refused);
        }
        if score == old {
            return Ok(Added::Same(score));
        }
        set.set(member, score);
        Ok(Added::Changed(score))
    }
}

fn not_a_number() -> CommandError {
    CommandError::other("resulting score is not a number (NaN)")
}

/// What `ZADD` has done.
#[derive(Default)]
struct AddedAll {
    new: usize,
    changed: usize,
    /// The score of the last pair, unless it was refused.
    score: Option<f64>,
}

impl Outcome for AddedAll {
    fn changed(&self) -> bool {
        self.new + self.changed > 0
    }
}

fn add_all(
    call: &mut Call<'_>,
    options: &AddOptions,
    pairs: &[(f64, &[u8])],
) -> Result<AddedAll, CommandError> {
    let mut done = AddedAll::default();
    call.keyspace
        .edit_or_new(call.args.at(1), call.now, |set: &mut SortedSet| {
            for (score, member) in pairs {
                done.score = match options.add(set, member, *score)? {
                    Added::New(score) => {
                        done.new += 1;
                        Some(score)
                    }
                    Added::Changed(score) => {
                        done.changed += 1;
                        Some(score)
                    }
                    Added::Same(score) => Some(score),
                    Added::Refused => None,
                };
            }
            Ok(done)
        })?
}

fn zadd(call: &mut Call<'_>) -> Result<(), CommandError> {
    let (options, first) = AddOptions::read(call)?;
    let args = call.args;
    let pairs: Vec<(f64, &[u8])> = (first..args.len())
        .step_by(2)
        .map(|at| Some((parse_float(args.at(at))?, args.at(at + 1))))
        .collect::<Option<_>>()
        .ok_or(CommandError::NotAFloat)?;
    let done = add_all(call, &options, &pairs)?;
    match (options.increment, done.score) {
        (true, Some(score)) => call.reply.double(score),
        (true, None) => call.reply.null(),
        (false, _) if options.count_changed => call.reply.count(done.new + done.changed),
        (false, _) => call.reply.count(done.new),
    }
    Ok(())
}

fn zincrby(call: &mut Call<'_>) -> Result<(), CommandError> {
    let options = AddOptions {
        increment: true,
        ..AddOptions::default()
    };
    let by = parse_float(call.args.at(2)).ok_or(CommandError::NotAFloat)?;
    let done = add_all(call, &options, &[(by, call.args.at(3))])?;
    call.reply.double(done.score.unwrap_or(by));
    Ok(())
}

fn zrem(call: &mut Call<'_>) -> Result<(), CommandError> {
    let members = call.args.from(2);
    let removed = call
        .keyspace
        .edit(call.args.at(1), call.now, |set: &mut SortedSet| {
            members
                .filter(|member| set.remove(member).is_some())
                .count()
        })?;
    call.reply.count(removed.unwrap_or(0));
    Ok(())
}

fn zscore(call: &mut Call<'_>) -> Result<(), CommandError> {
    let set = call.keyspace.look::<SortedSet>(call.args.at(1), call.now)?;
    match set.and_then(|set| set.score(call.args.at(2))) {
        Some(score) => call.reply.double(score),
        None => call.reply.null(),
    }
    Ok(())
}

fn zmscore(call: &mut Call<'_>) -> Result<(), CommandError> {
    let set = call.keyspace.look::<SortedSet>(call.args.at(1), call.now)?;
    call.reply.array(call.args.len() - 2);
    for member in call.args.from(2) {
        match set.and_then(|set| set.score(member)) {
            Some(score) => call.reply.double(score),
            None => call.reply.null(),
        }
    }
    Ok(())
}

fn rank(call: &mut Call<'_>, is_reversed: bool) -> Result<(), CommandError> {
    let set = call.keyspace.look::<SortedSet>(call.args.at(1), call.now)?;
    let place = set.and_then(|set| {
        let rank = set.rank(call.args.at(2))?;
        Some(if is_reversed {
            set.len() - 1 - rank
        } else {
            rank
        })
    });
    match place {
        Some(place) => call.reply.count(place),
        None => call.reply.null(),
    }
    Ok(())
}

fn zcard(call: &mut Call<'_>) -> Result<(), CommandError> {
    let set = call.keyspace.look::<SortedSet>(call.args.at(1), call.now)?;
    call.reply.count(set.map_or(0, SortedSet::len));
    Ok(())
}

fn zrandmember(call: &mut Call<'_>) -> Result<(), CommandError> {
    let key = call.args.at(1);
    let count = match call.args.len() {
        2 => None,
        _ => Some(call.random_count(2)?),
    };
    let with_scores = match call.args.get(3) {
        None => false,
        Some(word) if word.eq_ignore_ascii_case(b"withscores") && call.args.len() == 4 => true,
        Some(_) => return Err(CommandError::Syntax),
    };
    let within = i64::MIN / 2..=i64::MAX / 2;
    if with_scores && count.is_some_and(|count| !within.contains(&count)) {
        return Err(CommandError::other("value is out of range"));
    }
    let set = call.keyspace.look::<SortedSet>(key, call.now)?;
    let chosen: Vec<(&[u8], f64)> = match set {
        None => Vec::new(),
        Some(set) => {
            let places = call.server.draw_places(set.len(), count.unwrap_or(1));
            places
                .into_iter()
                .filter_map(|place| set.at(place))
                .collect()
        }
    };
    if count.is_none() {
        match chosen.first() {
            Some((member, _)) => call.reply.bulk(member),
            None => call.reply.null(),
        }
    } else if with_scores {
        call.reply.pairs(chosen.len());
        for (member, score) in chosen {
            call.reply.pair();
            call.reply.bulk(member);
            call.reply.double(score);
        }
    } else {
        call.reply.array(chosen.len());
        for (member, _) in chosen {
            call.reply.bulk(member);
        }
    }
    Ok(())
}

fn zscan(call: &mut Call<'_>) -> Result<(), CommandError> {
    let Some(options) = ScanOptions::of_collection::<SortedSet>(call)? else {
        return Ok(());
    };
    let set = call.keyspace.peek::<SortedSet>(call.args.at(1), call.now)?;
    let (next, mut found) = match set {
        None => (0, Vec::new()),
        Some(set) => set.scan(options.cursor, options.count),
    };
    found.retain(|(member, _)| glob::matches(options.pattern, member));
    call.reply.array(2);
    call.reply.bulk(next.to_string().as_bytes());
    call.reply.array(found.len() * 2);
    for (member, score) in found {
        call.reply.bulk(member);
        // Text in RESP3, too, as in Redis.
        call.reply.bulk(shortest_of_17(score).as_bytes());
    }
    Ok(())
}
