//! Ids and entries of streams, as commands write them.

use super::call::Call;
use super::error::CommandError;
use crate::cache::builtin::keyspace::StreamId;
use crate::cache::builtin::wire::Reply;

pub(super) fn invalid() -> CommandError {
    CommandError::other("Invalid stream ID specified as stream command argument")
}

/// `ms-seq` or `ms`.
pub(super) fn id(text: &[u8]) -> Result<StreamId, CommandError> {
    StreamId::parse(text, 0).ok_or_else(invalid)
}

/// An end of a range: `-`, `+`, an id, or one that is excluded.
fn bound(text: &[u8], seq: u64) -> Result<(StreamId, bool), CommandError> {
    match text {
        b"-" => Ok((StreamId::MIN, false)),
        b"+" => Ok((StreamId::MAX, false)),
        [b'(', text @ ..] => Ok((StreamId::parse(text, seq).ok_or_else(invalid)?, true)),
        text => Ok((StreamId::parse(text, seq).ok_or_else(invalid)?, false)),
    }
}

pub(super) fn start(text: &[u8]) -> Result<StreamId, CommandError> {
    match bound(text, 0)? {
        (id, false) => Ok(id),
        (id, true) => id
            .next()
            .ok_or_else(|| CommandError::other("invalid start ID for the interval")),
    }
}

pub(super) fn end(text: &[u8]) -> Result<StreamId, CommandError> {
    match bound(text, u64::MAX)? {
        (id, false) => Ok(id),
        (id, true) => id
            .previous()
            .ok_or_else(|| CommandError::other("invalid end ID for the interval")),
    }
}

pub(super) fn reply_id(reply: &mut Reply<'_>, id: StreamId) {
    reply.bulk(id.to_string().as_bytes());
}

/// An entry: its id, and its fields and values.
pub(super) fn reply_entry(reply: &mut Reply<'_>, id: StreamId, fields: &[Box<[u8]>]) {
    reply.array(2);
    reply_id(reply, id);
    reply.array(fields.len());
    for part in fields {
        reply.bulk(part);
    }
}

/// Entries that are there.
pub(super) fn reply_entries(reply: &mut Reply<'_>, entries: &[(StreamId, &[Box<[u8]>])]) {
    reply.array(entries.len());
    for (id, fields) in entries {
        reply_entry(reply, *id, fields);
    }
}

/// There is no such group.
pub(super) fn no_group(key: &[u8], group: &[u8]) -> CommandError {
    CommandError::Other(format!(
        "NOGROUP No such key '{}' or consumer group '{}'",
        String::from_utf8_lossy(key),
        String::from_utf8_lossy(group)
    ))
}

impl Call<'_> {
    /// Whether the argument at `index` is this word, in any case.
    pub(super) fn is_word(&self, index: usize, word: &str) -> bool {
        let arg = self.args.get(index);
        arg.is_some_and(|arg| arg.eq_ignore_ascii_case(word.as_bytes()))
    }
}
