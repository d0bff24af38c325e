//! Whether a repeated statement was faster only because its pages are in memory
//! by now.

use std::collections::HashMap;
use std::time::Duration;

use crate::sandbox::counters::Counters;
use crate::units::{count, duration};

/// Statements that are remembered; then all are forgotten.
const MOST: usize = 1000;

/// Reading fewer pages than this from the file is not felt.
const FEW: u64 = 10;

/// What the first run of each statement cost.
#[derive(Debug, Default)]
pub struct FirstRuns(HashMap<String, Run>);

/// What one run of a statement cost.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Run {
    /// SQLite's free counters.
    pub counters: Counters,
    /// Those of its page fetches that were read from the file.
    pub page_reads: u64,
    /// Its time.
    pub elapsed: Duration,
}

impl FirstRuns {
    /// Remembers this run of `sql` if it is the first; else compares it with that
    /// one. A sentence, if it did the same work, found in memory nearly all that
    /// was read from the file then, and was faster.
    pub fn compare(&mut self, sql: &str, run: Run) -> Option<String> {
        let Some(first) = self.0.get_mut(sql) else {
            if self.0.len() >= MOST {
                self.0.clear();
            }
            self.0.insert(sql.to_owned(), run);
            return None;
        };
        if first.counters != run.counters {
            // It is another piece of work by now: an index, other data.
            *first = run;
            return None;
        }
        let warm = first.page_reads >= FEW
            && run.page_reads * 10 <= first.page_reads
            && run.elapsed * 5 < first.elapsed * 4;
        warm.then(|| {
            format!(
                "The same work as the first time ({}), faster only because {} pages are in \
                 memory by now.",
                duration(first.elapsed),
                count(first.page_reads)
            )
        })
    }

    /// Forgets all: the database is another one.
    pub fn clear(&mut self) {
        self.0.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(vm_steps: u64, page_reads: u64, micros: u64) -> Run {
        Run {
            counters: Counters {
                vm_steps,
                ..Counters::default()
            },
            page_reads,
            elapsed: Duration::from_micros(micros),
        }
    }

    /// What is said after each of these runs of one statement.
    fn told(runs: &[Run]) -> Vec<bool> {
        let mut first = FirstRuns::default();
        runs.iter()
            .map(|run| first.compare("SELECT 1", *run).is_some())
            .collect()
    }

    #[test]
    fn only_the_same_work_with_pages_from_memory_is_told() {
        assert_eq!(told(&[run(9, 200, 900), run(9, 0, 300)]), [false, true]);
        assert_eq!(
            told(&[run(9, 200, 900), run(9, 0, 300), run(9, 0, 250)]),
            [false, true, true]
        );
        // Less work, pages read again, no faster, nothing read the first time.
        assert_eq!(told(&[run(9, 200, 900), run(4, 0, 300)]), [false, false]);
        assert_eq!(told(&[run(9, 200, 900), run(9, 150, 300)]), [false, false]);
        assert_eq!(told(&[run(9, 200, 900), run(9, 0, 890)]), [false, false]);
        assert_eq!(told(&[run(9, 2, 900), run(9, 0, 300)]), [false, false]);
        let mut first = FirstRuns::default();
        assert_eq!(first.compare("a", run(9, 1200, 4100)), None);
        insta::assert_snapshot!(
            first.compare("a", run(9, 0, 900)).unwrap(),
            @"The same work as the first time (4.10 ms), faster only because 1,200 pages are in memory by now."
        );
    }
}
