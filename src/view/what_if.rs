//! An index, weighed: the plans, then before and after, what it costs, and
//! whether it is worth it.

use std::io::{self, Write};

use super::beside::{Beside, times_row};
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
    let beside = Beside {
        names: ["now", "with it"],
        plans: [&it.before, &it.after],
    };
    beside.write_plans(out, style)?;
    writeln!(out)?;
    let mut rows = beside.rows();
    if let (Some(guess), Some(time)) = (guess, rows.last_mut()) {
        time.ratio += &format!(", you said {}", times(guess, 1.0));
    }
    if let Ok(inserts) = &it.inserts {
        let name = counted(inserts.rows, "insert", "inserts");
        rows.push(times_row(name, inserts.without, inserts.with));
    }
    beside.write_rows(out, style, &rows)?;
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

/// Where the sentences begin.
const TEXT_COLUMN: usize = 20;

pub(super) fn costs(it: &WhatIf) -> String {
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
pub(super) fn verdict(it: &WhatIf) -> String {
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
