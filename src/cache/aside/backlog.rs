//! Write-behind: the writes that were acknowledged and that the database does
//! not have yet. What they say stands in the cache server alone; this knows
//! which they are.

use std::collections::VecDeque;
use std::time::Duration;

use super::Strategy;
use crate::cache::invalidation::Tables;
use crate::clock::Time;

/// Acknowledged writes on their way to the database, in order. They are told
/// apart by numbers that only grow: a write that stands in the cache's queue
/// but not here was never acknowledged, or has been flushed.
#[derive(Debug, Clone)]
pub struct Backlog {
    most: usize,
    delay: Duration,
    waiting: VecDeque<Waiting>,
    numbers: u64,
}

#[derive(Debug, Clone)]
struct Waiting {
    number: u64,
    tables: Tables,
    since: Time,
}

/// What there is to do with a queue as it was found in the cache.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Claim {
    /// For each write that was found, whether the database is to get it.
    pub run: Vec<bool>,
    /// Acknowledged writes that were not found: nobody has them any more.
    pub lost: u64,
}

impl Backlog {
    /// The empty queue of this strategy; `None` if it has none.
    pub fn of(strategy: Strategy) -> Option<Backlog> {
        let Strategy::WriteBehind { queue, delay } = strategy else {
            return None;
        };
        Some(Backlog {
            most: queue as usize,
            delay,
            waiting: VecDeque::new(),
            numbers: 0,
        })
    }

    /// How many writes wait.
    pub fn len(&self) -> usize {
        self.waiting.len()
    }

    /// Whether none waits.
    pub fn is_empty(&self) -> bool {
        self.waiting.is_empty()
    }

    /// How many may wait.
    pub fn most(&self) -> usize {
        self.most
    }

    /// A number for the next write, to stand with it in the cache.
    pub fn next_number(&mut self) -> u64 {
        self.numbers += 1;
        self.numbers
    }

    /// The cache has taken the write of this number, which changes `tables`.
    pub fn acknowledged(&mut self, number: u64, tables: Tables, now: Time) {
        self.waiting.push_back(Waiting {
            number,
            tables,
            since: now,
        });
    }

    /// Whether the database is to get them now: the queue is full, or the
    /// oldest has waited for long enough.
    pub fn is_due(&self, now: Time) -> bool {
        self.len() >= self.most || self.due_at().is_some_and(|due| due <= now)
    }

    /// When the oldest will have waited for long enough; `None` without one.
    pub fn due_at(&self) -> Option<Time> {
        Some(self.waiting.front()?.since + self.delay)
    }

    /// Whether a write to one of `tables` waits: who reads them and wants his
    /// own writes must wait for the database to get it.
    pub fn concerns(&self, tables: &Tables) -> bool {
        self.waiting
            .iter()
            .any(|waiting| waiting.tables.iter().any(|table| tables.contains(table)))
    }

    /// The cache's queue was found to hold writes of these numbers, in this
    /// order. What is missing is lost. The rest waits until it is [`flushed`].
    ///
    /// [`flushed`]: Backlog::flushed
    pub fn claim(&mut self, found: &[u64]) -> Claim {
        let before = self.waiting.len();
        self.waiting.retain(|it| found.contains(&it.number));
        let mut seen = 0;
        let run = found.iter().map(|number| {
            // Each once, even if a cache that makes things up has it twice.
            let is_next = self
                .waiting
                .get(seen)
                .is_some_and(|it| it.number == *number);
            seen += usize::from(is_next);
            is_next
        });
        let run: Vec<bool> = run.collect();
        // Out of order is out of the question: the rest cannot be run any more.
        self.waiting.truncate(seen);
        Claim {
            lost: (before - self.waiting.len()) as u64,
            run,
        }
    }

    /// The database has the first `count` of those that wait, or they are
    /// given up.
    pub fn flushed(&mut self, count: usize) {
        self.waiting.drain(..count.min(self.waiting.len()));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: u64) -> Time {
        Time::ZERO + Duration::from_secs(seconds)
    }

    fn three() -> Backlog {
        let mut backlog = Backlog::of(Strategy::WriteBehind {
            queue: 4,
            delay: Duration::from_secs(10),
        })
        .unwrap();
        for (second, table) in [(1, "a"), (2, "b"), (3, "a")] {
            let number = backlog.next_number();
            backlog.acknowledged(number, Tables::new([table]), at(second));
        }
        backlog
    }

    #[test]
    fn it_is_due_when_it_is_full_or_old() {
        let mut backlog = three();
        assert!(!backlog.is_due(at(10)));
        assert!(backlog.is_due(at(11)), "the oldest came at second 1");
        let number = backlog.next_number();
        backlog.acknowledged(number, Tables::new(["a"]), at(4));
        assert!(backlog.is_due(at(4)), "it holds four");
        backlog.flushed(1);
        assert!(!backlog.is_due(at(11)), "the oldest came at second 2");
        backlog.flushed(3);
        assert!(!backlog.is_due(at(1000)));
        assert_eq!(backlog.due_at(), None);
    }

    #[test]
    fn only_readers_of_written_tables_wait() {
        let backlog = three();
        assert!(backlog.concerns(&Tables::new(["c", "B"])));
        assert!(!backlog.concerns(&Tables::new(["c"])));
    }

    #[test]
    fn what_the_cache_has_not_is_lost_and_what_it_has_besides_is_not_run() {
        let mut backlog = three();
        // 9 is of a write whose acknowledgement never came.
        let claim = backlog.claim(&[1, 3, 9]);
        assert_eq!(claim.run, [true, true, false]);
        assert_eq!(claim.lost, 1);
        backlog.flushed(2);
        let claim = backlog.claim(&[1, 3]);
        assert_eq!((claim.run, claim.lost), (vec![false, false], 0));
    }

    #[test]
    fn a_queue_out_of_order_is_run_as_far_as_it_is_in_order() {
        let claim = three().claim(&[2, 1, 3]);
        assert_eq!(claim.run, [false, true, false]);
        let claim = three().claim(&[1, 1, 2, 3]);
        assert_eq!(claim.run, [true, false, true, true]);
        assert_eq!(three().claim(&[]).lost, 3);
    }
}
