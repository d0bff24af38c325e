//! One command being run: what its handler is given.

use std::time::Duration;

use super::client::Client;
use super::engine::ServerState;
use super::error::CommandError;
use crate::cache::builtin::keyspace::{Keyspace, Now, Text};
use crate::cache::builtin::wire::{Args, Reply, parse_integer};

/// What the server does after the reply.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Effect {
    /// Nothing.
    #[default]
    None,
    /// Closes the connection once the reply is written.
    Close,
    /// Closes the connection at once: its output has passed the limit.
    Abort,
    /// Stands still (`DEBUG SLEEP`), and answers afterwards.
    Sleep(Duration),
    /// The command waits for a key: nothing more is read from the client until
    /// it is answered.
    Wait,
}

/// One command being run.
pub struct Call<'a> {
    /// The arguments, the command's name first.
    pub args: Args<'a>,
    /// The moment it runs at.
    pub now: Now,
    /// Who asked.
    pub client: &'a mut Client,
    /// The data.
    pub keyspace: &'a mut Keyspace,
    /// Settings and counts.
    pub server: &'a mut ServerState,
    /// Where the answer goes.
    pub reply: Reply<'a>,
    /// What the server does afterwards.
    pub effect: Effect,
}

impl<'a> Call<'a> {
    /// The argument at `index` as an integer.
    pub(super) fn integer(&self, index: usize) -> Result<i64, CommandError> {
        parse_integer(self.args.at(index)).ok_or(CommandError::NotAnInteger)
    }

    /// The argument at `index` as a number that is not negative.
    pub(super) fn positive(&self, index: usize) -> Result<usize, CommandError> {
        let number = parse_integer(self.args.at(index));
        number
            .and_then(|number| usize::try_from(number).ok())
            .ok_or_else(|| CommandError::other("value is out of range, must be positive"))
    }

    /// The argument at `index` as a count of random elements.
    pub(super) fn random_count(&self, index: usize) -> Result<i64, CommandError> {
        self.integer(index).and_then(|count| match count {
            i64::MIN => Err(CommandError::other(
                "value is out of range, value must between -9223372036854775807 and \
                 9223372036854775807",
            )),
            count => Ok(count),
        })
    }

    /// Answers with the string at `key`, or null; whether it was there.
    /// Counted, and a use.
    pub(super) fn reply_text(&mut self, key: &[u8]) -> Result<bool, CommandError> {
        let value = self.keyspace.look::<Text>(key, self.now)?;
        match value {
            None => self.reply.null(),
            Some(Text::Integer(n)) => self.reply.bulk_integer(*n),
            Some(text) => self.reply.bulk(text.bytes(&mut itoa::Buffer::new())),
        }
        Ok(value.is_some())
    }
}
