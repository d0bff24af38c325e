//! What a benchmark asks for, in which order and when: drawn, or from a trace.

use std::sync::Arc;
use std::time::Duration;

use super::recorded::Recorded;
use super::requests::Requests;
use super::{Bench, BenchError, Schedule};
use crate::cache::Uncacheable;
use crate::lab::report::{Traced, Used};
use crate::lab::workload::{Load, Recording, Workload};

/// All that is asked for.
pub struct Asked {
    /// The statements and their keys.
    pub requests: Arc<Requests>,
    /// In which order, and when.
    pub schedule: Schedule,
    /// Of the results, if draws are independent.
    pub probabilities: Option<Vec<f64>>,
    /// What was made of the trace.
    trace: Option<Traced>,
}

impl Bench {
    /// Looks it all up.
    pub(super) fn asked(&self) -> Result<Asked, BenchError> {
        self.asked_of(&self.workload, self.keys)
    }

    /// What a workload asks of this data, at most `keys` of each statement.
    ///
    /// # Errors
    /// [`BenchError`], as [`run`](Bench::run).
    pub fn asked_of(&self, workload: &Workload, keys: Option<u64>) -> Result<Asked, BenchError> {
        let requests = self.requests_of(workload, keys)?;
        if let Some(recording) = &workload.trace {
            return self.recorded(workload, requests, recording);
        }
        let probabilities = requests.read_probabilities()?;
        let schedule = Schedule::of(workload, &requests, self.seed)?;
        Ok(Asked {
            requests: Arc::new(requests),
            schedule,
            probabilities,
            trace: None,
        })
    }

    fn recorded(
        &self,
        workload: &Workload,
        mut requests: Requests,
        recording: &Recording,
    ) -> Result<Asked, BenchError> {
        let most = workload.warmup.saturating_add(workload.requests);
        let recorded = Recorded::read(&recording.file, most, &self.around.interrupt)?;
        let by_name = requests
            .take_keys(&recorded)
            .map_err(|have| BenchError::TooFewRows {
                data: self.label.clone(),
                have: have as u64,
                trace: recorded.keys() as u64,
            })?;
        let mut sequence = recorded.sequence(&requests, recording.speed, self.seed);
        let there = sequence.numbers.len() as u64;
        if there <= workload.warmup {
            return Err(BenchError::TraceTooShort {
                there,
                warmup: workload.warmup,
            });
        }
        let warmup = workload.warmup as usize;
        let mut schedule = Schedule::nothing_of(workload);
        let mut times = sequence.times.split_off(warmup.min(sequence.times.len()));
        schedule.counted = sequence.numbers.split_off(warmup);
        schedule.warmup = std::mem::take(&mut sequence.numbers);
        let follows = matches!(workload.load, Load::Closed { think, .. } if think.is_zero());
        let is_open = follows && !times.is_empty();
        if is_open {
            for round in times.chunks_mut(schedule.round_length()) {
                let first = round.first().copied().unwrap_or_default();
                round.iter_mut().for_each(|time| *time -= first);
            }
            schedule.starts = times;
        } else {
            schedule.start_at_a_rate(workload, self.seed);
        }
        let mut told = recorded.told(&sequence, is_open, by_name);
        told.requests = schedule.counted.len() as u64;
        Ok(Asked {
            requests: Arc::new(requests),
            schedule,
            probabilities: None,
            trace: Some(told),
        })
    }

    /// The statements of a workload on this data with their keys, at most
    /// `keys` of each, checked.
    ///
    /// # Errors
    /// [`BenchError`], as [`run`](Bench::run).
    pub fn requests_of(
        &self,
        workload: &Workload,
        keys: Option<u64>,
    ) -> Result<Requests, BenchError> {
        let mut practice = self.practice()?;
        let found = Requests::look_up(&mut practice, workload, keys, self.seed);
        let requests = found.map_err(|e| self.failed(e))?;
        for (statement, template) in requests.statements().iter().zip(&workload.templates) {
            let have = statement.keys.len();
            if have == 0 && keys != Some(0) {
                return Err(BenchError::NoKeys {
                    data: self.label.clone(),
                    values: template.values.clone(),
                });
            }
            if let Some(wanted) = keys.filter(|wanted| *wanted > have as u64) {
                return Err(BenchError::TooFewKeys {
                    data: self.label.clone(),
                    have,
                    wanted,
                });
            }
            if template.writes {
                continue;
            }
            if let Some(why) = Uncacheable::reason(&statement.sql, &statement.facts) {
                return Err(BenchError::Uncacheable {
                    workload: workload.name.clone(),
                    why,
                });
            }
        }
        Ok(requests)
    }
}

impl Asked {
    /// What a report says was run.
    pub(super) fn used(&self, bench: &Bench, keys: u64) -> Used {
        let mut used = bench.used(keys);
        used.trace.clone_from(&self.trace);
        used.workload.warmup = self.schedule.warmup.len() as u64;
        used.workload.requests = self.schedule.counted.len() as u64;
        used
    }

    /// In an open loop, the time in which the requests of all rounds should
    /// have started.
    pub(super) fn offered(&self) -> Option<Duration> {
        let starts = &self.schedule.starts;
        let limit = self.schedule.limit.unwrap_or(Duration::MAX);
        let rounds = starts.chunks(self.schedule.round_length());
        let lasts = rounds.filter_map(|round| round.last().map(|last| (*last).min(limit)));
        (!starts.is_empty()).then(|| lasts.sum())
    }
}
