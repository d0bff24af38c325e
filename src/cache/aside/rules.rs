//! What can be chosen about the pattern, and which choices contradict.

use std::time::Duration;

use super::fraction::Jitter;
use super::protection::Protection;
use super::strategy::Strategy;
use crate::cache::invalidation::Invalidation;

/// What a learner can choose about the pattern.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Rules {
    /// How long a result may be answered from the cache; `None`: until it is
    /// invalidated or evicted.
    pub ttl: Option<Duration>,
    /// How far the TTLs of results are spread.
    pub jitter: Jitter,
    /// Whether each hit starts the TTL anew.
    pub sliding: bool,
    /// The TTL of results without rows, which do not slide; `None`: as others.
    pub negative: Option<Duration>,
    /// What a write does to cached results.
    pub invalidation: Invalidation,
    /// What is done about many readers that miss at once.
    pub protection: Protection,
    /// Who loads, and what a write does besides.
    pub strategy: Strategy,
    /// Of what is drawn: jitter and early loads.
    pub seed: u64,
}

/// Rules that contradict each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Contradiction {
    /// Nothing would ever drop a result.
    #[error("ttl invalidation needs a TTL, such as 30s")]
    TtlMissing,
    /// Servers count in milliseconds.
    #[error("a TTL is a millisecond at least")]
    TtlTooShort,
    /// A jitter of nothing.
    #[error("a jitter spreads the TTL: it needs one, such as --ttl 30s")]
    NothingToSpread,
    /// Nothing to begin anew.
    #[error("a sliding TTL needs a TTL, such as --ttl 30s")]
    NothingToSlide,
    /// What is read would be stale for good.
    #[error(
        "a sliding TTL never ends for what is read often, so it cannot be all that drops results: choose another invalidation than ttl"
    )]
    SlidesForEver,
    /// Protection against an expiry that there is not.
    #[error("{0} is about results that expire: it needs a TTL, such as --ttl 30s")]
    NothingExpires(&'static str),
    /// A protection against an expiry that does not come.
    #[error("{0} is about results that expire while they are read; with a sliding TTL they do not")]
    ReadResultsStay(&'static str),
    /// A lock that nobody can hold.
    #[error("a lease or a stale window is from 10 ms to 10 minutes")]
    UnusableWindow,
    /// A queue that holds nothing, or what nobody should lose at once.
    #[error("a queue of writes is for 1 to 1,000 of them, and they wait 1 ms to 10 minutes")]
    UnusableQueue,
}

impl Rules {
    /// Whether they can be followed.
    ///
    /// # Errors
    /// The first [`Contradiction`].
    pub fn check(&self) -> Result<(), Contradiction> {
        let short = |ttl: Option<Duration>| ttl.is_some_and(|ttl| ttl < Duration::from_millis(1));
        if short(self.ttl) || short(self.negative) {
            return Err(Contradiction::TtlTooShort);
        }
        if self.ttl.is_none() {
            if self.invalidation == Invalidation::Ttl {
                return Err(Contradiction::TtlMissing);
            }
            if self.jitter != Jitter::NONE {
                return Err(Contradiction::NothingToSpread);
            }
            if self.sliding {
                return Err(Contradiction::NothingToSlide);
            }
        }
        if self.sliding && self.invalidation == Invalidation::Ttl {
            return Err(Contradiction::SlidesForEver);
        }
        if let Strategy::WriteBehind { queue, delay } = self.strategy
            && !(USABLE_QUEUE.contains(&queue) && USABLE_DELAY.contains(&delay))
        {
            return Err(Contradiction::UnusableQueue);
        }
        match self.protection {
            Protection::None | Protection::SingleFlight => {}
            Protection::Lock { lease: time }
            | Protection::StaleWhileRevalidate { window: time }
                if !USABLE_WINDOW.contains(&time) =>
            {
                return Err(Contradiction::UnusableWindow);
            }
            Protection::Lock { .. } => {}
            Protection::XFetch { .. } | Protection::StaleWhileRevalidate { .. } => {
                let name = self.protection.name();
                if self.ttl.is_none() {
                    return Err(Contradiction::NothingExpires(name));
                }
                if self.sliding {
                    return Err(Contradiction::ReadResultsStay(name));
                }
            }
        }
        Ok(())
    }

    /// The protection in force: with read-through, loads are one at a time
    /// even when none was chosen.
    pub fn protection_in_force(&self) -> Protection {
        match (self.strategy, self.protection) {
            (Strategy::ReadThrough, Protection::None) => Protection::SingleFlight,
            (_, chosen) => chosen,
        }
    }

    /// How long a result is fresh; `chance`, even in (0, 1), decides where
    /// within the jitter. `None`: for as long as it is there.
    pub fn fresh_for(&self, empty: bool, chance: f64) -> Option<Duration> {
        let ttl = match self.negative {
            Some(negative) if empty => negative,
            _ => self.ttl?,
        };
        let spread = 1.0 + self.jitter.part() * (2.0 * chance - 1.0);
        Some(ttl.mul_f64(spread).max(Duration::from_millis(1)))
    }

    /// The longest that a result stays fresh; `None`: no limit.
    pub fn longest_fresh(&self) -> Option<Duration> {
        let ttl = self.ttl?.max(self.negative.unwrap_or_default());
        Some(ttl.mul_f64(1.0 + self.jitter.part()))
    }

    /// How old a result is answered as fresh that says `fresh_for` of itself;
    /// `None`: as old as the server keeps it.
    pub fn lifetime(&self, fresh_for: Option<Duration>) -> Option<Duration> {
        // What slides carries no limit of its own: the server forgets it.
        let slides = self.sliding && fresh_for.is_none();
        let limits = [fresh_for, self.longest_fresh()];
        limits.into_iter().flatten().min().filter(|_| !slides)
    }

    /// How long a result is answered after it was fresh.
    pub fn stale_window(&self) -> Duration {
        match self.protection {
            Protection::StaleWhileRevalidate { window } => window,
            _ => Duration::ZERO,
        }
    }
}

const USABLE_WINDOW: std::ops::RangeInclusive<Duration> =
    Duration::from_millis(10)..=Duration::from_secs(600);

const USABLE_QUEUE: std::ops::RangeInclusive<u32> = 1..=1_000;

const USABLE_DELAY: std::ops::RangeInclusive<Duration> =
    Duration::from_millis(1)..=Duration::from_secs(600);

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cache::aside::Beta;

    const TTL: Duration = Duration::from_secs(30);

    fn rules() -> Rules {
        Rules {
            ttl: Some(TTL),
            ..Rules::default()
        }
    }

    #[test]
    fn a_jitter_spreads_evenly_to_both_sides() {
        let rules = Rules {
            jitter: Jitter::from_thousandths(100).unwrap(),
            ..rules()
        };
        let at = |chance| rules.fresh_for(false, chance).unwrap().as_secs_f64();
        assert!((at(0.0) - 27.0).abs() < 1e-6);
        assert!((at(0.5) - 30.0).abs() < 1e-6);
        assert!((at(1.0) - 33.0).abs() < 1e-6);
        assert_eq!(rules.longest_fresh(), Some(TTL.mul_f64(1.1)));
        assert_eq!(Rules::default().fresh_for(false, 0.3), None);
    }

    #[test]
    fn results_without_rows_have_a_ttl_of_their_own() {
        let short = Duration::from_secs(5);
        let rules = Rules {
            negative: Some(short),
            ..rules()
        };
        assert_eq!(rules.fresh_for(true, 0.5), Some(short));
        assert_eq!(rules.fresh_for(false, 0.5), Some(TTL));
        let only = Rules {
            negative: Some(short),
            ..Rules::default()
        };
        assert_eq!(only.fresh_for(true, 0.5), Some(short));
        assert_eq!(only.fresh_for(false, 0.5), None);
        assert_eq!(only.longest_fresh(), None);
    }

    #[test]
    fn contradictions_are_told() {
        let swr = Protection::StaleWhileRevalidate {
            window: Duration::from_secs(1),
        };
        let xfetch = Protection::XFetch { beta: Beta::ONE };
        let bad = |rules: Rules| rules.check().unwrap_err().to_string();
        assert_eq!(rules().check(), Ok(()));
        let ttl = Invalidation::Ttl;
        bad(Rules {
            ttl: None,
            invalidation: ttl,
            ..rules()
        });
        bad(Rules {
            ttl: Some(Duration::ZERO),
            ..rules()
        });
        bad(Rules {
            negative: Some(Duration::ZERO),
            ..rules()
        });
        bad(Rules {
            ttl: None,
            jitter: Jitter::from_thousandths(1).unwrap(),
            ..rules()
        });
        bad(Rules {
            ttl: None,
            sliding: true,
            ..rules()
        });
        bad(Rules {
            sliding: true,
            invalidation: ttl,
            ..rules()
        });
        bad(Rules {
            ttl: None,
            protection: swr,
            ..rules()
        });
        bad(Rules {
            sliding: true,
            protection: xfetch,
            ..rules()
        });
        let delay = Duration::from_secs(1);
        for (queue, delay) in [(0, delay), (1_001, delay), (1, Duration::ZERO)] {
            bad(Rules {
                strategy: Strategy::WriteBehind { queue, delay },
                ..rules()
            });
        }
        let lease = Duration::ZERO;
        bad(Rules {
            protection: Protection::Lock { lease },
            ..rules()
        });
    }

    #[test]
    fn reading_through_loads_one_at_a_time() {
        let through = Rules {
            strategy: Strategy::ReadThrough,
            ..rules()
        };
        assert_eq!(through.protection_in_force(), Protection::SingleFlight);
        assert_eq!(rules().protection_in_force(), Protection::None);
    }
}
