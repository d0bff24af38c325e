//! `DEBUG SLEEP`: a server that stands still, to see what clients make of it.

use std::time::Duration;

use super::call::{Call, Effect};
use super::command::{Command, Flags};
use super::error::CommandError;

pub(super) const COMMANDS: &[Command] = &[Command::container("debug", DEBUG)];

const DEBUG: &[Command] =
    &[Command::new("sleep", 3, Flags::ADMIN.and(Flags::NOSCRIPT), sleep).of("debug")];

fn sleep(call: &mut Call<'_>) -> Result<(), CommandError> {
    let seconds: Option<f64> = std::str::from_utf8(call.args.at(2))
        .ok()
        .and_then(|text| text.parse().ok());
    let pause = seconds.and_then(|s| Duration::try_from_secs_f64(s).ok());
    call.effect = Effect::Sleep(pause.ok_or(CommandError::NotAFloat)?);
    call.reply.ok();
    Ok(())
}
