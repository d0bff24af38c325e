//! What follows for indexes and for a cache in this process, and what would
//! follow if the servers were a network away.

use std::time::Duration;

use super::{ArmReport, Used};
use crate::cache::stats::CostModel;
use crate::lab::bench::Arm;
use crate::lab::workload::{Load, Workload};
use crate::units;

/// Below this difference nobody can tell which side was faster.
const SAME: f64 = 1.05;

/// A round trip between machines of one data centre.
const ROUND_TRIP: Duration = Duration::from_micros(500);

/// How fast a side is, to compare it with another: reads a second in a closed
/// loop, the inverse of the mean latency in an open one, where both sides get
/// the same requests a second.
pub(super) fn speed(used: &Used, arm: &ArmReport) -> f64 {
    match used.workload.load {
        Load::Closed { think, .. } if think.is_zero() && !used.is_open() => arm.throughput,
        _ => 1.0 / arm.tally.mean().as_secs_f64().max(1e-9),
    }
}

/// Sentences about the sides besides uncached and cached.
pub(super) fn conclusions(used: &Used, arms: &[ArmReport]) -> Vec<String> {
    let side = |arm| {
        // A side that mostly fell back on the database says nothing of its cache.
        let usable = |a: &&ArmReport| a.arm == arm && a.requests > 0 && a.errors * 2 <= a.requests;
        let found = arms.iter().find(usable);
        found.map(|found| speed(used, found))
    };
    let mut said = Vec::new();
    let (uncached, cached) = (side(Arm::Uncached), side(Arm::Cached));
    let (indexed, both, local) = (
        side(Arm::Indexed),
        side(Arm::IndexedCached),
        side(Arm::Local),
    );
    if let (Some(uncached), Some(indexed)) = (uncached, indexed) {
        let by = indexed / uncached;
        said.push(if by > SAME {
            let better = cached.is_some_and(|cached| indexed > cached);
            let end = if better {
                ", more than the cache does, and nothing can go stale."
            } else {
                ", and nothing can go stale."
            };
            format!("The index makes it {} faster{end}", units::times(by, 1.0))
        } else if by * SAME < 1.0 {
            format!("The index makes it {} slower.", units::times(1.0 / by, 1.0))
        } else {
            "The index changes nothing here.".to_owned()
        });
    }
    if let (Some(indexed), Some(both)) = (indexed, both) {
        let by = both / indexed;
        said.push(if by > SAME {
            let by = units::times(by, 1.0);
            format!("With the index, the cache still makes it {by} faster.")
        } else {
            "With the index the cache only costs. Cache what stays slow after indexing.".to_owned()
        });
    }
    if let (Some(cached), Some(local)) = (cached, local)
        && local > cached * SAME
    {
        let by = units::times(local, cached);
        said.push(format!(
            "A cache in this process is {by} as fast as the cache server; but each process has \
             its own, and hears of nobody else's writes."
        ));
    }
    said
}

/// The mean read with database and cache server a network away: computed from
/// what was measured, never measured.
#[derive(Debug, Clone, PartialEq)]
pub struct Away {
    /// What one command takes longer.
    pub round_trip: Duration,
    /// The mean of each side.
    pub means: Vec<(Arm, Duration)>,
}

impl Away {
    /// `None` when round trips are simulated already.
    pub(super) fn compute(workload: &Workload, arms: &[ArmReport]) -> Option<Away> {
        if workload.round_trips != Default::default() {
            return None;
        }
        let means = arms
            .iter()
            .filter(|arm| arm.requests > 0)
            .filter_map(|arm| {
                let mean = match (arm.arm.has_cache(), arm.model) {
                    (false, _) => arm.tally.mean_database() + ROUND_TRIP,
                    (true, Some(model)) => CostModel {
                        database: model.database + ROUND_TRIP,
                        get: model.get
                            + if arm.arm.has_server() {
                                ROUND_TRIP
                            } else {
                                Duration::ZERO
                            },
                        set: model.set
                            + if arm.arm.has_server() {
                                ROUND_TRIP
                            } else {
                                Duration::ZERO
                            },
                        ..model
                    }
                    .average(),
                    (true, None) => return None,
                };
                Some((arm.arm, mean))
            });
        let means: Vec<_> = means.collect();
        (!means.is_empty()).then_some(Away {
            round_trip: ROUND_TRIP,
            means,
        })
    }
}
