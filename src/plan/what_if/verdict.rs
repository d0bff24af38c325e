//! Whether an index is worth it for the statement it was tried on.

use std::time::Duration;

use crate::plan::Explanation;

/// What the figures say.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// Worth it for this statement.
    Build,
    /// Not worth it.
    Skip(Why),
}

/// Why an index is not worth it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Why {
    /// The planner did not choose it.
    Unused,
    /// It was chosen, and the statement fetches more pages or takes longer.
    Slower,
    /// There is so little to read that nothing can be saved.
    Small,
    /// It saves less than it costs.
    TooLittle,
}

/// Fewer pages than this are read before anybody notices.
pub(in crate::plan) const FEW_PAGES: u64 = 10;

/// Less time than this, saved on a run, is not worth an index.
const FELT: Duration = Duration::from_micros(10);

/// The counters decide, times only where they contradict: counters are the
/// same on each run, and times are not.
pub(super) fn of(before: &Explanation, after: &Explanation, used: bool) -> Verdict {
    if !used {
        return Verdict::Skip(Why::Unused);
    }
    let (pages, time) = (change(before, after, pages), change(before, after, median));
    if (pages > 1.0 && time > 1.1) || (pages >= 2.0 && time > 0.9) {
        Verdict::Skip(Why::Slower)
    } else if self::pages(before) < FEW_PAGES as f64 {
        Verdict::Skip(Why::Small)
    } else if (pages > 0.8 && time > 0.8) || saved(before, after) < FELT {
        Verdict::Skip(Why::TooLittle)
    } else {
        Verdict::Build
    }
}

/// After as a multiple of before; 1 where neither is anything.
fn change(before: &Explanation, after: &Explanation, figure: fn(&Explanation) -> f64) -> f64 {
    let (before, after) = (figure(before), figure(after));
    if before > 0.0 { after / before } else { 1.0 }
}

fn saved(before: &Explanation, after: &Explanation) -> Duration {
    let median = |plan: &Explanation| plan.elapsed.map(|it| it.median).unwrap_or_default();
    median(before).saturating_sub(median(after))
}

fn pages(plan: &Explanation) -> f64 {
    plan.counters.map_or(0.0, |it| it.page_fetches as f64)
}

fn median(plan: &Explanation) -> f64 {
    plan.elapsed
        .map_or(Duration::ZERO, |it| it.median)
        .as_secs_f64()
}
