//! The figures: a row for each combination, or a table of two settings.

use std::io::{self, Write};
use std::time::Duration;

use super::head::is_fixed;

use crate::cache::policy::PolicyKind;
use crate::lab::sweep::{Asked, Axis, Played, Point, Rehearsal, Setting, SweepReport};
use crate::lab::virtual_time::Outcome;
use crate::lab::workload::Load;
use crate::units;
use crate::view::Style;
use crate::view::bench::chart::block;
use crate::view::prose::wrapped;
use crate::view::simulate::draw_curve;

/// Between two columns.
const GAP: usize = 2;

pub(super) fn draw(out: &mut dyn Write, style: &Style, report: &SweepReport) -> io::Result<()> {
    if report.played().next().is_some() {
        match &report.axes[..] {
            [] => draw_one(out, style, report)?,
            [rows, columns] if draw_crossed(out, style, report, rows, columns)? => {}
            _ => draw_list(out, style, report)?,
        }
    }
    if !report.curve.is_empty() {
        writeln!(out)?;
        draw_curve(out, style, &report.curve, &report.curve_theory)?;
    }
    notes(out, style, report)
}

/// One combination: its figures in lines, and their course.
fn draw_one(out: &mut dyn Write, style: &Style, report: &SweepReport) -> io::Result<()> {
    let Some((_, it)) = report.played().next() else {
        return Ok(());
    };
    let expected = it.expected.map_or(String::new(), |expected| {
        format!(
            "   predicted {expected:.4}, differs by {:+.4}",
            it.hit_ratio - expected
        )
    });
    writeln!(
        out,
        "{:<16}{}{expected}",
        "hit ratio",
        style.accent(&format!("{:.4}", it.hit_ratio))
    )?;
    let Some(outcome) = &it.outcome else {
        return Ok(());
    };
    let count = units::count;
    writeln!(out, "{:<16}{}", "reads", count(outcome.reads))?;
    let of_reads = 100.0 * outcome.database_reads as f64 / outcome.reads.max(1) as f64;
    writeln!(
        out,
        "{:<16}{}, {of_reads:.1}% of the reads; at most {} at a time",
        "database reads",
        count(outcome.database_reads),
        count(outcome.most_queries)
    )?;
    if outcome.writes > 0 {
        let writes = count(outcome.writes);
        writeln!(out, "{:<16}{writes}", "writes")?;
        let stale = count(outcome.stale_reads);
        writeln!(out, "{:<16}{stale}", "stale reads")?;
    }
    for (name, n) in [
        ("coalesced", outcome.shared),
        ("early", outcome.early),
        ("past the cache", outcome.degraded),
        ("evictions", outcome.evictions),
    ] {
        if n > 0 {
            writeln!(out, "{name:<16}{}", count(n))?;
        }
    }
    let at = |share| units::duration(outcome.latency_at(share));
    writeln!(
        out,
        "{:<16}mean {}, p50 {}, p99 {}",
        "latency",
        units::duration(outcome.mean_latency()),
        at(0.5),
        at(0.99)
    )?;
    course(out, style, outcome)
}

/// Columns of the course.
const COURSE: usize = 60;

/// The hit ratio over time, where there is some.
fn course(out: &mut dyn Write, style: &Style, outcome: &Outcome) -> io::Result<()> {
    let seconds = &outcome.seconds;
    if seconds.len() < 5 || style.plain {
        return Ok(());
    }
    let each = seconds.len().div_ceil(COURSE);
    let blocks = seconds.chunks(each).map(|part| {
        let reads: u64 = part.iter().map(|it| it.reads).sum();
        let hits: u64 = part.iter().map(|it| it.hits).sum();
        match reads {
            0 => ' ',
            reads => block(style, hits as f64 / reads as f64),
        }
    });
    let line: String = blocks.collect();
    writeln!(out, "{:<16}{}", "hits over time", line.trim_end())?;
    let last = format!("{} s", units::count(seconds.len() as u64));
    let columns = seconds.len().div_ceil(each);
    let axis = format!(
        "{:<16}0{:>2$}",
        "",
        last,
        columns.saturating_sub(1).max(last.len() + 1)
    );
    writeln!(out, "{}", style.dim(&axis))
}

/// Two settings against each other: `false` when that is too wide.
fn draw_crossed(
    out: &mut dyn Write,
    style: &Style,
    report: &SweepReport,
    rows: &Axis,
    columns: &Axis,
) -> io::Result<bool> {
    let at = |row: usize, column: usize| &report.points[row * columns.len() + column];
    let heads: Vec<String> = columns.iter().map(Setting::to_string).collect();
    let width = heads.iter().map(|it| it.chars().count()).max().unwrap_or(0);
    let width = width.max(7) + GAP;
    let names: Vec<String> = rows.iter().map(Setting::to_string).collect();
    let corner = format!("{} \\ {}", shown(rows[0]), shown(columns[0]));
    let first = names.iter().map(|it| it.chars().count()).max().unwrap_or(0);
    let first = first.max(corner.len());
    if first + width * columns.len() > style.width.min(80) || style.plain {
        return Ok(false);
    }
    let mut table = |title: &str, cell: &dyn Fn(&Played) -> String| -> io::Result<()> {
        writeln!(out, "{}", style.bold(title))?;
        let head: String = heads.iter().map(|it| format!("{it:>width$}")).collect();
        writeln!(out, "{corner:<first$}{head}")?;
        for (row, name) in names.iter().enumerate() {
            let cells: String = (0..columns.len())
                .map(|column| {
                    let played = at(row, column).played.as_ref();
                    let text = played.map_or("-".to_owned(), cell);
                    format!("{text:>width$}")
                })
                .collect();
            writeln!(out, "{name:<first$}{cells}")?;
        }
        Ok(())
    };
    table("hit ratio", &|it| format!("{:.4}", it.hit_ratio))?;
    let outcomes = || report.played().filter_map(|(_, it)| it.outcome.as_deref());
    if outcomes().next().is_some() {
        table("\ndatabase reads", &|it| {
            let reads = it.outcome.as_ref().map_or(0, |it| it.database_reads);
            units::count(reads)
        })?;
    }
    if outcomes().map(|it| it.stale_reads).sum::<u64>() > 0 {
        table("\nstale reads", &|it| {
            let stale = it.outcome.as_ref().map_or(0, |it| it.stale_reads);
            units::count(stale)
        })?;
    }
    Ok(true)
}

/// The name of a setting as a person reads it.
pub(super) fn shown(setting: Setting) -> &'static str {
    match setting {
        Setting::Ttl(_) => "TTL",
        Setting::DatabaseTime(_) => "a query",
        Setting::CacheTime(_) => "a command",
        Setting::Capacity(_) => "holds",
        Setting::Rate(_) => "requests/s",
        Setting::Invalidation(_) => "on a write",
        Setting::Distribution(_) => "popularity",
        other => other.name(),
    }
}

/// A column of the list; those that matter less are left out first.
struct Column {
    head: String,
    cells: Vec<String>,
    is_text: bool,
    /// Those with the highest go first; 0: never.
    spare: u8,
}

fn draw_list(out: &mut dyn Write, style: &Style, report: &SweepReport) -> io::Result<()> {
    let mut columns: Vec<Column> = report
        .axes
        .iter()
        .enumerate()
        .map(|(at, axis)| Column {
            head: shown(axis[0]).to_owned(),
            cells: report
                .points
                .iter()
                .map(|it| it.settings[at].to_string())
                .collect(),
            is_text: axis[0].number().is_none(),
            spare: 0,
        })
        .collect();
    columns.extend(figures(report));
    let width = |it: &Column| {
        let cells = it.cells.iter().chain([&it.head]);
        cells.map(|cell| cell.chars().count()).max().unwrap_or(0)
    };
    let room = style.width.min(80);
    while columns.iter().map(|it| width(it) + GAP).sum::<usize>() > room + GAP {
        let least = columns.iter().map(|it| it.spare).max().unwrap_or(0);
        if least == 0 {
            break;
        }
        columns.retain(|it| it.spare < least);
    }
    let mut row = |cell: &dyn Fn(&Column) -> String| {
        let mut line = String::new();
        for column in &columns {
            let (text, width) = (cell(column), width(column));
            line += &if column.is_text {
                format!("{text:<width$}")
            } else {
                format!("{text:>width$}")
            };
            line += &" ".repeat(GAP);
        }
        writeln!(out, "{}", line.trim_end())
    };
    row(&|column| column.head.clone())?;
    (0..report.points.len()).try_for_each(|at| row(&|column| column.cells[at].clone()))
}

fn figures(report: &SweepReport) -> Vec<Column> {
    let of = |point: &Point, text: &dyn Fn(&Played) -> String| {
        let played = point.played.as_ref();
        played.map_or("-".to_owned(), text)
    };
    let column = |head: &str, spare, text: &dyn Fn(&Played) -> String| Column {
        head: head.to_owned(),
        cells: report.points.iter().map(|it| of(it, text)).collect(),
        is_text: false,
        spare,
    };
    let mut all = vec![column("hit ratio", 0, &|it| format!("{:.4}", it.hit_ratio))];
    if report.played().any(|(_, it)| it.expected.is_some()) {
        all.push(column("predicted", 2, &|it| {
            it.expected.map_or("-".to_owned(), |it| format!("{it:.4}"))
        }));
    }
    let mut outcomes = report.played().filter_map(|(_, it)| it.outcome.as_deref());
    if outcomes.next().is_none() {
        all.push(column("differ by", 3, &|it| {
            let differ = it.expected.map(|expected| it.hit_ratio - expected);
            differ.map_or("-".to_owned(), |it| format!("{it:+.4}"))
        }));
        return all;
    }
    let with = |text: &dyn Fn(&Outcome) -> String, it: &Played| {
        it.outcome.as_deref().map_or("-".to_owned(), text)
    };
    all.push(column("db reads", 1, &|it| {
        with(&|it| units::count(it.database_reads), it)
    }));
    let any = |found: &dyn Fn(&Outcome) -> u64| {
        let mut outcomes = report.played().filter_map(|(_, it)| it.outcome.as_deref());
        outcomes.any(|it| found(it) > 0)
    };
    if any(&|it| it.stale_reads) {
        all.push(column("stale", 1, &|it| {
            with(&|it| units::count(it.stale_reads), it)
        }));
    }
    if any(&|it| it.degraded) {
        all.push(column("past it", 4, &|it| {
            with(&|it| units::count(it.degraded), it)
        }));
    }
    all.push(column("most at a time", 6, &|it| {
        with(&|it| units::count(it.most_queries), it)
    }));
    all.push(column("mean, ms", 3, &|it| {
        with(&|it| units::milliseconds(it.mean_latency()), it)
    }));
    all.push(column("p99, ms", 5, &|it| {
        with(&|it| units::milliseconds(it.latency_at(0.99)), it)
    }));
    all
}

fn notes(out: &mut dyn Write, style: &Style, report: &SweepReport) -> io::Result<()> {
    writeln!(out)?;
    if report.played().any(|(_, it)| it.expected.is_some()) {
        let what = match report.asked {
            Asked::Workload { .. } => {
                "predicted Che et al. 2002 from a cold start; with a TTL Jung et al. 2003"
            }
            Asked::Requests(_) => "predicted Che et al. 2002 (lru), Martina et al. 2014 (fifo)",
        };
        writeln!(out, "{what}")?;
    }
    let is_redis = |it: &Setting| *it == Setting::Policy(PolicyKind::RedisLru);
    let redis = match &report.asked {
        Asked::Workload { rehearsal, .. } => rehearsal.policy == PolicyKind::RedisLru,
        Asked::Requests(_) => false,
    };
    let keeps_all = |it: &Played| it.outcome.as_ref().is_some_and(|it| it.evictions == 0);
    let evicts = report.played().any(|(_, it)| !keeps_all(it));
    if evicts && (redis || report.axes.iter().flatten().any(is_redis)) {
        writeln!(
            out,
            "redis     ages keys in whole seconds: if they go sooner, it nears random"
        )?;
    }
    if let Asked::Workload { rehearsal, .. } = &report.asked {
        for told in warnings(report, rehearsal) {
            let text = wrapped(&format!("warning   {told}"), style.width.min(80), 10);
            text.iter().try_for_each(|it| writeln!(out, "{it}"))?;
        }
    }
    Ok(())
}

/// What makes figures mean less than they seem to.
fn warnings(report: &SweepReport, rehearsal: &Rehearsal) -> Vec<String> {
    let mut told = Vec::new();
    let outcomes = || report.played().filter_map(|(_, it)| it.outcome.as_deref());
    let shortest = outcomes().map(|it| it.seconds.len() as u64).min();
    let own = rehearsal.workload.caching.rules.ttl;
    let swept = report.axes.iter().flatten().filter_map(|it| match it {
        Setting::Ttl(ttl) => Some(*ttl),
        _ => None,
    });
    let longest = swept.chain(own).max();
    if let (Some(seconds), Some(ttl)) = (shortest, longest)
        && Duration::from_secs(seconds) < ttl
    {
        told.push(format!(
            "all requests came within {}: a TTL that is longer ends for nobody; --rate spreads \
             them, --requests makes them more",
            Setting::Ttl(Duration::from_secs(seconds.max(1))),
        ));
    }
    if let Load::Open { rate, clients, .. } = &rehearsal.workload.load
        && rate.ramp.is_none()
        && rate.spikes.is_empty()
        && is_fixed(report, "rate")
    {
        let slowest = outcomes().filter(|it| it.seconds.len() > 5).map(|it| {
            let asked = it.reads + it.writes;
            asked as f64 / it.seconds.len() as f64
        });
        let reached = slowest.fold(f64::INFINITY, f64::min);
        if reached < 0.9 * rate.base && is_fixed(report, "clients") {
            told.push(format!(
                "{} reached only {} of {} requests/s: what waits for one of them gets older and \
                 older; --clients sets how many there are",
                units::counted(*clients as u64, "client", "clients"),
                units::count(reached.round() as u64),
                units::count(rate.base.round() as u64),
            ));
        }
    }
    told
}
