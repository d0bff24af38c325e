//! The command line of a benchmark, to be typed again.

use std::time::Duration;

use super::RunArgs;
use crate::commands::{Options, shell_word};
use crate::lab::workload::Arrivals;

impl RunArgs {
    /// The command that measures the same again.
    pub(super) fn command_line(&self, data: &str, seed: u64, options: &Options) -> String {
        let time = |time: Option<Duration>| time.map(as_typed);
        let number = |n: Option<u64>| n.map(|n| n.to_string());
        let db = options.db.as_ref().map(|db| db.display().to_string());
        let sides: Vec<&str> = self.sides.iter().map(|arm| arm.name()).collect();
        let arrivals = |arrivals| match arrivals {
            Arrivals::Poisson => "poisson".to_owned(),
            Arrivals::Constant => "constant".to_owned(),
        };
        let workload = self.sql.is_none().then(|| self.workload.clone());
        let flags = [
            ("dbdojo bench run", Some(String::new())),
            ("", workload),
            ("--sql", self.sql.clone()),
            ("--values", self.values.clone()),
            ("--data", db.is_none().then(|| data.to_owned())),
            ("--db", db),
            ("--cache", Some(options.cache.to_string())),
            ("--seed", Some(seed.to_string())),
            (
                "--dist",
                self.dist
                    .map(|d| d.to_string().to_lowercase().replace(' ', ":")),
            ),
            ("--sides", (!sides.is_empty()).then(|| sides.join(","))),
            ("--clients", number(self.clients)),
            ("--think", time(self.think)),
            ("--rate", number(self.rate)),
            ("--arrivals", self.arrivals.map(arrivals)),
            ("--requests", number(self.requests)),
            ("--duration", time(self.duration)),
            ("--warmup", number(self.warmup)),
            ("--rounds", number(self.rounds)),
            ("--keys", number(self.keys)),
            (
                "--cache-share",
                self.cache_share.map(|share| share.to_string()),
            ),
            ("--policy", self.policy.clone()),
            (
                "--trace",
                self.trace.as_ref().map(|it| it.display().to_string()),
            ),
            (
                "--trace-columns",
                self.trace_columns.as_ref().map(ToString::to_string),
            ),
            ("--speed", self.speed.map(|it| it.to_string())),
            ("--skip-bad-lines", self.skip_bad_lines.then(String::new)),
            ("--rtt-db", time(self.rtt_db)),
            ("--rtt-cache", time(self.rtt_cache)),
        ];
        let mut words = Vec::new();
        for (flag, value) in flags.into_iter().chain(self.rules.flags()) {
            let Some(value) = value else { continue };
            words.extend((!flag.is_empty()).then(|| flag.to_owned()));
            words.extend((!value.is_empty()).then(|| shell_word(&value)));
        }
        words.join(" ")
    }
}

/// A duration as a flag takes it.
pub(super) fn as_typed(time: Duration) -> String {
    format!("{}ms", time.as_secs_f64() * 1e3)
}
