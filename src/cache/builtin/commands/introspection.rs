//! `COMMAND`: the table, as clients ask for it.

use super::call::Call;
use super::command::Command;
use super::command::Flags;
use super::docs::{self, Doc};
use super::error::CommandError;
use super::help;
use crate::cache::builtin::glob;
use crate::cache::builtin::wire::Reply;

const ANYTIME: Flags = Flags::LOADING.and(Flags::STALE);

pub(super) const COMMANDS: &[Command] = &[Command {
    subcommands: COMMAND,
    ..Command::new("command", -1, ANYTIME, all)
}];

const COMMAND: &[Command] = &[
    Command::new("count", 2, ANYTIME, count).of("command"),
    Command::new("docs", -2, ANYTIME, docs).of("command"),
    Command::new("info", -2, ANYTIME, info).of("command"),
    Command::new("list", -2, ANYTIME, list).of("command"),
    help::of("command"),
];

fn all(call: &mut Call<'_>) -> Result<(), CommandError> {
    call.reply.array(call.server.table.len());
    for command in call.server.table.iter() {
        describe(&mut call.reply, command);
    }
    Ok(())
}

fn count(call: &mut Call<'_>) -> Result<(), CommandError> {
    call.reply.count(call.server.table.len());
    Ok(())
}

/// Of the commands that are named. Without names none: redis-cli then falls
/// back to what it knows by itself, which has the arguments, too.
fn docs(call: &mut Call<'_>) -> Result<(), CommandError> {
    let asked = call.args.from(2).map(<[u8]>::to_ascii_lowercase);
    let found: Vec<Doc> = asked
        .filter_map(|name| docs::docs().find(|doc| doc.name.as_bytes() == name))
        .collect();
    call.reply.map(found.len());
    for doc in found {
        call.reply.bulk(doc.name.as_bytes());
        call.reply.map(3);
        for (field, text) in [
            ("summary", doc.summary),
            ("since", doc.since),
            ("group", doc.group),
        ] {
            call.reply.bulk(field.as_bytes());
            call.reply.bulk(text.as_bytes());
        }
    }
    Ok(())
}

fn info(call: &mut Call<'_>) -> Result<(), CommandError> {
    if call.args.len() == 2 {
        return all(call);
    }
    call.reply.array(call.args.len() - 2);
    for name in call.args.from(2) {
        match find(call, name) {
            Some(command) => describe(&mut call.reply, command),
            None => call.reply.null(),
        }
    }
    Ok(())
}

/// `get`, or `config|get`.
fn find(call: &Call<'_>, name: &[u8]) -> Option<&'static Command> {
    let mut parts = name.splitn(2, |c| *c == b'|');
    let command = call.server.table.find(parts.next()?)?;
    let Some(wanted) = parts.next() else {
        return Some(command);
    };
    let mut subcommands = command.subcommands.iter();
    subcommands.find(|one| one.name.as_bytes().eq_ignore_ascii_case(wanted))
}

fn list(call: &mut Call<'_>) -> Result<(), CommandError> {
    let words: Vec<Vec<u8>> = call.args.from(2).map(<[u8]>::to_ascii_lowercase).collect();
    let pattern = match words.as_slice() {
        [] => &b"*"[..],
        [filter, kind, pattern] if filter == b"filterby" && kind == b"pattern" => pattern,
        _ => return Err(CommandError::Syntax),
    };
    let names = call
        .server
        .table
        .iter()
        .map(|command| command.name.as_bytes());
    let found: Vec<&[u8]> = names.filter(|name| glob::matches(pattern, name)).collect();
    call.reply.set(found.len());
    for name in found {
        call.reply.bulk(name);
    }
    Ok(())
}

fn describe(reply: &mut Reply<'_>, command: &Command) {
    reply.array(10);
    reply.bulk(command.full_name().as_bytes());
    reply.integer(command.arity.into());
    reply.set(command.flags.names().count());
    for flag in command.flags.names() {
        reply.simple(flag);
    }
    let (first, last, step) = command.keys;
    for number in [first, last, step] {
        reply.integer(number.into());
    }
    // Access categories, tips and key specifications: not kept.
    reply.set(0);
    reply.array(0);
    reply.array(0);
    reply.array(command.subcommands.len());
    for subcommand in command.subcommands {
        describe(reply, subcommand);
    }
}

#[cfg(test)]
mod tests {
    use crate::cache::builtin::commands::Table;
    use crate::cache::builtin::commands::docs;

    #[test]
    fn every_command_has_its_line() {
        let table = Table::new();
        let named: Vec<&str> = docs::docs().map(|doc| doc.name).collect();
        let all: Vec<&str> = table.iter().map(|command| command.name).collect();
        assert_eq!(named, all);
        for command in table.iter() {
            let mut all: Vec<&str> = command.subcommands.iter().map(|one| one.name).collect();
            all.sort_unstable();
            let named: Vec<&str> = docs::subcommands()
                .filter(|doc| doc.container == command.name)
                .map(|doc| doc.name)
                .collect();
            assert_eq!(named, all, "{}", command.name);
        }
    }
}
