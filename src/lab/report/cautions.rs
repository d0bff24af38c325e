//! Which notes a report needs.

use std::time::Duration;

use super::room::Room;
use super::{ArmReport, CacheUsed, Note, Traced, Used};
use crate::cache::aside::Protection;
use crate::cache::stats::CostModel;
use crate::lab::bench::{Arm, ServerCounts};
use crate::lab::simulate::CurvePoint;
use crate::lab::theory;
use crate::lab::workload::Load;

/// Times that differ less are taken for the same.
const A_LITTLE: f64 = 1.1;

/// A result that stays shorter than so many ticks of a clock in seconds is
/// hardly told from others by its age.
const COARSE_SECONDS: f64 = 5.0;

/// What a sampling server may be off by on a known sequence.
const SEQUENCE_TOLERANCE: f64 = 0.03;

/// What the pace of reads, which is not even, adds to that.
const TTL_TOLERANCE: f64 = 0.02;

/// What Che's approximation and a sampling server may be off by, besides chance.
const MODEL_TOLERANCE: f64 = 0.01;

pub(super) fn of_sides(
    notes: &mut Vec<Note>,
    used: &Used,
    arms: &[ArmReport],
    offered: Option<Duration>,
) {
    let clients = used.workload.load.clients();
    let is_closed = !used.is_open()
        && matches!(used.workload.load, Load::Closed { think, .. } if think.is_zero());
    if let Some(processors) = used
        .machine
        .processors
        .filter(|n| *n < clients && is_closed)
    {
        notes.push(Note::Oversubscribed {
            clients,
            processors,
        });
    }
    let measured = || arms.iter().filter(|side| side.requests > 0);
    let noisiest = measured().max_by(|a, b| a.noise().total_cmp(&b.noise()));
    if let Some(side) = noisiest.filter(|side| side.noise() > 1.5) {
        notes.push(Note::Noisy {
            arm: side.arm.name(),
            spread: side.noise(),
        });
    }
    for side in measured() {
        let arm = side.arm.name();
        let (typical, longest) = (side.tally.quantile(0.999), side.tally.max());
        if longest > typical * 20 && longest > Duration::from_millis(20) {
            notes.push(Note::Outlier {
                arm,
                longest,
                typical,
            });
        }
        let total = side.tally.failed_writes;
        if total > 0 {
            notes.push(Note::FailedWrites { arm, writes: total });
        }
        if let Some(offered) = offered {
            let wanted = side.tally.requests() as f64 / offered.as_secs_f64().max(1e-9);
            let reached = side.tally.requests() as f64 / side.elapsed.as_secs_f64().max(1e-9);
            let waited = side.tally.share_waited();
            if used.workload.duration.is_none() && reached < wanted * 0.95 {
                notes.push(Note::Unreached {
                    arm,
                    wanted,
                    reached,
                });
            } else if waited > 0.5 {
                notes.push(Note::Saturated {
                    arm,
                    waited,
                    clients,
                });
            }
        }
    }
    // Ten reads should be slower than a percentile, or chance decides about it.
    let fewest = arms.iter().map(|a| a.requests).filter(|n| *n > 0).min();
    let few = fewest.and_then(|requests| match requests {
        ..1_000 => Some((requests, "p99", 1_000)),
        1_000..10_000 => Some((requests, "p99.9", 10_000)),
        _ => None,
    });
    if let Some((requests, percentile, reads)) = few {
        // Writes are requests, too, and are not among those.
        let all = arms.iter().map(|it| it.tally.requests()).max();
        let all = all.unwrap_or(requests).max(requests);
        let enough = (reads * all).div_ceil(requests).next_multiple_of(reads);
        notes.push(Note::FewSamples {
            requests,
            percentile,
            enough,
        });
    }
}

/// Where the model and the measurement do not agree about whether the cache
/// pays, both by more than a little.
pub(super) fn of_model(
    uncached: &ArmReport,
    cached: &ArmReport,
    model: &CostModel,
) -> Option<Note> {
    let (computed, measured) = (model.average(), cached.tally.mean());
    let without = uncached.tally.mean();
    let pays = |mean: Duration, without: Duration| {
        let ratio = without.as_secs_f64() / mean.as_secs_f64().max(1e-9);
        (!(1.0 / A_LITTLE..A_LITTLE).contains(&ratio)).then_some(ratio > 1.0)
    };
    let (by_model, by_clock) = (pays(computed, model.database)?, pays(measured, without)?);
    (by_model != by_clock).then_some(Note::ModelContradicted {
        computed,
        measured,
        uncached: without,
    })
}

pub(super) fn of_cache(
    notes: &mut Vec<Note>,
    used: &Used,
    cached: &ArmReport,
    cache: Option<&CacheUsed>,
    room: Option<Room>,
    probabilities: Option<&[f64]>,
    curve: &[CurvePoint],
) {
    let arm = cached.arm.name();
    // Where most of the cached side failed, the verdict says so.
    let is_told = cached.arm == Arm::Cached && cached.errors * 2 > cached.requests;
    if cached.errors > 0 && !is_told {
        notes.push(Note::CacheErrors {
            arm,
            errors: cached.errors,
            reads: cached.requests,
        });
    }
    if let Some(server) = cached.server
        && cached.errors == 0
        && disagrees(used, cached, server)
    {
        notes.push(Note::ServerDisagrees {
            arm,
            ours: cached.tally.hits,
            its: server.hits,
        });
    }
    if cached.arm == Arm::Cached && cache.is_some_and(|cache| cache.wanted.is_none()) {
        notes.push(Note::EverythingFits);
    }
    let (Some(predicted), Some(hit_ratio)) = (cached.predicted, cached.hit_ratio) else {
        return;
    };
    let by = hit_ratio - predicted.hit_ratio;
    let (Some(probabilities), Some(room), false) = (probabilities, room, predicted.from_sequence)
    else {
        // The same sequence leaves nothing to chance but the order in which
        // clients overtake each other, and which keys Redis samples; with a
        // TTL, when exactly each read came.
        let slack = room.map_or(TTL_TOLERANCE, |room| room.slack(curve));
        if by.abs() > SEQUENCE_TOLERANCE + slack {
            notes.push(Note::Unpredicted { arm, by });
        }
        return;
    };
    let t = predicted.characteristic_time;
    let warmup = used.workload.warmup;
    let first_cached = cached.arm == Arm::Cached || cached.arm == Arm::Local;
    if t.is_finite() && t > warmup as f64 {
        let note = Note::ColdStart {
            characteristic_time: t,
            warmup,
        };
        if !notes.iter().any(|it| matches!(it, Note::ColdStart { .. })) && first_cached {
            notes.push(note);
        }
    }
    let seconds = t / cached.throughput.max(1e-9);
    let random = theory::fifo(probabilities, room.capacity(used, probabilities)).hit_ratio;
    let coarse = cache.is_some_and(|cache| cache.coarse_clock) && seconds < COARSE_SECONDS;
    if coarse
        && !notes
            .iter()
            .any(|it| matches!(it, Note::CoarseClock { .. }))
    {
        notes.push(Note::CoarseClock { seconds, random });
    }
    let chance = 3.0 * (hit_ratio * (1.0 - hit_ratio) / cached.requests.max(1) as f64).sqrt();
    let explained = coarse && by < 0.0 && hit_ratio > random - chance - MODEL_TOLERANCE;
    if by.abs() > chance + MODEL_TOLERANCE && !explained {
        notes.push(Note::Unpredicted { arm, by });
    }
}

/// Whether the server counted other hits and misses than its clients.
fn disagrees(used: &Used, cached: &ArmReport, server: ServerCounts) -> bool {
    let (ours, rules) = (&cached.tally, &used.workload.caching.rules);
    // Who waits for another's load looks again, and the server counts each look.
    let looks_again = matches!(
        rules.protection_in_force(),
        Protection::Lock { .. } | Protection::SingleFlight
    );
    // What a write is dropping is found there, and not believed.
    if looks_again || ours.writes > 0 {
        return false;
    }
    // A result that has just expired is found there for a millisecond or two.
    let moments = rules
        .ttl
        .into_iter()
        .chain(rules.negative)
        .min()
        .map_or(0, |ttl| {
            let share = 0.002 / ttl.as_secs_f64().max(0.002);
            (cached.requests as f64 * share) as u64 + 1
        });
    server.hits + server.misses != ours.hits + ours.misses
        || server.hits.abs_diff(ours.hits) > moments
}

/// What was made of a trace.
pub(super) fn of_trace(trace: &Traced) -> Vec<Note> {
    let mut notes = Vec::new();
    if !trace.by_name {
        notes.push(Note::KeysStandIn);
    }
    if trace.left_out > 0 {
        notes.push(Note::WritesLeftOut {
            writes: trace.left_out,
        });
    }
    if let Some((line, why)) = &trace.bad.first {
        notes.push(Note::BadLines {
            count: trace.bad.count,
            line: *line,
            why: why.clone(),
        });
    }
    notes
}
