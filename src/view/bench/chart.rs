//! The sides over one another: latencies, and hit ratios over time.

use std::io::{self, Write};
use std::time::Duration;

use crate::lab::bench::PARTS;
use crate::lab::report::ArmReport;
use crate::units;
use crate::view::Style;

/// Columns of a side's name; those of the chart are [`PARTS`].
const NAME: usize = 15;

const BLOCKS: [char; 9] = [' ', '▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];
const ASCII: [char; 9] = [' ', '.', ':', '-', '=', '+', '*', '#', '@'];

/// Draws how latencies are spread, on a logarithmic scale that all sides
/// share: the height is the share of the reads.
pub(super) fn latencies(out: &mut dyn Write, style: &Style, arms: &[ArmReport]) -> io::Result<()> {
    let arms: Vec<&ArmReport> = arms.iter().filter(|arm| arm.requests > 0).collect();
    let Some(scale) = Scale::of(&arms).filter(|_| !style.plain) else {
        return Ok(());
    };
    let bins: Vec<Vec<f64>> = arms.iter().map(|arm| scale.shares(arm)).collect();
    for (arm, bins) in arms.iter().zip(&bins) {
        let most = bins.iter().copied().fold(0.0, f64::max);
        let line: String = bins
            .iter()
            .map(|share| block(style, share / most))
            .collect();
        writeln!(
            out,
            "{}",
            format!("{:<NAME$}{line}", arm.arm.name()).trim_end()
        )?;
    }
    let (left, right) = (units::duration(scale.from), units::duration(scale.to));
    let middle = "latency, on a logarithmic scale";
    let room = PARTS.saturating_sub(left.len() + right.len());
    let axis = format!("{:<NAME$}{left}{middle:^room$}{right}", "");
    writeln!(out, "{}", style.dim(&axis))?;
    writeln!(out)
}

/// Draws each cache's hit ratio from the first to the last counted read.
pub(super) fn hit_ratios(out: &mut dyn Write, style: &Style, arms: &[ArmReport]) -> io::Result<()> {
    let asked = |arm: &&ArmReport| arm.tally.parts.iter().any(|part| part.asked > 0);
    let arms: Vec<&ArmReport> = arms.iter().filter(asked).collect();
    if arms.is_empty() || style.plain {
        return Ok(());
    }
    for arm in arms {
        let parts = arm.tally.parts.iter().map(|part| match part.asked {
            0 => ' ',
            asked => block(style, part.hits as f64 / asked as f64),
        });
        let line: String = parts.collect();
        writeln!(
            out,
            "{}",
            format!("{:<NAME$}{line}", arm.arm.name()).trim_end()
        )?;
    }
    let axis = format!(
        "{:<NAME$}first{:^50}last",
        "", "hit ratio over the reads; a full block is 1"
    );
    writeln!(out, "{}", style.dim(&axis))?;
    writeln!(out)
}

/// A column of this height, 0 to 1. What is not nothing can be seen.
pub(in crate::view) fn block(style: &Style, height: f64) -> char {
    let steps = if style.unicode { BLOCKS } else { ASCII };
    let at = (height * 8.0).round().clamp(0.0, 8.0) as usize;
    match at {
        0 if height > 0.0 => steps[1],
        at => steps[at],
    }
}

/// A logarithmic scale of time.
struct Scale {
    from: Duration,
    to: Duration,
}

impl Scale {
    /// From the fastest read to the slowest of all but one in a thousand.
    fn of(arms: &[&ArmReport]) -> Option<Scale> {
        let from = arms.iter().map(|arm| arm.tally.quantile(0.001)).min()?;
        let to = arms.iter().map(|arm| arm.tally.quantile(0.999)).max()?;
        (to > from && !from.is_zero()).then_some(Scale { from, to })
    }

    /// The share of a side's reads in each column.
    fn shares(&self, arm: &ArmReport) -> Vec<f64> {
        let (from, to) = (self.from.as_secs_f64(), self.to.as_secs_f64());
        let edge = |i: usize| {
            let exponent = i as f64 / PARTS as f64;
            Duration::from_secs_f64(from * libm::pow(to / from, exponent))
        };
        let mut below: Vec<f64> = (0..=PARTS)
            .map(|i| arm.tally.share_within(edge(i)))
            .collect();
        // The first column has what is on its edge, too.
        below[0] = 0.0;
        below
            .windows(2)
            .map(|pair| (pair[1] - pair[0]).max(0.0))
            .collect()
    }
}
