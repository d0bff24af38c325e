//! Going through the keys: `SCAN`, `KEYS`, `RANDOMKEY`.

use super::call::Call;
use super::command::{Command, Flags};
use super::error::CommandError;
use crate::cache::builtin::glob;
use crate::cache::builtin::keyspace::Kind;

pub(super) const COMMANDS: &[Command] = &[
    Command::new("keys", 2, Flags::READONLY, keys),
    Command::new("scan", -2, Flags::READONLY, scan),
    Command::new("randomkey", 1, Flags::READONLY, randomkey),
];

fn keys(call: &mut Call<'_>) -> Result<(), CommandError> {
    let pattern = call.args.at(1);
    let found: Vec<&[u8]> = call
        .keyspace
        .keys(call.now)
        .map(|found| found.key)
        .filter(|key| glob::matches(pattern, key))
        .collect();
    call.reply.array(found.len());
    for key in found {
        call.reply.bulk(key);
    }
    Ok(())
}

/// The cursor and the options of `SCAN` and its kin.
pub(super) struct ScanOptions<'a> {
    pub(super) cursor: u64,
    pub(super) count: u64,
    pub(super) pattern: &'a [u8],
    wanted: Option<&'a [u8]>,
}

impl<'a> ScanOptions<'a> {
    /// Of a scan through the collection at argument 1. Without one, options do
    /// not matter: it is answered, and this is `None`.
    pub(super) fn of_collection<T: Kind>(
        call: &mut Call<'a>,
    ) -> Result<Option<ScanOptions<'a>>, CommandError> {
        cursor(call.args.at(2)).ok_or_else(|| CommandError::other("invalid cursor"))?;
        if call
            .keyspace
            .look::<T>(call.args.at(1), call.now)?
            .is_none()
        {
            call.reply.array(2);
            call.reply.bulk(b"0");
            call.reply.array(0);
            return Ok(None);
        }
        ScanOptions::read(call, 2).map(Some)
    }

    /// From the cursor at `first` on. Only `SCAN` itself goes through types.
    pub(super) fn read(call: &Call<'a>, first: usize) -> Result<ScanOptions<'a>, CommandError> {
        let cursor = cursor(call.args.at(first));
        let mut options = ScanOptions {
            cursor: cursor.ok_or_else(|| CommandError::other("invalid cursor"))?,
            count: 10,
            pattern: b"*",
            wanted: None,
        };
        let mut at = first + 1;
        while let Some(name) = call.args.get(at) {
            let value = call.args.get(at + 1).ok_or(CommandError::Syntax)?;
            match name.to_ascii_lowercase().as_slice() {
                b"count" => {
                    let count = call.integer(at + 1)?;
                    options.count = u64::try_from(count)
                        .ok()
                        .filter(|count| *count > 0)
                        .ok_or(CommandError::Syntax)?;
                }
                b"match" => options.pattern = value,
                b"type" if first == 1 => options.wanted = Some(value),
                _ => return Err(CommandError::Syntax),
            }
            at += 2;
        }
        Ok(options)
    }
}

fn scan(call: &mut Call<'_>) -> Result<(), CommandError> {
    let options = ScanOptions::read(call, 1)?;
    let (next, found) = call.keyspace.scan(options.cursor, options.count, call.now);
    let found: Vec<&[u8]> = found
        .filter(|found| {
            let name = found.value.type_name().as_bytes();
            options
                .wanted
                .is_none_or(|wanted| wanted.eq_ignore_ascii_case(name))
        })
        .map(|found| found.key)
        .filter(|key| glob::matches(options.pattern, key))
        .collect();
    call.reply.array(2);
    call.reply.bulk(next.to_string().as_bytes());
    call.reply.array(found.len());
    for key in found {
        call.reply.bulk(key);
    }
    Ok(())
}

/// A cursor as C's `strtoul` reads it: one below zero is one from the top.
fn cursor(text: &[u8]) -> Option<u64> {
    let text = std::str::from_utf8(text).ok()?;
    match text.strip_prefix('-') {
        Some(digits) => digits.parse().ok().map(u64::wrapping_neg),
        None => text.parse().ok(),
    }
}

fn randomkey(call: &mut Call<'_>) -> Result<(), CommandError> {
    let draw = call.server.draw();
    match call.keyspace.key_near(draw, call.now) {
        Some(key) => call.reply.bulk(key),
        None => call.reply.null(),
    }
    Ok(())
}
