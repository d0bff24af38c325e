//! The whole database: `DBSIZE`, `FLUSHDB`, `FLUSHALL`, and `TIME`.

use super::call::Call;
use super::command::{Command, Flags};
use super::error::CommandError;

pub(super) const COMMANDS: &[Command] = &[
    Command::new("dbsize", 1, Flags::READONLY.and(Flags::FAST), dbsize),
    Command::new("flushdb", -1, Flags::WRITE, flush),
    Command::new("flushall", -1, Flags::WRITE, flush),
    Command::new(
        "time",
        1,
        Flags::LOADING.and(Flags::STALE).and(Flags::FAST),
        time,
    ),
];

fn dbsize(call: &mut Call<'_>) -> Result<(), CommandError> {
    call.reply.count(call.keyspace.len());
    Ok(())
}

fn flush(call: &mut Call<'_>) -> Result<(), CommandError> {
    match call.args.get(1).map(<[u8]>::to_ascii_lowercase).as_deref() {
        None | Some(b"sync" | b"async") if call.args.len() <= 2 => {}
        _ => return Err(CommandError::Syntax),
    }
    call.keyspace.clear();
    call.reply.ok();
    Ok(())
}

fn time(call: &mut Call<'_>) -> Result<(), CommandError> {
    let seconds = call.now.unix_ms / 1000;
    // The server's clock counts milliseconds of the day; microseconds within
    // one come from its monotonic time.
    let micros = call.now.unix_ms % 1000 * 1000
        + i64::from(call.now.time.as_nanos() as u32 % 1_000_000 / 1000);
    call.reply.array(2);
    call.reply.bulk_integer(seconds);
    call.reply.bulk_integer(micros);
    Ok(())
}
