//! What was delivered and not acknowledged: `XPENDING`, `XCLAIM`, `XAUTOCLAIM`.

use super::call::Call;
use super::command::{Command, Flags};
use super::error::CommandError;
use super::stream_ids::{self, no_group, reply_entry, reply_id};
use crate::cache::builtin::keyspace::{Group, Pending, Stream, StreamId, UnixMs};

const WRITE: Flags = Flags::WRITE.and(Flags::FAST);

pub(super) const COMMANDS: &[Command] = &[
    Command::new("xpending", -3, Flags::READONLY, xpending).keys(1, 1, 1),
    Command::new("xclaim", -6, WRITE, xclaim).keys(1, 1, 1),
    Command::new("xautoclaim", -6, WRITE, xautoclaim).keys(1, 1, 1),
];

fn group<'a>(call: &'a mut Call<'_>) -> Result<&'a Group, CommandError> {
    let (key, name) = (call.args.at(1), call.args.at(2));
    let stream = call.keyspace.look::<Stream>(key, call.now)?;
    let group = stream.and_then(|stream| stream.groups.get(name));
    group.ok_or_else(|| no_group(key, name))
}

fn xpending(call: &mut Call<'_>) -> Result<(), CommandError> {
    let args = call.args;
    if args.len() == 3 {
        return summary(call);
    }
    let mut at = 3;
    let mut min_idle = 0;
    if call.is_word(3, "idle") {
        if args.len() < 8 {
            return Err(CommandError::Syntax);
        }
        min_idle = call.integer(4)?;
        at = 5;
    }
    if args.len() < at + 3 {
        return Err(CommandError::Syntax);
    }
    let most = usize::try_from(call.integer(at + 2)?).unwrap_or(0);
    let (start, end) = (
        stream_ids::start(args.at(at))?,
        stream_ids::end(args.at(at + 1))?,
    );
    let consumer = args.get(at + 3);
    let now = call.now.unix_ms;
    let group = group(call)?;
    let found: Vec<(StreamId, Pending)> = group
        .pending
        .iter()
        .filter(|(id, one)| {
            (start..=end).contains(id)
                && consumer.is_none_or(|consumer| *one.consumer == *consumer)
                && now - one.delivered >= min_idle
        })
        .take(most)
        .map(|(id, one)| (*id, one.clone()))
        .collect();
    call.reply.array(found.len());
    for (id, one) in found {
        call.reply.array(4);
        reply_id(&mut call.reply, id);
        call.reply.bulk(&one.consumer);
        call.reply.integer((now - one.delivered).max(0));
        call.reply.integer(one.count as i64);
    }
    Ok(())
}

fn summary(call: &mut Call<'_>) -> Result<(), CommandError> {
    let group = group(call)?;
    let count = group.pending.len();
    let ends = group
        .pending
        .keys()
        .next()
        .copied()
        .zip(group.pending.keys().next_back().copied());
    let consumers: Vec<(Box<[u8]>, usize)> = group
        .consumers
        .iter()
        .filter(|(_, one)| !one.pending.is_empty())
        .map(|(name, one)| (name.clone(), one.pending.len()))
        .collect();
    call.reply.array(4);
    call.reply.count(count);
    let Some((first, last)) = ends else {
        call.reply.null();
        call.reply.null();
        call.reply.null_array();
        return Ok(());
    };
    reply_id(&mut call.reply, first);
    reply_id(&mut call.reply, last);
    call.reply.array(consumers.len());
    for (name, count) in consumers {
        call.reply.array(2);
        call.reply.bulk(&name);
        call.reply.bulk(count.to_string().as_bytes());
    }
    Ok(())
}

fn min_idle(call: &Call<'_>, name: &str) -> Result<UnixMs, CommandError> {
    let idle = call.integer(4).map_err(|_| {
        CommandError::other(format_args!("Invalid min-idle-time argument for {name}"))
    })?;
    Ok(idle.max(0))
}

/// The options of `XCLAIM`.
#[derive(Default)]
struct Claim {
    delivered: Option<UnixMs>,
    count: Option<u64>,
    force: bool,
    just_ids: bool,
    last: Option<StreamId>,
}

impl Claim {
    fn read(call: &Call<'_>, first: usize) -> Result<Claim, CommandError> {
        let now = call.now.unix_ms;
        let mut claim = Claim::default();
        let mut at = first;
        while let Some(word) = call.args.get(at) {
            let has_value = call.args.len() > at + 1;
            let number = |what: &str| {
                call.integer(at + 1).map_err(|_| {
                    CommandError::other(format_args!("Invalid {what} option argument for XCLAIM"))
                })
            };
            match word.to_ascii_lowercase().as_slice() {
                b"force" => claim.force = true,
                b"justid" => claim.just_ids = true,
                b"idle" if has_value => claim.delivered = Some(now - number("IDLE")?),
                b"time" if has_value => claim.delivered = Some(number("TIME")?),
                b"retrycount" if has_value => {
                    claim.count = Some(u64::try_from(number("RETRYCOUNT")?).unwrap_or(0));
                }
                b"lastid" if has_value => claim.last = Some(stream_ids::id(call.args.at(at + 1))?),
                _ => {
                    return Err(CommandError::other(format_args!(
                        "Unrecognized XCLAIM option '{}'",
                        String::from_utf8_lossy(word)
                    )));
                }
            }
            let is_flag = matches!(word.to_ascii_lowercase().as_slice(), b"force" | b"justid");
            at += if is_flag { 1 } else { 2 };
        }
        // A moment that is still to come, or none, is now.
        claim.delivered = claim
            .delivered
            .map(|at| if (0..=now).contains(&at) { at } else { now });
        Ok(claim)
    }
}

fn xclaim(call: &mut Call<'_>) -> Result<(), CommandError> {
    let (key, name, consumer) = (call.args.at(1), call.args.at(2), call.args.at(3));
    group(call)?;
    let min_idle = min_idle(call, "XCLAIM")?;
    let ids: Vec<StreamId> = call
        .args
        .from(5)
        .map_while(|text| StreamId::parse(text, 0))
        .collect();
    let claim = Claim::read(call, 5 + ids.len())?;
    let now = call.now.unix_ms;
    let claimed = call.keyspace.edit(key, call.now, |stream: &mut Stream| {
        let mut group = stream.groups.remove(name)?;
        group.last = group.last.max(claim.last.unwrap_or_default());
        let mut claimed = Vec::new();
        for id in ids {
            let is_there = stream.get(id).is_some();
            if !is_there {
                // What is deleted cannot be claimed: nobody has it any more.
                group.take(id);
                continue;
            }
            let old = match group.pending.get(&id) {
                Some(old) if now - old.delivered < min_idle => continue,
                Some(old) => old.count,
                None if claim.force => 0,
                None => continue,
            };
            let counted = if claim.just_ids { old } else { old + 1 };
            let pending = Pending {
                consumer: consumer.into(),
                delivered: claim.delivered.unwrap_or(now),
                count: claim.count.unwrap_or(counted),
            };
            group.consumer(consumer, now);
            group.give(id, pending);
            claimed.push(id);
        }
        stream.groups.insert(name.into(), group);
        Some(claimed)
    })?;
    let claimed = claimed.flatten().unwrap_or_default();
    reply_claimed(call, key, &claimed, claim.just_ids)
}

fn reply_claimed(
    call: &mut Call<'_>,
    key: &[u8],
    claimed: &[StreamId],
    just_ids: bool,
) -> Result<(), CommandError> {
    let stream = call.keyspace.peek::<Stream>(key, call.now)?;
    call.reply.array(claimed.len());
    for id in claimed {
        match stream.and_then(|stream| stream.get(*id)) {
            Some(fields) if !just_ids => reply_entry(&mut call.reply, *id, fields),
            _ => reply_id(&mut call.reply, *id),
        }
    }
    Ok(())
}

fn xautoclaim(call: &mut Call<'_>) -> Result<(), CommandError> {
    let (key, name, consumer) = (call.args.at(1), call.args.at(2), call.args.at(3));
    let min_idle = min_idle(call, "XAUTOCLAIM")?;
    let start = stream_ids::start(call.args.at(5))?;
    let (mut most, mut just_ids) = (100, false);
    let mut at = 6;
    while call.args.get(at).is_some() {
        if call.is_word(at, "count") && call.args.len() > at + 1 {
            let count = call
                .integer(at + 1)
                .ok()
                .and_then(|n| usize::try_from(n).ok());
            let count = count.filter(|n| *n > 0 && *n < usize::MAX / 32);
            most = count.ok_or_else(|| CommandError::other("COUNT must be > 0"))?;
            at += 2;
        } else if call.is_word(at, "justid") {
            just_ids = true;
            at += 1;
        } else {
            return Err(CommandError::Syntax);
        }
    }
    group(call)?;
    let now = call.now.unix_ms;
    let done = call.keyspace.edit(key, call.now, |stream: &mut Stream| {
        let mut group = stream.groups.remove(name)?;
        // Redis gives up after looking at ten times as many.
        let mut attempts = most.saturating_mul(10);
        let (mut claimed, mut deleted, mut next) = (Vec::new(), Vec::new(), StreamId::MIN);
        let ids: Vec<StreamId> = group.pending.range(start..).map(|(id, _)| *id).collect();
        for id in ids {
            if attempts == 0 || claimed.len() + deleted.len() == most {
                next = id;
                break;
            }
            attempts -= 1;
            let Some(old) = group.pending.get(&id).cloned() else {
                continue;
            };
            if stream.get(id).is_none() {
                group.take(id);
                deleted.push(id);
            } else if now - old.delivered >= min_idle {
                let pending = Pending {
                    consumer: consumer.into(),
                    delivered: now,
                    count: old.count + u64::from(!just_ids),
                };
                group.consumer(consumer, now);
                group.give(id, pending);
                claimed.push(id);
            }
        }
        stream.groups.insert(name.into(), group);
        Some((claimed, deleted, next))
    })?;
    let (claimed, deleted, next) = done.flatten().unwrap_or_default();
    call.reply.array(3);
    reply_id(&mut call.reply, next);
    reply_claimed(call, key, &claimed, just_ids)?;
    call.reply.array(deleted.len());
    for id in deleted {
        reply_id(&mut call.reply, id);
    }
    Ok(())
}
