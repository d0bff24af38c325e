//! Exercises on the settings of a cache: readers and writers in virtual time,
//! and bounds on what comes of it.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use serde::Deserialize;

use crate::cache::aside::{Protection, Rules};
use crate::cache::policy::PolicyKind;
use crate::interrupt::Interrupt;
use crate::lab::keys::Distribution;
use crate::lab::simulate::Capacity;
use crate::lab::virtual_time::{self, Arrivals, CacheServer, Load, Outage, Services};
use crate::sql;
use crate::units::{count, duration, parse_duration};

/// The seeds that an answer is played with: what the learner sees, and others.
pub(super) const SEEDS: [u64; 3] = [1, 2, 3];

/// Who asks for what, and how long the parts take.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Workload {
    /// Reads a second, on average (Poisson).
    pub reads_per_second: f64,
    /// Writes a second.
    pub writes_per_second: f64,
    /// How many keys are asked for.
    pub keys: u64,
    /// How popularity is spread over them.
    pub zipf: f64,
    /// Over how many tables the keys are spread.
    pub tables: u64,
    /// How many keys, the least popular, have no rows.
    pub absent: u64,
    /// What happens before this does not count.
    #[serde(deserialize_with = "read_duration")]
    pub warmup: Duration,
    /// How long it goes on after that.
    #[serde(deserialize_with = "read_duration")]
    pub duration: Duration,
    /// A command to the cache and its reply.
    #[serde(deserialize_with = "read_duration")]
    pub cache: Duration,
    /// A query.
    #[serde(deserialize_with = "read_duration")]
    pub database: Duration,
    /// How many queries the database works on at a time.
    pub connections: Option<u32>,
    /// How much the cache holds, such as `10%`; the answer may hold less.
    pub capacity: Option<String>,
}

/// What must come of it.
#[derive(Debug, Clone, PartialEq, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct WorkloadBounds {
    /// The least share of reads that the cache answers.
    pub hit_ratio: Option<f64>,
    /// The most queries.
    pub database_reads: Option<u64>,
    /// The most answers older than what was committed when they were asked for.
    pub stale_reads: Option<u64>,
    /// The most that 99 of 100 answers take.
    #[serde(deserialize_with = "read_some_duration")]
    pub p99: Option<Duration>,
    /// The most that answers take on average.
    #[serde(deserialize_with = "read_some_duration")]
    pub mean: Option<Duration>,
}

/// What came of it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct WorkloadResult {
    /// Answers.
    pub reads: u64,
    /// The share of them from the cache.
    pub hit_ratio: f64,
    /// Queries.
    pub database_reads: u64,
    /// Answers that were old.
    pub stale_reads: u64,
    /// What 99 of 100 answers took at most.
    pub p99: Duration,
    /// What answers took on average.
    pub mean: Duration,
}

/// What an answer sets, as it is typed after `.cache`.
#[derive(Debug, Clone, PartialEq)]
pub struct CacheSettings {
    rules: Option<Rules>,
    policy: PolicyKind,
    capacity: Option<Capacity>,
}

/// What can be set: the flags of `.cache on` that matter here, and the cache
/// server's room and policy.
const FLAGS: [&str; 12] = [
    "--ttl",
    "--jitter",
    "--sliding",
    "--negative",
    "--invalidation",
    "--protect",
    "--beta",
    "--lease",
    "--stale",
    "--strategy",
    "--policy",
    "--capacity",
];

/// Reads a value by the type it is for, whose errors say what there is.
fn parsed<T: FromStr<Err: ToString>>(text: &str) -> Result<T, String> {
    text.parse().map_err(|error: T::Err| error.to_string())
}

impl Default for Workload {
    fn default() -> Workload {
        Workload {
            reads_per_second: 100.0,
            writes_per_second: 0.0,
            keys: 1_000,
            zipf: 0.99,
            tables: 1_000,
            absent: 0,
            warmup: Duration::from_secs(10),
            duration: Duration::from_secs(60),
            cache: Duration::from_micros(500),
            database: Duration::from_millis(10),
            connections: None,
            capacity: None,
        }
    }
}

impl FromStr for CacheSettings {
    type Err = String;

    fn from_str(text: &str) -> Result<CacheSettings, String> {
        let words: Vec<&str> = super::commands::lines(text)
            .flat_map(str::split_whitespace)
            .map(|word| word.trim_end_matches(';'))
            .collect();
        let mut words = words.as_slice();
        if let [first, rest @ ..] = words
            && first.trim_start_matches('.') == "cache"
        {
            words = rest;
        }
        let flags = match words {
            ["off"] => {
                return Ok(CacheSettings {
                    rules: None,
                    policy: PolicyKind::Lru,
                    capacity: None,
                });
            }
            ["on", flags @ ..] => flags,
            _ => return Err("write .cache on with its settings, or .cache off".to_owned()),
        };
        let mut settings = CacheSettings {
            rules: Some(Rules::default()),
            policy: PolicyKind::Lru,
            capacity: None,
        };
        let mut flags = flags.iter();
        while let Some(flag) = flags.next() {
            if *flag == "--sliding" {
                settings.rules.get_or_insert_default().sliding = true;
                continue;
            }
            let value = flags.next().ok_or_else(|| format!("{flag} has no value"))?;
            settings.set(flag, value)?;
        }
        let rules = settings.rules.unwrap_or_default();
        rules.check().map_err(|error| error.to_string())?;
        Ok(settings)
    }
}

impl CacheSettings {
    fn set(&mut self, flag: &str, value: &str) -> Result<(), String> {
        let rules = self.rules.get_or_insert_default();
        let duration = || parse_duration(value).map_err(|error| error.to_string());
        match flag {
            "--ttl" => rules.ttl = Some(duration()?),
            "--negative" => rules.negative = Some(duration()?),
            "--jitter" => rules.jitter = parsed(value)?,
            "--invalidation" | "--invalidate" => rules.invalidation = parsed(value)?,
            "--protect" => rules.protection = parsed(value)?,
            "--strategy" => rules.strategy = parsed(value)?,
            "--capacity" => self.capacity = Some(parsed(value)?),
            "--policy" => {
                let named = |kind: &PolicyKind| kind.name().eq_ignore_ascii_case(value);
                let found = PolicyKind::ALL.iter().find(|kind| named(kind));
                self.policy = *found.ok_or_else(|| format!("there is no policy {value}"))?;
            }
            "--beta" | "--lease" | "--stale" => match (flag, &mut rules.protection) {
                ("--beta", Protection::XFetch { beta }) => *beta = parsed(value)?,
                ("--lease", Protection::Lock { lease }) => *lease = duration()?,
                ("--stale", Protection::StaleWhileRevalidate { window }) => *window = duration()?,
                _ => return Err(format!("{flag} comes after the --protect that it is for")),
            },
            _ => {
                let near = sql::nearest(flag, FLAGS.iter().copied());
                let hint = match near {
                    Some(near) => format!("did you mean {near}?"),
                    None => format!("there are {}", FLAGS.join(", ")),
                };
                return Err(format!("there is no {flag} here; {hint}"));
            }
        }
        Ok(())
    }
}

impl Workload {
    /// Plays it against a cache with these settings, in virtual time.
    ///
    /// # Errors
    /// A sentence on what cannot be.
    pub fn play(
        &self,
        settings: &CacheSettings,
        seed: u64,
        interrupt: &Interrupt,
    ) -> Result<WorkloadResult, String> {
        let told = |error: &dyn fmt::Display| error.to_string();
        let given = self.capacity.as_deref().map(str::parse::<Capacity>);
        let given = given.transpose().map_err(|e| told(&e))?;
        let objects = |capacity: Option<Capacity>| {
            let objects = capacity.map(|capacity| capacity.objects(self.keys));
            objects.transpose().map_err(|e| told(&e))
        };
        let (given, chosen) = (objects(given)?, objects(settings.capacity)?);
        let capacity = match (given, chosen) {
            (Some(given), Some(chosen)) if chosen > given => {
                return Err(format!(
                    "there is room for {} results, not for {}",
                    count(given),
                    count(chosen)
                ));
            }
            (given, chosen) => chosen.or(given),
        };
        let load = Load {
            arrivals: Arrivals::Poisson {
                per_second: self.reads_per_second,
            },
            distribution: Distribution::Zipf { alpha: self.zipf },
            keys: self.keys,
            absent: self.absent,
            writes_per_second: self.writes_per_second,
            tables: self.tables,
            warmup: self.warmup,
            duration: self.duration,
        };
        let mut services = Services {
            cache: self.cache,
            database: self.database,
            connections: self.connections,
            ..Services::default()
        };
        if settings.rules.is_none() {
            // No cache is one that is never there, and that nobody waits for.
            services.patience = Duration::ZERO;
            services.outages = vec![Outage {
                from: Duration::ZERO,
                lasts: (self.warmup + self.duration) * 2,
            }];
        }
        let cache = CacheServer {
            capacity,
            policy: settings.policy,
            ..CacheServer::default()
        };
        let rules = settings.rules.unwrap_or_default();
        let outcome = virtual_time::run(&load, rules, &services, cache, seed, interrupt)
            .map_err(|e| told(&e))?;
        Ok(WorkloadResult {
            reads: outcome.reads,
            hit_ratio: outcome.hit_ratio(),
            database_reads: outcome.database_reads,
            stale_reads: outcome.stale_reads,
            p99: outcome.latency_at(0.99),
            mean: outcome.mean_latency(),
        })
    }
}

impl WorkloadBounds {
    /// Each bound as what it is about, what is asked for, and what came, if
    /// that is not within it.
    pub(super) fn facts(
        &self,
        result: &WorkloadResult,
    ) -> Vec<(&'static str, String, Option<String>)> {
        let mut facts = Vec::new();
        let mut fact = |what, wanted: String, met: bool, got: String| {
            facts.push((what, wanted, (!met).then_some(got)));
        };
        if let Some(least) = self.hit_ratio {
            let met = result.hit_ratio >= least;
            fact(
                "the hit ratio",
                format!("at least {}", percent(least)),
                met,
                percent(result.hit_ratio),
            );
        }
        if let Some(most) = self.database_reads {
            let met = result.database_reads <= most;
            fact(
                "database reads",
                at_most(&count(most)),
                met,
                count(result.database_reads),
            );
        }
        if let Some(most) = self.stale_reads {
            let met = result.stale_reads <= most;
            fact(
                "stale reads",
                at_most(&count(most)),
                met,
                count(result.stale_reads),
            );
        }
        if let Some(most) = self.p99 {
            let met = result.p99 <= most;
            fact(
                "the p99",
                at_most(&duration(most)),
                met,
                duration(result.p99),
            );
        }
        if let Some(most) = self.mean {
            let met = result.mean <= most;
            fact(
                "the mean",
                at_most(&duration(most)),
                met,
                duration(result.mean),
            );
        }
        facts
    }

    /// Whether nothing is bounded.
    pub(super) fn is_empty(&self) -> bool {
        *self == WorkloadBounds::default()
    }
}

impl fmt::Display for WorkloadResult {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} reads, hit ratio {}, {} database reads, {} stale, mean {}, p99 {}",
            count(self.reads),
            percent(self.hit_ratio),
            count(self.database_reads),
            count(self.stale_reads),
            duration(self.mean),
            duration(self.p99)
        )
    }
}

fn at_most(text: &str) -> String {
    format!("at most {text}")
}

fn percent(ratio: f64) -> String {
    format!("{:.1}%", ratio * 100.0)
}

fn read_duration<'de, D: serde::Deserializer<'de>>(from: D) -> Result<Duration, D::Error> {
    let text = String::deserialize(from)?;
    parse_duration(&text).map_err(serde::de::Error::custom)
}

fn read_some_duration<'de, D: serde::Deserializer<'de>>(
    from: D,
) -> Result<Option<Duration>, D::Error> {
    read_duration(from).map(Some)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn played(settings: &str) -> WorkloadResult {
        let workload: Workload =
            toml::from_str("reads_per_second = 200\nwrites_per_second = 1\ncapacity = \"20%\"")
                .unwrap();
        workload
            .play(&settings.parse().unwrap(), 1, &Interrupt::new())
            .unwrap()
    }

    #[test]
    fn settings_are_those_of_the_shell() {
        let on = played(".cache on --invalidation versioned");
        assert!(on.hit_ratio > 0.5 && on.stale_reads == 0, "{on}");
        assert_eq!(on, played("cache on --invalidate versioned"));
        let short = played(".cache on --ttl 1s --invalidation ttl");
        assert!(short.hit_ratio < on.hit_ratio, "{short}");
        let forever = played(".cache on --invalidation none");
        assert!(forever.stale_reads > 0, "{forever}");
        let off = played(".cache off");
        assert_eq!((off.hit_ratio, off.database_reads), (0.0, off.reads));
        assert_eq!(off.p99.as_millis(), 10, "{off}");
    }

    #[test]
    fn what_cannot_be_set_is_named() {
        let told = |text: &str| text.parse::<CacheSettings>().unwrap_err();
        insta::assert_snapshot!(told("select 1"), @"write .cache on with its settings, or .cache off");
        insta::assert_snapshot!(told(".cache on --ttl"), @"--ttl has no value");
        assert!(told(".cache on --speed 3").starts_with("there is no --speed here; "));
        insta::assert_snapshot!(told(".cache on --jiter 10%"), @"there is no --jiter here; did you mean --jitter?");
        insta::assert_snapshot!(told(".cache on --beta 2"), @"--beta comes after the --protect that it is for");
        insta::assert_snapshot!(told(".cache on --protect xfetch"), @"xfetch is about results that expire: it needs a TTL, such as --ttl 30s");
        insta::assert_snapshot!(told(".cache on --policy belady"), @"there is no policy belady");
        let small: Workload = toml::from_str("capacity = \"10%\"").unwrap();
        let all = ".cache on --capacity 50%".parse().unwrap();
        insta::assert_snapshot!(small.play(&all, 1, &Interrupt::new()).unwrap_err(), @"there is room for 100 results, not for 500");
    }
}
