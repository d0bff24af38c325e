//! The connection itself: `PING`, `HELLO`, `AUTH` and their kin.

use super::call::{Call, Effect};
use super::clients::set_name;
use super::command::{Command, Flags};
use super::error::CommandError;
use super::transactions;
use crate::cache::builtin::wire::{Protocol, parse_integer};

const ANYTIME: Flags = Flags::NOSCRIPT.and(Flags::LOADING).and(Flags::STALE);
const ALWAYS: Flags = ANYTIME
    .and(Flags::FAST)
    .and(Flags::NO_AUTH)
    .and(Flags::ALLOW_BUSY);

pub(super) const COMMANDS: &[Command] = &[
    Command::new("ping", -1, Flags::FAST, ping),
    Command::new(
        "echo",
        2,
        Flags::LOADING.and(Flags::STALE).and(Flags::FAST),
        echo,
    ),
    Command::new("hello", -1, ALWAYS, hello),
    Command::new("auth", -2, ALWAYS, auth),
    Command::new(
        "select",
        2,
        Flags::LOADING.and(Flags::STALE).and(Flags::FAST),
        select,
    ),
    Command::new("quit", -1, ALWAYS, quit),
    Command::new("reset", 1, ALWAYS, reset),
];

/// What `HELLO` says it is compatible with: the version whose replies the
/// tests compare with.
pub(super) const COMPATIBLE_WITH: &str = "7.0.15";

fn ping(call: &mut Call<'_>) -> Result<(), CommandError> {
    if call.client.is_subscriber() && call.args.len() <= 2 {
        // As a message, since that is what it reads.
        call.reply.array(2);
        call.reply.bulk(b"pong");
        call.reply.bulk(call.args.get(1).unwrap_or_default());
        return Ok(());
    }
    match call.args.len() {
        1 => call.reply.simple("PONG"),
        2 => call.reply.bulk(call.args.at(1)),
        _ => return Err(CommandError::Arity("ping".into())),
    }
    Ok(())
}

fn echo(call: &mut Call<'_>) -> Result<(), CommandError> {
    call.reply.bulk(call.args.at(1));
    Ok(())
}

fn select(call: &mut Call<'_>) -> Result<(), CommandError> {
    if call.integer(1)? != 0 {
        return Err(CommandError::other("DB index is out of range"));
    }
    call.reply.ok();
    Ok(())
}

fn quit(call: &mut Call<'_>) -> Result<(), CommandError> {
    call.effect = Effect::Close;
    call.reply.ok();
    Ok(())
}

fn reset(call: &mut Call<'_>) -> Result<(), CommandError> {
    let open = call.server.settings.password.is_none();
    transactions::reset(call);
    call.server.pubsub.forget(call.client);
    call.server.monitors.remove(&call.client.id);
    call.server.roster.of(call.client).name.clear();
    call.client.reset(open);
    call.reply.speak(call.client.protocol);
    call.reply.simple("RESET");
    Ok(())
}

fn auth(call: &mut Call<'_>) -> Result<(), CommandError> {
    let (user, password) = match call.args.len() {
        2 if call.server.settings.password.is_none() => {
            return Err(CommandError::other(
                "AUTH <password> called without any password configured for the default user. \
                 Are you sure your configuration is correct?",
            ));
        }
        2 => (&b"default"[..], call.args.at(1)),
        3 => (call.args.at(1), call.args.at(2)),
        _ => return Err(CommandError::Syntax),
    };
    log_in(call, user, password)?;
    call.reply.ok();
    Ok(())
}

fn log_in(call: &mut Call<'_>, user: &[u8], password: &[u8]) -> Result<(), CommandError> {
    let open = call.server.settings.password.is_none();
    if user != b"default" || !(open || call.server.accepts(password)) {
        return Err(CommandError::WrongPassword);
    }
    call.client.authenticated = true;
    Ok(())
}

fn hello(call: &mut Call<'_>) -> Result<(), CommandError> {
    let args = call.args;
    let mut protocol = call.client.protocol;
    if let Some(version) = args.get(1) {
        protocol = match parse_integer(version) {
            Some(2) => Protocol::Resp2,
            Some(3) => Protocol::Resp3,
            Some(_) => {
                return Err(CommandError::Other(
                    "NOPROTO unsupported protocol version".into(),
                ));
            }
            None => {
                return Err(CommandError::other(
                    "Protocol version is not an integer or out of range",
                ));
            }
        };
    }
    let mut name = None;
    let mut at = 2;
    while let Some(option) = args.get(at) {
        let more = args.len() - at - 1;
        if option.eq_ignore_ascii_case(b"auth") && more >= 2 {
            log_in(call, args.at(at + 1), args.at(at + 2))?;
            at += 3;
        } else if option.eq_ignore_ascii_case(b"setname") && more >= 1 {
            name = Some(args.at(at + 1));
            at += 2;
        } else {
            let option = String::from_utf8_lossy(option);
            return Err(CommandError::other(format_args!(
                "Syntax error in HELLO option '{option}'"
            )));
        }
    }
    if !call.client.authenticated {
        return Err(CommandError::Other(
            "NOAUTH HELLO must be called with the client already authenticated, otherwise the \
             HELLO <proto> AUTH <user> <pass> option can be used to authenticate the client and \
             select the RESP protocol version at the same time"
                .into(),
        ));
    }
    if let Some(name) = name {
        set_name(call, name)?;
    }
    call.client.protocol = protocol;
    call.reply.speak(protocol);
    introduce(call, protocol);
    Ok(())
}

fn introduce(call: &mut Call<'_>, protocol: Protocol) {
    let version = if protocol == Protocol::Resp3 { 3 } else { 2 };
    let id = i64::try_from(call.client.id).unwrap_or(i64::MAX);
    let reply = &mut call.reply;
    reply.map(7);
    reply.bulk(b"server");
    reply.bulk(b"dbdojo-builtin");
    reply.bulk(b"version");
    reply.bulk(COMPATIBLE_WITH.as_bytes());
    reply.bulk(b"proto");
    reply.integer(version);
    reply.bulk(b"id");
    reply.integer(id);
    reply.bulk(b"mode");
    reply.bulk(b"standalone");
    reply.bulk(b"role");
    reply.bulk(b"master");
    reply.bulk(b"modules");
    reply.array(0);
}
