//! From tallies to a report.

use super::conclusions::{self, Away};
use super::room::Room;
use super::{ArmReport, CacheUsed, Measurements, Note, Predicted, Used, Verdict, cautions};
use crate::cache::stats::CostModel;
use crate::lab::bench::{Arm, Indexes};
use crate::lab::simulate::CurvePoint;

/// A whole benchmark.
#[derive(Debug, Clone, PartialEq)]
pub struct BenchReport {
    /// What was run.
    pub used: Used,
    /// Against which cache server; that of the cached side, if there is one.
    pub cache: Option<CacheUsed>,
    /// The sides, in the order of their columns.
    pub arms: Vec<ArmReport>,
    /// The hit ratio of an exact LRU on this very sequence of reads, by its size.
    pub curve: Vec<CurvePoint>,
    /// The indexes of the indexed sides.
    pub indexes: Option<Indexes>,
    /// D, R, W and h as measured: D on the uncached side, the rest on the cached.
    pub model: Option<CostModel>,
    /// What follows for the cache.
    pub verdict: Verdict,
    /// What follows besides, a sentence each.
    pub conclusions: Vec<String>,
    /// The same with both servers a network away, computed; `None` if it
    /// cannot be.
    pub away: Option<Away>,
    /// What limits it.
    pub notes: Vec<Note>,
    /// How many cached results were compared with the database afterwards.
    pub compared: u64,
    /// Whether Ctrl-C cut it short.
    pub interrupted: bool,
}

impl BenchReport {
    /// Puts what was measured beside what theory expects of it.
    /// `probabilities` are those of the results, if draws were independent.
    pub fn new(
        used: Used,
        measurements: Measurements,
        probabilities: Option<&[f64]>,
        interrupted: bool,
    ) -> BenchReport {
        let Measurements {
            caches,
            sides,
            indexes,
            audits,
            wanted,
            offered,
            curve,
            with_ttl,
        } = measurements;
        let cache_of = |arm: Arm| {
            caches
                .iter()
                .find(|(of, _)| *of == arm)
                .map(|(_, cache)| cache)
        };
        let mut arms: Vec<ArmReport> = Vec::new();
        for side in sides {
            let room = Room::of(side.arm, cache_of(side.arm), wanted, &used);
            let predicted = room.and_then(|room| match probabilities {
                Some(probabilities) => room.predict(&used, probabilities),
                None => room.follow(&used, &curve),
            });
            let expiring = with_ttl.iter().find(|(arm, _)| *arm == side.arm);
            let predicted = predicted.or(expiring.map(|(_, hit_ratio)| Predicted {
                hit_ratio: *hit_ratio,
                characteristic_time: f64::INFINITY,
                from_sequence: true,
            }));
            let audit = audits.iter().find(|audit| audit.arm == side.arm);
            arms.push(ArmReport::new(side, predicted, audit));
        }
        for at in 0..arms.len() {
            let without = arms[at].arm.without_cache();
            let without = arms.iter().find(|it| it.arm == without && it.requests > 0);
            arms[at].model = without.and_then(|without| model(without, &arms[at]));
        }
        let side = |arm| arms.iter().find(|a| a.arm == arm && a.requests > 0);
        let (uncached, cached) = (side(Arm::Uncached), side(Arm::Cached));
        let model = cached.and_then(|cached| cached.model);
        let verdict = match (uncached, cached, &model) {
            (Some(u), Some(c), Some(model)) => Verdict::of(
                (conclusions::speed(&used, u), conclusions::speed(&used, c)),
                model,
                c.tally.mean_database(),
                u.tally.share_waited() > 0.5,
            ),
            (_, Some(c), None) if c.errors > 0 => Verdict::CacheFailed {
                errors: c.errors,
                reads: c.requests,
            },
            _ => Verdict::Unknown,
        };
        let mut notes = Vec::new();
        if let (Some(uncached), Some(cached), Some(model)) = (uncached, cached, &model) {
            notes.extend(cautions::of_model(uncached, cached, model));
        }
        cautions::of_sides(&mut notes, &used, &arms, offered);
        if let Some(why) = indexes
            .as_ref()
            .and_then(|indexes| indexes.why_none.clone())
        {
            notes.push(Note::NoIndex { why });
        }
        for arm in arms
            .iter()
            .filter(|arm| arm.arm.has_cache() && arm.requests > 0)
        {
            let cache = cache_of(arm.arm);
            let room = Room::of(arm.arm, cache, wanted, &used);
            cautions::of_cache(&mut notes, &used, arm, cache, room, probabilities, &curve);
        }
        let has_cache = arms.iter().any(|arm| arm.arm.has_cache());
        if probabilities.is_none() && used.trace.is_none() && has_cache {
            notes.push(Note::NotIndependent);
        }
        notes.extend(
            used.trace
                .as_ref()
                .map(cautions::of_trace)
                .unwrap_or_default(),
        );
        BenchReport {
            conclusions: conclusions::conclusions(&used, &arms),
            away: Away::compute(&used.workload, &arms),
            compared: audits.iter().map(|audit| audit.compared).sum(),
            cache: caches.into_iter().next().map(|(_, cache)| cache),
            used,
            arms,
            curve,
            indexes,
            model,
            verdict,
            notes,
            interrupted,
        }
    }

    /// The figures of a side, if it was run.
    pub fn arm(&self, arm: Arm) -> Option<&ArmReport> {
        self.arms.iter().find(|a| a.arm == arm)
    }
}

/// `None` unless the cache answered most reads: fallbacks are not what the
/// model is about.
fn model(without: &ArmReport, cached: &ArmReport) -> Option<CostModel> {
    if !cached.arm.has_cache() || cached.errors * 2 > cached.requests {
        return None;
    }
    Some(CostModel {
        database: without.tally.mean_database(),
        get: cached.tally.mean_get(),
        set: cached.tally.mean_set(),
        // A hit that loaded anew costs what a miss does; one that got another's
        // load did not.
        hit_ratio: cached.tally.spared()?,
    })
}
