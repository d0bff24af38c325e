//! What came of a workload, and what must.

use std::fmt;
use std::time::Duration;

use serde::Deserialize;

use super::bounds::Bounded;
use super::predict::Measure;
use super::workload::read_some_duration;
use crate::units::{count, duration};

/// What must come of it.
#[derive(Debug, Clone, PartialEq, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct WorkloadBounds {
    /// The least share of reads that the cache answers.
    pub hit_ratio: Option<f64>,
    /// The most queries.
    pub database_reads: Option<u64>,
    /// The most answers older than what was committed when they were asked for.
    pub stale_reads: Option<u64>,
    /// How long at most an answer may have been overwritten when it was asked
    /// for.
    #[serde(deserialize_with = "read_some_duration")]
    pub stalest: Option<Duration>,
    /// The most that 99 of 100 answers take.
    #[serde(deserialize_with = "read_some_duration")]
    pub p99: Option<Duration>,
    /// The most that answers take on average.
    #[serde(deserialize_with = "read_some_duration")]
    pub mean: Option<Duration>,
}

/// What came of it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct WorkloadResult {
    /// Answers.
    pub reads: u64,
    /// The share of them from the cache.
    pub hit_ratio: f64,
    /// Queries.
    pub database_reads: u64,
    /// Answers that were old.
    pub stale_reads: u64,
    /// How long the stalest of them had been overwritten when it was asked
    /// for.
    pub stalest: Duration,
    /// What 99 of 100 answers took at most.
    pub p99: Duration,
    /// What answers took on average.
    pub mean: Duration,
}

impl WorkloadBounds {
    /// Each bound as what it is about, what is asked for, and what came, if
    /// that is not within it.
    pub(super) fn facts(&self, result: &WorkloadResult) -> Vec<(Measure, String, Option<String>)> {
        let least = self.hit_ratio.map(|least| {
            let got = (result.hit_ratio < least).then(|| percent(result.hit_ratio));
            let wanted = format!("at least {}", percent(least));
            (Measure::HitRatio, wanted, got)
        });
        let counted = |measure, most: Option<u64>, got: u64| {
            let most = most?;
            let wanted = format!("at most {}", count(most));
            Some((measure, wanted, (got > most).then(|| count(got))))
        };
        let timed = |measure, most: Option<Duration>, got: Duration| {
            let most = most?;
            let wanted = format!("at most {}", duration(most));
            Some((measure, wanted, (got > most).then(|| duration(got))))
        };
        let reads = result.database_reads;
        let facts = [
            least,
            counted(Measure::DatabaseReads, self.database_reads, reads),
            counted(Measure::StaleReads, self.stale_reads, result.stale_reads),
            timed(Measure::Stalest, self.stalest, result.stalest),
            timed(Measure::P99, self.p99, result.p99),
            timed(Measure::Mean, self.mean, result.mean),
        ];
        facts.into_iter().flatten().collect()
    }

    /// Each bound as what it is about and what is asked for.
    pub(super) fn wanted(&self) -> Vec<(Measure, String)> {
        let facts = self.facts(&WorkloadResult::NOTHING).into_iter();
        facts.map(|(what, wanted, _)| (what, wanted)).collect()
    }

    /// Each bounded figure, beside what the settings of the starter make of it.
    pub(super) fn bounded(
        &self,
        result: &WorkloadResult,
        starter: Option<&WorkloadResult>,
    ) -> Vec<Bounded> {
        let facts = self.facts(result).into_iter();
        let told = facts.map(|(measure, bound, _)| Bounded {
            what: measure.of_a_workload().trim_start_matches("the "),
            yours: result.shown(measure),
            bound,
            at_first: starter.map(|starter| starter.shown(measure)),
        });
        told.collect()
    }

    /// Whether two wrong settings are wrong in the same way: they miss the same
    /// bounds, by about as much.
    pub(super) fn missed_alike(&self, one: &WorkloadResult, other: &WorkloadResult) -> bool {
        let missed = |result: &WorkloadResult| -> Vec<Measure> {
            let facts = self.facts(result).into_iter();
            let missed = facts.filter(|(_, _, got)| got.is_some());
            missed.map(|(measure, ..)| measure).collect()
        };
        let is_close = |measure: &Measure| {
            let (a, b) = (one.figure(*measure), other.figure(*measure));
            match measure {
                // In thousandths.
                Measure::HitRatio => a.abs_diff(b) <= 100,
                _ => a.max(b) / 2 <= a.min(b),
            }
        };
        let missed_by_one = missed(one);
        missed_by_one == missed(other) && missed_by_one.iter().all(is_close)
    }

    /// Whether nothing is bounded.
    pub(super) fn is_empty(&self) -> bool {
        *self == WorkloadBounds::default()
    }
}

impl WorkloadResult {
    /// Nobody came.
    const NOTHING: WorkloadResult = WorkloadResult {
        reads: 0,
        hit_ratio: 0.0,
        database_reads: 0,
        stale_reads: 0,
        stalest: Duration::ZERO,
        p99: Duration::ZERO,
        mean: Duration::ZERO,
    };

    /// What was measured, as a number: times in nanoseconds, the hit ratio in
    /// thousandths. 0 for what is measured of statements.
    pub(super) fn figure(&self, measure: Measure) -> u64 {
        let nanos = |time: Duration| u64::try_from(time.as_nanos()).unwrap_or(u64::MAX);
        match measure {
            Measure::HitRatio => (self.hit_ratio * 1e3).round() as u64,
            Measure::DatabaseReads => self.database_reads,
            Measure::StaleReads => self.stale_reads,
            Measure::Stalest => nanos(self.stalest),
            Measure::P99 => nanos(self.p99),
            Measure::Mean => nanos(self.mean),
            _ => 0,
        }
    }

    /// A figure without what it is of.
    fn shown(&self, measure: Measure) -> String {
        match measure {
            Measure::HitRatio => percent(self.hit_ratio),
            Measure::Stalest => duration(self.stalest),
            Measure::P99 => duration(self.p99),
            Measure::Mean => duration(self.mean),
            _ => count(self.figure(measure)),
        }
    }
}

impl fmt::Display for WorkloadResult {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} reads, hit ratio {}, {} database reads, {} stale{}, mean {}, p99 {}",
            count(self.reads),
            percent(self.hit_ratio),
            count(self.database_reads),
            count(self.stale_reads),
            if self.stalest.is_zero() {
                String::new()
            } else {
                format!(" (for up to {})", duration(self.stalest))
            },
            duration(self.mean),
            duration(self.p99)
        )
    }
}

pub(super) fn percent(ratio: f64) -> String {
    format!("{:.1}%", ratio * 100.0)
}
