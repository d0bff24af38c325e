//! Plays one sequence of requests against several caches.

use crate::cache::policy::{Fifo, Lru, Policy, PolicyKind};
use crate::clock::{Clock, Time};
use crate::interrupt::Interrupt;
use crate::lab::keys::{Distribution, KeyStream, Rank, UnusableKeys};
use crate::lab::theory;
use crate::progress::{Progress, Watcher};

use super::{Capacity, ObjectCache, UnusableCapacity};

/// Requests that are drawn at a time: their keys stay in the first-level cache.
const BATCH: usize = 4096;

/// What to simulate.
#[derive(Debug, Clone, PartialEq)]
pub struct Simulation {
    /// How popularity is spread.
    pub distribution: Distribution,
    /// Over how many keys.
    pub keys: u64,
    /// Each policy is run at each capacity, on the same requests.
    pub policies: Vec<PolicyKind>,
    /// How many objects the caches hold.
    pub capacities: Vec<Capacity>,
    /// Requests before counting starts.
    pub warmup: u64,
    /// Requests that count.
    pub requests: u64,
    /// One seed gives one sequence.
    pub seed: u64,
}

/// A simulation that would mean nothing.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum CannotSimulate {
    /// The keys cannot be drawn.
    #[error(transparent)]
    Keys(#[from] UnusableKeys),
    /// A cache would hold nothing, or more than there is.
    #[error(transparent)]
    Capacity(#[from] UnusableCapacity),
    /// Nothing would be counted.
    #[error("a simulation counts at least 1 request, not 0")]
    NoRequests,
}

/// One policy at one capacity.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct PolicyResult {
    /// The policy.
    pub policy: PolicyKind,
    /// How many objects it could hold.
    pub capacity: u64,
    /// Hits by counted requests; 0 when none were counted.
    pub hit_ratio: f64,
    /// What theory expects in the steady state.
    pub theory: f64,
    /// T of [`theory`], in requests.
    pub characteristic_time: f64,
    /// The hit ratio of a cache that always holds the most popular keys.
    pub static_optimum: f64,
}

/// What came out.
#[derive(Debug, Clone, PartialEq)]
pub struct SimulationReport {
    /// What was asked for.
    pub simulation: Simulation,
    /// Requests that counted: fewer than asked for after an interruption.
    pub counted: u64,
    /// Requests of the warm-up that were played.
    pub warmed_up: u64,
    /// Seconds on the wall clock in the caches alone, not in drawing the requests.
    pub seconds: f64,
    /// Requests a second through the caches, all of them together.
    pub requests_per_second: f64,
    /// In the order asked for: each policy at each capacity.
    pub results: Vec<PolicyResult>,
    /// Whether Ctrl-C cut it short.
    pub interrupted: bool,
}

/// A cache of any policy; one call plays a whole batch.
trait Player {
    fn play(&mut self, keys: &[Rank], start: Time) -> u64;
}

impl<P: Policy> Player for ObjectCache<P> {
    fn play(&mut self, keys: &[Rank], start: Time) -> u64 {
        self.request_all(keys, start)
    }
}

fn player(policy: PolicyKind, keys: u64, capacity: u64) -> Box<dyn Player> {
    let (keys, capacity) = (keys as usize, capacity as usize);
    match policy {
        PolicyKind::Fifo => Box::new(ObjectCache::new(Fifo::new(), keys, capacity)),
        _ => Box::new(ObjectCache::new(Lru::new(), keys, capacity)),
    }
}

/// Plays the simulation. An interruption ends it early, with what was counted
/// until then.
///
/// # Errors
/// [`CannotSimulate`] before anything is played.
pub fn simulate(
    simulation: &Simulation,
    clock: &Clock,
    interrupt: &Interrupt,
    watcher: Watcher<'_>,
) -> Result<SimulationReport, CannotSimulate> {
    let probabilities = simulation.distribution.probabilities(simulation.keys)?;
    let capacities: Vec<u64> = simulation
        .capacities
        .iter()
        .map(|capacity| capacity.objects(simulation.keys))
        .collect::<Result<_, _>>()?;
    if simulation.requests == 0 {
        return Err(CannotSimulate::NoRequests);
    }
    let mut caches: Vec<(PolicyKind, u64, Box<dyn Player>, u64)> = Vec::new();
    for &policy in &simulation.policies {
        for &capacity in &capacities {
            let player = player(policy, simulation.keys, capacity);
            caches.push((policy, capacity, player, 0));
        }
    }

    let mut stream = KeyStream::new(&probabilities, simulation.seed);
    let mut batch = vec![0; BATCH];
    let total = simulation.warmup + simulation.requests;
    let mut played = 0;
    let mut seconds = 0.0;
    while played < total && !interrupt.is_raised() {
        // A batch is warm-up or counted, never both.
        let until = if played < simulation.warmup {
            simulation.warmup
        } else {
            total
        };
        let size = (until - played).min(BATCH as u64);
        let batch = &mut batch[..size as usize];
        stream.fill(batch);
        let before = clock.now();
        for (_, _, player, hits) in &mut caches {
            let hit = player.play(batch, Time::from_nanos(played));
            if played >= simulation.warmup {
                *hits += hit;
            }
        }
        seconds += clock.now().since(before).as_secs_f64();
        played += size;
        watcher(Progress {
            what: "simulating",
            done: played,
            total,
        });
    }

    let counted = played.saturating_sub(simulation.warmup);
    let results = caches
        .iter()
        .map(|(policy, capacity, _, hits)| {
            let predicted = match policy {
                PolicyKind::Fifo => theory::fifo(&probabilities, *capacity),
                _ => theory::lru(&probabilities, *capacity),
            };
            PolicyResult {
                policy: *policy,
                capacity: *capacity,
                hit_ratio: *hits as f64 / counted.max(1) as f64,
                theory: predicted.hit_ratio,
                characteristic_time: predicted.characteristic_time,
                static_optimum: theory::static_optimum(&probabilities, *capacity),
            }
        })
        .collect();
    Ok(SimulationReport {
        simulation: simulation.clone(),
        counted,
        warmed_up: played.min(simulation.warmup),
        seconds,
        requests_per_second: if seconds > 0.0 {
            (played * caches.len() as u64) as f64 / seconds
        } else {
            0.0
        },
        results,
        interrupted: played < total,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::progress;

    fn zipf(alpha: f64, keys: u64, capacities: &[&str]) -> Simulation {
        Simulation {
            distribution: Distribution::Zipf { alpha },
            keys,
            policies: vec![PolicyKind::Lru, PolicyKind::Fifo],
            capacities: capacities.iter().map(|c| c.parse().unwrap()).collect(),
            warmup: 200_000,
            requests: 500_000,
            seed: 1,
        }
    }

    fn run(simulation: &Simulation) -> Result<SimulationReport, CannotSimulate> {
        simulate(
            simulation,
            &Clock::virtual_at(0),
            &Interrupt::new(),
            &mut progress::ignore,
        )
    }

    #[test]
    fn agrees_with_theory_within_3_in_a_thousand() {
        // The rows of the reference table at 0.99, fewer requests.
        let report = run(&zipf(0.99, 100_000, &["1%", "10%"])).unwrap();
        for (result, reference) in report.results.iter().zip([0.4897, 0.7248, 0.4484, 0.6884]) {
            assert!(
                (result.hit_ratio - result.theory).abs() < 0.003,
                "{result:?}"
            );
            assert!((result.hit_ratio - reference).abs() < 0.003, "{result:?}");
        }
        assert_eq!(report.results.len(), 4);
        assert_eq!((report.counted, report.warmed_up), (500_000, 200_000));
    }

    #[test]
    fn a_cold_start_agrees_with_theory_too() {
        let mut simulation = zipf(0.99, 100_000, &["10%", "100%"]);
        simulation.policies = vec![PolicyKind::Lru];
        simulation.warmup = 5_000;
        simulation.requests = 100_000;
        let p = simulation.distribution.probabilities(100_000).unwrap();
        for result in run(&simulation).unwrap().results {
            let cold = theory::lru_from_cold(&p, result.capacity, 5_000, 100_000);
            assert!((result.hit_ratio - cold).abs() < 0.005, "{result:?} {cold}");
            assert!(result.theory > cold + 0.01);
        }
    }

    #[test]
    fn one_seed_gives_one_result() {
        let once = run(&zipf(0.8, 1_000, &["10%"])).unwrap();
        assert_eq!(once, run(&zipf(0.8, 1_000, &["10%"])).unwrap());
    }

    #[test]
    fn everything_hits_once_everything_was_held() {
        let mut simulation = zipf(0.5, 100, &["100"]);
        simulation.warmup = 50_000;
        let report = run(&simulation).unwrap();
        assert_eq!(report.results[0].hit_ratio, 1.0);
        assert_eq!(report.results[0].theory, 1.0);
    }

    #[test]
    fn ctrl_c_keeps_what_was_counted() {
        let mut simulation = zipf(0.99, 1_000, &["10%"]);
        simulation.warmup = 0;
        let interrupt = Interrupt::new();
        let raised = interrupt.clone();
        let mut batches = 0;
        let mut after_ten = |_: Progress<'_>| {
            batches += 1;
            if batches == 10 {
                raised.raise();
            }
        };
        let report = simulate(
            &simulation,
            &Clock::virtual_at(0),
            &interrupt,
            &mut after_ten,
        )
        .unwrap();
        assert!(report.interrupted);
        assert_eq!(report.counted, 10 * BATCH as u64);
        assert!(report.results[0].hit_ratio > 0.3);
    }

    #[test]
    fn what_means_nothing_is_named() {
        let error = |simulation: &Simulation| run(simulation).unwrap_err().to_string();
        assert_eq!(
            error(&zipf(0.99, 100, &["200"])),
            "a capacity of 200 is more than the 100 keys: everything would hit"
        );
        assert_eq!(
            error(&zipf(0.99, 100, &["10%", "0"])),
            "a cache of 0 holds 0 of 100 keys"
        );
        assert_eq!(
            error(&zipf(0.99, 0, &["10%"])),
            "a workload needs at least 1 key, not 0"
        );
        let mut nothing = zipf(0.99, 100, &["10%"]);
        nothing.requests = 0;
        assert_eq!(
            error(&nothing),
            "a simulation counts at least 1 request, not 0"
        );
    }
}
