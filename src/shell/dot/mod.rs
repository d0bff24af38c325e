//! The dot commands: one small file each, listed in one table, from which
//! `.help`, completion and "did you mean" come.

use super::Shell;
use crate::commands::Failure;
use crate::sql;

mod advise;
mod auto;
mod b_tree;
mod bench;
pub(super) mod cache;
mod compare;
mod conn;
mod databases;
mod dump;
mod erd;
mod explain;
mod export;
mod grow;
mod headers;
mod help;
mod import;
mod indexes;
mod join;
mod learn;
mod mark;
mod mode;
mod open;
mod output;
mod parameter;
mod quit;
mod read;
mod redis;
mod reset;
mod rows;
mod save;
mod schema;
mod set;
mod share;
mod simulate;
mod tables;
mod timer;
mod tour;
mod try_index;
mod what;
mod why;
mod words;
mod worth;

/// Whether the shell goes on after a command.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Flow {
    /// Read the next input.
    GoOn,
    /// Leave.
    Leave,
}

/// What the arguments of a dot command name.
pub enum Argument {
    /// There are none, or nobody can know them.
    Nothing,
    /// A dot command, without its dot.
    Command,
    /// A table or view.
    Table,
    /// A dataset, perhaps with its scale.
    Dataset,
    /// A track, a lesson, or one of its exercises.
    Lesson,
    /// A track of lessons.
    Track,
    /// A word that `.what` explains, which may have blanks in it.
    Term,
    /// A setting and its value.
    Setting,
    /// SQL, after any of these flags.
    Statement(&'static [&'static str]),
    /// One of these words, and the words that may follow each.
    Words(&'static [(&'static str, &'static [&'static str])]),
    /// As `Words`; and the flags that may follow `on` in any number, each with
    /// values of its own.
    Flags(
        &'static [(&'static str, &'static [&'static str])],
        &'static [(&'static str, &'static [&'static str])],
    ),
}

/// One dot command.
pub struct DotCommand {
    /// With its dot, such as `.tables`.
    pub name: &'static str,
    /// Other names for the same.
    pub aliases: &'static [&'static str],
    /// What may follow the name, such as `[PATTERN]`.
    pub arguments: &'static str,
    /// What Tab offers there.
    pub completes: Argument,
    /// One line for the list.
    pub summary: &'static str,
    /// What `.help NAME` adds, with an example.
    pub details: &'static str,
    /// Does it. `rest` is what follows the name, trimmed.
    pub run: fn(&mut Shell<'_>, rest: &str) -> Result<Flow, Failure>,
}

/// All of them, in the order of `.help`.
pub const COMMANDS: &[&DotCommand] = &[
    &help::COMMAND,
    &tables::COMMAND,
    &schema::COMMAND,
    &indexes::COMMAND,
    &erd::COMMAND,
    &import::COMMAND,
    &explain::COMMAND,
    &auto::COMMAND,
    &try_index::COMMAND,
    &advise::COMMAND,
    &compare::COMMAND,
    &grow::COMMAND,
    &join::COMMAND,
    &b_tree::COMMAND,
    &why::COMMAND,
    &what::WHAT,
    &what::CHEAT,
    &cache::COMMAND,
    &redis::COMMAND,
    &worth::COMMAND,
    &share::COMMAND,
    &bench::COMMAND,
    &simulate::COMMAND,
    &tour::COMMAND,
    &learn::LEARN,
    &learn::TASK,
    &learn::GUESS,
    &learn::HINT,
    &learn::SOLUTION,
    &learn::SKIP,
    &learn::PROGRESS,
    &learn::PLACEMENT,
    &learn::TEST_OUT,
    &learn::RECAP,
    &conn::COMMAND,
    &mark::MARK,
    &mark::BACK,
    &reset::COMMAND,
    &parameter::COMMAND,
    &open::OPEN,
    &open::SCALE,
    &databases::COMMAND,
    &read::COMMAND,
    &mode::COMMAND,
    &headers::COMMAND,
    &output::OUTPUT,
    &output::ONCE,
    &export::COMMAND,
    &save::COMMAND,
    &dump::COMMAND,
    &rows::COMMAND,
    &timer::COMMAND,
    &set::COMMAND,
    &quit::COMMAND,
];

/// Every name and alias.
pub fn names() -> impl Iterator<Item = &'static str> {
    COMMANDS
        .iter()
        .flat_map(|c| std::iter::once(c.name).chain(c.aliases.iter().copied()))
}

/// The command called `name`, with or without its dot.
///
/// # Errors
/// A usage failure that names the nearest command.
pub fn find(name: &str) -> Result<&'static DotCommand, Failure> {
    let dotted = format!(".{}", name.trim_start_matches('.').to_ascii_lowercase());
    COMMANDS
        .iter()
        .find(|c| c.name == dotted || c.aliases.contains(&dotted.as_str()))
        .copied()
        .ok_or_else(|| {
            let elsewhere = ELSEWHERE.iter().find(|(name, _)| *name == dotted);
            if let Some((_, instead)) = elsewhere {
                return Failure::usage(format!("there is no command {dotted}; {instead}"));
            }
            Failure::usage(match sql::nearest(&dotted, names()) {
                Some(near) => format!("there is no command {dotted}; did you mean {near}?"),
                None => format!("there is no command {dotted}; .help lists them"),
            })
        })
}

/// Commands of the `sqlite3` shell that have another name here or that there are
/// none of, where the nearest name would mislead.
const ELSEWHERE: &[(&str, &str)] = &[
    (".backup", ".save FILE keeps the database as a file"),
    (".expert", ".advise says which index would help"),
    (".eqp", ".auto explain on shows each plan"),
    (".shell", "nothing outside the database can be run here"),
    (".system", "nothing outside the database can be run here"),
    (".cd", "files are named from where dbdojo was started"),
];

/// Runs one line that starts with a dot.
///
/// # Errors
/// What the command returns; a usage failure for an unknown name.
pub fn run(shell: &mut Shell<'_>, line: &str) -> Result<Flow, Failure> {
    let line = line.trim().trim_end_matches(';').trim_end();
    let (name, rest) = line
        .split_once(char::is_whitespace)
        .map_or((line, ""), |(name, rest)| (name, rest.trim()));
    let command = find(name)?;
    if !LEAVE_THE_QUEUE.contains(&command.name) {
        flush(shell)?;
    }
    (command.run)(shell, rest)
}

/// Commands that do not look at the data: writes that wait in the queue of
/// write-behind wait on. `.cache` decides for itself.
const LEAVE_THE_QUEUE: &[&str] = &[
    ".cache",
    ".cheat",
    ".headers",
    ".help",
    ".mode",
    ".once",
    ".output",
    ".parameter",
    ".redis",
    ".rows",
    ".set",
    ".timer",
    ".what",
];

/// Gives the database the writes that wait for it, and says what came of them.
fn flush(shell: &mut Shell<'_>) -> Result<(), Failure> {
    if shell.session.queued_writes() == 0 {
        return Ok(());
    }
    let mut bar = shell.context.progress_bar();
    let flushed = shell.session.flush(&mut |p| bar.watch(p))?;
    drop(bar);
    for note in crate::view::cache::flushed_notes(&flushed) {
        shell.note(&note)?;
    }
    Ok(())
}

/// A usage failure for a command whose arguments are off.
fn misused(command: &DotCommand) -> Failure {
    Failure::usage(format!(
        "write {}; .help {} shows an example",
        format!("{} {}", command.name, command.arguments).trim_end(),
        command.name.trim_start_matches('.')
    ))
}

/// Reads `on` or `off`.
fn on_or_off(command: &DotCommand, word: &str) -> Result<bool, Failure> {
    match word.to_ascii_lowercase().as_str() {
        "on" => Ok(true),
        "off" => Ok(false),
        _ => Err(misused(command)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_command_is_documented() {
        for command in COMMANDS {
            assert!(command.name.starts_with('.'), "{}", command.name);
            assert!(command.summary.len() > 10, "{}", command.name);
            assert!(command.summary.len() < 56, "{}", command.name);
            // The column of the list that they stand in.
            let shown = command.name.len() + 1 + command.arguments.len();
            assert!(shown <= 24, "{} {}", command.name, command.arguments);
            assert!(
                command.details.contains(command.name),
                "{}: no example",
                command.name
            );
        }
    }

    #[test]
    fn names_are_unique() {
        let mut all: Vec<_> = names().collect();
        let before = all.len();
        all.sort_unstable();
        all.dedup();
        assert_eq!(all.len(), before);
    }

    #[test]
    fn commands_of_another_shell_name_ours() {
        for (name, instead) in ELSEWHERE {
            let message = find(name).err().and_then(|f| f.message).unwrap();
            assert!(
                message.ends_with(instead) && message.len() <= 80 - "error: ".len(),
                "{message}"
            );
        }
    }

    #[test]
    fn an_unknown_command_names_the_nearest() {
        let message = find(".tabels").err().and_then(|f| f.message).unwrap();
        assert_eq!(
            message,
            "there is no command .tabels; did you mean .tables?"
        );
    }
}
