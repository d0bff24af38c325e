//! `CONFIG`: what the built-in server has of Redis's settings.

use std::time::Duration;

use super::call::Call;
use super::command::{Command, Flags};
use super::engine::{ServerState, evict_as_set};
use super::error::CommandError;
use super::help;
use crate::cache::builtin::config::MaxmemoryPolicy;
use crate::cache::builtin::glob;

pub(super) const COMMANDS: &[Command] = &[Command::container("config", CONFIG)];

const ADMIN: Flags = Flags::ADMIN
    .and(Flags::NOSCRIPT)
    .and(Flags::LOADING)
    .and(Flags::STALE);

const CONFIG: &[Command] = &[
    Command::new("get", -3, ADMIN, get).of("config"),
    Command::new("set", -4, ADMIN, set).of("config"),
    Command::new("rewrite", 2, ADMIN, rewrite).of("config"),
    Command::new("resetstat", 2, ADMIN, resetstat).of("config"),
    help::of("config"),
];

/// All settings with their values. Those that cannot be set say how the server
/// is made, for clients that ask.
fn settings(server: &ServerState) -> [(&'static str, String); 13] {
    let maxmemory = server.settings.maxmemory.unwrap_or(0);
    let clients = server.settings.maxmemory_clients.unwrap_or(0);
    [
        ("appendonly", "no".into()),
        (
            "client-output-buffer-limit",
            "normal 0 0 0 slave 0 0 0 pubsub 33554432 8388608 60".into(),
        ),
        ("databases", "1".into()),
        (
            "lfu-decay-time",
            (server.settings.aging.decay.as_secs() / 60).to_string(),
        ),
        (
            "lfu-log-factor",
            server.settings.aging.log_factor.to_string(),
        ),
        ("maxclients", crate::cache::builtin::MAX_CLIENTS.to_string()),
        ("maxmemory", maxmemory.to_string()),
        ("maxmemory-clients", clients.to_string()),
        ("maxmemory-policy", server.settings.policy.name().into()),
        ("maxmemory-samples", server.settings.samples.to_string()),
        ("port", server.settings.port.to_string()),
        ("proto-max-bulk-len", (512 * 1024 * 1024).to_string()),
        ("save", String::new()),
    ]
}

fn get(call: &mut Call<'_>) -> Result<(), CommandError> {
    let mut found: Vec<(Vec<u8>, String)> = Vec::new();
    for pattern in call.args.from(2) {
        let lower = pattern.to_ascii_lowercase();
        for (name, value) in settings(call.server) {
            // A name is answered as it was asked for, in capitals, too.
            let shown = match lower == name.as_bytes() {
                true => pattern,
                false => name.as_bytes(),
            };
            let is_new = found
                .iter()
                .all(|(one, _)| !one.eq_ignore_ascii_case(shown));
            if is_new && glob::matches(&lower, name.as_bytes()) {
                found.push((shown.to_vec(), value));
            }
        }
    }
    call.reply.map(found.len());
    for (name, value) in found {
        call.reply.bulk(&name);
        call.reply.bulk(value.as_bytes());
    }
    Ok(())
}

fn set(call: &mut Call<'_>) -> Result<(), CommandError> {
    let args = call.args;
    if !args.len().is_multiple_of(2) {
        return Err(CommandError::Syntax);
    }
    // All or nothing: nothing is set before all of it has been read.
    let mut new = call.server.settings.clone();
    for at in (2..args.len()).step_by(2) {
        let name = String::from_utf8_lossy(args.at(at)).to_ascii_lowercase();
        let value = String::from_utf8_lossy(args.at(at + 1)).into_owned();
        match name.as_str() {
            "maxmemory" => {
                let bytes = bytes(&value)
                    .ok_or_else(|| failed(&name, "argument must be a memory value"))?;
                new.maxmemory = Some(bytes).filter(|bytes| *bytes > 0);
            }
            "maxmemory-clients" => {
                // No percent: of what, without a limit on the data?
                let bytes = bytes(&value)
                    .ok_or_else(|| failed(&name, "argument must be a memory or percent value"))?;
                new.maxmemory_clients = Some(bytes).filter(|bytes| *bytes > 0);
            }
            "maxmemory-policy" => {
                new.policy = value.parse().map_err(|_| {
                    let names = MaxmemoryPolicy::names();
                    failed(
                        &name,
                        &format!("argument(s) must be one of the following: {names}"),
                    )
                })?;
            }
            "maxmemory-samples" => {
                let number = number(&name, &value, 1, 64)?;
                new.samples = number as usize;
            }
            "lfu-log-factor" => {
                let number = number(&name, &value, 0, i32::MAX as u32)?;
                new.aging.log_factor = number;
            }
            "lfu-decay-time" => {
                let minutes = number(&name, &value, 0, i32::MAX as u32)?;
                new.aging.decay = Duration::from_secs(u64::from(minutes) * 60);
            }
            _ if settings(call.server)
                .iter()
                .any(|(known, _)| *known == name) =>
            {
                return Err(failed(&name, "can't set immutable config"));
            }
            _ => {
                return Err(CommandError::other(format_args!(
                    "Unknown option or number of arguments for CONFIG SET - '{name}'"
                )));
            }
        }
    }
    let old = &call.server.settings;
    if (new.policy, new.samples, new.aging) != (old.policy, old.samples, old.aging) {
        evict_as_set(call.keyspace, &new);
    }
    call.server.settings = new;
    if let Some(limit) = call.server.settings.maxmemory {
        // What cannot be evicted stays: the next write is told.
        let _ = call.keyspace.make_room(limit, call.now);
    }
    call.reply.ok();
    Ok(())
}

fn failed(name: &str, why: &str) -> CommandError {
    CommandError::other(format_args!(
        "CONFIG SET failed (possibly related to argument '{name}') - {why}"
    ))
}

/// A whole number from `least` to `most`.
fn number(name: &str, value: &str, least: u32, most: u32) -> Result<u32, CommandError> {
    let number: i64 = value
        .parse()
        .map_err(|_| failed(name, "argument couldn't be parsed into an integer"))?;
    u32::try_from(number)
        .ok()
        .filter(|number| (least..=most).contains(number))
        .ok_or_else(|| {
            failed(
                name,
                &format!("argument must be between {least} and {most} inclusive"),
            )
        })
}

/// `100mb` and the like, as in redis.conf: `k` is 1000, `kb` is 1024.
fn bytes(text: &str) -> Option<u64> {
    let text = text.to_ascii_lowercase();
    let end = text
        .find(|c: char| !c.is_ascii_digit())
        .unwrap_or(text.len());
    let unit: u64 = match &text[end..] {
        "" | "b" => 1,
        "k" => 1000,
        "kb" => 1 << 10,
        "m" => 1_000_000,
        "mb" => 1 << 20,
        "g" => 1_000_000_000,
        "gb" => 1 << 30,
        _ => return None,
    };
    text[..end].parse::<u64>().ok()?.checked_mul(unit)
}

fn resetstat(call: &mut Call<'_>) -> Result<(), CommandError> {
    call.keyspace.reset_stats();
    call.server.reset_stats();
    call.reply.ok();
    Ok(())
}

fn rewrite(_: &mut Call<'_>) -> Result<(), CommandError> {
    Err(CommandError::other(
        "The server is running without a config file",
    ))
}
