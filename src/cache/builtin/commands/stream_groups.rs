//! Groups of consumers: `XGROUP`, `XACK`.

use super::call::Call;
use super::command::{Command, Flags};
use super::error::CommandError;
use super::help;
use super::stream_ids;
use crate::cache::builtin::keyspace::{Group, Stream, StreamId};

const WRITE: Flags = Flags::WRITE;
const GROWING: Flags = WRITE.and(Flags::DENYOOM);

pub(super) const COMMANDS: &[Command] = &[
    Command::new("xack", -4, WRITE.and(Flags::FAST), xack).keys(1, 1, 1),
    Command::container("xgroup", XGROUP),
];

const XGROUP: &[Command] = &[
    Command::new("create", -5, GROWING, create)
        .of("xgroup")
        .keys(2, 2, 1),
    Command::new("createconsumer", 5, GROWING, create_consumer)
        .of("xgroup")
        .keys(2, 2, 1),
    Command::new("delconsumer", 5, WRITE, delete_consumer)
        .of("xgroup")
        .keys(2, 2, 1),
    Command::new("destroy", 4, WRITE, destroy)
        .of("xgroup")
        .keys(2, 2, 1),
    Command::new("setid", -5, WRITE, setid)
        .of("xgroup")
        .keys(2, 2, 1),
    help::of("xgroup"),
];

fn xack(call: &mut Call<'_>) -> Result<(), CommandError> {
    let (key, group) = (call.args.at(1), call.args.at(2));
    let stream = call.keyspace.look::<Stream>(key, call.now)?;
    if stream.is_none_or(|stream| !stream.groups.contains_key(group)) {
        call.reply.integer(0);
        return Ok(());
    }
    let ids = call.args.from(3).map(stream_ids::id);
    let ids: Vec<StreamId> = ids.collect::<Result<_, _>>()?;
    let taken = call.keyspace.edit(key, call.now, |stream: &mut Stream| {
        let group = stream.groups.get_mut(group);
        group.map_or(0, |group| ids.iter().filter(|id| group.take(**id)).count())
    })?;
    call.reply.count(taken.unwrap_or(0));
    Ok(())
}

fn no_key() -> CommandError {
    CommandError::other(
        "The XGROUP subcommand requires the key to exist. Note that for CREATE you may want to use \
         the MKSTREAM option to create an empty stream automatically.",
    )
}

/// The options of `CREATE` and `SETID`: whether to make the stream, and how
/// many entries count as read.
fn options(call: &Call<'_>, is_create: bool) -> Result<(bool, Option<u64>), CommandError> {
    let (mut makes, mut read) = (false, None);
    let mut at = 5;
    while call.args.get(at).is_some() {
        if is_create && call.is_word(at, "mkstream") {
            makes = true;
            at += 1;
        } else if call.is_word(at, "entriesread") && call.args.len() > at + 1 {
            let number = call.integer(at + 1)?;
            if number < -1 {
                return Err(CommandError::other(
                    "value for ENTRIESREAD must be positive or -1",
                ));
            }
            read = u64::try_from(number).ok();
            at += 2;
        } else {
            return Err(CommandError::wrong_subcommand(call.args));
        }
    }
    Ok((makes, read))
}

fn first_unread(text: &[u8], last: StreamId) -> Result<StreamId, CommandError> {
    match text {
        b"$" => Ok(last),
        text => stream_ids::id(text),
    }
}

fn create(call: &mut Call<'_>) -> Result<(), CommandError> {
    let (key, name) = (call.args.at(2), call.args.at(3));
    let (makes, read) = options(call, true)?;
    let stream = call.keyspace.look::<Stream>(key, call.now)?;
    if stream.is_none() && !makes {
        return Err(no_key());
    }
    let last = first_unread(
        call.args.at(4),
        stream.map_or(StreamId::MIN, |one| one.last),
    )?;
    call.keyspace
        .edit_or_new(key, call.now, |stream: &mut Stream| {
            if stream.groups.contains_key(name) {
                return Err(CommandError::Other(
                    "BUSYGROUP Consumer Group name already exists".into(),
                ));
            }
            let group = Group {
                last,
                read,
                ..Group::default()
            };
            stream.groups.insert(name.into(), group);
            Ok(())
        })??;
    call.reply.ok();
    Ok(())
}

fn setid(call: &mut Call<'_>) -> Result<(), CommandError> {
    let (_, read) = options(call, false)?;
    let text = call.args.at(4);
    edit_group(call, |group, last| {
        group.last = first_unread(text, last)?;
        group.read = read;
        Ok(())
    })?;
    call.reply.ok();
    Ok(())
}

/// Edits the group that arguments 2 and 3 name.
fn edit_group<R: crate::cache::builtin::keyspace::Outcome>(
    call: &mut Call<'_>,
    change: impl FnOnce(&mut Group, StreamId) -> Result<R, CommandError>,
) -> Result<R, CommandError> {
    let (key, name) = (call.args.at(2), call.args.at(3));
    let missing = || {
        CommandError::Other(format!(
            "NOGROUP No such consumer group '{}' for key name '{}'",
            String::from_utf8_lossy(name),
            String::from_utf8_lossy(key)
        ))
    };
    let edited = call.keyspace.edit(key, call.now, |stream: &mut Stream| {
        let last = stream.last;
        let group = stream.groups.get_mut(name);
        group
            .ok_or_else(missing)
            .and_then(|group| change(group, last))
    })?;
    edited.ok_or_else(no_key)?
}

fn destroy(call: &mut Call<'_>) -> Result<(), CommandError> {
    let (key, name) = (call.args.at(2), call.args.at(3));
    let removed = call.keyspace.edit(key, call.now, |stream: &mut Stream| {
        stream.groups.remove(name).is_some()
    })?;
    call.reply.integer(removed.ok_or_else(no_key)?.into());
    Ok(())
}

fn create_consumer(call: &mut Call<'_>) -> Result<(), CommandError> {
    let (consumer, now) = (call.args.at(4), call.now.unix_ms);
    let is_new = edit_group(call, |group, _| {
        let is_new = !group.consumers.contains_key(consumer);
        if is_new {
            group.consumer(consumer, now);
        }
        Ok(is_new)
    })?;
    call.reply.integer(is_new.into());
    Ok(())
}

fn delete_consumer(call: &mut Call<'_>) -> Result<(), CommandError> {
    let consumer = call.args.at(4);
    let pending = edit_group(call, |group, _| Ok(group.remove_consumer(consumer)))?;
    call.reply.count(pending);
    Ok(())
}
