//! The charts of a benchmark.

use std::time::Duration;

use super::frame::{Axis, Chart, Mark, Series, chart};
use crate::cache::stats::CostModel;
use crate::lab::report::{ArmReport, BenchReport};

/// All that there are of a report.
pub(super) fn all(report: &BenchReport) -> Vec<Chart> {
    [
        Some(latencies(&report.arms)),
        hit_ratios(&report.arms),
        miss_ratios(report),
        report.model.as_ref().and_then(cost),
    ]
    .into_iter()
    .flatten()
    .collect()
}

/// The share of the reads that were answered within a time.
pub(super) fn latencies(arms: &[ArmReport]) -> Chart {
    let measured = || arms.iter().enumerate().filter(|(_, arm)| arm.requests > 0);
    let from = measured()
        .map(|(_, arm)| arm.tally.min())
        .min()
        .unwrap_or_default();
    let to = measured()
        .map(|(_, arm)| arm.tally.quantile(0.9999))
        .max()
        .unwrap_or_default();
    let from = from.as_secs_f64().max(1e-9) * 0.9;
    let to = (to.as_secs_f64() * 1.1).max(from * 2.0);
    let series = measured().map(|(at, arm)| {
        let points = (0..=160).map(|i| {
            let time = from * libm::pow(to / from, f64::from(i) / 160.0);
            (time, arm.tally.share_within(Duration::from_secs_f64(time)))
        });
        Series {
            name: arm.arm.name().to_owned(),
            look: at + 1,
            points: points.collect(),
        }
    });
    let series: Vec<Series> = series.collect();
    let x = Axis::time(from, to);
    chart(
        "latencies",
        "Share of the reads answered within a time",
        "time, ms",
        [&x, &Axis::shares()],
        &series,
        None,
    )
}

/// Each cache's hit ratio from the first to the last read; `None` without one.
pub(super) fn hit_ratios(arms: &[ArmReport]) -> Option<Chart> {
    let mut series = Vec::new();
    for (at, arm) in arms.iter().enumerate() {
        let parts = &arm.tally.parts;
        let points: Vec<(f64, f64)> = parts
            .iter()
            .enumerate()
            .filter(|(_, part)| part.asked > 0)
            .map(|(i, part)| {
                let middle = (i as f64 + 0.5) / parts.len() as f64;
                (middle, part.hits as f64 / part.asked as f64)
            })
            .collect();
        if !points.is_empty() {
            series.push(Series {
                name: arm.arm.name().to_owned(),
                look: at + 1,
                points,
            });
        }
    }
    if series.is_empty() {
        return None;
    }
    let predicted = arms
        .iter()
        .find_map(|arm| arm.predicted)
        .map(|p| p.hit_ratio);
    let x = Axis {
        from: 0.0,
        to: 1.0,
        is_logarithmic: false,
        ticks: vec![(0.0, "first".to_owned()), (1.0, "last".to_owned())],
    };
    let mark = predicted.map(Mark::Height);
    Some(chart(
        "hit-ratio",
        "Hit ratio from the first to the last read",
        "reads",
        [&x, &Axis::shares()],
        &series,
        mark,
    ))
}

/// What a read costs with and without the cache, over what the database takes;
/// `None` when nothing hit.
pub(super) fn cost(model: &CostModel) -> Option<Chart> {
    let break_even = model.break_even()?.as_secs_f64();
    let here = model.database.as_secs_f64();
    let from = break_even.min(here).max(1e-8) / 8.0;
    let to = break_even.max(here) * 8.0;
    let line = |name: &str, look, cost: &dyn Fn(f64) -> f64| Series {
        name: name.to_owned(),
        look,
        points: (0..=80)
            .map(|i| {
                let database = from * libm::pow(to / from, f64::from(i) / 80.0);
                (database, cost(database))
            })
            .collect(),
    };
    let through_cache = |database: f64| {
        let at = CostModel {
            database: Duration::from_secs_f64(database),
            ..*model
        };
        at.average().as_secs_f64()
    };
    let series = [
        line("without a cache", 1, &|database| database),
        line("with it", 2, &through_cache),
    ];
    let lowest = from.min(through_cache(from));
    let mark = Mark::Across {
        at: here,
        name: "this query",
        other: break_even,
        other_name: "break-even",
    };
    let (x, y) = (Axis::time(from, to), Axis::time(lowest, to));
    Some(chart(
        "cost",
        "Mean time of a read over the time that the database takes",
        "database, ms (upwards: the read, ms)",
        [&x, &y],
        &series,
        Some(mark),
    ))
}

/// What an exact LRU would have missed at each size, and where the cache was;
/// `None` without such a curve.
pub(super) fn miss_ratios(report: &BenchReport) -> Option<Chart> {
    let most = report.curve.last()?.capacity;
    let points = report.curve.iter();
    let line = Series {
        name: "exact LRU, these very reads".to_owned(),
        look: 1,
        points: points
            .map(|it| (it.capacity as f64, 1.0 - it.hit_ratio))
            .collect(),
    };
    let cache = report.cache.as_ref();
    let held = cache.and_then(|it| it.held.or(it.wanted)).unwrap_or(most);
    let side = report.arms.iter().find(|arm| arm.arm.has_server());
    let ratios = side.and_then(|side| Some((side.hit_ratio?, side.predicted)));
    let mark = ratios.map(|(measured, predicted)| {
        let predicted = predicted.map(|it| (it.hit_ratio, "predicted"));
        let named = [Some((measured, "measured")), predicted];
        let at = held.min(most) as f64;
        let points = named.into_iter().flatten();
        Mark::Points(points.map(|(hits, name)| (at, 1.0 - hits, name)).collect())
    });
    Some(chart(
        "miss-ratio",
        "Misses by the size of the cache",
        "results that the cache holds",
        [&Axis::sizes(most as f64), &Axis::shares()],
        &[line],
        mark,
    ))
}
