//! What came out of a simulation, with what theory says beside it.

use std::time::Duration;

use super::job::Job;
use super::run::Simulation;
use super::source::Source;
use super::{BadLines, CurvePoint, Tally, Unit};
use crate::cache::policy::PolicyKind;
use crate::lab::theory::{self, Prediction};

/// One policy at one capacity.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct PolicyResult {
    /// The policy.
    pub policy: PolicyKind,
    /// How many objects, or bytes, it could hold.
    pub capacity: u64,
    /// How long objects lived.
    pub ttl: Option<Duration>,
    /// Hits by counted requests; 0 when none were counted.
    pub hit_ratio: f64,
    /// Bytes that hit by bytes asked for.
    pub byte_hit_ratio: f64,
    /// What theory expects in the steady state, where there is a theory.
    pub theory: Option<f64>,
    /// T of [`theory`], in requests.
    pub characteristic_time: Option<f64>,
    /// The hit ratio of a cache that always holds the most popular keys.
    pub static_optimum: Option<f64>,
}

/// Why a run ended early.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stopped {
    /// Ctrl-C.
    Interrupted,
    /// The time was over.
    TimeLimit(Duration),
}

/// What came out.
#[derive(Debug, Clone, PartialEq)]
pub struct SimulationReport {
    /// What was asked for.
    pub simulation: Simulation,
    /// The keys there are: those drawn from, or those seen in the trace, if
    /// they were counted.
    pub keys: Option<u64>,
    /// Requests that counted: fewer than asked for after an interruption.
    pub counted: u64,
    /// Requests of the warm-up that were played.
    pub warmed_up: u64,
    /// Seconds on the wall clock in the caches alone, not in drawing the
    /// requests; those of several threads together.
    pub seconds: f64,
    /// Requests a second through the caches, by that time.
    pub requests_per_second: f64,
    /// In the order asked for: each policy at each capacity and TTL.
    pub results: Vec<PolicyResult>,
    /// LRU at every size, if wanted.
    pub curve: Vec<CurvePoint>,
    /// What theory says for the points of the curve, where there is a theory.
    pub curve_theory: Vec<f64>,
    /// The keys whose requests the curve is from.
    pub curve_keys: u64,
    /// Lines of the trace that were passed over.
    pub bad_lines: BadLines,
    /// Whether it was cut short.
    pub stopped: Option<Stopped>,
}

/// The figures of all jobs.
pub(super) fn report(
    simulation: &Simulation,
    source: &Source,
    jobs: Vec<Job>,
    played: u64,
    stopped: Option<Stopped>,
) -> SimulationReport {
    // Theory is about independent draws.
    let popularity = match simulation.trace {
        None if simulation.distribution.is_independent() => simulation
            .distribution
            .probabilities(simulation.keys)
            .unwrap_or_default(),
        _ => Vec::new(),
    };
    let players = jobs.len() as u64;
    let seconds: f64 = jobs.iter().map(|job| job.seconds).sum();
    let (mut results, mut curve, mut curve_keys) = (Vec::new(), Vec::new(), 0);
    let mut keys = simulation.trace.is_none().then_some(simulation.keys);
    for job in jobs {
        let (policy, capacity, ttl) = (job.policy, job.capacity, job.ttl);
        match job.finish() {
            Ok(tally) => {
                let expected = expected(simulation, &popularity, policy, capacity, ttl);
                results.push(result(policy, capacity, ttl, tally, expected, &popularity));
            }
            Err(found) => {
                let seen = found.keys();
                keys = keys.or(Some(seen));
                curve_keys = found.sampled_keys();
                curve = found.at(&sizes_of_curve(simulation, seen, &results));
            }
        }
    }
    let curve_theory = match popularity.is_empty() {
        true => Vec::new(),
        false => {
            let points = curve.iter();
            points
                .map(|it| theory::lru(&popularity, it.capacity).hit_ratio)
                .collect()
        }
    };
    SimulationReport {
        simulation: simulation.clone(),
        keys,
        counted: played.saturating_sub(simulation.warmup),
        warmed_up: played.min(simulation.warmup),
        seconds,
        requests_per_second: if seconds > 0.0 {
            (played * players) as f64 / seconds
        } else {
            0.0
        },
        results,
        curve,
        curve_theory,
        curve_keys,
        bad_lines: match source {
            Source::Trace(trace) => trace.bad_lines().clone(),
            Source::Drawn { .. } => BadLines::default(),
        },
        stopped,
    }
}

fn result(
    policy: PolicyKind,
    capacity: u64,
    ttl: Option<Duration>,
    tally: Tally,
    expected: Option<Prediction>,
    popularity: &[f64],
) -> PolicyResult {
    PolicyResult {
        policy,
        capacity,
        ttl,
        hit_ratio: tally.hits as f64 / tally.reads.max(1) as f64,
        byte_hit_ratio: tally.hit_bytes as f64 / tally.bytes.max(1) as f64,
        theory: expected.map(|it| it.hit_ratio),
        characteristic_time: expected.map(|it| it.characteristic_time),
        static_optimum: (expected.is_some() && ttl.is_none())
            .then(|| theory::static_optimum(popularity, capacity)),
    }
}

/// What theory says of drawn requests; it has no word for most policies, for
/// sizes, and for a TTL together with eviction.
fn expected(
    simulation: &Simulation,
    popularity: &[f64],
    policy: PolicyKind,
    capacity: u64,
    ttl: Option<Duration>,
) -> Option<Prediction> {
    if popularity.is_empty() || simulation.unit == Unit::Bytes {
        return None;
    }
    if let Some(ttl) = ttl {
        let rate = simulation.rate?;
        return (capacity >= simulation.keys).then(|| Prediction {
            hit_ratio: popularity
                .iter()
                .map(|p| p * theory::fixed_ttl(p * rate, ttl.as_secs_f64()))
                .sum(),
            characteristic_time: f64::INFINITY,
        });
    }
    match policy {
        PolicyKind::Lru => Some(theory::lru(popularity, capacity)),
        PolicyKind::Fifo | PolicyKind::Random => Some(theory::fifo(popularity, capacity)),
        _ => None,
    }
}

/// The sizes of the curve, and those that were asked for.
fn sizes_of_curve(simulation: &Simulation, keys: u64, results: &[PolicyResult]) -> Vec<u64> {
    let mut sizes = simulation
        .curve
        .map_or(Vec::new(), |curve| curve.sizes(keys));
    sizes.extend(results.iter().map(|it| it.capacity));
    sizes.sort_unstable();
    sizes.dedup();
    sizes
}
