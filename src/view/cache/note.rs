//! What the footer of a statement says of the cache.

use super::plain_duration;
use crate::cache::layer::Dropped;
use crate::cache::{Outcome, Times};
use crate::units;

/// The note that goes into a result's footer in the place of its time:
/// `MISS  4.71 ms = get 0.020 + database 4.66 + set 0.030`.
pub fn served_note(outcome: &Outcome, times: &Times) -> String {
    let total = times.total();
    match outcome {
        Outcome::Hit {
            ttl_left, database, ..
        } => {
            let time = units::milliseconds(total);
            let without = units::milliseconds(*database);
            let mut note = if *database > total {
                format!("HIT   {time} ms; the database took {without}.")
            } else {
                let lost = units::milliseconds(total - *database);
                format!(
                    "HIT   {time} ms; the database takes {without}.  \
                     This cache costs you {lost} ms a read."
                )
            };
            if let Some(left) = ttl_left {
                note.push_str(&format!("   {} left", plain_duration(*left)));
            }
            note
        }
        Outcome::Miss { not_stored } => {
            let mut note = format!("MISS  {}", sum_of(times));
            if let Some(why) = not_stored {
                note.push_str(&format!(".  Not stored: {why}."));
            }
            note
        }
        Outcome::Stale { by, .. } => {
            let time = units::milliseconds(total);
            let by = plain_duration(*by);
            let mut note = format!("STALE {time} ms; its TTL ended {by} ago.");
            if let Some(refresh) = times.refresh {
                let refresh = units::milliseconds(refresh);
                note.push_str(&format!("  Loaded anew after the answer: {refresh} ms."));
            }
            note
        }
        Outcome::Shared { waited } => {
            let time = units::milliseconds(total);
            let waited = units::milliseconds(*waited);
            format!("WAIT  {time} ms, {waited} of it for another reader who was loading it.")
        }
        Outcome::Early {
            ttl_left,
            not_stored,
        } => {
            let mut note = format!(
                "EARLY {}; loaded anew {} before its TTL ends",
                sum_of(times),
                plain_duration(*ttl_left)
            );
            match not_stored {
                Some(why) => note.push_str(&format!(".  Not stored: {why}.")),
                None => note.push('.'),
            }
            note
        }
        Outcome::Bypassed { why } => {
            format!("{}.  Not cached: {why}.", units::duration(total))
        }
        Outcome::Degraded { why } => {
            let database = units::duration(times.database.unwrap_or_default());
            format!("{database} from the database.  No cache: {why}.")
        }
    }
}

/// `4.71 ms = get 0.020 + database 4.66 + set 0.030`.
fn sum_of(times: &Times) -> String {
    let parts = [
        ("get", times.get),
        ("lock", times.lock),
        ("wait", times.waited),
        ("database", times.database),
        ("set", times.set),
    ];
    let parts: Vec<String> = parts
        .into_iter()
        .filter_map(|(name, time)| Some(format!("{name} {}", units::milliseconds(time?))))
        .collect();
    format!(
        "{} ms = {}",
        units::milliseconds(times.total()),
        parts.join(" + ")
    )
}

/// Who answered, and why it was not the cache: what stays of the note when no
/// times are wanted.
pub fn served_word(outcome: &Outcome) -> String {
    match outcome {
        Outcome::Hit { .. } => "HIT".to_owned(),
        Outcome::Miss { not_stored: None } => "MISS".to_owned(),
        Outcome::Miss {
            not_stored: Some(why),
        } => format!("MISS  Not stored: {why}."),
        Outcome::Stale { .. } => "STALE".to_owned(),
        Outcome::Shared { .. } => "WAIT".to_owned(),
        Outcome::Early {
            not_stored: None, ..
        } => "EARLY".to_owned(),
        Outcome::Early {
            not_stored: Some(why),
            ..
        } => format!("EARLY  Not stored: {why}."),
        Outcome::Bypassed { why } => format!("Not cached: {why}."),
        Outcome::Degraded { why } => format!("No cache: {why}."),
    }
}

/// What a write did to the cache: `Dropped the 1 cached result that had read
/// orders.` `None` when nothing was dropped.
pub fn dropped_note(dropped: &Dropped, tables: &[&str]) -> Option<String> {
    let results = dropped.results();
    if results == 0 {
        return None;
    }
    let cached = units::counted(results, "cached result", "cached results");
    let tables = match tables {
        [] => "what changed".to_owned(),
        [one] => (*one).to_owned(),
        [most @ .., last] => format!("{} or {last}", most.join(", ")),
    };
    Some(match dropped {
        Dropped::Deleted(_) => format!("Dropped the {cached} that had read {tables}."),
        Dropped::Restored {
            results,
            deleted,
            took,
        } => {
            let stored = units::counted(*results, "cached result", "cached results");
            let took = units::duration(*took);
            let mut note = format!("Stored anew the {stored} that had read {tables}: {took}.");
            if *deleted > 0 {
                note.push_str(&format!("  Dropped {} more.", units::count(*deleted)));
            }
            note
        }
        Dropped::Unused { why, .. } => {
            format!("The {cached} that had read {tables} will not be used; not deleted: {why}.")
        }
    })
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::cache::Uncacheable;
    use crate::cache::connection::Fault;
    use crate::cache::layer::{Degradation, NotStored};

    fn times(get: u64, database: u64, set: u64) -> Times {
        let micros = |n: u64| (n > 0).then(|| Duration::from_micros(n));
        Times {
            get: micros(get),
            decode: None,
            database: micros(database),
            set: micros(set),
            ..Times::default()
        }
    }

    #[test]
    fn a_miss_is_the_sum_of_its_parts() {
        let stored = Outcome::Miss { not_stored: None };
        let note = served_note(&stored, &times(20, 4660, 30));
        assert_eq!(
            note,
            "MISS  4.71 ms = get 0.020 + database 4.66 + set 0.030"
        );
        let printed: Vec<f64> = note
            .split(|c: char| !c.is_ascii_digit() && c != '.')
            .filter_map(|word| word.parse().ok())
            .collect();
        assert!((printed[0] - printed[1..].iter().sum::<f64>()).abs() < 0.005);
        let failed = Outcome::Miss {
            not_stored: Some(NotStored::Failed(Fault::Refused("OOM no".into()))),
        };
        insta::assert_snapshot!(served_note(&failed, &times(20, 4660, 0)), @"MISS  4.68 ms = get 0.020 + database 4.66.  Not stored: the cache server says: OOM no.");
    }

    #[test]
    fn a_hit_says_what_it_saved_or_cost() {
        let hit = |database: u64, ttl_left| Outcome::Hit {
            age: Duration::from_secs(3),
            ttl_left,
            database: Duration::from_micros(database),
        };
        let left = Some(Duration::from_secs(27));
        insta::assert_snapshot!(served_note(&hit(4660, left), &times(20, 0, 0)), @"HIT   0.020 ms; the database took 4.66.   27 s left");
        insta::assert_snapshot!(served_note(&hit(3, None), &times(20, 0, 0)), @"HIT   0.020 ms; the database takes 0.003.  This cache costs you 0.017 ms a read.");
    }

    #[test]
    fn the_cache_that_was_not_used_is_explained() {
        let why = Uncacheable::Function("random".into());
        insta::assert_snapshot!(served_note(&Outcome::Bypassed { why }, &times(0, 600, 0)), @"0.60 ms.  Not cached: random() can answer differently next time.");
        let why = Degradation::Failed(Fault::TimedOut(Duration::from_millis(500)));
        insta::assert_snapshot!(served_note(&Outcome::Degraded { why }, &times(500_000, 600, 0)), @"0.60 ms from the database.  No cache: no answer from the cache server within 500 ms.");
        let left = Duration::from_millis(1500);
        let why = Degradation::Paused { left };
        insta::assert_snapshot!(served_note(&Outcome::Degraded { why }, &times(0, 600, 0)), @"0.60 ms from the database.  No cache: the cache server failed repeatedly; asking it again in 2 s.");
    }

    #[test]
    fn a_write_says_what_it_dropped() {
        assert_eq!(dropped_note(&Dropped::Deleted(0), &["orders"]), None);
        insta::assert_snapshot!(dropped_note(&Dropped::Deleted(1), &["orders"]).unwrap(), @"Dropped the 1 cached result that had read orders.");
        insta::assert_snapshot!(dropped_note(&Dropped::Deleted(3), &["a", "b", "c"]).unwrap(), @"Dropped the 3 cached results that had read a, b or c.");
        let unused = Dropped::Unused {
            results: 2,
            why: Degradation::Failed(Fault::Broken("connection reset".into())),
        };
        insta::assert_snapshot!(dropped_note(&unused, &["orders"]).unwrap(), @"The 2 cached results that had read orders will not be used; not deleted: lost the cache server: connection reset.");
    }
}
