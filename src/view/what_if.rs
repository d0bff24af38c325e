//! An index, weighed: the plans, then before and after, what it costs, and
//! whether it is worth it.

use std::io::{self, Write};
use std::time::Duration;

use unicode_width::UnicodeWidthStr;

use super::plan::{cut, outline};
use super::{Style, prose};
use crate::plan::what_if::{Verdict, WhatIf, Why};
use crate::plan::{Access, Explanation, Operation};
use crate::units::{self, bytes, count, counted, times};

/// Draws it; `guess` is how many times faster the learner expected it to be.
///
/// # Errors
/// What writing to `out` met.
pub fn write(
    out: &mut dyn Write,
    style: &Style,
    it: &WhatIf,
    guess: Option<f64>,
) -> io::Result<()> {
    write_plans(out, style, it)?;
    writeln!(out)?;
    write_figures(out, style, it, guess)?;
    labelled(out, style, "it costs", &costs(it))?;
    labelled(out, style, "verdict", &verdict(it))
}

/// Draws why a unique index cannot be built: an answer, too.
///
/// # Errors
/// What writing to `out` met.
pub fn write_impossible(out: &mut dyn Write, style: &Style, why: &str) -> io::Result<()> {
    labelled(out, style, "verdict", why)
}

fn write_plans(out: &mut dyn Write, style: &Style, it: &WhatIf) -> io::Result<()> {
    let sides = [("now", &it.before), ("with it", &it.after)];
    if outline(style, &it.before) == outline(style, &it.after) {
        return write_plan(out, style, "plan", &it.before);
    }
    for (name, plan) in sides {
        write_plan(out, style, name, plan)?;
    }
    Ok(())
}

fn write_plan(
    out: &mut dyn Write,
    style: &Style,
    name: &str,
    plan: &Explanation,
) -> io::Result<()> {
    let mut lines = outline(style, plan);
    if lines.is_empty() {
        lines.push("no table is searched".to_owned());
    }
    let room = style.width.saturating_sub(PLAN_COLUMN);
    for (at, line) in lines.iter().enumerate() {
        let name = if at == 0 { name } else { "" };
        writeln!(out, "{name:PLAN_COLUMN$}{}", cut(style, line, room))?;
    }
    Ok(())
}

/// Where the plans begin, and where the sentences do.
const PLAN_COLUMN: usize = 10;
const TEXT_COLUMN: usize = 20;

/// One line of figures: what is compared, both sides, and how they compare.
struct Row {
    name: String,
    now: String,
    with: String,
    ratio: String,
}

fn write_figures(
    out: &mut dyn Write,
    style: &Style,
    it: &WhatIf,
    guess: Option<f64>,
) -> io::Result<()> {
    let rows = rows(it, guess);
    let widest = |text: fn(&Row) -> &str| rows.iter().map(|row| text(row).width()).max();
    let name = widest(|row| &row.name).unwrap_or(0);
    let now = widest(|row| &row.now).unwrap_or(0).max("now".len());
    let with = widest(|row| &row.with).unwrap_or(0).max("with it".len());
    let line = format!("{:name$}   {:>now$}   {:>with$}", "", "now", "with it");
    writeln!(out, "{}", style.dim(&line))?;
    for row in &rows {
        let Row {
            name: label,
            now: a,
            with: b,
            ratio,
        } = row;
        let figures = format!("{label:name$}   {a:>now$}   {b:>with$}");
        let line = format!("{figures}    {}", style.accent(ratio));
        writeln!(out, "{}", line.trim_end())?;
    }
    Ok(())
}

fn rows(it: &WhatIf, guess: Option<f64>) -> Vec<Row> {
    let mut rows = Vec::new();
    let sides = [&it.before, &it.after];
    let visited = sides.map(Explanation::visited_rows);
    rows.push(counts_row("rows visited", visited));
    let pages = sides.map(|plan| plan.counters.map(|it| it.page_fetches));
    rows.push(counts_row("page fetches", pages));
    if let (Some(now), Some(with)) = (it.before.elapsed, it.after.elapsed) {
        let name = if now.runs == with.runs {
            format!("time, median of {}", now.runs)
        } else {
            format!("time, median of {} and {}", now.runs, with.runs)
        };
        let (now, with) = (now.median, with.median);
        let mut ratio = faster(now, with);
        if let Some(guess) = guess {
            ratio = format!("{ratio}, you said {}", times(guess, 1.0));
        }
        rows.push(Row {
            name,
            now: units::duration(now),
            with: units::duration(with),
            ratio,
        });
    }
    if let Ok(inserts) = &it.inserts {
        rows.push(Row {
            name: counted(inserts.rows, "insert", "inserts"),
            now: units::duration(inserts.without),
            with: units::duration(inserts.with),
            ratio: faster(inserts.without, inserts.with),
        });
    }
    rows
}

fn counts_row(name: &str, sides: [Option<u64>; 2]) -> Row {
    let shown = |n: Option<u64>| n.map_or_else(|| "not counted".to_owned(), count);
    let ratio = match sides {
        [Some(now), Some(with)] if now == with => "the same".to_owned(),
        [Some(now), Some(with)] if now > with && with > 0 => {
            format!("{} fewer", times(now as f64, with as f64))
        }
        [Some(now), Some(with)] if with > now && now > 0 => {
            format!("{} more", times(with as f64, now as f64))
        }
        _ => String::new(),
    };
    Row {
        name: name.to_owned(),
        now: shown(sides[0]),
        with: shown(sides[1]),
        ratio,
    }
}

/// How two times compare, by the digits that are shown, so that a reader who
/// divides them gets the same.
fn faster(now: Duration, with: Duration) -> String {
    let (now, with) = (as_shown(now), as_shown(with));
    match (now, with) {
        (now, with) if now <= 0.0 || with <= 0.0 => String::new(),
        (now, with) if now / with >= 1.1 => format!("{} faster", times(now, with)),
        (now, with) if with / now >= 1.1 => format!("{} slower", times(with, now)),
        _ => "about the same".to_owned(),
    }
}

/// Seconds, rounded as [`units::duration`] rounds them.
fn as_shown(time: Duration) -> f64 {
    let text = units::duration(time);
    let (number, unit) = text.split_once(' ').unwrap_or((&text, "s"));
    let scale = match unit {
        "ns" => 1e-9,
        "ms" => 1e-3,
        "s" => 1.0,
        // Minutes are shown to the second.
        _ => return time.as_secs() as f64,
    };
    number.replace(',', "").parse::<f64>().unwrap_or(0.0) * scale
}

fn costs(it: &WhatIf) -> String {
    let share = 100.0 * it.size_bytes as f64 / it.data_bytes.max(1) as f64;
    let share = match share {
        s if s < 0.5 => "less than 1%".to_owned(),
        s => format!("{s:.0}%"),
    };
    let mut costs = format!(
        "{} ({share} of the data), {} to build",
        bytes(it.size_bytes),
        units::duration(it.build)
    );
    if let Err(why) = &it.inserts {
        costs += &format!("; inserts not measured: {why}");
    }
    costs
}

/// Worth it, or why not, in a sentence or two.
fn verdict(it: &WhatIf) -> String {
    let pages = |plan: &Explanation| plan.counters.map_or(0, |it| it.page_fetches);
    match it.verdict {
        Verdict::Build => "worth it for this query.".to_owned(),
        Verdict::Skip(Why::Unused) => format!(
            "skip it: SQLite does not use {} for this query, so it would only cost.",
            it.index
        ),
        Verdict::Skip(Why::Slower) => {
            let why = if looks_up_rows(it) {
                format!(": each row found is looked up in {} again", it.table)
            } else {
                String::new()
            };
            format!(
                "skip it: with it the query makes {} instead of {}{why}.",
                counted(pages(&it.after), "page fetch", "page fetches"),
                count(pages(&it.before)),
            )
        }
        Verdict::Skip(Why::Small) => format!(
            "skip it for now: the query fetches {} without it. It may pay once {} has grown.",
            counted(pages(&it.before), "page", "pages"),
            it.table
        ),
        Verdict::Skip(Why::TooLittle) => {
            "skip it: it is used, and saves too little to pay for itself.".to_owned()
        }
    }
}

/// Whether the index leads to rows of the table, so that it does not hold all
/// that is asked for.
fn looks_up_rows(it: &WhatIf) -> bool {
    it.after.nodes.iter().any(|node| match &node.operation {
        Operation::Loop(one) => matches!(
            &one.access,
            Access::Index { name, covering: false, .. } if *name == it.index
        ),
        _ => false,
    })
}

/// A name and a text that is wrapped beside it.
fn labelled(out: &mut dyn Write, style: &Style, name: &str, text: &str) -> io::Result<()> {
    let room = style.width.min(80).saturating_sub(TEXT_COLUMN);
    for (at, line) in prose::wrapped(text, room, 0).iter().enumerate() {
        let name = format!("{:TEXT_COLUMN$}", if at == 0 { name } else { "" });
        writeln!(out, "{}{line}", style.bold(&name))?;
    }
    Ok(())
}
