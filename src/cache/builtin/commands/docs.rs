//! One line on each command: what it does, since when, in which family. For
//! `COMMAND DOCS` and the `HELP` subcommands.

/// Name, first version of Redis, family and summary, parted by tabs.
const LINES: &str = include_str!("docs.tsv");

/// Container and name, arguments and summary.
const SUBCOMMANDS: &str = include_str!("subcommands.tsv");

/// What `COMMAND DOCS` says of a command.
#[derive(Debug, Clone, Copy)]
pub(super) struct Doc {
    /// In lower case.
    pub(super) name: &'static str,
    /// The version of Redis that had it first.
    pub(super) since: &'static str,
    /// The family, under Redis's name.
    pub(super) group: &'static str,
    /// What it does.
    pub(super) summary: &'static str,
}

/// All of them, by name.
pub(super) fn docs() -> impl Iterator<Item = Doc> {
    LINES.lines().filter_map(|line| {
        let mut parts = line.split('\t');
        Some(Doc {
            name: parts.next()?,
            since: parts.next()?,
            group: parts.next()?,
            summary: parts.next()?,
        })
    })
}

/// What `HELP` says of a subcommand.
#[derive(Debug, Clone, Copy)]
pub(super) struct SubcommandDoc {
    /// The command it belongs to.
    pub(super) container: &'static str,
    /// In lower case.
    pub(super) name: &'static str,
    /// What is written after it.
    pub(super) arguments: &'static str,
    /// What it does.
    pub(super) summary: &'static str,
}

/// All subcommands, by container and name.
pub(super) fn subcommands() -> impl Iterator<Item = SubcommandDoc> {
    SUBCOMMANDS.lines().filter_map(|line| {
        let mut parts = line.split('\t');
        let (container, name) = parts.next()?.split_once('|')?;
        Some(SubcommandDoc {
            container,
            name,
            arguments: parts.next()?,
            summary: parts.next()?,
        })
    })
}
