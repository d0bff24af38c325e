//! Requests in a given order, in rounds: the very ones that a benchmark asks.

use std::ops::Range;
use std::time::Duration;

use crate::cache::invalidation::Tables;
use crate::lab::keys::Rank;
use crate::lab::workload::Fault;

/// One statement of a workload. Each of its keys is a request with a number;
/// those of one statement lie beside each other, in the order of statements.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Statement {
    /// The tables that it reads, or changes.
    pub tables: Tables,
    /// Whether it changes them.
    pub writes: bool,
    /// How many keys it has.
    pub keys: Rank,
    /// The first statement with the same keys in the same order, or itself: a
    /// write of a key changes what those statements read for that key.
    pub keys_of: usize,
}

/// Who asks for what, and when.
#[derive(Debug, Clone, PartialEq)]
pub struct Script {
    /// What the requests' numbers stand for.
    pub statements: Vec<Statement>,
    /// The numbers of the warm-up, asked in a closed loop.
    pub warmup: Vec<Rank>,
    /// The numbers that count.
    pub counted: Vec<Rank>,
    /// The rounds that these are asked in, at least 1.
    pub rounds: usize,
    /// In an open loop, when each of the counted starts, from the start of its
    /// round; empty in a closed one.
    pub starts: Vec<Duration>,
    /// How many requests can be under way at a time, at least 1.
    pub clients: usize,
    /// How long a client waits after an answer, in a closed loop.
    pub think: Duration,
    /// A round asks for nothing more after this long.
    pub limit: Option<Duration>,
    /// What happens to the cache in each round.
    pub faults: Vec<Fault>,
}

impl Script {
    /// How many requests there are: a number for each key of each statement.
    pub(super) fn numbers(&self) -> Rank {
        self.statements.iter().map(|it| it.keys).sum()
    }

    /// The statement of a request.
    pub(super) fn statement(&self, number: Rank) -> usize {
        let mut first = 0;
        let found = self.statements.iter().position(|it| {
            first += it.keys;
            number < first
        });
        found.unwrap_or_default()
    }

    /// The first number of a statement.
    fn first(&self, statement: usize) -> Rank {
        self.statements[..statement].iter().map(|it| it.keys).sum()
    }

    /// The reads whose answers a write of this number changes.
    pub(super) fn changed_by(&self, number: Rank) -> impl Iterator<Item = Rank> {
        let writes = self.statement(number);
        let key = number - self.first(writes);
        let keys_of = self.statements[writes].keys_of;
        let alike = self.statements.iter().enumerate();
        let alike = alike.filter(move |(_, it)| !it.writes && it.keys_of == keys_of);
        alike
            .filter(move |(_, it)| key < it.keys)
            .map(move |(at, _)| self.first(at) + key)
    }

    /// Whether the request changes data.
    pub fn writes(&self, number: Rank) -> bool {
        self.statements[self.statement(number)].writes
    }

    /// The part of `counted` that is asked for in a round; `None` after the last.
    pub(super) fn round(&self, round: usize) -> Option<Range<usize>> {
        let length = self.counted.len().div_ceil(self.rounds.max(1)).max(1);
        let from = round * length;
        (from < self.counted.len()).then(|| from..(from + length).min(self.counted.len()))
    }
}
