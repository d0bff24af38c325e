//! A benchmark's results: a column for each side, then what follows from them.

pub(in crate::view) mod chart;
mod comparison;
mod frame;
mod json;
mod live;
mod page;
mod plot;
pub(in crate::view) mod table;

use std::io::{self, Write};

use serde_json::Value;

use crate::lab::report::BenchReport;
use crate::lab::workload::Workload;
use crate::view::{Format, Style};

pub use comparison::write_comparison;
pub use live::Dashboard;
pub use page::{PICTURES, page, pictures};

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
        Format::Json | Format::Jsonl => writeln!(out, "{}", json::report(report)),
        Format::Csv => json::csv(out, report),
        Format::Table | Format::Markdown | Format::Line => table::draw(out, style, report),
    }
}

/// Lists workloads by name.
///
/// # Errors
/// What writing met.
pub fn write_list(out: &mut dyn Write, format: Format, workloads: &[Workload]) -> io::Result<()> {
    if format.is_for_machines() && format != Format::Csv {
        let list: Vec<Value> = workloads.iter().map(json::workload).collect();
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
                &["mean", "min", "p50", "p90", "p99", "p999", "p9999", "max"],
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
        for none in ["hit_ratio", "hits", "misses"] {
            assert_eq!(json["arms"][0][none], Value::Null);
        }
    }

    #[test]
    fn csv_has_a_line_for_each_side() {
        let text = drawn(Format::Csv, &example(false));
        let mut csv = csv::Reader::from_reader(text.as_bytes());
        let arms: Vec<String> = csv.records().map(|r| r.unwrap()[0].to_owned()).collect();
        assert_eq!(arms, ["uncached", "cached"]);
    }
}
