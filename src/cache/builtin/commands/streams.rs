//! Streams: `XADD`, `XRANGE` and their kin.

use super::call::Call;
use super::command::{Command, Flags};
use super::error::CommandError;
use super::stream_ids::{self, reply_entries, reply_id};
use crate::cache::builtin::keyspace::{Stream, StreamId, Threshold, Trim};
use crate::cache::builtin::wire::parse_integer;

const READ: Flags = Flags::READONLY;
const WRITE: Flags = Flags::WRITE;
const GROWING: Flags = WRITE.and(Flags::DENYOOM).and(Flags::FAST);

pub(super) const COMMANDS: &[Command] = &[
    Command::new("xadd", -5, GROWING, xadd).keys(1, 1, 1),
    Command::new("xlen", 2, READ.and(Flags::FAST), xlen).keys(1, 1, 1),
    Command::new("xrange", -4, READ, |call| range(call, false)).keys(1, 1, 1),
    Command::new("xrevrange", -4, READ, |call| range(call, true)).keys(1, 1, 1),
    Command::new("xdel", -3, WRITE.and(Flags::FAST), xdel).keys(1, 1, 1),
    Command::new("xtrim", -4, WRITE, xtrim).keys(1, 1, 1),
    Command::new("xsetid", -3, GROWING, xsetid).keys(1, 1, 1),
];

/// The options of `XADD` and `XTRIM`.
#[derive(Default)]
struct Options {
    only_existing: bool,
    trim: Option<(Threshold, bool)>,
    limit: Option<i64>,
}

impl Options {
    /// From argument 2 on, up to the id of `XADD`, and where that is.
    fn read(call: &Call<'_>, is_add: bool) -> Result<(Options, usize), CommandError> {
        let mut options = Options::default();
        let args = call.args;
        let mut at = 2;
        while let Some(word) = args.get(at) {
            let more = args.len() - at - 1;
            if is_add && word == b"*" {
                break;
            } else if more > 0 && (call.is_word(at, "maxlen") || call.is_word(at, "minid")) {
                if options.trim.is_some() {
                    return Err(CommandError::other(
                        "syntax error, MAXLEN and MINID options at the same time are not compatible",
                    ));
                }
                let by_length = call.is_word(at, "maxlen");
                let mut is_approximate = false;
                if more >= 2 && matches!(args.at(at + 1), b"~" | b"=") {
                    is_approximate = args.at(at + 1) == b"~";
                    at += 1;
                }
                at += 1;
                let keep =
                    if by_length {
                        let length = call.integer(at)?;
                        Threshold::Length(u64::try_from(length).map_err(|_| {
                            CommandError::other("The MAXLEN argument must be >= 0.")
                        })?)
                    } else {
                        Threshold::Id(stream_ids::id(args.at(at))?)
                    };
                options.trim = Some((keep, is_approximate));
            } else if call.is_word(at, "limit") && more > 0 {
                let limit = call.integer(at + 1)?;
                if limit < 0 {
                    return Err(CommandError::other("The LIMIT argument must be >= 0."));
                }
                options.limit = Some(limit);
                at += 1;
            } else if is_add && call.is_word(at, "nomkstream") {
                options.only_existing = true;
            } else if is_add {
                break;
            } else {
                return Err(CommandError::Syntax);
            }
            at += 1;
        }
        let is_approximate = options.trim.is_some_and(|(_, approximate)| approximate);
        if options.limit.is_some() && !is_approximate {
            return Err(CommandError::other(
                "syntax error, LIMIT cannot be used without the special ~ option",
            ));
        }
        if !is_add && options.trim.is_none() {
            return Err(CommandError::other(
                "syntax error, XTRIM must be called with MAXLEN or MINID",
            ));
        }
        Ok((options, at))
    }

    fn trim(&self) -> Option<Trim> {
        let (keep, is_approximate) = self.trim?;
        Some(Trim {
            keep,
            is_approximate,
            // A hundred nodes, unless it is said.
            limit: match self.limit {
                Some(0) => None,
                Some(limit) => u64::try_from(limit).ok(),
                None => is_approximate.then_some(10_000),
            },
        })
    }
}

/// The id of a new entry.
#[derive(Debug, Clone, Copy)]
enum NewId {
    Any,
    /// The number within the millisecond is chosen.
    Within(u64),
    Given(StreamId),
}

impl NewId {
    fn read(text: &[u8]) -> Result<NewId, CommandError> {
        match text {
            b"*" => Ok(NewId::Any),
            [ms @ .., b'-', b'*'] => match StreamId::parse(ms, 0) {
                Some(id) if !ms.contains(&b'-') => Ok(NewId::Within(id.ms)),
                _ => Err(stream_ids::invalid()),
            },
            text => stream_ids::id(text).map(NewId::Given),
        }
    }

    fn after(self, last: StreamId, now: u64) -> Result<StreamId, CommandError> {
        let too_small = || {
            CommandError::other(
                "The ID specified in XADD is equal or smaller than the target stream top item",
            )
        };
        let exhausted = || {
            CommandError::other(
                "The stream has exhausted the last possible ID, unable to add more items",
            )
        };
        if last == StreamId::MAX {
            return Err(exhausted());
        }
        match self {
            NewId::Any if now > last.ms => Ok(StreamId { ms: now, seq: 0 }),
            NewId::Any => last.next().ok_or_else(exhausted),
            NewId::Within(ms) if ms == last.ms => {
                let seq = last.seq.checked_add(1).ok_or_else(too_small)?;
                Ok(StreamId { ms, seq })
            }
            NewId::Within(ms) if ms > last.ms => Ok(StreamId { ms, seq: 0 }),
            NewId::Given(id) if id > last => Ok(id),
            NewId::Within(_) | NewId::Given(_) => Err(too_small()),
        }
    }
}

fn xadd(call: &mut Call<'_>) -> Result<(), CommandError> {
    let key = call.args.at(1);
    let (options, at) = Options::read(call, true)?;
    let id = match call.args.get(at) {
        Some(text) => NewId::read(text)?,
        None => NewId::Any,
    };
    let fields = call.args.from(at + 1);
    if fields.len() == 0 || !fields.len().is_multiple_of(2) {
        return Err(CommandError::Arity("xadd".into()));
    }
    if matches!(id, NewId::Given(StreamId::MIN)) {
        return Err(CommandError::other(
            "The ID specified in XADD must be greater than 0-0",
        ));
    }
    let existing = call.keyspace.look::<Stream>(key, call.now)?;
    if existing.is_none() && options.only_existing {
        call.reply.null();
        return Ok(());
    }
    let last = existing.map_or(StreamId::MIN, |stream| stream.last);
    let id = id.after(last, call.now.unix_ms.unsigned_abs())?;
    call.keyspace
        .edit_or_new(key, call.now, |stream: &mut Stream| {
            stream.add(id, fields);
            if let Some(trim) = options.trim() {
                stream.trim(trim);
            }
        })?;
    reply_id(&mut call.reply, id);
    Ok(())
}

fn xlen(call: &mut Call<'_>) -> Result<(), CommandError> {
    let stream = call.keyspace.look::<Stream>(call.args.at(1), call.now)?;
    call.reply.count(stream.map_or(0, Stream::len));
    Ok(())
}

fn range(call: &mut Call<'_>, is_reversed: bool) -> Result<(), CommandError> {
    let args = call.args;
    let (low, high) = if is_reversed { (3, 2) } else { (2, 3) };
    let (start, end) = (
        stream_ids::start(args.at(low))?,
        stream_ids::end(args.at(high))?,
    );
    let mut most = usize::MAX;
    let mut at = 4;
    while args.get(at).is_some() {
        if !call.is_word(at, "count") || args.len() <= at + 1 {
            return Err(CommandError::Syntax);
        }
        most = usize::try_from(call.integer(at + 1)?).unwrap_or(0);
        at += 2;
    }
    let Some(stream) = call.keyspace.look::<Stream>(args.at(1), call.now)? else {
        call.reply.array(0);
        return Ok(());
    };
    if most == 0 {
        call.reply.null_array();
        return Ok(());
    }
    let entries = stream.range(start, end);
    let found: Vec<_> = if is_reversed {
        entries.rev().take(most).collect()
    } else {
        entries.take(most).collect()
    };
    reply_entries(&mut call.reply, &found);
    Ok(())
}

fn xdel(call: &mut Call<'_>) -> Result<(), CommandError> {
    let key = call.args.at(1);
    if call.keyspace.look::<Stream>(key, call.now)?.is_none() {
        call.reply.integer(0);
        return Ok(());
    }
    let ids = call.args.from(2).map(stream_ids::id);
    let ids: Vec<StreamId> = ids.collect::<Result<_, _>>()?;
    let deleted = call.keyspace.edit(key, call.now, |stream: &mut Stream| {
        ids.iter().filter(|id| stream.delete(**id)).count()
    })?;
    call.reply.count(deleted.unwrap_or(0));
    Ok(())
}

fn xtrim(call: &mut Call<'_>) -> Result<(), CommandError> {
    let (options, _) = Options::read(call, false)?;
    let trim = options.trim().ok_or(CommandError::Syntax)?;
    let key = call.args.at(1);
    let trimmed = call
        .keyspace
        .edit(key, call.now, |stream: &mut Stream| stream.trim(trim))?;
    call.reply.count(trimmed.unwrap_or(0));
    Ok(())
}

fn xsetid(call: &mut Call<'_>) -> Result<(), CommandError> {
    let args = call.args;
    let last = stream_ids::id(args.at(2))?;
    let (mut added, mut deleted) = (None, None);
    let mut at = 3;
    while args.get(at).is_some() {
        let value = args.get(at + 1).ok_or(CommandError::Syntax)?;
        if call.is_word(at, "entriesadded") {
            let number = parse_integer(value).ok_or(CommandError::NotAnInteger)?;
            added = Some(
                u64::try_from(number)
                    .map_err(|_| CommandError::other("entries_added must be positive"))?,
            );
        } else if call.is_word(at, "maxdeletedid") {
            let id = stream_ids::id(value)?;
            if id > last {
                return Err(CommandError::other(
                    "The ID specified in XSETID is smaller than the provided max_deleted_entry_id",
                ));
            }
            deleted = Some(id);
        } else {
            return Err(CommandError::Syntax);
        }
        at += 2;
    }
    let done = call
        .keyspace
        .edit(args.at(1), call.now, |stream: &mut Stream| {
            let newest = stream.range(StreamId::MIN, StreamId::MAX).next_back();
            if newest.is_some_and(|(newest, _)| last < newest) {
                return Err(CommandError::other(
                    "The ID specified in XSETID is smaller than the target stream top item",
                ));
            }
            if added.is_some_and(|added| added < stream.len() as u64) {
                return Err(CommandError::other(
                    "The entries_added specified in XSETID is smaller than the target stream length",
                ));
            }
            stream.last = last;
            stream.added = added.unwrap_or(stream.added);
            stream.max_deleted = deleted.unwrap_or(stream.max_deleted);
            Ok(())
        })?;
    done.ok_or(CommandError::NoSuchKey)??;
    call.reply.ok();
    Ok(())
}
