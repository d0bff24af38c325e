//! Two statements beside each other.

use std::io::{self, Write};

use super::Style;
use super::beside::Beside;
use crate::plan::Explanation;
use crate::plan::compare::{Answers, Comparison};
use crate::units::{count, counted};

/// Draws both plans, the figures, and whether the answers are the same.
///
/// # Errors
/// What writing to `out` met.
pub fn write(out: &mut dyn Write, style: &Style, it: &Comparison) -> io::Result<()> {
    let [first, second] = &it.plans;
    let beside = Beside {
        names: ["first", "second"],
        plans: [first, second],
    };
    beside.write_plans(out, style)?;
    writeln!(out)?;
    beside.write_rows(out, style, &beside.rows())?;
    match answers(it) {
        Some(answers) => writeln!(out, "{:20}{answers}", "answers"),
        None => Ok(()),
    }
}

/// Whether both answer the same, in words.
pub(super) fn answers(it: &Comparison) -> Option<String> {
    let [first, second] = &it.plans;
    let rows = |plan: &Explanation| plan.rows.unwrap_or(0);
    Some(match it.answers? {
        Answers::Same => {
            format!("the same: {}", counted(rows(first), "row", "rows"))
        }
        Answers::OtherOrder => format!(
            "the same {}, in another order",
            counted(rows(first), "row", "rows")
        ),
        Answers::Different if rows(first) == rows(second) => {
            format!(
                "not the same, though both have {}",
                counted(rows(first), "row", "rows")
            )
        }
        Answers::Different => format!(
            "not the same: {}, and {}",
            counted(rows(first), "row", "rows"),
            count(rows(second))
        ),
    })
}
