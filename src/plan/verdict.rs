//! Whether indexes are worth it for a statement: one rule for those that a
//! learner tries and for those that are advised.

use std::time::Duration;

/// Whether to build them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// Worth it for this statement.
    Build,
    /// Not worth it.
    Skip(Why),
}

/// Why not.
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
    /// Another one, which is advised, does it better.
    Surpassed,
}

/// What one run of a statement takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cost {
    /// Pages asked for.
    pub page_fetches: u64,
    /// The median time.
    pub time: Duration,
}

/// Fewer pages than this are read before anybody notices.
const FEW_PAGES: u64 = 10;

/// An index that spares less than this share of the pages does not pay.
const SPARES: f64 = 0.2;

/// An index that has so many times the pages that it spares a run is a second
/// table to keep.
const SECOND_TABLE: f64 = 1.5;

/// A statement that takes less than this is not worth an index. A clock that
/// stands still says nothing.
const FELT: Duration = Duration::from_micros(10);

/// So many times the time is slower, whatever else disturbs the machine.
const SLOWER: f64 = 1.5;

/// Page fetches decide: they are the same on each run, and a machine whose
/// memory is full feels them. A time only speaks where it contradicts a saving
/// that is small.
pub(super) fn of(before: Cost, after: Cost, used: bool, index_pages: u64) -> Verdict {
    let (pages_before, pages_after) = (before.page_fetches as f64, after.page_fetches as f64);
    let spared = pages_before - pages_after;
    if !used {
        Verdict::Skip(Why::Unused)
    } else if before.page_fetches < FEW_PAGES {
        Verdict::Skip(Why::Small)
    } else if spared < 0.0
        || (spared < pages_before / 2.0 && after.time > before.time.mul_f64(SLOWER))
    {
        Verdict::Skip(Why::Slower)
    } else if spared < pages_before * SPARES
        || (Duration::ZERO < before.time && before.time < FELT)
        // Nearly as much to keep as the table itself, to read half of it.
        || (index_pages as f64 > SECOND_TABLE * spared && pages_after > pages_before / 4.0)
    {
        Verdict::Skip(Why::TooLittle)
    } else {
        Verdict::Build
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn verdict(before: (u64, u64), after: (u64, u64), index_pages: u64) -> Verdict {
        let cost = |(page_fetches, millis)| Cost {
            page_fetches,
            time: Duration::from_millis(millis),
        };
        of(cost(before), cost(after), true, index_pages)
    }

    #[test]
    fn page_fetches_decide_and_times_contradict() {
        use Verdict::{Build, Skip};
        assert_eq!(verdict((1_000, 10), (20, 1), 100), Build);
        // Quicker while every page is in memory.
        assert_eq!(verdict((1_000, 10), (1_500, 1), 100), Skip(Why::Slower));
        // Half of the pages, and much longer to come by them.
        assert_eq!(verdict((1_000, 10), (600, 16), 100), Skip(Why::Slower));
        assert_eq!(verdict((1_000, 10), (400, 16), 100), Build);
        assert_eq!(verdict((9, 10), (2, 1), 1), Skip(Why::Small));
        assert_eq!(verdict((1_000, 10), (900, 9), 10), Skip(Why::TooLittle));
        // A second table, to spare half of the pages, or nearly all of them.
        assert_eq!(verdict((1_000, 10), (500, 5), 800), Skip(Why::TooLittle));
        assert_eq!(verdict((1_000, 10), (100, 5), 5_000), Build);
        let quick = |page_fetches| Cost {
            page_fetches,
            time: Duration::from_micros(2),
        };
        assert_eq!(of(quick(259), quick(45), true, 43), Skip(Why::TooLittle));
        let none = Cost {
            page_fetches: 50,
            time: Duration::ZERO,
        };
        assert_eq!(of(none, none, false, 1), Skip(Why::Unused));
    }
}
