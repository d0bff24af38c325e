//! What the first read of a workload takes on its data.

use std::time::Duration;

use super::requests::rows_of;
use super::{Bench, BenchError, Requests};
use crate::sandbox::Budget;

/// So many of its keys are read, or as many as this time allows.
const KEYS: usize = 25;
const WITHIN: Duration = Duration::from_millis(400);

impl Bench {
    /// The median of reading its most popular keys, each for the second time,
    /// in this process and on one connection.
    ///
    /// # Errors
    /// What SQLite says.
    pub fn query_time(&self, requests: &Requests) -> Result<Duration, BenchError> {
        let mut practice = self.practice()?;
        let clock = &self.around.clock;
        let Some(read) = requests.statements().iter().find(|it| it.writes.is_empty()) else {
            return Ok(Duration::ZERO);
        };
        let started = clock.now();
        let measured = practice.with_budget(Budget::default(), |conn| {
            let mut times = Vec::new();
            for key in 0..read.keys.len().min(KEYS) {
                for counts in [false, true] {
                    let before = clock.now();
                    rows_of(conn, &read.sql, &read.parameters, read.values(key))?;
                    if counts {
                        times.push(clock.now().since(before));
                    }
                }
                if clock.now().since(started) > WITHIN {
                    break;
                }
            }
            Ok(times)
        });
        let mut times = measured.map_err(|error| self.failed(practice.explain_error(error)))?;
        times.sort_unstable();
        Ok(times.get(times.len() / 2).copied().unwrap_or_default())
    }
}
