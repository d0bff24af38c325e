//! What a stream is made of: `XINFO`.

use super::call::Call;
use super::command::{Command, Flags};
use super::error::CommandError;
use super::help;
use super::stream_ids::{reply_entries, reply_entry, reply_id};
use crate::cache::builtin::keyspace::{Group, Stream, StreamId, UnixMs};
use crate::cache::builtin::wire::Reply;

pub(super) const COMMANDS: &[Command] = &[Command::container("xinfo", XINFO)];

const XINFO: &[Command] = &[
    Command::new("consumers", 4, Flags::READONLY, consumers)
        .of("xinfo")
        .keys(2, 2, 1),
    Command::new("groups", 3, Flags::READONLY, groups)
        .of("xinfo")
        .keys(2, 2, 1),
    Command::new("stream", -3, Flags::READONLY, stream)
        .of("xinfo")
        .keys(2, 2, 1),
    help::of("xinfo"),
];

fn signed(n: u64) -> i64 {
    i64::try_from(n).unwrap_or(i64::MAX)
}

fn optional(reply: &mut Reply<'_>, n: Option<u64>) {
    match n {
        Some(n) => reply.integer(signed(n)),
        None => reply.null(),
    }
}

fn stream(call: &mut Call<'_>) -> Result<(), CommandError> {
    let is_full = call.is_word(3, "full");
    let most = match call.args.len() {
        3 => 10,
        4 if is_full => 10,
        6 if is_full && call.is_word(4, "count") => match call.integer(5)? {
            0 => usize::MAX,
            count => usize::try_from(count).unwrap_or(10),
        },
        _ => return Err(CommandError::wrong_subcommand(call.args)),
    };
    let now = call.now.unix_ms;
    let stream = call.keyspace.look::<Stream>(call.args.at(2), call.now)?;
    let stream = stream.ok_or(CommandError::NoSuchKey)?;
    let reply = &mut call.reply;
    reply.map(if is_full { 9 } else { 10 });
    reply.bulk(b"length");
    reply.count(stream.len());
    reply.bulk(b"radix-tree-keys");
    reply.count(stream.nodes());
    reply.bulk(b"radix-tree-nodes");
    reply.count(stream.nodes() + 1);
    reply.bulk(b"last-generated-id");
    reply_id(reply, stream.last);
    reply.bulk(b"max-deleted-entry-id");
    reply_id(reply, stream.max_deleted);
    reply.bulk(b"entries-added");
    reply.integer(signed(stream.added));
    reply.bulk(b"recorded-first-entry-id");
    reply_id(reply, stream.first().unwrap_or_default());
    if is_full {
        reply.bulk(b"entries");
        let entries: Vec<_> = stream
            .range(StreamId::MIN, StreamId::MAX)
            .take(most)
            .collect();
        reply_entries(reply, &entries);
        reply.bulk(b"groups");
        reply.array(stream.groups.len());
        for (name, group) in &stream.groups {
            full_group(reply, stream, name, group, most, now);
        }
        return Ok(());
    }
    reply.bulk(b"groups");
    reply.count(stream.groups.len());
    let mut entries = stream.range(StreamId::MIN, StreamId::MAX);
    let first = entries.next();
    let last = entries.next_back().or(first);
    for (name, entry) in [("first-entry", first), ("last-entry", last)] {
        reply.bulk(name.as_bytes());
        match entry {
            Some((id, fields)) => reply_entry(reply, id, fields),
            None => reply.null(),
        }
    }
    Ok(())
}

fn full_group(
    reply: &mut Reply<'_>,
    stream: &Stream,
    name: &[u8],
    group: &Group,
    most: usize,
    now: UnixMs,
) {
    reply.map(7);
    reply.bulk(b"name");
    reply.bulk(name);
    reply.bulk(b"last-delivered-id");
    reply_id(reply, group.last);
    reply.bulk(b"entries-read");
    optional(reply, group.read);
    reply.bulk(b"lag");
    optional(reply, stream.lag(group));
    reply.bulk(b"pel-count");
    reply.count(group.pending.len());
    reply.bulk(b"pending");
    reply.array(group.pending.len().min(most));
    for (id, one) in group.pending.iter().take(most) {
        reply.array(4);
        reply_id(reply, *id);
        reply.bulk(&one.consumer);
        reply.integer(one.delivered);
        reply.integer(signed(one.count));
    }
    reply.bulk(b"consumers");
    reply.array(group.consumers.len());
    for (name, consumer) in &group.consumers {
        reply.map(4);
        reply.bulk(b"name");
        reply.bulk(name);
        reply.bulk(b"seen-time");
        reply.integer(consumer.seen.min(now));
        reply.bulk(b"pel-count");
        reply.count(consumer.pending.len());
        reply.bulk(b"pending");
        reply.array(consumer.pending.len().min(most));
        for id in consumer.pending.iter().take(most) {
            let one = group.pending.get(id);
            reply.array(3);
            reply_id(reply, *id);
            reply.integer(one.map_or(0, |one| one.delivered));
            reply.integer(one.map_or(0, |one| signed(one.count)));
        }
    }
}

fn groups(call: &mut Call<'_>) -> Result<(), CommandError> {
    let stream = call.keyspace.look::<Stream>(call.args.at(2), call.now)?;
    let stream = stream.ok_or(CommandError::NoSuchKey)?;
    let reply = &mut call.reply;
    reply.array(stream.groups.len());
    for (name, group) in &stream.groups {
        reply.map(6);
        reply.bulk(b"name");
        reply.bulk(name);
        reply.bulk(b"consumers");
        reply.count(group.consumers.len());
        reply.bulk(b"pending");
        reply.count(group.pending.len());
        reply.bulk(b"last-delivered-id");
        reply_id(reply, group.last);
        reply.bulk(b"entries-read");
        optional(reply, group.read);
        reply.bulk(b"lag");
        optional(reply, stream.lag(group));
    }
    Ok(())
}

fn consumers(call: &mut Call<'_>) -> Result<(), CommandError> {
    let (key, name) = (call.args.at(2), call.args.at(3));
    let now = call.now.unix_ms;
    let stream = call.keyspace.look::<Stream>(key, call.now)?;
    let stream = stream.ok_or(CommandError::NoSuchKey)?;
    let group = stream.groups.get(name).ok_or_else(|| {
        CommandError::Other(format!(
            "NOGROUP No such consumer group '{}' for key name '{}'",
            String::from_utf8_lossy(name),
            String::from_utf8_lossy(key)
        ))
    })?;
    let reply = &mut call.reply;
    reply.array(group.consumers.len());
    for (name, consumer) in &group.consumers {
        reply.map(3);
        reply.bulk(b"name");
        reply.bulk(name);
        reply.bulk(b"pending");
        reply.count(consumer.pending.len());
        reply.bulk(b"idle");
        reply.integer((now - consumer.seen).max(0));
    }
    Ok(())
}
