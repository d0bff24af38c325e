//! An index, weighed: the plans, then before and after, what it costs, and
//! whether it is worth it.

use std::io::{self, Write};

use super::Style;
use super::beside::{Beside, inserts_note, inserts_row};
use super::prose::labelled;
use super::verdict::{self, Weighed};
use crate::plan::Verdict;
use crate::plan::what_if::WhatIf;
use crate::units::{self, bytes, times};

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
        rows.push(inserts_row(inserts));
    }
    beside.write_rows(out, style, &rows)?;
    labelled(out, style, TEXT_COLUMN, "it costs", &costs(it))?;
    labelled(out, style, TEXT_COLUMN, "verdict", &verdict(it))
}

/// Draws why a unique index cannot be built: an answer, too.
///
/// # Errors
/// What writing to `out` met.
pub fn write_impossible(out: &mut dyn Write, style: &Style, why: &str) -> io::Result<()> {
    labelled(out, style, TEXT_COLUMN, "verdict", why)
}

/// Where the sentences begin.
const TEXT_COLUMN: usize = 20;

pub(super) fn costs(it: &WhatIf) -> String {
    let share = 100.0 * it.size_bytes as f64 / it.data_bytes.max(1) as f64;
    let share = match share {
        s if s < 0.5 => "less than 1%".to_owned(),
        s => format!("{s:.0}%"),
    };
    format!(
        "{} ({share} of the data), {} to build{}",
        bytes(it.size_bytes),
        units::duration(it.build),
        inserts_note(&it.inserts)
    )
}

/// Worth it, or why not, in a sentence. The figures stand above it.
pub(super) fn verdict(it: &WhatIf) -> String {
    if it.verdict == Verdict::Build {
        return "worth it for this query.".to_owned();
    }
    verdict::sentence(&Weighed {
        verdict: it.verdict,
        before: it.before.cost(),
        after: it.after.cost(),
        indexes: std::slice::from_ref(&it.index),
        size: it.size_bytes,
        plan: &it.after,
    })
}
