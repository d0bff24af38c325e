//! Whether a cache would help, drawn: what was measured, what follows from it,
//! and what was not measured. All figures are in one unit and have three digits,
//! so that a reader can check each against those above it.

use std::io::{self, Write};
use std::time::Duration;

use super::Style;
use super::prose::{self, labelled};
use crate::lab::worth::{
    Best, Costs, Distances, HIT_RATIOS, Keys, Origin, TTLS, Worth, seconds_between_reads,
};
use crate::sandbox::bindings::written;
use crate::units::{bytes, count, counted, times};

/// Where the texts beside a label begin.
const TEXT_COLUMN: usize = 14;
/// Of a table.
const NAME_WIDTH: usize = 32;
const FIGURE_WIDTH: usize = 12;

/// The unit of all figures of one report.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Unit {
    Milliseconds,
    Microseconds,
}

impl Unit {
    /// Milliseconds, but for a query that takes none.
    pub(super) fn of(worth: &Worth) -> Unit {
        if worth.costs.database < Duration::from_millis(1) {
            Unit::Microseconds
        } else {
            Unit::Milliseconds
        }
    }

    pub(super) fn word(self) -> &'static str {
        match self {
            Unit::Milliseconds => "ms",
            Unit::Microseconds => "us",
        }
    }

    /// `time` in this unit, without its name.
    pub(super) fn figure(self, time: Duration) -> String {
        let seconds = time.as_secs_f64();
        three_digits(match self {
            Unit::Milliseconds => seconds * 1e3,
            Unit::Microseconds => seconds * 1e6,
        })
    }

    /// `time` with the unit's name.
    pub(super) fn named(self, time: Duration) -> String {
        format!("{} {}", self.figure(time), self.word())
    }
}

/// `4.66`, `0.0204`, `312`, `1,560`.
pub(super) fn three_digits(x: f64) -> String {
    if x <= 0.0 || !x.is_finite() {
        return "0".to_owned();
    }
    let magnitude = x.log10().floor() as i32;
    // Rounding up may add a digit: 9.996 is 10.0.
    let shift = 10_f64.powi(2 - magnitude);
    let rounded = (x * shift).round() / shift;
    let magnitude = rounded.log10().floor() as i32;
    if magnitude >= 2 {
        count(rounded.round() as u64)
    } else {
        format!("{rounded:.*}", (2 - magnitude) as usize)
    }
}

/// Draws it.
///
/// # Errors
/// What writing to `out` met.
pub fn write(out: &mut dyn Write, style: &Style, worth: &Worth) -> io::Result<()> {
    let unit = Unit::of(worth);
    labelled(
        out,
        style,
        TEXT_COLUMN,
        "query",
        &one_line(&worth.subject.sql),
    )?;
    let keys = format!("{}; seed {}", keys(worth), worth.seed);
    labelled(out, style, TEXT_COLUMN, "keys", &keys)?;
    labelled(out, style, TEXT_COLUMN, "cache", &server(worth))?;
    writeln!(out)?;
    let Costs { database, get, set } = worth.costs;
    writeln!(
        out,
        "database {}   get {}   set {}   {}",
        style.bold(&unit.named(database)),
        unit.figure(get),
        unit.figure(set),
        style.dim(&spread(worth, unit)),
    )?;
    write_ratios(out, style, worth, unit)?;
    for line in prose::wrapped(&pays(worth, unit), style.width.min(80), 0) {
        writeln!(out, "{line}")?;
    }
    writeln!(out)?;
    write_sides(out, style, worth, unit)?;
    writeln!(out)?;
    labelled(out, style, TEXT_COLUMN, "verdict", &verdict(worth))?;
    labelled(
        out,
        style,
        TEXT_COLUMN,
        "not measured",
        &not_measured(worth),
    )
}

/// The means at several hit ratios, and how often a key must be read for them.
fn write_ratios(out: &mut dyn Write, style: &Style, worth: &Worth, unit: Unit) -> io::Result<()> {
    let ratios = ratios(worth);
    let mut header: Vec<String> = HIT_RATIOS.iter().map(|it| percent(*it)).collect();
    if let Some(trace) = &worth.trace {
        header.push(format!("trace {}", percent(trace.hit_ratio)));
    }
    row(out, "hit ratio", &header, |text| style.dim(text))?;
    let means = ratios.iter().map(|h| unit.figure(worth.costs.mean(*h)));
    row(
        out,
        &format!("average, {}", unit.word()),
        &means.collect::<Vec<_>>(),
        str::to_owned,
    )?;
    writeln!(out, "one key must be read every (Poisson, nothing evicted)")?;
    for ttl in TTLS {
        let gaps = HIT_RATIOS.iter().map(|h| {
            let seconds = seconds_between_reads(*h, ttl);
            format!("{} s", three_digits(seconds))
        });
        row(
            out,
            &format!("  with a TTL of {} s", ttl.as_secs()),
            &gaps.collect::<Vec<_>>(),
            str::to_owned,
        )?;
    }
    if let Some(trace) = &worth.trace {
        let mut text = format!(
            "the trace: {} of {}, the most popular has {} of them; {} hit if nothing is evicted",
            counted(trace.reads, "read", "reads"),
            counted(trace.keys, "key", "keys"),
            percent(trace.most_read),
            percent(trace.hit_ratio),
        );
        if let Some(with_ttl) = trace.with_ttl {
            let each = TTLS.iter().zip(with_ttl).map(|(ttl, ratio)| {
                format!("{} with a TTL of {} s", percent(ratio), ttl.as_secs())
            });
            text += &format!("; {}", each.collect::<Vec<_>>().join(", "));
        }
        if trace.passed_over > 0 {
            let lines = counted(trace.passed_over, "line", "lines");
            text += &format!("; {lines} could not be read and do not count");
        }
        for line in prose::wrapped(&text, style.width.min(80), 0) {
            writeln!(out, "{line}")?;
        }
    }
    Ok(())
}

/// The database as it is, with a cache, with the index, with both: here and away.
fn write_sides(out: &mut dyn Write, style: &Style, worth: &Worth, unit: Unit) -> io::Result<()> {
    if let Some(indexed) = &worth.indexed {
        let what = match indexed.ddl.len() {
            1 => "the index",
            _ => "all",
        };
        writeln!(out, "{what} that advise proposes ({})", index_costs(worth))?;
        for ddl in &indexed.ddl {
            writeln!(
                out,
                "  {}",
                style.accent(&format!("{};", ddl.trim_end_matches(';')))
            )?;
        }
    } else {
        writeln!(out, "advise proposes no index that would help these keys")?;
    }
    let mut header = vec!["as it is".to_owned(), "cache".to_owned()];
    if worth.indexed.is_some() {
        header.extend(["index".to_owned(), "both".to_owned()]);
    }
    let at = percent(worth.verdict.hit_ratio);
    let name = format!("{} a read, at {at} hits", unit.word());
    row(out, &name, &header, |text| style.dim(text))?;
    for (name, figures) in sides(worth) {
        let figures: Vec<String> = figures.into_iter().map(|it| unit.figure(it)).collect();
        row(out, &name, &figures, str::to_owned)?;
    }
    Ok(())
}

/// Each place with its times: as it is, with the cache, with the index, with both.
pub(super) fn sides(worth: &Worth) -> [(String, Vec<Duration>); 2] {
    let h = worth.verdict.hit_ratio;
    let of = |plain: Costs, indexed: Option<Costs>| {
        let mut all = vec![plain.database, plain.mean(h)];
        all.extend(indexed.into_iter().flat_map(|it| [it.database, it.mean(h)]));
        all
    };
    [
        ("here".to_owned(), of(worth.costs, worth.with_index())),
        (
            short_distance(worth.distances),
            of(worth.away(), worth.with_index_away()),
        ),
    ]
}

/// The hit ratios to tell, that of the trace last.
pub(super) fn ratios(worth: &Worth) -> Vec<f64> {
    let measured = worth.trace.as_ref().map(|it| it.hit_ratio);
    HIT_RATIOS.into_iter().chain(measured).collect()
}

fn row(
    out: &mut dyn Write,
    name: &str,
    figures: &[String],
    draw: impl Fn(&str) -> String,
) -> io::Result<()> {
    let mut line = format!("{name:NAME_WIDTH$}");
    for figure in figures {
        line += &format!("{figure:>FIGURE_WIDTH$}");
    }
    writeln!(out, "{}", draw(line.trim_end()))
}

/// A statement on one line, as a terminal may show it.
fn one_line(sql: &str) -> String {
    let words: Vec<&str> = sql.split_whitespace().collect();
    super::sanitize::one_line(&words.join(" ")).into_owned()
}

pub(super) fn keys(worth: &Worth) -> String {
    let Keys { tuples, origins } = &worth.keys;
    let mut told: Vec<String> = origins.iter().map(origin).collect();
    told.dedup();
    format!(
        "{}: {}. {} of each kind on {}, in turns; medians",
        count(tuples.len() as u64),
        told.join("; "),
        counted(worth.reads as u64, "read", "reads"),
        counted(worth.keys_read as u64, "key", "keys"),
    )
}

fn origin((name, origin): &(String, Origin)) -> String {
    match origin {
        Origin::Select(sql) => format!("{name} from {}", one_line(sql)),
        Origin::List(values) if values.len() <= 5 => {
            let values: Vec<String> = values.iter().map(written).collect();
            super::sanitize::one_line(&format!("{name} is {}", values.join(", "))).into_owned()
        }
        Origin::List(values) => {
            format!("{name} from a list of {}", count(values.len() as u64))
        }
        Origin::Column { table, column } => {
            let text = format!("{name} sampled from the rows of {table}.{column}");
            super::sanitize::one_line(&text).into_owned()
        }
    }
}

pub(super) fn server(worth: &Worth) -> String {
    let server = &worth.server;
    match server.name.name() {
        "builtin" => "the built-in server in this process (not Redis)".to_owned(),
        name if server.private => format!("{name} {} on a private socket", server.version),
        name => format!("{name} {} at {}", server.version, server.address),
    }
}

fn spread(worth: &Worth, unit: Unit) -> String {
    format!(
        "8 of 10 keys: {} to {}",
        unit.figure(worth.spread.p10),
        unit.figure(worth.spread.p90)
    )
}

pub(super) fn pays(worth: &Worth, unit: Unit) -> String {
    let at = worth.verdict.hit_ratio;
    let from = match worth.costs.pays_from() {
        Some(h) => format!("the cache pays from {} hits on", percent(h)),
        None => "the cache pays at no hit ratio: asking it takes as long as the query".to_owned(),
    };
    match worth.costs.at(at).break_even() {
        Some(even) => format!(
            "{from}; at {} hits for queries of {} or more",
            percent(at),
            unit.named(even)
        ),
        None => from,
    }
}

pub(super) fn index_costs(worth: &Worth) -> String {
    let Some(indexed) = &worth.indexed else {
        return String::new();
    };
    let mut text = bytes(indexed.size_bytes);
    if let Some(slowdown) = indexed.insert_slowdown.filter(|it| *it >= 1.05) {
        text += &format!(", inserts {} slower", times(slowdown, 1.0));
    }
    text
}

/// `80%`, `62.5%`.
pub(super) fn percent(ratio: f64) -> String {
    let tenths = (ratio * 1000.0).round();
    if tenths % 10.0 == 0.0 {
        format!("{:.0}%", tenths / 10.0)
    } else {
        format!("{:.1}%", tenths / 10.0)
    }
}

/// `both 0.5 ms away`, or each distance by itself.
fn distance(distances: Distances) -> String {
    let away = |name: &str, it: Duration| match it {
        Duration::ZERO => format!("{name} here"),
        _ => format!("{name} {} away", milliseconds(it)),
    };
    if distances.database == distances.cache {
        away("both", distances.database)
    } else {
        format!(
            "{} and {}",
            away("the database", distances.database),
            away("the cache", distances.cache)
        )
    }
}

/// The same in the room that a table has.
fn short_distance(distances: Distances) -> String {
    if distances.database == distances.cache {
        format!("{} (computed)", distance(distances))
    } else {
        "away (computed)".to_owned()
    }
}

/// `0.5 ms`, `2 ms`.
fn milliseconds(time: Duration) -> String {
    let digits = three_digits(time.as_secs_f64() * 1e3);
    let digits = match digits.contains('.') {
        true => digits.trim_end_matches('0').trim_end_matches('.'),
        false => &digits,
    };
    format!("{digits} ms")
}

/// What to do, in words.
pub fn verdict(worth: &Worth) -> String {
    let unit = Unit::of(worth);
    let (h, at) = (worth.verdict.hit_ratio, percent(worth.verdict.hit_ratio));
    let costs = worth.costs;
    let database = unit.named(costs.database);
    let base = worth.with_index().unwrap_or(costs);
    let mean = base.mean(h);
    let here = match worth.verdict.here {
        Best::Nothing => match costs.pays_from() {
            None => format!(
                "No cache: the query takes {database} and asking the cache {}, so no hit ratio \
                 makes up for it.",
                unit.named(costs.get)
            ),
            Some(from) if from >= h => format!(
                "No cache: at {at} hits a read would take {} instead of {database}. It pays from \
                 {} hits on.",
                unit.named(mean),
                percent(from)
            ),
            Some(_) => format!("No cache: at {at} hits it would save less than a twentieth."),
        },
        Best::Cache => format!(
            "A cache helps: at {at} hits a read takes {} instead of {database}, {} less. What it \
             answers can be stale.",
            unit.named(mean),
            saved(costs.database, mean)
        ),
        Best::Index => format!(
            "Index first: it takes the query from {database} to {}, and nothing can go stale. A \
             cache on top of it would make that {}.",
            unit.named(base.database),
            unit.named(mean)
        ),
        Best::Both => format!(
            "Index first: it takes the query from {database} to {}. A cache on top of it still \
             pays: {} at {at} hits.",
            unit.named(base.database),
            unit.named(mean)
        ),
    };
    let away = worth.with_index_away().unwrap_or_else(|| worth.away());
    let place = distance(worth.distances);
    let pays = matches!(worth.verdict.away, Best::Cache | Best::Both);
    let there = format!(
        "With {place} (computed), {} {}: {} instead of {}.",
        if worth.indexed.is_some() {
            "a cache on top of the index"
        } else {
            "a cache"
        },
        if pays { "pays" } else { "does not pay" },
        unit.named(away.mean(h)),
        unit.named(away.database)
    );
    format!("{here} {there}")
}

fn saved(before: Duration, after: Duration) -> String {
    percent(1.0 - (after.as_secs_f64() / before.as_secs_f64() * 100.0).round() / 100.0)
}

/// What the figures leave out.
pub(super) fn not_measured(worth: &Worth) -> String {
    let mut left_out = Vec::new();
    match &worth.trace {
        None => left_out.push("how your reads are spread (--trace FILE tells)"),
        Some(trace) if trace.writes == 0 => {
            left_out.push("writes, which drop cached results (the trace has none)");
        }
        // That is what one write does to a table's cached results.
        Some(_) => left_out.push(
            "writes that drop more than the result of their own key, as delete on write does",
        ),
    }
    if worth.trace.is_none() {
        left_out.push("writes, which drop cached results");
    }
    left_out.push("many clients at once");
    left_out.push("the network: round trips are added, not made");
    left_out.join("; ")
}
