//! What the run has shown so far, and the sentences that hold on it.

use std::time::Duration;

use super::scene::{Against, Side};
use super::script::When;
use crate::cache::Times;
use crate::plan::Explanation;
use crate::plan::Verdict;
use crate::plan::what_if::WhatIf;
use crate::units::{bytes, count, counted, duration, seconds_shown, times};

/// Results live so long in the tour's cache.
pub(super) const TTL: Duration = Duration::from_secs(30);

/// What differs by less is about the same.
const APART: f64 = 1.1;

/// What is known after the steps that have been played.
#[derive(Debug, Default)]
pub(super) struct Measured {
    pub(super) customer: String,
    pub(super) customer_id: i64,
    /// The newest order's id.
    pub(super) order: i64,
    /// Orders of all customers.
    pub(super) orders: u64,
    /// Orders of this one.
    pub(super) kept: u64,
    /// What the query took when it was first shown.
    pub(super) first_time: Duration,
    pub(super) guess: Option<u64>,
    pub(super) plan: Option<Explanation>,
    pub(super) weighed: Option<WhatIf>,
    /// The miss, and the hit after it.
    pub(super) cached: Option<[Times; 2]>,
    pub(super) against: Option<Against>,
    pub(super) stale: Option<[Side; 2]>,
}

impl Measured {
    /// Whether a sentence that supposes `when` may be told.
    pub(super) fn holds(&self, when: When) -> bool {
        let visited = self.plan.as_ref().and_then(rows_looked_at);
        let guessed = self.guess.zip(visited);
        let index_pays = self
            .weighed
            .as_ref()
            .is_some_and(|it| it.verdict == Verdict::Build);
        match when {
            When::GuessRight => guessed.is_some_and(|(guess, real)| is_near(guess, real)),
            When::GuessLow => guessed.is_some_and(|(guess, real)| guess < real),
            When::GuessHigh => guessed.is_some_and(|(guess, real)| guess > real),
            When::IndexPays => index_pays,
            When::IndexPaysAndSlowsInserts => {
                index_pays && self.insert_ratio().is_some_and(|ratio| ratio >= APART)
            }
            When::HitIsFaster => self
                .cached
                .as_ref()
                .is_some_and(|[miss, hit]| is_faster(hit.total(), miss.database)),
            When::IndexBeatsHit => self
                .against
                .is_some_and(|it| is_faster(it.database[1], Some(it.hit[1]))),
            When::HitBeatsIndex => self
                .against
                .is_some_and(|it| is_faster(it.hit[1], Some(it.database[1]))),
            When::TtlWasStaleAndCured => self
                .stale
                .as_ref()
                .is_some_and(|[ttl, delete]| ttl.is_stale() && !delete.is_stale()),
        }
    }

    /// `text` with the words in braces replaced by what was measured. A word
    /// that nothing is known of stays.
    pub(super) fn fill(&self, text: &str) -> String {
        let mut filled = String::with_capacity(text.len());
        let mut rest = text;
        while let Some((before, after)) = rest.split_once('{') {
            filled.push_str(before);
            let Some((name, after)) = after.split_once('}') else {
                filled.push('{');
                rest = after;
                continue;
            };
            match self.figure(name) {
                Some(figure) => filled.push_str(&figure),
                None => filled.push_str(&format!("{{{name}}}")),
            }
            rest = after;
        }
        filled + rest
    }

    fn figure(&self, name: &str) -> Option<String> {
        let plan = self.plan.as_ref();
        let weighed = self.weighed.as_ref();
        let median = |plan: &Explanation| plan.elapsed.map(|it| it.median);
        let [now, with] = [weighed.map(|it| &it.before), weighed.map(|it| &it.after)];
        Some(match name {
            "customer" => self.customer.clone(),
            "first_name" => {
                let first = self.customer.split_whitespace().next();
                first.unwrap_or_default().to_owned()
            }
            "customer_id" => self.customer_id.to_string(),
            "order" => self.order.to_string(),
            "orders" => count(self.orders),
            "kept" => count(self.kept),
            "time" => duration(self.first_time),
            "per_second" => count(per_second(self.first_time)),
            "guess" => count(self.guess?),
            "you_said" => match self.guess {
                Some(guess) => format!("; you said {}", count(guess)),
                None => String::new(),
            },
            "visited" => count(rows_looked_at(plan?)?),
            "now_rows" => count(rows_looked_at(now?)?),
            "with_rows" => counted(rows_looked_at(with?)?, "row", "rows"),
            "now_time" => duration(median(now?)?),
            "with_time" => duration(median(with?)?),
            "speedup" => ratio(median(now?)?, median(with?)?),
            "size" => bytes(weighed?.size_bytes),
            "insert_slowdown" => times(self.insert_ratio()?, 1.0),
            "and_inserts" => match self.insert_ratio() {
                Some(slower) if slower >= APART => {
                    format!("; inserts {} slower", times(slower, 1.0))
                }
                _ => String::new(),
            },
            "hit_gain" => {
                let [miss, hit] = self.cached.as_ref()?;
                ratio(miss.database?, hit.total())
            }
            "hit_median" => duration(self.against?.hit[1]),
            "hit_behind" => ratio(self.against?.hit[1], self.against?.database[1]),
            "hit_ahead" => ratio(self.against?.database[1], self.against?.hit[1]),
            "ttl" => format!("{} seconds", TTL.as_secs()),
            "old" => self.stale.as_ref()?[0].before.status.clone(),
            "new" => self.stale.as_ref()?[0].truth.clone(),
            _ => return None,
        })
    }

    /// How many times as long inserts take with the index.
    fn insert_ratio(&self) -> Option<f64> {
        let inserts = self.weighed.as_ref()?.inserts.as_ref().ok()?;
        let without = seconds_shown(inserts.without);
        (without > 0.0).then(|| seconds_shown(inserts.with) / without)
    }
}

/// Rows visited; in a build of SQLite that does not count them, those that a full
/// scan of one table takes, or those that came.
fn rows_looked_at(plan: &Explanation) -> Option<u64> {
    plan.visited_rows().or_else(|| match plan.counters {
        Some(counters) if counters.fullscan_steps > 0 => Some(counters.fullscan_steps + 1),
        _ => plan.rows,
    })
}

/// Within a tenth.
fn is_near(guess: u64, real: u64) -> bool {
    guess.abs_diff(real) <= real / 10
}

fn is_faster(fast: Duration, slow: Option<Duration>) -> bool {
    slow.is_some_and(|slow| seconds_shown(slow) >= APART * seconds_shown(fast))
}

fn ratio(slow: Duration, fast: Duration) -> String {
    times(seconds_shown(slow), seconds_shown(fast))
}

/// How many can be done one after another in a second, to two digits: more
/// would pretend.
fn per_second(time: Duration) -> u64 {
    let whole = (1.0 / time.as_secs_f64().max(1e-9)) as u64;
    let mut scale = 1;
    while whole / scale >= 100 {
        scale *= 10;
    }
    whole / scale * scale
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_unknown_stays_to_be_seen() {
        let measured = Measured {
            customer: "Ada Lovelace".into(),
            kept: 3,
            ..Measured::default()
        };
        let text = "{first_name} has {kept}; {visited} {no such} {";
        assert_eq!(measured.fill(text), "Ada has 3; {visited} {no such} {");
    }

    #[test]
    fn what_is_told_of_the_cache_follows_from_what_was_measured() {
        let against = |database: u64, hit: u64| Measured {
            against: Some(Against {
                database: [Duration::from_micros(900), Duration::from_micros(database)],
                hit: [Duration::from_micros(hit); 2],
                runs: 9,
            }),
            ..Measured::default()
        };
        let holding = |measured: &Measured| {
            [When::IndexBeatsHit, When::HitBeatsIndex].map(|when| measured.holds(when))
        };
        assert_eq!(holding(&against(2, 18)), [true, false]);
        assert_eq!(against(2, 18).fill("{hit_behind}"), "9.0x");
        assert_eq!(holding(&against(18, 2)), [false, true]);
        assert_eq!(against(18, 2).fill("{hit_ahead}"), "9.0x");
        assert_eq!(holding(&against(100, 105)), [false, false]);
        assert_eq!(holding(&Measured::default()), [false, false]);
    }

    #[test]
    fn a_rate_has_two_digits() {
        assert_eq!(per_second(Duration::from_micros(420)), 2_300);
        assert_eq!(per_second(Duration::from_millis(30)), 33);
        assert_eq!(per_second(Duration::from_secs(2)), 0);
    }

    #[test]
    fn near_is_within_a_tenth() {
        assert!(is_near(19_000, 20_000));
        assert!(!is_near(17_000, 20_000));
        assert!(is_near(0, 0));
    }
}
