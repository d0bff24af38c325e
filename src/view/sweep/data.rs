//! A sweep for programs.

use std::io::{self, Write};
use std::time::Duration;

use serde_json::{Map, Value, json};

use crate::lab::simulate::Stopped;
use crate::lab::sweep::{Asked, Point, Setting, SweepReport};

/// One object: what was asked, the settings that vary, a result for each
/// combination.
pub(super) fn write_json(out: &mut dyn Write, report: &SweepReport) -> io::Result<()> {
    let results: Vec<Value> = report
        .points
        .iter()
        .map(|point| Value::Object(figures(point)))
        .collect();
    let curve: Vec<Value> = report
        .curve
        .iter()
        .enumerate()
        .map(|(at, point)| {
            json!({
                "capacity": point.capacity,
                "hit_ratio": point.hit_ratio,
                "error": point.error,
                "theory": report.curve_theory.get(at),
            })
        })
        .collect();
    let axes: Vec<&str> = report.axes.iter().map(|axis| axis[0].name()).collect();
    let asked = match &report.asked {
        Asked::Workload {
            rehearsal,
            keys,
            data,
            written,
            at_times_of_trace,
            is_measured,
        } => {
            let workload = &rehearsal.workload;
            let rules = &workload.caching.rules;
            json!({
                "workload": workload.name,
                "title": workload.title,
                "data": data,
                "distribution": workload.distribution().to_string(),
                "keys": keys,
                "requests": workload.requests,
                "warmup": workload.warmup,
                "clients": workload.load.clients(),
                "writes": workload.trace.is_none().then_some(written),
                "at_times_of_trace": at_times_of_trace,
                "capacity": workload.caching.size.to_string(),
                "policy": rehearsal.policy.name(),
                "ttl_s": rules.ttl.map(|ttl| ttl.as_secs_f64()),
                "jitter": rules.jitter.part(),
                "protection": rules.protection.name(),
                "invalidation": rules.invalidation.name(),
                "strategy": rules.strategy.name(),
                "db_us": micros(rehearsal.services.database),
                "db_is_measured": is_measured,
                "cache_us": micros(rehearsal.services.cache),
            })
        }
        Asked::Requests(simulation) => json!({
            "distribution": simulation.distribution.to_string(),
            "keys": simulation.keys,
            "requests": simulation.requests,
            "warmup": simulation.warmup,
            "unit": simulation.unit.name(),
        }),
    };
    let whole = json!({
        "asked": asked,
        "seed": report.seed,
        "axes": axes,
        "results": results,
        "mrc": curve,
        "interrupted": report.stopped == Some(Stopped::Interrupted),
        "timed_out": matches!(report.stopped, Some(Stopped::TimeLimit(_))),
    });
    writeln!(out, "{whole}")
}

/// A line for each combination. A curve is another table: JSON has both.
pub(super) fn write_csv(out: &mut dyn Write, report: &SweepReport) -> io::Result<()> {
    let mut writer = csv::Writer::from_writer(out);
    let Some(first) = report.points.first() else {
        return Ok(());
    };
    let names: Vec<String> = figures(first).keys().cloned().collect();
    writer.write_record(&names).map_err(io::Error::other)?;
    for point in &report.points {
        let cells = figures(point).into_iter().map(|(_, value)| match value {
            Value::Null => String::new(),
            Value::String(text) => text,
            other => other.to_string(),
        });
        writer
            .write_record(cells.collect::<Vec<_>>())
            .map_err(io::Error::other)?;
    }
    writer.flush()
}

fn micros(time: Duration) -> f64 {
    time.as_nanos() as f64 / 1e3
}

/// The settings of a combination, then its figures; all of them null when it
/// was not played.
fn figures(point: &Point) -> Map<String, Value> {
    let mut all = Map::new();
    for setting in &point.settings {
        let value = match setting {
            Setting::Distribution(_) | Setting::Capacity(_) => Value::from(setting.to_string()),
            _ => setting
                .number()
                .map_or_else(|| Value::from(setting.to_string()), Value::from),
        };
        all.insert(unit_of(*setting), value);
    }
    let it = point.played.as_ref();
    let outcome = it.and_then(|it| it.outcome.as_deref());
    let mut put = |name: &str, value: Option<Value>| {
        all.insert(name.to_owned(), value.unwrap_or(Value::Null));
    };
    put("room", it.map(|it| it.room.into()));
    put("reads", it.map(|it| it.reads.into()));
    put("hit_ratio", it.map(|it| it.hit_ratio.into()));
    put(
        "predicted_hit_ratio",
        it.and_then(|it| it.expected.map(Value::from)),
    );
    put("partial", it.map(|it| it.partial.into()));
    put("hits", outcome.map(|it| (it.hits + it.early).into()));
    put("misses", outcome.map(|it| (it.misses + it.shared).into()));
    put("coalesced", outcome.map(|it| it.shared.into()));
    put("early", outcome.map(|it| it.early.into()));
    put("fallbacks", outcome.map(|it| it.degraded.into()));
    put("database_reads", outcome.map(|it| it.database_reads.into()));
    put("most_queries", outcome.map(|it| it.most_queries.into()));
    put("writes", outcome.map(|it| it.writes.into()));
    put("stale_reads", outcome.map(|it| it.stale_reads.into()));
    put("evictions", outcome.map(|it| it.evictions.into()));
    put(
        "mean_us",
        outcome.map(|it| micros(it.mean_latency()).into()),
    );
    put(
        "p50_us",
        outcome.map(|it| micros(it.latency_at(0.5)).into()),
    );
    put(
        "p99_us",
        outcome.map(|it| micros(it.latency_at(0.99)).into()),
    );
    all
}

/// Names carry their unit.
fn unit_of(setting: Setting) -> String {
    match setting {
        Setting::Ttl(_) | Setting::DatabaseTime(_) | Setting::CacheTime(_) => {
            format!("{}_s", setting.name())
        }
        _ => setting.name().to_owned(),
    }
}
