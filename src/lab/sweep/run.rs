//! Plays all combinations, several at a time.

use std::sync::mpsc;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use super::rehearsal::Ready;
use super::report::{Asked, Point, SweepReport};
use super::{Axis, Data, Rehearsal, Setting, Unplayable, combinations};
use crate::clock::Clock;
use crate::interrupt::Interrupt;
use crate::lab::keys::Rank;
use crate::lab::simulate::{Curve, MissRatio, Stopped};
use crate::lab::theory;
use crate::progress::{Progress, Watcher};

/// What to rehearse.
pub struct Sweep<'a> {
    /// With what holds for all.
    pub rehearsal: &'a Rehearsal,
    /// What its statements read.
    pub data: &'a Data,
    /// The settings that have several values.
    pub axes: Vec<Axis>,
    /// Whether the time of a query was measured on the data.
    pub is_measured: bool,
    /// Whether the hit ratio of LRU at every size is wanted, too.
    pub curve: Option<Curve>,
    /// One seed gives one sequence of requests.
    pub seed: u64,
    /// When to stop, with what was played until then.
    pub limit: Option<Duration>,
}

/// One combination, and which of the sequences of requests it is asked.
struct Case {
    rehearsal: Rehearsal,
    requests: usize,
    at: usize,
}

/// Plays the workload once for each combination, on as many threads as there
/// are cores. Ctrl-C and the time limit end it early, with what was played
/// until then.
///
/// # Errors
/// [`Unplayable`]: before anything is played, if a setting means nothing.
pub fn rehearse(
    sweep: &Sweep<'_>,
    clock: &Clock,
    interrupt: &Interrupt,
    watcher: Watcher<'_>,
) -> Result<SweepReport, Unplayable> {
    let started = clock.now();
    let over = |limit: Duration| clock.now().since(started) >= limit;
    let is_over = || sweep.limit.is_some_and(over);
    let stop = || interrupt.is_raised() || is_over();
    let combinations = combinations(&sweep.axes);
    let (cases, sequences) = prepare(sweep, &combinations)?;
    let mut points: Vec<Point> = combinations
        .into_iter()
        .map(|settings| Point {
            settings,
            played: None,
        })
        .collect();
    let total = cases.len() as u64;
    let left = Mutex::new(cases.into_iter());
    let next = || left.lock().unwrap_or_else(PoisonError::into_inner).next();
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    let (sender, receiver) = mpsc::channel();
    let mut failed = None;
    std::thread::scope(|scope| {
        for _ in 0..threads.min(points.len()) {
            let sender = sender.clone();
            scope.spawn(|| {
                let sender = sender;
                while let Some(case) = next().filter(|_| !stop()) {
                    let ready = &sequences[case.requests];
                    let played = case.rehearsal.play(ready, sweep.seed, &stop);
                    if sender.send((case.at, played)).is_err() {
                        break;
                    }
                }
            });
        }
        drop(sender);
        for (done, (at, played)) in (1..).zip(receiver) {
            let what = "simulating";
            watcher(Progress { what, done, total });
            match played {
                Ok(played) => points[at].played = Some(played),
                Err(error) => failed = Some(error),
            }
        }
    });
    if let Some(error) = failed {
        return Err(error);
    }
    let (curve, curve_theory) = match (sweep.curve, sequences.first()) {
        (Some(curve), Some(ready)) if !stop() => {
            let found = curve_of(curve, ready);
            let mut sizes = curve.sizes(ready.keys);
            sizes.extend(
                points
                    .iter()
                    .filter_map(|it| Some(it.played.as_ref()?.room)),
            );
            sizes.sort_unstable();
            sizes.dedup();
            let curve = found.at(&sizes);
            let popularity = ready.probabilities.as_deref().unwrap_or_default();
            let (warmup, counted) = (ready.script.warmup.len(), ready.script.counted.len());
            let expected = curve.iter().filter(|_| !popularity.is_empty()).map(|it| {
                theory::lru_from_cold(popularity, it.capacity, warmup as u64, counted as u64)
            });
            let expected = expected.collect();
            (curve, expected)
        }
        _ => (Vec::new(), Vec::new()),
    };
    let stopped = if interrupt.is_raised() {
        Some(Stopped::Interrupted)
    } else {
        let cut = points
            .iter()
            .any(|it| it.played.as_ref().is_none_or(|it| it.partial));
        sweep.limit.filter(|_| cut).map(Stopped::TimeLimit)
    };
    let trace = &sweep.rehearsal.workload.trace;
    let at_times_of_trace = trace.is_some()
        && sequences
            .first()
            .is_some_and(|it| !it.script.starts.is_empty());
    let keys = sequences.first().map_or(0, |it| it.keys);
    let (data, written) = match sweep.data {
        Data::Real(bench) => {
            let templates = || sweep.rehearsal.workload.templates.iter();
            let all: f64 = templates().map(|it| it.weight).sum();
            let reads = templates().filter(|it| !it.writes).map(|it| it.weight);
            (Some(bench.label.clone()), 1.0 - reads.sum::<f64>() / all)
        }
        Data::Imagined { written } => (None, *written),
    };
    Ok(SweepReport {
        asked: Asked::Workload {
            rehearsal: Box::new(sweep.rehearsal.clone()),
            keys,
            data,
            written,
            at_times_of_trace,
            is_measured: sweep.is_measured,
        },
        axes: sweep.axes.clone(),
        points,
        curve,
        curve_theory,
        seed: sweep.seed,
        stopped,
    })
}

/// Each combination, checked, and the sequences of requests that they need.
fn prepare(
    sweep: &Sweep<'_>,
    combinations: &[Vec<Setting>],
) -> Result<(Vec<Case>, Vec<Ready>), Unplayable> {
    let mut cases = Vec::new();
    let mut sequences: Vec<(Vec<Setting>, Ready)> = Vec::new();
    for (at, settings) in combinations.iter().enumerate() {
        let mut rehearsal = sweep.rehearsal.clone();
        settings.iter().for_each(|setting| rehearsal.set(*setting));
        rehearsal.check()?;
        let own = settings.iter().copied().filter(|it| it.changes_requests());
        let own: Vec<Setting> = own.collect();
        let known = sequences.iter().position(|(settings, _)| *settings == own);
        let requests = match known {
            Some(known) => known,
            None => {
                let ready = rehearsal.ready(sweep.data, sweep.seed)?;
                sequences.push((own, ready));
                sequences.len() - 1
            }
        };
        let keys = sequences[requests].1.keys;
        rehearsal.workload.caching.size.objects(keys)?;
        cases.push(Case {
            rehearsal,
            requests,
            at,
        });
    }
    let sequences = sequences.into_iter().map(|(_, ready)| ready);
    Ok((cases, sequences.collect()))
}

fn curve_of(curve: Curve, ready: &Ready) -> MissRatio {
    let script = &ready.script;
    let reads = |numbers: &[Rank]| -> Vec<Rank> {
        let read = numbers.iter().copied();
        read.filter(|number| !script.writes(*number)).collect()
    };
    let mut found = MissRatio::new(curve.share());
    found.request_all(&reads(&script.warmup), false);
    found.request_all(&reads(&script.counted), true);
    found
}
