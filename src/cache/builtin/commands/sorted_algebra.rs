//! Several sorted sets at once: `ZUNION`, `ZINTER`, `ZDIFF` and where they are
//! stored. Sets take part with a score of 1 for each member.

use std::ops::Range;

use super::call::Call;
use super::command::{Command, Flags};
use super::error::CommandError;
use super::set_algebra;
use crate::cache::builtin::keyspace::{Kind, Set, SortedSet, Value};
use crate::cache::builtin::wire::parse_float;

const READ: Flags = Flags::READONLY.and(Flags::MOVABLEKEYS);
const STORE: Flags = Flags::WRITE.and(Flags::DENYOOM).and(Flags::MOVABLEKEYS);

pub(super) const COMMANDS: &[Command] = &[
    Command::new("zunion", -3, READ, |call| reply(call, "zunion", union)),
    Command::new("zinter", -3, READ, |call| reply(call, "zinter", inter)),
    Command::new("zdiff", -3, READ, |call| reply(call, "zdiff", diff)),
    Command::new("zunionstore", -4, STORE, |call| {
        store(call, "zunionstore", union)
    })
    .keys(1, 1, 1),
    Command::new("zinterstore", -4, STORE, |call| {
        store(call, "zinterstore", inter)
    })
    .keys(1, 1, 1),
    Command::new("zdiffstore", -4, STORE, |call| {
        store(call, "zdiffstore", diff)
    })
    .keys(1, 1, 1),
    Command::new("zintercard", -3, READ, zintercard),
];

/// How scores of the same member are put together.
#[derive(Debug, Clone, Copy, Default)]
enum Aggregate {
    #[default]
    Sum,
    Lowest,
    Highest,
}

impl Aggregate {
    fn of(self, a: f64, b: f64) -> f64 {
        match self {
            // Opposite infinities make zero, as in Redis.
            Aggregate::Sum if (a + b).is_nan() => 0.0,
            Aggregate::Sum => a + b,
            Aggregate::Lowest => a.min(b),
            Aggregate::Highest => a.max(b),
        }
    }
}

/// One key's value, seen as a sorted set.
#[derive(Debug, Clone, Copy)]
enum Source<'a> {
    Missing,
    Set(&'a Set),
    Sorted(&'a SortedSet),
}

impl Source<'_> {
    fn len(self) -> usize {
        match self {
            Source::Missing => 0,
            Source::Set(set) => set.len(),
            Source::Sorted(set) => set.len(),
        }
    }

    fn score(self, member: &[u8]) -> Option<f64> {
        match self {
            Source::Missing => None,
            Source::Set(set) => set.contains(member).then_some(1.0),
            Source::Sorted(set) => set.score(member),
        }
    }

    fn each(self, mut each: impl FnMut(&[u8], f64)) {
        match self {
            Source::Missing => {}
            Source::Set(set) => set.iter().for_each(|member| each(&member, 1.0)),
            Source::Sorted(set) => set.from(0).for_each(|(member, score)| each(member, score)),
        }
    }
}

/// Sources with their weights.
struct Sources<'a> {
    all: Vec<(Source<'a>, f64)>,
    aggregate: Aggregate,
}

type Operation = fn(&Sources<'_>) -> SortedSet;

fn sources<'a>(
    call: &'a mut Call<'_>,
    keys: Range<usize>,
) -> Result<Vec<Source<'a>>, CommandError> {
    for at in keys.clone() {
        // May delete a key whose time is over.
        match call.keyspace.read(call.args.at(at), call.now) {
            None | Some(Value::Set(_) | Value::Sorted(_)) => {}
            Some(_) => return Err(CommandError::WrongType),
        }
    }
    let source = |at| match call.keyspace.peek::<Set>(call.args.at(at), call.now) {
        Ok(None) => Ok(Source::Missing),
        Ok(Some(set)) => Ok(Source::Set(set)),
        Err(_) => call
            .keyspace
            .peek::<SortedSet>(call.args.at(at), call.now)
            .map(|set| set.map_or(Source::Missing, Source::Sorted)),
    };
    Ok(keys.map(source).collect::<Result<_, _>>()?)
}

fn weighted(score: f64, weight: f64) -> f64 {
    let product = score * weight;
    // An infinity that weighs nothing.
    if product.is_nan() { 0.0 } else { product }
}

fn union(sources: &Sources<'_>) -> SortedSet {
    let mut result = SortedSet::default();
    for (source, weight) in &sources.all {
        source.each(|member, score| {
            let score = weighted(score, *weight);
            let score = match result.score(member) {
                Some(old) => sources.aggregate.of(old, score),
                None => score,
            };
            result.set(member, score);
        });
    }
    result
}

fn inter(sources: &Sources<'_>) -> SortedSet {
    let mut result = SortedSet::default();
    let mut all = sources.all.clone();
    all.sort_by_key(|(source, _)| source.len());
    let Some(((smallest, weight), others)) = all.split_first() else {
        return result;
    };
    smallest.each(|member, score| {
        let mut sum = weighted(score, *weight);
        for (other, weight) in others {
            let Some(score) = other.score(member) else {
                return;
            };
            sum = sources.aggregate.of(sum, weighted(score, *weight));
        }
        result.set(member, sum);
    });
    result
}

fn diff(sources: &Sources<'_>) -> SortedSet {
    let mut result = SortedSet::default();
    let Some(((first, _), others)) = sources.all.split_first() else {
        return result;
    };
    first.each(|member, score| {
        if others
            .iter()
            .all(|(other, _)| other.score(member).is_none())
        {
            result.set(member, score);
        }
    });
    result
}

/// Where the keys are, whose number is at `at`.
fn keys(call: &Call<'_>, at: usize, name: &str) -> Result<Range<usize>, CommandError> {
    let number = call.integer(at)?;
    if number < 1 {
        return Err(CommandError::other(format_args!(
            "at least 1 input key is needed for '{name}' command"
        )));
    }
    let first = at + 1;
    let after = usize::try_from(number)
        .unwrap_or(usize::MAX)
        .saturating_add(first);
    if after > call.args.len() {
        return Err(CommandError::Syntax);
    }
    Ok(first..after)
}

/// The arguments from the number of keys on.
fn run(
    call: &mut Call<'_>,
    at: usize,
    name: &str,
    operation: Operation,
) -> Result<(SortedSet, bool), CommandError> {
    let is_stored = at == 2;
    let is_diff = name.starts_with("zdiff");
    let Range {
        start: first,
        end: after,
    } = keys(call, at, name)?;
    for at in first..after {
        match call.keyspace.value(call.args.at(at), call.now) {
            Some(value) if Set::of(value).is_none() && SortedSet::of(value).is_none() => {
                return Err(CommandError::WrongType);
            }
            _ => {}
        }
    }
    let mut weights = vec![1.0; after - first];
    let mut aggregate = Aggregate::Sum;
    let mut with_scores = false;
    let args = call.args;
    let mut at = after;
    while let Some(option) = args.get(at) {
        let more = args.len() - at - 1;
        match option.to_ascii_lowercase().as_slice() {
            b"weights" if !is_diff && more >= weights.len() => {
                for weight in &mut weights {
                    at += 1;
                    *weight = parse_float(args.at(at))
                        .ok_or_else(|| CommandError::other("weight value is not a float"))?;
                }
            }
            b"aggregate" if !is_diff && more >= 1 => {
                at += 1;
                aggregate = match args.at(at).to_ascii_lowercase().as_slice() {
                    b"sum" => Aggregate::Sum,
                    b"min" => Aggregate::Lowest,
                    b"max" => Aggregate::Highest,
                    _ => return Err(CommandError::Syntax),
                };
            }
            b"withscores" if !is_stored => with_scores = true,
            _ => return Err(CommandError::Syntax),
        }
        at += 1;
    }
    let all = sources(call, first..after)?;
    let sources = Sources {
        all: all.into_iter().zip(weights).collect(),
        aggregate,
    };
    Ok((operation(&sources), with_scores))
}

fn reply(call: &mut Call<'_>, name: &str, operation: Operation) -> Result<(), CommandError> {
    let (result, with_scores) = run(call, 1, name, operation)?;
    if with_scores {
        call.reply.pairs(result.len());
    } else {
        call.reply.array(result.len());
    }
    for (member, score) in result.from(0) {
        if with_scores {
            call.reply.pair();
        }
        call.reply.bulk(member);
        if with_scores {
            call.reply.double(score);
        }
    }
    Ok(())
}

fn store(call: &mut Call<'_>, name: &str, operation: Operation) -> Result<(), CommandError> {
    let (result, _) = run(call, 2, name, operation)?;
    let length = result.len();
    call.keyspace.store(call.args.at(1), result, call.now);
    call.reply.count(length);
    Ok(())
}

fn zintercard(call: &mut Call<'_>) -> Result<(), CommandError> {
    let keys = keys(call, 1, "zintercard")?;
    let limit = set_algebra::limit(call, keys.end);
    let mut all = sources(call, keys)?;
    // Redis looks at it after the keys, unlike SINTERCARD.
    let limit = limit?;
    all.sort_by_key(|source| source.len());
    let mut found = 0;
    if let Some((smallest, others)) = all.split_first() {
        smallest.each(|member, _| {
            let in_all = others.iter().all(|other| other.score(member).is_some());
            found += usize::from(in_all && (limit == 0 || found < limit));
        });
    }
    call.reply.count(found);
    Ok(())
}
