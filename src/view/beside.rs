//! Two ways to run something, beside each other: the plans, then the figures of
//! both and how they compare.

use std::io::{self, Write};
use std::time::Duration;

use unicode_width::UnicodeWidthStr;

use super::Style;
use super::plan::{cut, outline};
use crate::plan::Explanation;
use crate::plan::what_if::Inserts;
use crate::units::{self, count, counted, times};

/// Both sides, with what they are called. Their plans have been run.
pub(super) struct Beside<'a> {
    pub(super) names: [&'static str; 2],
    pub(super) plans: [&'a Explanation; 2],
}

/// Where the plans begin.
const PLAN_COLUMN: usize = 10;

impl Beside<'_> {
    /// Draws both trees, or the one that both sides have.
    pub(super) fn write_plans(&self, out: &mut dyn Write, style: &Style) -> io::Result<()> {
        let [first, second] = self.plans;
        if outline(style, first) == outline(style, second) {
            return write_plan(out, style, "plan", first);
        }
        for (name, plan) in self.names.iter().zip(self.plans) {
            write_plan(out, style, name, plan)?;
        }
        Ok(())
    }

    /// Rows visited, page fetches and times.
    pub(super) fn rows(&self) -> Vec<Row> {
        let pages = |plan: &Explanation| plan.counters.map(|it| it.page_fetches);
        let mut rows = vec![
            counts_row("rows visited", self.plans.map(Explanation::visited_rows)),
            counts_row("page fetches", self.plans.map(pages)),
        ];
        if let [Some(first), Some(second)] = self.plans.map(|plan| plan.elapsed) {
            let name = if first.runs == second.runs {
                format!("time, median of {}", first.runs)
            } else {
                format!("time, median of {} and {}", first.runs, second.runs)
            };
            rows.push(times_row(name, first.median, second.median));
        }
        rows
    }

    /// Draws `rows` under the names of the sides.
    pub(super) fn write_rows(
        &self,
        out: &mut dyn Write,
        style: &Style,
        rows: &[Row],
    ) -> io::Result<()> {
        write_figures(out, style, self.names, rows)
    }
}

/// Draws `rows` under the `names` of the sides.
pub(super) fn write_figures(
    out: &mut dyn Write,
    style: &Style,
    names: [&str; 2],
    rows: &[Row],
) -> io::Result<()> {
    let widest = |text: fn(&Row) -> &str| {
        let widths = rows.iter().map(|row| text(row).width());
        widths.max().unwrap_or(0)
    };
    let label = widest(|row| &row.name);
    let [a, b] = names;
    let first = widest(|row| &row.first).max(a.len());
    let second = widest(|row| &row.second).max(b.len());
    let line = format!("{:label$}   {a:>first$}   {b:>second$}", "");
    writeln!(out, "{}", style.dim(&line))?;
    for row in rows {
        let (name, a, b) = (&row.name, &row.first, &row.second);
        let ratio = style.accent(&row.ratio);
        let line = format!("{name:label$}   {a:>first$}   {b:>second$}    {ratio}");
        writeln!(out, "{}", line.trim_end())?;
    }
    Ok(())
}

pub(super) fn write_plan(
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

/// One line of figures: what is compared, both sides, and how they compare.
pub(super) struct Row {
    pub(super) name: String,
    pub(super) first: String,
    pub(super) second: String,
    pub(super) ratio: String,
}

/// Two times.
pub(super) fn times_row(name: String, first: Duration, second: Duration) -> Row {
    Row {
        name,
        first: units::duration(first),
        second: units::duration(second),
        ratio: faster(first, second),
    }
}

/// Inserts without an index and with it. It can make none faster: where less
/// was measured, that is the machine's.
pub(super) fn inserts_row(it: &Inserts) -> Row {
    let name = counted(it.rows, "insert", "inserts");
    let row = times_row(name, it.without, it.with);
    let ratio = match it.with < it.without {
        true => "about the same".to_owned(),
        false => row.ratio,
    };
    Row { ratio, ..row }
}

/// What there is to say of how inserts were measured, to follow a cost.
pub(super) fn inserts_note(it: &Result<Inserts, String>) -> String {
    match it {
        Err(why) => format!("; inserts not measured: {why}"),
        Ok(it) if it.unchecked => "; inserts measured without foreign keys".to_owned(),
        Ok(_) => String::new(),
    }
}

/// Two counts.
pub(super) fn counts_row(name: &str, sides: [Option<u64>; 2]) -> Row {
    let shown = |n: Option<u64>| n.map_or_else(|| "not counted".to_owned(), count);
    let ratio = match sides {
        [Some(now), Some(with)] if now == with => "the same".to_owned(),
        [Some(now), Some(with)] if now > with => compared(now, with, "fewer"),
        [Some(now), Some(with)] => compared(with, now, "more"),
        _ => String::new(),
    };
    Row {
        name: name.to_owned(),
        first: shown(sides[0]),
        second: shown(sides[1]),
        ratio,
    }
}

/// How much more the larger count is: so many times, or, where that would
/// round to 1.0x, by how many.
fn compared(larger: u64, smaller: u64, word: &str) -> String {
    let ratio = larger as f64 / smaller as f64;
    match smaller {
        0 => String::new(),
        _ if ratio < 1.1 => format!("{} {word}", count(larger - smaller)),
        _ => format!("{} {word}", times(larger as f64, smaller as f64)),
    }
}

/// How two times compare, by the digits that are shown, so that a reader who
/// divides them gets the same.
fn faster(now: Duration, with: Duration) -> String {
    let (now, with) = (units::seconds_shown(now), units::seconds_shown(with));
    match (now, with) {
        (now, with) if now <= 0.0 || with <= 0.0 => String::new(),
        (now, with) if now / with >= 1.1 => format!("{} faster", times(now, with)),
        (now, with) if with / now >= 1.1 => format!("{} slower", times(with, now)),
        _ => "about the same".to_owned(),
    }
}
