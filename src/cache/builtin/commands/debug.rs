//! `DEBUG SLEEP`: a server that stands still, to see what clients make of it.

use std::time::Duration;

use super::call::{Call, Effect};
use super::command::{Command, Flags};
use super::error::CommandError;
use super::help;
use crate::cache::builtin::wire::parse_float;

pub(super) const COMMANDS: &[Command] = &[Command::container("debug", DEBUG)];

const DEBUG: &[Command] = &[
    Command::new("sleep", -2, Flags::ADMIN.and(Flags::NOSCRIPT), sleep).of("debug"),
    help::of("debug"),
];

fn sleep(call: &mut Call<'_>) -> Result<(), CommandError> {
    if call.args.len() != 3 {
        return Err(CommandError::wrong_subcommand(call.args));
    }
    // What is no time is none, as in Redis.
    let seconds = parse_float(call.args.at(2)).unwrap_or(0.0);
    let pause = Duration::try_from_secs_f64(seconds).unwrap_or_default();
    call.effect = Effect::Sleep(pause);
    call.reply.ok();
    Ok(())
}
