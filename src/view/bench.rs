//! A benchmark's results: a column for each side, then what follows from them.

use std::io::{self, Write};
use std::time::Duration;

use serde_json::{Value, json};

use crate::lab::bench::Tally;
use crate::lab::report::{ArmReport, BenchReport, CacheUsed, Spread};
use crate::lab::workload::Workload;
use crate::units;
use crate::view::{Format, Style};

/// Width of the names of the rows.
const LABEL: usize = 16;
/// Width of a side's column.
const COLUMN: usize = 16;

/// Draws the report, or writes it for a program.
///
/// # Errors
/// What writing met.
pub fn write(
    out: &mut dyn Write,
    style: &Style,
    format: Format,
    report: &BenchReport,
) -> io::Result<()> {
    match format {
        Format::Json | Format::Jsonl => writeln!(out, "{}", as_json(report)),
        Format::Csv => {
            writeln!(
                out,
                "arm,requests,throughput_per_s,mean_us,p50_us,p99_us,hits,misses,hit_ratio,\
                 predicted_hit_ratio,database_reads,stale_reads,errors"
            )?;
            report.arms.iter().try_for_each(|arm| write_csv(out, arm))
        }
        Format::Table | Format::Markdown | Format::Line => draw(out, style, report),
    }
}

/// Lists workloads by name.
///
/// # Errors
/// What writing met.
pub fn write_list(out: &mut dyn Write, format: Format, workloads: &[Workload]) -> io::Result<()> {
    if format.is_for_machines() && format != Format::Csv {
        let list: Vec<Value> = workloads.iter().map(workload_json).collect();
        return writeln!(out, "{}", Value::from(list));
    }
    if format == Format::Csv {
        let mut csv = csv::Writer::from_writer(out);
        csv.write_record(["name", "dataset", "title"])?;
        for w in workloads {
            csv.write_record([&w.name, &w.dataset, &w.title])?;
        }
        return csv.flush();
    }
    let width = workloads.iter().map(|w| w.name.len()).max().unwrap_or(0);
    workloads
        .iter()
        .try_for_each(|w| writeln!(out, "{:<width$}  {}: {}", w.name, w.dataset, w.title))
}

fn write_csv(out: &mut dyn Write, arm: &ArmReport) -> io::Result<()> {
    let or_empty = |ratio: Option<f64>| ratio.map_or(String::new(), |ratio| ratio.to_string());
    writeln!(
        out,
        "{},{},{},{},{},{},{},{},{},{},{},{},{}",
        arm.arm,
        arm.requests,
        arm.throughput,
        micros(arm.tally.mean()),
        micros(arm.tally.quantile(0.5)),
        micros(arm.tally.quantile(0.99)),
        arm.tally.hits,
        arm.tally.misses,
        or_empty(arm.hit_ratio),
        or_empty(arm.predicted.map(|p| p.hit_ratio)),
        arm.database_reads,
        arm.stale_reads,
        arm.errors,
    )
}

fn workload_json(workload: &Workload) -> Value {
    json!({
        "name": workload.name,
        "dataset": workload.dataset,
        "title": workload.title,
        "sql": workload.query,
        "distribution": workload.distribution.to_string(),
        "clients": workload.clients,
        "warmup": workload.warmup,
        "requests": workload.requests,
        "rounds": workload.rounds,
        "cache": workload.cache.to_string(),
    })
}

fn as_json(report: &BenchReport) -> Value {
    let mut workload = workload_json(&report.used.workload);
    workload["keys"] = report.used.keys.into();
    workload["seed"] = report.used.seed.into();
    workload["data"] = report.used.data.clone().into();
    json!({
        "workload": workload,
        "server": report.cache.as_ref().map(|cache| json!({
            "name": cache.name,
            "version": cache.version,
            "address": cache.address,
            "policy": cache.policy,
            "capacity": cache.wanted,
            "held": cache.held,
            "maxmemory": cache.maxmemory,
        })),
        "arms": report.arms.iter().map(arm_json).collect::<Vec<_>>(),
        "model": report.model.map(|model| json!({
            "db_us": micros(model.database),
            "cache_read_us": micros(model.get),
            "cache_write_us": micros(model.set),
            "hit_ratio": model.hit_ratio,
            "break_even_db_us": model.break_even().map(micros),
            "mean_us": micros(model.average()),
        })),
        "verdict": report.verdict.to_string(),
        "notes": report.notes.iter().map(ToString::to_string).collect::<Vec<_>>(),
        "interrupted": report.interrupted,
    })
}

fn arm_json(arm: &ArmReport) -> Value {
    let tally = &arm.tally;
    json!({
        "arm": arm.arm.name(),
        "requests": arm.requests,
        "throughput_per_s": arm.throughput,
        "latency_us": {
            "mean": micros(tally.mean()),
            "min": micros(tally.min()),
            "p50": micros(tally.quantile(0.5)),
            "p90": micros(tally.quantile(0.9)),
            "p99": micros(tally.quantile(0.99)),
            "p999": micros(tally.quantile(0.999)),
            "max": micros(tally.max()),
        },
        "hits": tally.hits,
        "misses": tally.misses,
        "hit_ratio": arm.hit_ratio,
        "predicted_hit_ratio": arm.predicted.map(|p| p.hit_ratio),
        "database_reads": arm.database_reads,
        "stale_reads": arm.stale_reads,
        "errors": arm.errors,
        "rounds_per_s": { "min": arm.spread.min, "max": arm.spread.max },
    })
}

fn micros(time: Duration) -> f64 {
    time.as_nanos() as f64 / 1e3
}

fn draw(out: &mut dyn Write, style: &Style, report: &BenchReport) -> io::Result<()> {
    let used = &report.used;
    let workload = &used.workload;
    wrap(
        out,
        "",
        &format!(
            "{}, {} over {}, {}, closed loop",
            workload.title,
            workload.distribution,
            units::counted(used.keys, "key", "keys"),
            units::counted(workload.clients as u64, "client", "clients"),
        ),
    )?;
    if let Some(cache) = &report.cache {
        wrap(out, "", &server(cache))?;
    }
    let rounds = units::counted(workload.rounds.into(), "round", "rounds");
    let context = format!("{}, {rounds} in turns, seed {}", used.data, used.seed);
    writeln!(out, "{}", style.dim(&context))?;
    if report.interrupted {
        writeln!(
            out,
            "{}: what follows is partial",
            style.error("interrupted")
        )?;
    }
    writeln!(out)?;
    draw_table(out, style, report)?;
    writeln!(out)?;
    draw_model(out, report)?;
    wrap(out, "verdict", &report.verdict.to_string())?;
    for note in &report.notes {
        wrap(out, "note", &note.to_string())?;
    }
    Ok(())
}

fn server(cache: &CacheUsed) -> String {
    let name = match cache.name.as_str() {
        "builtin" => "built-in server in this process (not Redis)".to_owned(),
        name if cache.wanted.is_some() => format!("{name} {} on a private socket", cache.version),
        name => format!("{name} {} at {}", cache.version, cache.address),
    };
    let policy = match (&cache.policy, cache.maxmemory) {
        (Some(policy), Some(_)) => format!(", {policy}"),
        _ => String::new(),
    };
    let holds = match (cache.wanted, cache.held) {
        (Some(_), Some(held)) => format!(", held {}", units::counted(held, "result", "results")),
        (Some(wanted), None) if cache.maxmemory.is_some() => {
            format!(", to hold {}", units::counted(wanted, "result", "results"))
        }
        (Some(_), None) => ", large enough for all".to_owned(),
        (None, _) => String::new(),
    };
    format!("{name}{policy}{holds}")
}

fn draw_table(out: &mut dyn Write, style: &Style, report: &BenchReport) -> io::Result<()> {
    let mut row = |label: &str, cell: &dyn Fn(&ArmReport) -> String, after: &str| {
        write!(out, "{label:<LABEL$}")?;
        for arm in &report.arms {
            write!(out, "{:>COLUMN$}", cell(arm))?;
        }
        writeln!(out, "{after}")
    };
    let measured = |arm: &ArmReport, text: String| {
        if arm.requests > 0 {
            text
        } else {
            "-".to_owned()
        }
    };
    let time = |arm: &ArmReport, of: &dyn Fn(&Tally) -> Duration| {
        measured(arm, units::milliseconds(of(&arm.tally)))
    };
    row("", &|arm| arm.arm.name().to_owned(), "")?;
    row(
        "reads/s",
        &|arm| measured(arm, units::count(arm.throughput.round() as u64)),
        "",
    )?;
    row(
        "rounds, reads/s",
        &|arm| {
            let count = |x: f64| units::count(x.round() as u64);
            let Spread { min, max } = arm.spread;
            measured(arm, format!("{}-{}", count(min), count(max)))
        },
        "",
    )?;
    row("mean, ms", &|arm| time(arm, &|tally| tally.mean()), "")?;
    row(
        "p50 / p99, ms",
        &|arm| {
            let at = |q| time(arm, &|tally| tally.quantile(q));
            format!("{}/{}", at(0.5), at(0.99))
        },
        "",
    )?;
    let predicted = report.arms.iter().find_map(|arm| arm.predicted);
    let predicted = predicted.map_or(String::new(), |p| {
        format!("   predicted {:.3}", p.hit_ratio)
    });
    row(
        "hit ratio",
        &|arm| {
            arm.hit_ratio
                .map_or("-".to_owned(), |ratio| format!("{ratio:.3}"))
        },
        &style.accent(&predicted),
    )?;
    row("reads", &|arm| units::count(arm.requests), "")?;
    row(
        "database reads",
        &|arm| units::count(arm.database_reads),
        "",
    )?;
    let compared = format!("   {} compared afterwards", units::count(report.compared));
    row(
        "stale reads",
        &|arm| units::count(arm.stale_reads),
        &compared,
    )?;
    row("errors", &|arm| units::count(arm.errors), "")
}

fn draw_model(out: &mut dyn Write, report: &BenchReport) -> io::Result<()> {
    if let Some(predicted) = report.arms.iter().find_map(|arm| arm.predicted) {
        let assumed = if predicted.characteristic_time.is_finite() {
            format!(
                "Che's approximation of LRU, independent reads, no TTL, from an empty \
                 cache; T is {} reads",
                units::count(predicted.characteristic_time.round() as u64)
            )
        } else {
            "independent reads, no TTL, everything fits: the first read of a key misses".to_owned()
        };
        wrap(out, "predicted", &assumed)?;
    }
    let Some(model) = report.model else {
        return Ok(());
    };
    let ms = units::milliseconds;
    let measured = report
        .arms
        .iter()
        .find(|arm| arm.hit_ratio.is_some())
        .map_or(String::new(), |arm| {
            format!(", measured {}", ms(arm.tally.mean()))
        });
    wrap(
        out,
        "cost",
        &format!(
            "database D {} ms   get R {}   set W {}   hit ratio h {:.3}",
            ms(model.database),
            ms(model.get),
            ms(model.set),
            model.hit_ratio,
        ),
    )?;
    let average = ms(model.average());
    wrap(
        out,
        "model",
        &format!("R + (1-h)(D+W) = {average} ms a read{measured}"),
    )?;
    let break_even = match model.break_even() {
        Some(at) => format!(
            "{} ms a query at this hit ratio; this one takes {}",
            ms(at),
            ms(model.database)
        ),
        None => "none: nothing hit".to_owned(),
    };
    wrap(out, "break-even", &break_even)
}

/// Writes `text` in lines of at most 80 columns, the label in front of the
/// first and room for it in front of the others.
fn wrap(out: &mut dyn Write, label: &str, text: &str) -> io::Result<()> {
    const INDENT: usize = 12;
    let indent = if label.is_empty() { 0 } else { INDENT };
    let mut line = format!("{label:<indent$}");
    let mut empty = true;
    for word in text.split_inclusive(' ') {
        let width = line.chars().count() + word.trim_end().chars().count();
        if !empty && width > 80 {
            writeln!(out, "{}", line.trim_end())?;
            line = " ".repeat(indent);
        }
        line.push_str(word);
        empty = false;
    }
    writeln!(out, "{}", line.trim_end())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lab::report::example;

    fn drawn(format: Format, report: &BenchReport) -> String {
        let mut out = Vec::new();
        write(&mut out, &Style::PIPED, format, report).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn what_a_person_sees() {
        let text = drawn(Format::Table, &example(false));
        assert!(
            text.lines().all(|line| line.chars().count() <= 80),
            "{text}"
        );
        insta::assert_snapshot!(text);
    }

    #[test]
    fn partial_results_are_marked() {
        let mut report = example(true);
        report.interrupted = true;
        let text = drawn(Format::Table, &report);
        assert!(
            text.contains("interrupted: what follows is partial"),
            "{text}"
        );
        assert!(
            text.lines().all(|line| line.chars().count() <= 80),
            "{text}"
        );
        let json: Value = serde_json::from_str(&drawn(Format::Json, &report)).unwrap();
        assert_eq!(json["interrupted"], true);
    }

    #[test]
    fn the_built_in_server_is_never_called_redis() {
        let text = drawn(Format::Table, &example(false));
        assert!(text.contains("built-in server in this process (not Redis)"));
        assert!(
            !text
                .to_lowercase()
                .replace("(not redis)", "")
                .contains("redis")
        );
    }

    #[test]
    fn the_json_contract() {
        let json: Value = serde_json::from_str(&drawn(Format::Json, &example(false))).unwrap();
        for (at, names) in [
            ("", &["workload", "server", "arms", "model", "verdict"][..]),
            ("/server", &["name", "version", "address"]),
            (
                "/arms/1",
                &[
                    "arm",
                    "requests",
                    "throughput_per_s",
                    "latency_us",
                    "hits",
                    "misses",
                    "hit_ratio",
                    "predicted_hit_ratio",
                    "database_reads",
                    "stale_reads",
                    "errors",
                ],
            ),
            (
                "/arms/0/latency_us",
                &["mean", "min", "p50", "p90", "p99", "p999", "max"],
            ),
            (
                "/model",
                &[
                    "db_us",
                    "cache_read_us",
                    "cache_write_us",
                    "hit_ratio",
                    "break_even_db_us",
                ],
            ),
        ] {
            let object = json.pointer(at).unwrap().as_object().unwrap();
            for name in names {
                assert!(object.contains_key(*name), "{at} has no {name}");
            }
        }
        assert!(json["verdict"].is_string());
        assert_eq!(json["arms"][0]["hit_ratio"], Value::Null);
    }

    #[test]
    fn csv_has_a_line_for_each_side() {
        let text = drawn(Format::Csv, &example(false));
        let mut csv = csv::Reader::from_reader(text.as_bytes());
        let arms: Vec<String> = csv.records().map(|r| r.unwrap()[0].to_owned()).collect();
        assert_eq!(arms, ["uncached", "cached"]);
    }
}
