//! A benchmark for programs.

use std::io::{self, Write};
use std::time::Duration;

use serde_json::{Value, json};

use crate::cache::stats::CostModel;
use crate::lab::report::{ArmReport, BenchReport};
use crate::lab::workload::{Arrivals, Load, Workload};

/// A line for each side.
pub(super) fn csv(out: &mut dyn Write, report: &BenchReport) -> io::Result<()> {
    writeln!(
        out,
        "arm,requests,throughput_per_s,mean_us,p50_us,p99_us,hits,misses,hit_ratio,\
         predicted_hit_ratio,database_reads,stale_reads,errors"
    )?;
    for arm in &report.arms {
        let or_empty = |ratio: Option<f64>| ratio.map_or(String::new(), |ratio| ratio.to_string());
        let of_cache = |n: u64| {
            let has_cache = arm.arm.has_cache();
            if has_cache {
                n.to_string()
            } else {
                String::new()
            }
        };
        writeln!(
            out,
            "{},{},{},{},{},{},{},{},{},{},{},{},{}",
            arm.arm,
            arm.requests,
            arm.throughput,
            micros(arm.tally.mean()),
            micros(arm.tally.quantile(0.5)),
            micros(arm.tally.quantile(0.99)),
            of_cache(arm.tally.hits),
            of_cache(arm.tally.misses),
            or_empty(arm.hit_ratio),
            or_empty(arm.predicted.map(|p| p.hit_ratio)),
            arm.database_reads,
            arm.stale_reads,
            arm.errors,
        )?;
    }
    Ok(())
}

/// A workload's description.
pub(super) fn workload(workload: &Workload) -> Value {
    let (loop_, think, rate, arrivals) = match &workload.load {
        Load::Closed { think, .. } => ("closed", Some(micros(*think)), None, None),
        Load::Open { rate, arrivals, .. } => {
            let arrivals = match arrivals {
                Arrivals::Poisson => "poisson",
                Arrivals::Constant => "constant",
            };
            ("open", None, Some(rate.base), Some(arrivals))
        }
    };
    let statements = workload.templates.iter().map(|template| {
        json!({
            "sql": template.sql,
            "weight": template.weight,
            "distribution": template.distribution.to_string(),
            "writes": template.writes,
        })
    });
    let rules = &workload.caching.rules;
    json!({
        "name": workload.name,
        "dataset": workload.dataset,
        "title": workload.title,
        "sql": workload.reads().next().map(|read| read.sql.as_str()),
        "statements": statements.collect::<Vec<_>>(),
        "distribution": workload.distribution().to_string(),
        "loop": loop_,
        "clients": workload.load.clients(),
        "think_us": think,
        "rate_per_s": rate,
        "arrivals": arrivals,
        "warmup": workload.warmup,
        "requests": workload.requests,
        "duration_s": workload.duration.map(|d| d.as_secs_f64()),
        "rounds": workload.rounds,
        "cache": workload.caching.size.to_string(),
        "policy": workload.caching.policy,
        "encoding": workload.caching.encoding.name(),
        "ttl_ms": rules.ttl.map(millis),
        "jitter": rules.jitter.part(),
        "sliding": rules.sliding,
        "negative_ms": rules.negative.map(millis),
        "invalidation": rules.invalidation.name(),
        "protection": rules.protection.name(),
        "strategy": rules.strategy.name(),
        "trace": workload.trace.as_ref().map(|it| it.file.path.display().to_string()),
        "simulated": {
            "rtt_db_us": micros(workload.round_trips.database),
            "rtt_cache_us": micros(workload.round_trips.cache),
            "faults": workload.faults.len(),
        },
    })
}

/// The whole report.
pub(super) fn report(report: &BenchReport) -> Value {
    let mut workload = workload(&report.used.workload);
    workload["keys"] = report.used.keys.into();
    workload["seed"] = report.used.seed.into();
    workload["data"] = report.used.data.clone().into();
    if report.used.is_open() {
        workload["loop"] = "open".into();
    }
    let machine = &report.used.machine;
    json!({
        "workload": workload,
        "machine": {
            "processors": machine.processors,
            "os": machine.os,
            "arch": machine.arch,
            "dbdojo": machine.dbdojo,
            "sqlite": machine.sqlite,
            "debug": machine.is_debug,
        },
        "server": report.cache.as_ref().map(|cache| json!({
            "name": cache.name,
            "version": cache.version,
            "address": cache.address,
            "policy": cache.policy,
            "capacity": cache.wanted,
            "held": cache.held,
            "maxmemory": cache.maxmemory,
        })),
        "indexes": report.indexes.as_ref().map(|indexes| &indexes.ddl),
        "trace": report.used.trace.as_ref().map(|it| json!({
            "requests": it.requests,
            "at_its_times": it.is_open,
            "writes_left_out": it.left_out,
            "bad_lines": it.bad.count,
            "keys_are_values": it.by_name,
        })),
        "lru_curve": report.curve.iter()
            .map(|it| json!({ "capacity": it.capacity, "hit_ratio": it.hit_ratio }))
            .collect::<Vec<_>>(),
        "arms": report.arms.iter().map(arm).collect::<Vec<_>>(),
        "model": report.model.as_ref().map(model),
        "remote": report.away.as_ref().map(|away| json!({
            "round_trip_us": micros(away.round_trip),
            "mean_us": away.means.iter()
                .map(|(arm, mean)| (arm.name().to_owned(), micros(*mean).into()))
                .collect::<serde_json::Map<String, Value>>(),
        })),
        "verdict": report.verdict.to_string(),
        "conclusions": report.conclusions,
        "notes": report.notes.iter().map(ToString::to_string).collect::<Vec<_>>(),
        "interrupted": report.interrupted,
    })
}

fn model(model: &CostModel) -> Value {
    json!({
        "db_us": micros(model.database),
        "cache_read_us": micros(model.get),
        "cache_write_us": micros(model.set),
        "hit_ratio": model.hit_ratio,
        "break_even_db_us": model.break_even().map(micros),
        "mean_us": micros(model.average()),
    })
}

fn arm(arm: &ArmReport) -> Value {
    let tally = &arm.tally;
    let quantile = |q| micros(tally.quantile(q));
    let of_cache = |n: u64| arm.arm.has_cache().then_some(n);
    let parts = tally.parts.iter().map(|part| match part.asked {
        0 => Value::Null,
        asked => (part.hits as f64 / asked as f64).into(),
    });
    json!({
        "arm": arm.arm.name(),
        "requests": arm.requests,
        "writes": tally.writes,
        "throughput_per_s": arm.throughput,
        "latency_us": {
            "mean": micros(tally.mean()),
            "min": micros(tally.min()),
            "p50": quantile(0.5),
            "p90": quantile(0.9),
            "p99": quantile(0.99),
            "p999": quantile(0.999),
            "p9999": quantile(0.9999),
            "max": micros(tally.max()),
        },
        "uncorrected_us": tally.uncorrected(0.5).map(|p50| json!({
            "p50": micros(p50),
            "p99": tally.uncorrected(0.99).map(micros),
            "p999": tally.uncorrected(0.999).map(micros),
            "p9999": tally.uncorrected(0.9999).map(micros),
        })),
        "hits": of_cache(tally.hits),
        "misses": of_cache(tally.misses),
        "coalesced": of_cache(tally.coalesced),
        "early_refreshes": of_cache(tally.early + tally.refreshed),
        "fallbacks": of_cache(tally.fallbacks),
        "loaded_by_writes": of_cache(tally.restored),
        "hit_ratio": arm.hit_ratio,
        "hit_ratio_over_time": of_cache(0).map(|_| parts.collect::<Vec<_>>()),
        "predicted_hit_ratio": arm.predicted.map(|p| p.hit_ratio),
        "database_reads": arm.database_reads,
        "stale_reads": arm.stale_reads,
        "errors": arm.errors,
        "server_counts": arm.server.map(|server| json!({
            "hits": server.hits,
            "misses": server.misses,
            "evicted": server.evicted,
            "expired": server.expired,
        })),
        "model": arm.model.as_ref().map(model),
        "rounds_per_s": { "min": arm.spread.min, "max": arm.spread.max },
    })
}

fn millis(time: Duration) -> f64 {
    time.as_secs_f64() * 1e3
}

fn micros(time: Duration) -> f64 {
    time.as_nanos() as f64 / 1e3
}
