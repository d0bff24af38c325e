//! Eviction alone, under several settings.

use super::report::{Asked, Played, Point, SweepReport};
use super::{Axis, Setting, combinations};
use crate::clock::Clock;
use crate::interrupt::Interrupt;
use crate::lab::simulate::{CannotSimulate, PolicyResult, Simulation, SimulationReport, simulate};
use crate::progress::Watcher;

/// Plays the simulation once for each combination of `axes`, which change its
/// requests or its sampling; its own policies, capacities and TTLs are played
/// side by side, several at a time. An interruption or the time limit ends it
/// early, with what was played until then.
///
/// # Errors
/// [`CannotSimulate`] for the first combination that means nothing.
pub fn evictions(
    simulation: &Simulation,
    axes: &[Axis],
    clock: &Clock,
    interrupt: &Interrupt,
    watcher: Watcher<'_>,
) -> Result<SweepReport, CannotSimulate> {
    let started = clock.now();
    let own = own_axes(simulation);
    let (mut points, mut stopped) = (Vec::new(), None);
    let (mut curve, mut curve_theory) = (Vec::new(), Vec::new());
    for outer in combinations(axes) {
        let mut each = simulation.clone();
        outer.iter().for_each(|setting| each.set(*setting));
        let spent = clock.now().since(started);
        each.limit = simulation.limit.map(|limit| limit.saturating_sub(spent));
        let report = match stopped {
            None => Some(simulate(&each, clock, interrupt, watcher)?),
            Some(_) => None,
        };
        let results = report.as_ref().map_or(&[][..], |it| &it.results);
        for (at, inner) in combinations(&own).into_iter().enumerate() {
            let played = report.as_ref().zip(results.get(at));
            points.push(Point {
                settings: [outer.clone(), inner].concat(),
                played: played.and_then(|(report, it)| played_of(report, it)),
            });
        }
        if let Some(report) = report {
            stopped = report.stopped;
            if curve.is_empty() {
                (curve, curve_theory) = (report.curve, report.curve_theory);
            }
        }
    }
    Ok(SweepReport {
        asked: Asked::Requests(Box::new(simulation.clone())),
        axes: [axes, &own].concat(),
        points,
        curve,
        curve_theory,
        seed: simulation.seed,
        stopped,
    })
}

/// In the order of its results.
fn own_axes(simulation: &Simulation) -> Vec<Axis> {
    let policies = simulation.policies.iter().copied().map(Setting::Policy);
    let capacities = simulation.capacities.iter().copied().map(Setting::Capacity);
    let ttls = simulation.ttls.iter().copied().map(Setting::Ttl);
    let axes: [Axis; 3] = [policies.collect(), capacities.collect(), ttls.collect()];
    axes.into_iter().filter(|axis| axis.len() > 1).collect()
}

impl Simulation {
    /// Changes one setting; those of the cache layer change nothing here.
    pub fn set(&mut self, setting: Setting) {
        match setting {
            Setting::Distribution(it) => self.distribution = it,
            Setting::Keys(n) => self.keys = n,
            Setting::Rate(n) => self.rate = Some(n as f64),
            Setting::Samples(n) => self.samples = n,
            Setting::Policy(it) => self.policies = vec![it],
            Setting::Capacity(it) => self.capacities = vec![it],
            Setting::Ttl(it) => self.ttls = vec![it],
            Setting::Clients(_)
            | Setting::Jitter(_)
            | Setting::Protection(_)
            | Setting::Beta(_)
            | Setting::Invalidation(_)
            | Setting::DatabaseTime(_)
            | Setting::CacheTime(_)
            | Setting::Connections(_) => {}
        }
    }
}

fn played_of(report: &SimulationReport, it: &PolicyResult) -> Option<Played> {
    (report.counted > 0).then(|| Played {
        room: it.capacity,
        reads: report.counted,
        hit_ratio: it.hit_ratio,
        expected: it.theory,
        outcome: None,
        partial: report.stopped.is_some(),
    })
}
