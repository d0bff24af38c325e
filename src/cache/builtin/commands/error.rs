//! Errors, in Redis's words.

use super::command::Command;
use crate::cache::builtin::keyspace;
use crate::cache::builtin::wire::Args;

/// Why a command did nothing. The message is the whole reply, code first.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[expect(missing_docs, reason = "the messages say it")]
pub enum CommandError {
    #[error("WRONGTYPE Operation against a key holding the wrong kind of value")]
    WrongType,
    #[error("ERR syntax error")]
    Syntax,
    #[error("ERR no such key")]
    NoSuchKey,
    #[error("ERR value is not an integer or out of range")]
    NotAnInteger,
    #[error("ERR value is not a valid float")]
    NotAFloat,
    #[error("ERR increment or decrement would overflow")]
    Overflow,
    #[error("ERR increment would produce NaN or Infinity")]
    NotFinite,
    #[error("ERR string exceeds maximum allowed size (proto-max-bulk-len)")]
    TooLong,
    #[error("ERR offset is out of range")]
    Offset,
    #[error("ERR invalid expire time in '{0}' command")]
    ExpireTime(&'static str),
    #[error("ERR wrong number of arguments for '{0}' command")]
    Arity(String),
    #[error("OOM command not allowed when used memory > 'maxmemory'.")]
    OutOfMemory,
    #[error("NOAUTH Authentication required.")]
    NotAuthenticated,
    #[error("WRONGPASS invalid username-password pair or user is disabled.")]
    WrongPassword,
    #[error("{0}")]
    Other(String),
}

impl CommandError {
    /// One that is said in a single place, without its `ERR`.
    pub(super) fn other(text: impl std::fmt::Display) -> CommandError {
        CommandError::Other(format!("ERR {text}"))
    }

    /// The container has no such subcommand.
    pub(super) fn unknown_subcommand(args: Args<'_>) -> CommandError {
        CommandError::subcommand("unknown subcommand", args)
    }

    /// The container's subcommand does not take these arguments.
    pub(super) fn wrong_subcommand(args: Args<'_>) -> CommandError {
        CommandError::subcommand("unknown subcommand or wrong number of arguments for", args)
    }

    fn subcommand(what: &str, args: Args<'_>) -> CommandError {
        let shown = |index: usize| {
            let word = args.get(index).unwrap_or_default();
            String::from_utf8_lossy(&word[..word.len().min(128)]).into_owned()
        };
        let container = shown(0).to_ascii_uppercase();
        CommandError::other(format_args!("{what} '{}'. Try {container} HELP.", shown(1)))
    }

    /// `command` was given too few or too many arguments.
    pub(super) fn arity(command: &Command) -> CommandError {
        CommandError::Arity(command.full_name())
    }
}

impl From<keyspace::WrongType> for CommandError {
    fn from(_: keyspace::WrongType) -> CommandError {
        CommandError::WrongType
    }
}
