//! Reading streams, at once or when there is something: `XREAD`, `XREADGROUP`.

use std::time::Duration;

use super::call::Call;
use super::command::{Command, Flags};
use super::error::CommandError;
use super::stream_ids::{self, reply_entries, reply_entry, reply_id};
use crate::cache::builtin::keyspace::{Pending, Stream, StreamId};
use crate::cache::builtin::wire::OwnedArgs;

const WAIT: Flags = Flags::BLOCKING.and(Flags::MOVABLEKEYS);

pub(super) const COMMANDS: &[Command] = &[
    Command::new("xread", -4, Flags::READONLY.and(WAIT), xread),
    Command::new("xreadgroup", -7, Flags::WRITE.and(WAIT), xreadgroup),
];

/// The options, and where keys and ids are.
struct Options<'a> {
    group: Option<(&'a [u8], &'a [u8])>,
    most: usize,
    /// `Some(None)` waits for ever.
    patience: Option<Option<Duration>>,
    no_ack: bool,
    first: usize,
    streams: usize,
}

impl<'a> Options<'a> {
    fn read(call: &Call<'a>, is_group: bool) -> Result<Options<'a>, CommandError> {
        let args = call.args;
        let mut options = Options {
            group: None,
            most: usize::MAX,
            patience: None,
            no_ack: false,
            first: 0,
            streams: 0,
        };
        let mut at = 1;
        while args.get(at).is_some() {
            let more = args.len() - at - 1;
            if call.is_word(at, "block") && more >= 1 {
                options.patience = Some(millis(call, at + 1)?);
                at += 1;
            } else if call.is_word(at, "count") && more >= 1 {
                options.most = match usize::try_from(call.integer(at + 1)?) {
                    Ok(0) | Err(_) => usize::MAX,
                    Ok(count) => count,
                };
                at += 1;
            } else if call.is_word(at, "streams") && more >= 1 {
                options.first = at + 1;
                options.streams = more / 2;
                if !more.is_multiple_of(2) {
                    return Err(CommandError::other(
                        "Unbalanced XREAD list of streams: for each stream key an ID or '$' must \
                         be specified.",
                    ));
                }
                break;
            } else if call.is_word(at, "group") && more >= 2 {
                if !is_group {
                    return Err(CommandError::other(
                        "The GROUP option is only supported by XREADGROUP. You called XREAD instead.",
                    ));
                }
                options.group = Some((args.at(at + 1), args.at(at + 2)));
                at += 2;
            } else if call.is_word(at, "noack") {
                if !is_group {
                    return Err(CommandError::other(
                        "The NOACK option is only supported by XREADGROUP. You called XREAD instead.",
                    ));
                }
                options.no_ack = true;
            } else {
                return Err(CommandError::Syntax);
            }
            at += 1;
        }
        if options.first == 0 {
            return Err(CommandError::Syntax);
        }
        if is_group && options.group.is_none() {
            return Err(CommandError::other("Missing GROUP option for XREADGROUP"));
        }
        Ok(options)
    }

    fn pairs(&self, call: &Call<'a>) -> Vec<(&'a [u8], &'a [u8])> {
        let (args, first, streams) = (call.args, self.first, self.streams);
        (first..first + streams)
            .map(|at| (args.at(at), args.at(at + streams)))
            .collect()
    }

    fn keys(&self) -> std::ops::Range<usize> {
        self.first..self.first + self.streams
    }
}

fn millis(call: &Call<'_>, at: usize) -> Result<Option<Duration>, CommandError> {
    let millis = call
        .integer(at)
        .map_err(|_| CommandError::other("timeout is not an integer or out of range"))?;
    let millis = u64::try_from(millis).map_err(|_| CommandError::other("timeout is negative"))?;
    Ok((millis > 0).then(|| Duration::from_millis(millis)))
}

fn xread(call: &mut Call<'_>) -> Result<(), CommandError> {
    let options = Options::read(call, false)?;
    let pairs = options.pairs(call);
    let mut after = Vec::new();
    for (key, text) in &pairs {
        let stream = call.keyspace.look::<Stream>(key, call.now)?;
        after.push(match *text {
            b"$" => stream.map_or(StreamId::MIN, |stream| stream.last),
            b">" => {
                return Err(CommandError::other(
                    "The > ID can be specified only when calling XREADGROUP using the GROUP \
                     <group> <consumer> option.",
                ));
            }
            text => stream_ids::id(text)?,
        });
    }
    let mut found = Vec::new();
    for ((key, _), after) in pairs.iter().zip(&after) {
        if let (Some(stream), Some(start)) =
            (call.keyspace.peek::<Stream>(key, call.now)?, after.next())
        {
            let entries: Vec<_> = stream
                .range(start, StreamId::MAX)
                .take(options.most)
                .collect();
            if !entries.is_empty() {
                found.push((key, entries));
            }
        }
    }
    if found.is_empty() {
        match options.patience {
            None => call.reply.null_array(),
            Some(patience) => {
                // Run again, `$` is to mean what it meant now.
                let mut args = OwnedArgs::default();
                call.args
                    .from(0)
                    .take(options.first + options.streams)
                    .for_each(|arg| args.push(arg));
                after
                    .iter()
                    .for_each(|id| args.push(id.to_string().as_bytes()));
                call.wait_as(args, options.keys(), patience);
            }
        }
        return Ok(());
    }
    call.reply.map_of_pairs(found.len());
    for (key, entries) in found {
        call.reply.map_pair();
        call.reply.bulk(key);
        reply_entries(&mut call.reply, &entries);
    }
    Ok(())
}

fn xreadgroup(call: &mut Call<'_>) -> Result<(), CommandError> {
    let options = Options::read(call, true)?;
    let pairs = options.pairs(call);
    let (group, consumer) = options.group.unwrap_or_default();
    let mut wanted = Vec::new();
    for (key, text) in &pairs {
        let stream = call.keyspace.look::<Stream>(key, call.now)?;
        if stream.is_none_or(|stream| !stream.groups.contains_key(group)) {
            if call.client.is_retrying {
                return Err(CommandError::Other(
                    "NOGROUP the consumer group this client was blocked on no longer exists".into(),
                ));
            }
            return Err(CommandError::Other(format!(
                "{} in XREADGROUP with GROUP option",
                stream_ids::no_group(key, group)
            )));
        }
        wanted.push(match *text {
            b">" => None,
            b"$" => {
                return Err(CommandError::other(
                    "The $ ID is meaningless in the context of XREADGROUP: you want to read the \
                     history of this consumer by specifying a proper ID, or use the > ID to get \
                     new messages. The $ ID would just return an empty result set.",
                ));
            }
            text => Some(stream_ids::id(text)?),
        });
    }
    let mut found = Vec::new();
    for ((key, _), after) in pairs.iter().zip(wanted) {
        let ids = match after {
            Some(after) => Some(history(call, key, (group, consumer), after, options.most)?),
            None => deliver(call, key, (group, consumer), &options)?,
        };
        if let Some(ids) = ids {
            found.push((key, ids));
        }
    }
    if found.is_empty() {
        match options.patience {
            None => call.reply.null_array(),
            Some(patience) => call.wait_for(options.keys(), patience),
        }
        return Ok(());
    }
    call.reply.map_of_pairs(found.len());
    for (key, ids) in found {
        let stream = call.keyspace.peek::<Stream>(key, call.now)?;
        call.reply.map_pair();
        call.reply.bulk(key);
        call.reply.array(ids.len());
        for id in ids {
            match stream.and_then(|stream| stream.get(id)) {
                Some(fields) => reply_entry(&mut call.reply, id, fields),
                // Deleted since it was delivered.
                None => {
                    call.reply.array(2);
                    reply_id(&mut call.reply, id);
                    call.reply.null_array();
                }
            }
        }
    }
    Ok(())
}

/// What a consumer has already, after an id.
fn history(
    call: &mut Call<'_>,
    key: &[u8],
    (group, consumer): (&[u8], &[u8]),
    after: StreamId,
    most: usize,
) -> Result<Vec<StreamId>, CommandError> {
    let now = call.now.unix_ms;
    let ids = call.keyspace.edit(key, call.now, |stream: &mut Stream| {
        let consumer = stream.groups.get_mut(group)?.consumer(consumer, now);
        let pending = consumer.pending.iter().filter(|id| **id > after);
        Some(pending.take(most).copied().collect::<Vec<_>>())
    })?;
    Ok(ids.flatten().unwrap_or_default())
}

/// Delivers what no consumer of the group has got yet; `None` for nothing.
fn deliver(
    call: &mut Call<'_>,
    key: &[u8],
    (name, consumer): (&[u8], &[u8]),
    options: &Options<'_>,
) -> Result<Option<Vec<StreamId>>, CommandError> {
    let now = call.now.unix_ms;
    let ids = call.keyspace.edit(key, call.now, |stream: &mut Stream| {
        let mut group = stream.groups.remove(name)?;
        let mut ids = Vec::new();
        if let Some(start) = group.last.next() {
            let new = stream.range(start, StreamId::MAX).take(options.most);
            ids.extend(new.map(|(id, _)| id));
        }
        if !ids.is_empty() {
            group.consumer(consumer, now);
        }
        for id in &ids {
            group.read = stream.read_after(&group, *id);
            group.last = *id;
            if !options.no_ack {
                let pending = Pending {
                    consumer: consumer.into(),
                    delivered: now,
                    count: 1,
                };
                group.give(*id, pending);
            }
        }
        stream.groups.insert(name.into(), group);
        (!ids.is_empty()).then_some(ids)
    })?;
    Ok(ids.flatten())
}
