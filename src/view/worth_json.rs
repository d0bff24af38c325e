//! `worth` for programs: the contract of `worth --format json`.

use std::time::Duration;

use serde_json::{Value, json};

use super::worth::{ratios, verdict};
use crate::lab::worth::{Best, Origin, TTLS, Worth};
use crate::sandbox::bindings::written;

/// `worth` as one JSON object. Every field is always there; what was not
/// measured is null. Times are in microseconds, ratios from 0 to 1; `remote`
/// and what depends on the index are computed, `break_even_db_us` is at the hit
/// ratio of `verdict_at`.
pub fn worth_json(worth: &Worth) -> Value {
    let h = worth.verdict.hit_ratio;
    let at = ratios(worth)
        .into_iter()
        .map(|h| json!({ "hit_ratio": h, "mean_us": micros(worth.costs.mean(h)) }));
    let indexed = worth.indexed.as_ref().map(|it| {
        json!({
            "ddl": it.ddl,
            "db_us": micros(it.database),
            "cached_us": worth.with_index().map(|it| micros(it.mean(h))),
            "size_bytes": it.size_bytes,
            "insert_slowdown": it.insert_slowdown,
        })
    });
    let (away, away_indexed) = (worth.away(), worth.with_index_away());
    let keys = worth.keys.origins.iter().map(|(name, origin)| {
        let from = match origin {
            Origin::Select(sql) => json!({ "select": sql }),
            Origin::List(values) => {
                json!({ "list": values.iter().map(written).collect::<Vec<_>>() })
            }
            Origin::Column { table, column } => {
                json!({ "sampled": { "table": table, "column": column } })
            }
        };
        json!({ "parameter": name, "from": from })
    });
    let trace = worth.trace.as_ref().map(|it| {
        let with_ttl = it.with_ttl.map(|ratios| {
            let each = TTLS.iter().zip(ratios);
            each.map(|(ttl, ratio)| json!({ "ttl_s": ttl.as_secs(), "hit_ratio": ratio }))
                .collect::<Vec<_>>()
        });
        json!({
            "reads": it.reads,
            "writes": it.writes,
            "keys": it.keys,
            "most_read": it.most_read,
            "hit_ratio": it.hit_ratio,
            "with_ttl": with_ttl,
            "passed_over": it.passed_over,
        })
    });
    json!({
        "sql": worth.subject.sql,
        "keys": {
            "count": worth.keys.tuples.len(),
            "read": worth.keys_read,
            "reads": worth.reads,
            "seed": worth.seed,
            "parameters": keys.collect::<Vec<_>>(),
        },
        "server": {
            "name": worth.server.name.name(),
            "version": worth.server.version,
            "address": worth.server.address,
        },
        "model": {
            "db_us": micros(worth.costs.database),
            "db_p10_us": micros(worth.spread.p10),
            "db_p90_us": micros(worth.spread.p90),
            "cache_read_us": micros(worth.costs.get),
            "cache_write_us": micros(worth.costs.set),
            "break_even_db_us": worth.costs.at(h).break_even().map(micros),
            "pays_from_hit_ratio": worth.costs.pays_from(),
        },
        "at": at.collect::<Vec<_>>(),
        "indexed": indexed,
        "remote": {
            "rtt_db_us": micros(worth.distances.database),
            "rtt_cache_us": micros(worth.distances.cache),
            "db_us": micros(away.database),
            "cached_us": micros(away.mean(h)),
            "indexed_us": away_indexed.map(|it| micros(it.database)),
            "indexed_cached_us": away_indexed.map(|it| micros(it.mean(h))),
        },
        "trace": trace,
        "verdict_at": h,
        "best": { "here": word(worth.verdict.here), "remote": word(worth.verdict.away) },
        "verdict": verdict(worth),
    })
}

fn word(best: Best) -> &'static str {
    match best {
        Best::Nothing => "neither",
        Best::Cache => "cache",
        Best::Index => "index",
        Best::Both => "index+cache",
    }
}

fn micros(time: Duration) -> f64 {
    time.as_nanos() as f64 / 1e3
}
