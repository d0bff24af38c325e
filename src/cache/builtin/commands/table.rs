//! The command table.

use std::collections::HashMap;

use foldhash::fast::RandomState;

use super::command::Command;
use super::{
    clients, config, connection, counters, database, debug, expiry, hashes, info, introspection,
    keys, list_ends, lists, monitor, object, pubsub, scan, set_algebra, sets, sorted_algebra,
    sorted_pops, sorted_ranges, sorted_sets, stream_groups, stream_info, stream_pending,
    stream_reads, streams, strings, substrings, transactions,
};

/// All commands by name.
#[derive(Debug)]
pub struct Table(HashMap<&'static [u8], &'static Command, RandomState>);

/// The longest name of a command or subcommand.
const LONGEST: usize = 16;

const FAMILIES: [&[Command]; 31] = [
    clients::COMMANDS,
    config::COMMANDS,
    connection::COMMANDS,
    counters::COMMANDS,
    database::COMMANDS,
    debug::COMMANDS,
    expiry::COMMANDS,
    hashes::COMMANDS,
    info::COMMANDS,
    introspection::COMMANDS,
    keys::COMMANDS,
    list_ends::COMMANDS,
    lists::COMMANDS,
    monitor::COMMANDS,
    object::COMMANDS,
    pubsub::COMMANDS,
    scan::COMMANDS,
    set_algebra::COMMANDS,
    sets::COMMANDS,
    sorted_algebra::COMMANDS,
    sorted_pops::COMMANDS,
    sorted_ranges::COMMANDS,
    sorted_sets::COMMANDS,
    stream_groups::COMMANDS,
    stream_info::COMMANDS,
    stream_pending::COMMANDS,
    stream_reads::COMMANDS,
    streams::COMMANDS,
    strings::COMMANDS,
    substrings::COMMANDS,
    transactions::COMMANDS,
];

impl Table {
    /// The table of all families.
    pub fn new() -> Table {
        let all = FAMILIES.into_iter().flatten();
        Table(
            all.map(|command| (command.name.as_bytes(), command))
                .collect(),
        )
    }

    /// The command of this name, in any case.
    pub fn find(&self, name: &[u8]) -> Option<&'static Command> {
        let mut lower = [0; LONGEST];
        let lower = lower.get_mut(..name.len())?;
        lower.copy_from_slice(name);
        lower.make_ascii_lowercase();
        self.0.get(&*lower).copied()
    }

    /// How many commands there are.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Never.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// All commands by name.
    pub fn iter(&self) -> impl Iterator<Item = &'static Command> {
        let mut all: Vec<_> = self.0.values().copied().collect();
        all.sort_unstable_by_key(|command| command.name);
        all.into_iter()
    }
}

impl Default for Table {
    fn default() -> Table {
        Table::new()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_short_lower_case_and_differ() {
        let table = Table::new();
        assert_eq!(table.len(), FAMILIES.into_iter().flatten().count());
        for command in table.iter() {
            for one in std::iter::once(command).chain(command.subcommands) {
                assert!(one.name.len() <= LONGEST, "{}", one.name);
                assert_eq!(one.name, one.name.to_ascii_lowercase());
                assert_ne!(one.arity, 0, "{}", one.name);
            }
            for subcommand in command.subcommands {
                assert_eq!(subcommand.container, Some(command.name));
            }
        }
    }

    #[test]
    fn names_are_found_in_any_case() {
        let table = Table::new();
        assert_eq!(table.find(b"gEt").map(|c| c.name), Some("get"));
        assert!(table.find(b"get ").is_none());
        assert!(table.find(b"").is_none());
        assert!(table.find(&[b'a'; 1000]).is_none());
    }
}
