//! The database: what is true, and a queue in front of it.

use std::collections::{HashMap, VecDeque};

use super::Script;
use crate::cache::aside::ReadId;
use crate::cache::invalidation::Tables;
use crate::clock::Time;
use crate::lab::keys::Rank;

/// Rows are versions: how often each key was written.
#[derive(Debug)]
pub(super) struct Database {
    versions: Vec<u64>,
    /// When each version of a key that was written was committed, the first at
    /// 0: the one after what was there at the beginning.
    commits: HashMap<Rank, Vec<Time>>,
    tables: Vec<Tables>,
    /// Up to which number the keys are of each of the tables; none: in turns.
    ends: Vec<Rank>,
    connections: Option<u32>,
    busy: u32,
    waiting: VecDeque<(ReadId, Rank)>,
}

impl Database {
    pub(super) fn new(keys: u64, tables: u64, connections: Option<u32>) -> Database {
        let tables = tables.clamp(1, keys);
        Database {
            versions: vec![0; keys as usize],
            commits: HashMap::new(),
            tables: (0..tables)
                .map(|table| Tables::new([format!("t{table}")]))
                .collect(),
            ends: Vec::new(),
            connections,
            busy: 0,
            waiting: VecDeque::new(),
        }
    }

    /// The rows and tables of a script's statements.
    pub(super) fn of(script: &Script, connections: Option<u32>) -> Database {
        let statements = &script.statements;
        let ends = statements.iter().scan(0, |end, it| {
            *end += it.keys;
            Some(*end)
        });
        Database {
            commits: HashMap::new(),
            versions: vec![0; script.numbers() as usize],
            tables: statements.iter().map(|it| it.tables.clone()).collect(),
            ends: ends.collect(),
            connections,
            busy: 0,
            waiting: VecDeque::new(),
        }
    }

    pub(super) fn version(&self, key: Rank) -> u64 {
        self.versions[key as usize]
    }

    pub(super) fn tables_of(&self, key: Rank) -> &Tables {
        let at = match self.ends[..] {
            [] => key as usize % self.tables.len(),
            ref ends => ends.partition_point(|end| *end <= key),
        };
        &self.tables[at]
    }

    pub(super) fn write(&mut self, key: Rank, now: Time) {
        self.versions[key as usize] += 1;
        self.commits.entry(key).or_default().push(now);
    }

    /// When a version of `key` was followed by a newer one.
    pub(super) fn overtaken(&self, key: Rank, version: u64) -> Option<Time> {
        self.commits.get(&key)?.get(version as usize).copied()
    }

    /// Whether a query begins at once; otherwise it waits.
    pub(super) fn asked(&mut self, read: ReadId, key: Rank) -> bool {
        let begins = self.connections.is_none_or(|most| self.busy < most);
        if begins {
            self.busy += 1;
        } else {
            self.waiting.push_back((read, key));
        }
        begins
    }

    /// A query is done; the one that begins now.
    pub(super) fn done(&mut self) -> Option<(ReadId, Rank)> {
        let next = self.waiting.pop_front();
        if next.is_none() {
            self.busy -= 1;
        }
        next
    }

    /// Queries begun or waiting.
    pub(super) fn backlog(&self) -> u64 {
        u64::from(self.busy) + self.waiting.len() as u64
    }
}
