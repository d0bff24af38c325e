//! `CLIENT`: who is connected, what it is called, and what one can do to it.

use super::call::{Call, Effect};
use super::client::Replies;
use super::command::{Command, Flags};
use super::errand::Errand;
use super::error::CommandError;
use super::help;
use super::roster::Seat;
use crate::cache::builtin::wire::parse_integer;

const ANYTIME: Flags = Flags::NOSCRIPT.and(Flags::LOADING).and(Flags::STALE);
const ADMIN: Flags = ANYTIME.and(Flags::ADMIN);

pub(super) const COMMANDS: &[Command] = &[Command::container("client", CLIENT)];

const CLIENT: &[Command] = &[
    Command::new("getname", 2, ANYTIME, getname).of("client"),
    Command::new("getredir", 2, ANYTIME, getredir).of("client"),
    Command::new("id", 2, ANYTIME, id).of("client"),
    Command::new("info", 2, ANYTIME, info).of("client"),
    Command::new("kill", -3, ADMIN, kill).of("client"),
    Command::new("list", -2, ADMIN, list).of("client"),
    Command::new("no-evict", 3, ADMIN, no_evict).of("client"),
    Command::new("reply", 3, ANYTIME, reply).of("client"),
    Command::new("setinfo", 4, ANYTIME, setinfo).of("client"),
    Command::new("setname", 3, ANYTIME, setname).of("client"),
    Command::new("unblock", -3, ADMIN, unblock).of("client"),
    help::of("client"),
];

fn id(call: &mut Call<'_>) -> Result<(), CommandError> {
    call.reply
        .integer(i64::try_from(call.client.id).unwrap_or(i64::MAX));
    Ok(())
}

fn getname(call: &mut Call<'_>) -> Result<(), CommandError> {
    match call.server.roster.of(call.client).name.as_slice() {
        [] => call.reply.null(),
        name => call.reply.bulk(name),
    }
    Ok(())
}

/// There is no tracking, so nothing is redirected.
fn getredir(call: &mut Call<'_>) -> Result<(), CommandError> {
    call.reply.integer(-1);
    Ok(())
}

fn setname(call: &mut Call<'_>) -> Result<(), CommandError> {
    set_name(call, call.args.at(2))?;
    call.reply.ok();
    Ok(())
}

/// What may stand in `CLIENT LIST` without breaking its lines.
fn is_plain(text: &[u8]) -> bool {
    text.iter().all(|c| (b'!'..=b'~').contains(c))
}

pub(super) fn set_name(call: &mut Call<'_>, name: &[u8]) -> Result<(), CommandError> {
    if !is_plain(name) {
        return Err(CommandError::other(
            "Client names cannot contain spaces, newlines or special characters.",
        ));
    }
    call.server.roster.of(call.client).name = name.to_vec();
    Ok(())
}

fn setinfo(call: &mut Call<'_>) -> Result<(), CommandError> {
    let (attribute, value) = (call.args.at(2), call.args.at(3));
    let shown = String::from_utf8_lossy(attribute);
    let seat = call.server.roster.of(call.client);
    let field = if attribute.eq_ignore_ascii_case(b"lib-name") {
        &mut seat.library
    } else if attribute.eq_ignore_ascii_case(b"lib-ver") {
        &mut seat.library_version
    } else {
        return Err(CommandError::other(format_args!(
            "Unrecognized option '{shown}'"
        )));
    };
    if !is_plain(value) {
        return Err(CommandError::other(format_args!(
            "{shown} cannot contain spaces, newlines or special characters."
        )));
    }
    *field = value.to_vec();
    call.reply.ok();
    Ok(())
}

/// The client as it is while it runs this.
fn note_oneself(call: &mut Call<'_>) {
    call.server.roster.note(call.client, call.now);
}

fn info(call: &mut Call<'_>) -> Result<(), CommandError> {
    note_oneself(call);
    let line = call.server.roster.of(call.client).line(call.now);
    call.reply.text(&(line + "\n"));
    Ok(())
}

/// A kind of client, as `TYPE` names it.
#[derive(Clone, Copy)]
enum Sort {
    Normal,
    Subscriber,
    /// Replicas and their master: there are none.
    Nobody,
}

impl Sort {
    fn read(word: &[u8]) -> Result<Sort, CommandError> {
        match word.to_ascii_lowercase().as_slice() {
            b"normal" => Ok(Sort::Normal),
            b"pubsub" => Ok(Sort::Subscriber),
            b"master" | b"replica" | b"slave" => Ok(Sort::Nobody),
            _ => {
                let shown = String::from_utf8_lossy(word);
                Err(CommandError::other(format_args!(
                    "Unknown client type '{shown}'"
                )))
            }
        }
    }

    fn has(self, seat: &Seat) -> bool {
        match self {
            Sort::Normal => !seat.is_subscriber() && !seat.is_monitor,
            Sort::Subscriber => seat.is_subscriber(),
            Sort::Nobody => false,
        }
    }
}

fn list(call: &mut Call<'_>) -> Result<(), CommandError> {
    let args = call.args;
    let option = args.get(2).unwrap_or_default();
    let (mut sort, mut ids) = (None, None);
    if option.eq_ignore_ascii_case(b"type") && args.len() == 4 {
        sort = Some(Sort::read(args.at(3))?);
    } else if option.eq_ignore_ascii_case(b"id") && args.len() > 3 {
        let read = args
            .from(3)
            .map(parse_integer)
            .collect::<Option<Vec<i64>>>();
        ids = Some(read.ok_or_else(|| CommandError::other("Invalid client ID"))?);
    } else if args.len() > 2 {
        return Err(CommandError::Syntax);
    }
    note_oneself(call);
    let mut text = String::new();
    for seat in call.server.roster.by_age() {
        let is_asked = |ids: &Vec<i64>| ids.iter().any(|id| u64::try_from(*id) == Ok(seat.id));
        if sort.is_none_or(|sort| sort.has(seat)) && ids.as_ref().is_none_or(is_asked) {
            text += &seat.line(call.now);
            text.push('\n');
        }
    }
    call.reply.text(&text);
    Ok(())
}

/// Whom `CLIENT KILL` is to close.
#[derive(Default)]
struct Chosen<'a> {
    id: Option<u64>,
    address: Option<&'a [u8]>,
    sort: Option<Sort>,
    includes_oneself: bool,
}

impl<'a> Chosen<'a> {
    fn read(call: &Call<'a>) -> Result<Chosen<'a>, CommandError> {
        let mut chosen = Chosen::default();
        let args = call.args;
        for at in (2..args.len()).step_by(2) {
            let value = args.get(at + 1).ok_or(CommandError::Syntax)?;
            match args.at(at).to_ascii_lowercase().as_slice() {
                b"id" => {
                    let id = parse_integer(value).and_then(|id| u64::try_from(id).ok());
                    let id = id
                        .filter(|id| *id > 0)
                        .ok_or_else(|| CommandError::other("client-id should be greater than 0"))?;
                    chosen.id = Some(id);
                }
                b"addr" => chosen.address = Some(value),
                b"type" => chosen.sort = Some(Sort::read(value)?),
                // Everybody is this one.
                b"user" if value == b"default" => {}
                b"user" => {
                    let shown = String::from_utf8_lossy(value);
                    return Err(CommandError::other(format_args!("No such user '{shown}'")));
                }
                b"skipme" => match value.to_ascii_lowercase().as_slice() {
                    b"yes" => chosen.includes_oneself = false,
                    b"no" => chosen.includes_oneself = true,
                    _ => return Err(CommandError::Syntax),
                },
                _ => return Err(CommandError::Syntax),
            }
        }
        Ok(chosen)
    }

    fn has(&self, seat: &Seat, oneself: u64) -> bool {
        (self.includes_oneself || seat.id != oneself)
            && self.id.is_none_or(|id| id == seat.id)
            && self
                .address
                .is_none_or(|one| one == seat.address.as_bytes())
            && self.sort.is_none_or(|sort| sort.has(seat))
    }
}

fn kill(call: &mut Call<'_>) -> Result<(), CommandError> {
    let is_old_form = call.args.len() == 3;
    let chosen = match is_old_form {
        true => Chosen {
            address: call.args.get(2),
            includes_oneself: true,
            ..Chosen::default()
        },
        false => Chosen::read(call)?,
    };
    note_oneself(call);
    let oneself = call.client.id;
    let mut killed = 0;
    for seat in call.server.roster.by_age() {
        if !chosen.has(seat, oneself) {
            continue;
        }
        killed += 1;
        seat.is_killed = true;
        match seat.id == oneself {
            true => call.effect = Effect::Close,
            false => call.server.errands.push((seat.id, Errand::Close)),
        }
    }
    match (is_old_form, killed) {
        (true, 0) => return Err(CommandError::other("No such client")),
        (true, _) => call.reply.ok(),
        (false, _) => call.reply.count(killed),
    }
    Ok(())
}

fn unblock(call: &mut Call<'_>) -> Result<(), CommandError> {
    if call.args.len() > 4 {
        return Err(CommandError::wrong_subcommand(call.args));
    }
    let reason = call.args.get(3).unwrap_or(b"timeout").to_ascii_lowercase();
    let with_error = match reason.as_slice() {
        b"timeout" => false,
        b"error" => true,
        _ => {
            return Err(CommandError::other(
                "CLIENT UNBLOCK reason should be TIMEOUT or ERROR",
            ));
        }
    };
    let id = u64::try_from(call.integer(2)?).unwrap_or(0);
    let seat = call.server.roster.with_id(id);
    let waits = seat.is_some_and(|seat| std::mem::take(&mut seat.is_waiting));
    if waits {
        let errand = Errand::Unblock { with_error };
        call.server.errands.push((id, errand));
    }
    call.reply.integer(waits.into());
    Ok(())
}

fn reply(call: &mut Call<'_>) -> Result<(), CommandError> {
    match call.args.at(2).to_ascii_lowercase().as_slice() {
        b"on" => {
            call.client.replies = Replies::On;
            call.reply.ok();
        }
        b"off" => call.client.replies = Replies::Off,
        b"skip" if call.client.replies != Replies::Off => {
            call.client.replies = Replies::SkipTwo;
        }
        b"skip" => {}
        _ => return Err(CommandError::Syntax),
    }
    Ok(())
}

/// Read, and without effect: the limit on all buffers holds for everybody.
fn no_evict(call: &mut Call<'_>) -> Result<(), CommandError> {
    match call.args.at(2).to_ascii_lowercase().as_slice() {
        b"on" | b"off" => call.reply.ok(),
        _ => return Err(CommandError::Syntax),
    }
    Ok(())
}
