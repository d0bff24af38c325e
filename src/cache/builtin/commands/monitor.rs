//! `MONITOR`: sees each command that any client runs.

use super::call::Call;
use super::command::{Command, Flags};
use super::errand::Errand;
use super::error::CommandError;
use crate::cache::builtin::wire::quote;

pub(super) const COMMANDS: &[Command] = &[Command::new(
    "monitor",
    1,
    Flags::ADMIN
        .and(Flags::NOSCRIPT)
        .and(Flags::LOADING)
        .and(Flags::STALE),
    monitor,
)];

fn monitor(call: &mut Call<'_>) -> Result<(), CommandError> {
    if call.client.may_not_wait {
        return Err(CommandError::other(
            "MONITOR isn't allowed for DENY BLOCKING client",
        ));
    }
    call.client.is_monitor = true;
    call.server.monitors.insert(call.client.id);
    call.reply.ok();
    Ok(())
}

/// Shows the command to all who monitor. As in Redis, not what only
/// administers the server, and no passwords.
#[cold]
pub(super) fn show(call: &mut Call<'_>, command: &Command) {
    if command.flags.has(Flags::ADMIN) {
        return;
    }
    let address = &call.server.roster.of(call.client).address;
    let (seconds, millis) = (call.now.unix_ms / 1000, call.now.unix_ms % 1000);
    let mut line = format!("{seconds}.{millis:03}000 [0 {address}]");
    let hides = matches!(command.name, "auth" | "hello");
    for (index, arg) in call.args.from(0).enumerate() {
        match hides && index > 0 {
            true => line += " \"(redacted)\"",
            false => {
                line.push(' ');
                quote(&mut line, arg);
            }
        }
    }
    let line: std::sync::Arc<str> = line.into();
    for id in &call.server.monitors {
        let errand = Errand::Show(line.clone());
        call.server.errands.push((*id, errand));
    }
}
