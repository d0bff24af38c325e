//! Strings in part: `APPEND`, `GETRANGE`, `SETRANGE`, `STRLEN`.

use super::call::Call;
use super::command::{Command, Flags};
use super::error::CommandError;
use crate::cache::builtin::keyspace::{Kind, Lifetime, Text, Value};

const WRITE: Flags = Flags::WRITE.and(Flags::DENYOOM);

pub(super) const COMMANDS: &[Command] = &[
    Command::new("append", 3, WRITE.and(Flags::FAST), append).keys(1, 1, 1),
    Command::new("strlen", 2, Flags::READONLY.and(Flags::FAST), strlen).keys(1, 1, 1),
    Command::new("getrange", 4, Flags::READONLY, getrange).keys(1, 1, 1),
    Command::new("substr", 4, Flags::READONLY, getrange).keys(1, 1, 1),
    Command::new("setrange", 4, WRITE, setrange).keys(1, 1, 1),
];

/// The longest string, as in Redis: 512 MB.
const MAX_LENGTH: usize = 512 * 1024 * 1024;

fn append(call: &mut Call<'_>) -> Result<(), CommandError> {
    let (key, more) = (call.args.at(1), call.args.at(2));
    let length = call.keyspace.edit(key, call.now, |text: &mut Text| {
        if text.len() + more.len() > MAX_LENGTH {
            return Err(CommandError::TooLong);
        }
        let bytes = text.grow();
        bytes.extend_from_slice(more);
        Ok(bytes.len())
    })?;
    let length = match length {
        Some(length) => length?,
        None => {
            call.keyspace
                .set_text(key, more, Lifetime::Forever, call.now);
            more.len()
        }
    };
    call.reply.count(length);
    Ok(())
}

fn strlen(call: &mut Call<'_>) -> Result<(), CommandError> {
    let length = match call.keyspace.look::<Text>(call.args.at(1), call.now)? {
        None => 0,
        Some(text) => text.len(),
    };
    call.reply.count(length);
    Ok(())
}

fn getrange(call: &mut Call<'_>) -> Result<(), CommandError> {
    let (start, end) = (call.integer(2)?, call.integer(3)?);
    match call.keyspace.look::<Text>(call.args.at(1), call.now)? {
        None => call.reply.bulk(b""),
        Some(text) => {
            let mut digits = itoa::Buffer::new();
            call.reply.bulk(part(text.bytes(&mut digits), start, end));
        }
    }
    Ok(())
}

/// The bytes from `start` to `end`, both included; negative ones count from
/// the end.
fn part(bytes: &[u8], start: i64, end: i64) -> &[u8] {
    // Redis's own rule, from before negative numbers were clamped.
    if start < 0 && end < 0 && start > end {
        return b"";
    }
    let length = bytes.len() as i64;
    let place = |at: i64| {
        if at < 0 {
            (at.saturating_add(length)).max(0)
        } else {
            at
        }
    };
    let (start, end) = (place(start), place(end).min(length - 1));
    if start > end {
        return b"";
    }
    &bytes[start as usize..=end as usize]
}

fn setrange(call: &mut Call<'_>) -> Result<(), CommandError> {
    let (key, patch) = (call.args.at(1), call.args.at(3));
    let offset = call.integer(2)?;
    let offset = usize::try_from(offset).map_err(|_| CommandError::Offset)?;
    let end = offset.saturating_add(patch.len());
    let old = match call.keyspace.value(key, call.now) {
        None => None,
        Some(value) => Some(Text::of(value).ok_or(CommandError::WrongType)?.len()),
    };
    if patch.is_empty() {
        call.reply.count(old.unwrap_or(0));
        return Ok(());
    }
    if end > MAX_LENGTH {
        return Err(CommandError::TooLong);
    }
    if old.is_none() {
        let empty = Value::Text(Text::Grown(Vec::new()));
        call.keyspace.set(key, empty, Lifetime::Forever, call.now);
    }
    let length = call.keyspace.edit(key, call.now, |text: &mut Text| {
        let bytes = text.grow();
        if bytes.len() < end {
            bytes.resize(end, 0);
        }
        bytes[offset..end].copy_from_slice(patch);
        bytes.len()
    })?;
    call.reply.count(length.unwrap_or(0));
    Ok(())
}
