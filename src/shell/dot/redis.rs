//! `.redis`: a raw command to the session's cache server.

use super::{Argument, DotCommand, Flow, misused};
use crate::cache::Layer;
use crate::cache::connection::Fault;
use crate::cache::raw::{Caution, RawCommand, caution};
use crate::commands::{Exit, Failure};
use crate::shell::{Shell, ask};
use crate::view::cache as view;

pub(super) const COMMAND: DotCommand = DotCommand {
    name: ".redis",
    aliases: &[],
    arguments: "[--force] COMMAND",
    completes: Argument::Words(&[
        ("GET", &[]),
        ("SCAN", &["0"]),
        ("TTL", &[]),
        ("TYPE", &[]),
        ("INFO", &["memory", "stats", "server"]),
        ("MEMORY", &["USAGE"]),
        ("OBJECT", &["ENCODING", "IDLETIME", "FREQ"]),
        ("CONFIG", &["GET"]),
        ("DBSIZE", &[]),
    ]),
    summary: "a raw command to the cache server",
    details: ".redis SCAN 0 COUNT 100   the reply as redis-cli shows it\n\
              .redis SET a \"x y\"        words and quotes as in redis-cli\n\
              .redis HELLO 3            the newer protocol, with maps and sets\n\
              It has a connection of its own, so MULTI and SELECT do not disturb the\n\
              cache. On a server that is not ours, what changes other keys than this\n\
              session's is asked about; --force sends it unasked.",
    run,
};

fn run(shell: &mut Shell<'_>, rest: &str) -> Result<Flow, Failure> {
    let (force, line) = match rest.strip_prefix("--force") {
        Some(line) if line.is_empty() || line.starts_with(char::is_whitespace) => (true, line),
        _ => (false, rest),
    };
    let command = RawCommand::parse(line).map_err(|error| Failure::usage(error.to_string()))?;
    let command = command.ok_or_else(|| misused(&COMMAND))?;
    let layer = started(shell)?;
    let server = layer.server();
    let place = format!("{server} at {}", server.address);
    match caution(&command, server.private, layer.prefix()) {
        Caution::None => {}
        Caution::Ask(_) if force => {}
        Caution::Ask(why) if !shell.interactive => {
            return Err(Failure::usage(format!(
                "{} was not sent to {place}, which is not ours: {why}; --force sends it",
                command.name()
            )));
        }
        Caution::Ask(why) => {
            shell.note(&format!("{place} is not ours, and {why}."))?;
            shell.context.out.flush()?;
            if !ask::agrees("Send it? [y/N] ")? {
                shell.note("Not sent.")?;
                return Ok(Flow::GoOn);
            }
        }
        Caution::Never(why) => {
            return Err(Failure::usage(format!(
                "{} cannot be sent from here: {why}",
                command.name()
            )));
        }
    }
    let reply = started(shell)?.raw(&command);
    let out = &mut shell.context.out;
    match reply {
        Ok(reply) if command.replies_with_text() => view::write_text_reply(out, &reply)?,
        Ok(reply) => view::write_reply(out, &reply)?,
        Err(Fault::Refused(words)) => {
            view::write_error_reply(out, &words)?;
            return Err(Failure::silent(Exit::Failed));
        }
        Err(fault) => return Err(Failure::new(Exit::Failed, fault.to_string())),
    }
    Ok(Flow::GoOn)
}

fn started<'s>(shell: &'s mut Shell<'_>) -> Result<&'s mut Layer, Failure> {
    shell
        .session
        .cache()
        .ok_or_else(|| Failure::usage("the cache is off: .cache on starts it"))
}
