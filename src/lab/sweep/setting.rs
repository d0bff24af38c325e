//! What can be set to several values, one after the other.

use std::fmt;
use std::time::Duration;

use crate::cache::Invalidation;
use crate::cache::aside::{Beta, Jitter, Protection};
use crate::cache::policy::PolicyKind;
use crate::lab::keys::Distribution;
use crate::lab::simulate::Capacity;
use crate::units;

/// One value of one setting.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Setting {
    /// How popularity is spread.
    Distribution(Distribution),
    /// Over how many keys.
    Keys(u64),
    /// Requests a second.
    Rate(u64),
    /// How many ask at a time.
    Clients(u64),
    /// What is evicted.
    Policy(PolicyKind),
    /// How much is held.
    Capacity(Capacity),
    /// How long it is held.
    Ttl(Duration),
    /// How far TTLs are spread.
    Jitter(Jitter),
    /// Against a stampede.
    Protection(Protection),
    /// How early XFetch loads.
    Beta(Beta),
    /// What a write does.
    Invalidation(Invalidation),
    /// How many objects Redis's policies look at.
    Samples(usize),
    /// What a query takes.
    DatabaseTime(Duration),
    /// What a command to the cache takes.
    CacheTime(Duration),
    /// How many queries the database works on at a time.
    Connections(u32),
}

impl Setting {
    /// The name of the setting: a column's, in reports for programs.
    pub fn name(self) -> &'static str {
        match self {
            Setting::Distribution(_) => "distribution",
            Setting::Keys(_) => "keys",
            Setting::Rate(_) => "rate",
            Setting::Clients(_) => "clients",
            Setting::Policy(_) => "policy",
            Setting::Capacity(_) => "capacity",
            Setting::Ttl(_) => "ttl",
            Setting::Jitter(_) => "jitter",
            Setting::Protection(_) => "protection",
            Setting::Beta(_) => "beta",
            Setting::Invalidation(_) => "invalidation",
            Setting::Samples(_) => "samples",
            Setting::DatabaseTime(_) => "db_time",
            Setting::CacheTime(_) => "cache_time",
            Setting::Connections(_) => "connections",
        }
    }

    /// Its value as a number, for an axis, where it is one: times in seconds,
    /// shares from 0 to 1, the exponent of a Zipf distribution.
    pub fn number(self) -> Option<f64> {
        Some(match self {
            Setting::Distribution(Distribution::Zipf { alpha }) => alpha,
            Setting::Keys(n) | Setting::Rate(n) | Setting::Clients(n) => n as f64,
            Setting::Capacity(Capacity::Objects(n)) => n as f64,
            Setting::Capacity(Capacity::Percent(percent)) => percent / 100.0,
            Setting::Ttl(time) | Setting::DatabaseTime(time) | Setting::CacheTime(time) => {
                time.as_secs_f64()
            }
            Setting::Jitter(jitter) => jitter.part(),
            Setting::Beta(beta) => beta.value(),
            Setting::Samples(n) => n as f64,
            Setting::Connections(n) => f64::from(n),
            Setting::Distribution(_)
            | Setting::Policy(_)
            | Setting::Protection(_)
            | Setting::Invalidation(_) => return None,
        })
    }

    /// Whether it changes the sequence of requests, and not only what becomes
    /// of them.
    pub fn changes_requests(self) -> bool {
        matches!(
            self,
            Setting::Distribution(_) | Setting::Keys(_) | Setting::Rate(_) | Setting::Clients(_)
        )
    }
}

impl fmt::Display for Setting {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = match self {
            Setting::Distribution(it) => it.to_string(),
            Setting::Keys(n) | Setting::Rate(n) | Setting::Clients(n) => units::count(*n),
            Setting::Policy(it) => it.to_string(),
            Setting::Capacity(it) => it.to_string(),
            Setting::Ttl(time) | Setting::DatabaseTime(time) | Setting::CacheTime(time) => {
                as_written(*time)
            }
            Setting::Jitter(it) => it.to_string(),
            Setting::Protection(it) => it.name().to_owned(),
            Setting::Beta(it) => it.to_string(),
            Setting::Invalidation(it) => it.name().to_owned(),
            Setting::Samples(n) => n.to_string(),
            Setting::Connections(n) => n.to_string(),
        };
        f.pad(&text)
    }
}

/// `10 s`, `500 ms`, as people write it.
fn as_written(time: Duration) -> String {
    if time.subsec_nanos() == 0 {
        format!("{} s", units::count(time.as_secs()))
    } else {
        units::duration(time)
    }
}

/// One of each list, in all combinations; the last list changes fastest.
pub fn combinations(lists: &[Vec<Setting>]) -> Vec<Vec<Setting>> {
    lists.iter().fold(vec![Vec::new()], |found, list| {
        let each = found.iter().flat_map(|before| {
            list.iter().map(|setting| {
                let mut longer = before.clone();
                longer.push(*setting);
                longer
            })
        });
        each.collect()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_value_meets_each_other() {
        let lists = [
            vec![Setting::Keys(10), Setting::Keys(20)],
            vec![Setting::Samples(5)],
            vec![Setting::Rate(1), Setting::Rate(2), Setting::Rate(3)],
        ];
        let all = combinations(&lists);
        assert_eq!(all.len(), 6);
        assert_eq!(
            all[1],
            [Setting::Keys(10), Setting::Samples(5), Setting::Rate(2)]
        );
        assert_eq!(combinations(&[]), [Vec::new()]);
    }
}
