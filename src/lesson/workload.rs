//! Readers and writers of a cache, in virtual time: what an exercise on the
//! settings of a cache is played with.

use std::fmt;
use std::time::Duration;

use serde::{Deserialize, Deserializer, de};

use super::cache_settings::CacheSettings;
use super::workload_result::WorkloadResult;
use crate::interrupt::Interrupt;
use crate::lab::keys::Distribution;
use crate::lab::simulate::Capacity;
use crate::lab::virtual_time::{self, Arrivals, CacheServer, Load, Outage, Scan, Services};
use crate::units::{count, parse_duration};

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
    /// How it is spread where that is not by Zipf, such as `hotspot:1%:50%`.
    #[serde(deserialize_with = "read_distribution")]
    pub distribution: Option<Distribution>,
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
    #[serde(deserialize_with = "read_some_capacity")]
    pub capacity: Option<Capacity>,
    /// From one beginning to the next of a job that reads many keys once.
    #[serde(deserialize_with = "read_some_duration")]
    pub scan_every: Option<Duration>,
    /// How many keys it reads, the least popular ones; `None`: all.
    pub scan_keys: Option<u64>,
    /// How many of them a second.
    pub scan_per_second: f64,
    /// When the cache does not answer, from the end of the warm-up; it comes
    /// back empty.
    #[serde(deserialize_with = "read_spans")]
    pub cache_down: Vec<Span>,
    /// When it is emptied, from the end of the warm-up.
    #[serde(deserialize_with = "read_moments")]
    pub cache_flush: Vec<Duration>,
}

/// A time between two moments.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Span {
    /// Its beginning.
    pub from: Duration,
    /// Its end, after that.
    pub to: Duration,
}

impl Default for Workload {
    fn default() -> Workload {
        Workload {
            reads_per_second: 100.0,
            writes_per_second: 0.0,
            keys: 1_000,
            zipf: 0.99,
            distribution: None,
            tables: 1_000,
            absent: 0,
            warmup: Duration::from_secs(10),
            duration: Duration::from_secs(60),
            cache: Duration::from_micros(500),
            database: Duration::from_millis(10),
            connections: None,
            capacity: None,
            scan_every: None,
            scan_keys: None,
            scan_per_second: 1_000.0,
            cache_down: Vec::new(),
            cache_flush: Vec::new(),
        }
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
        let cache = CacheServer {
            capacity: self.room_for(settings.capacity)?,
            policy: settings.policy,
            ..CacheServer::default()
        };
        let rules = settings.rules.unwrap_or_default();
        let services = self.services(settings.rules.is_some());
        let outcome = virtual_time::run(&self.load(), rules, &services, cache, seed, interrupt)
            .map_err(|e| told(&e))?;
        Ok(WorkloadResult {
            reads: outcome.reads,
            hit_ratio: outcome.hit_ratio(),
            database_reads: outcome.database_reads,
            stale_reads: outcome.stale_reads,
            stalest: outcome.stalest,
            p99: outcome.latency_at(0.99),
            mean: outcome.mean_latency(),
        })
    }

    /// How many results the cache holds, where the answer may choose less than
    /// there is room for.
    fn room_for(&self, chosen: Option<Capacity>) -> Result<Option<u64>, String> {
        let objects = |capacity: Option<Capacity>| {
            let objects = capacity.map(|capacity| capacity.objects(self.keys));
            objects.transpose().map_err(|error| error.to_string())
        };
        match (objects(self.capacity)?, objects(chosen)?) {
            (Some(given), Some(chosen)) if chosen > given => Err(format!(
                "there is room for {} results, not for {}",
                count(given),
                count(chosen)
            )),
            (given, chosen) => Ok(chosen.or(given)),
        }
    }

    fn load(&self) -> Load {
        let zipf = Distribution::Zipf { alpha: self.zipf };
        Load {
            arrivals: Arrivals::Poisson {
                per_second: self.reads_per_second,
            },
            distribution: self.distribution.unwrap_or(zipf),
            keys: self.keys,
            absent: self.absent,
            writes_per_second: self.writes_per_second,
            tables: self.tables,
            scan: self.scan_every.map(|every| Scan {
                every,
                keys: self.scan_keys.unwrap_or(self.keys),
                per_second: self.scan_per_second,
            }),
            warmup: self.warmup,
            duration: self.duration,
        }
    }

    fn services(&self, has_cache: bool) -> Services {
        // No cache is one that is never there, and that nobody waits for.
        let never = Outage {
            from: Duration::ZERO,
            lasts: (self.warmup + self.duration) * 2,
        };
        let down = self.cache_down.iter().map(|span| (span.from, span.to));
        // Emptied is gone and back in no time.
        let flushed = self.cache_flush.iter().map(|at| (*at, *at));
        let faults = down.chain(flushed).map(|(from, to)| Outage {
            from: self.warmup + from,
            lasts: to - from,
        });
        let parts = Services {
            cache: self.cache,
            database: self.database,
            connections: self.connections,
            ..Services::default()
        };
        if has_cache {
            let outages = faults.collect();
            return Services { outages, ..parts };
        }
        Services {
            outages: vec![never],
            patience: Duration::ZERO,
            ..parts
        }
    }
}

pub(super) fn read_duration<'de, D: Deserializer<'de>>(from: D) -> Result<Duration, D::Error> {
    let text = String::deserialize(from)?;
    parse_duration(&text).map_err(de::Error::custom)
}

pub(super) fn read_some_duration<'de, D: Deserializer<'de>>(
    from: D,
) -> Result<Option<Duration>, D::Error> {
    read_duration(from).map(Some)
}

fn read_some_capacity<'de, D: Deserializer<'de>>(from: D) -> Result<Option<Capacity>, D::Error> {
    let text = String::deserialize(from)?;
    text.parse().map(Some).map_err(de::Error::custom)
}

fn read_distribution<'de, D: Deserializer<'de>>(from: D) -> Result<Option<Distribution>, D::Error> {
    let text = String::deserialize(from)?;
    match text.parse().map_err(de::Error::custom)? {
        // Here keys are drawn one by one; a job that goes through them is a scan.
        Distribution::Sequential => Err(de::Error::custom(
            "a workload draws its keys: for reads in a sequence there is `scan_every`",
        )),
        drawn => Ok(Some(drawn)),
    }
}

/// One text, or several in a list.
#[derive(Deserialize)]
#[serde(untagged)]
enum Texts {
    One(String),
    Many(Vec<String>),
}

impl Texts {
    fn read<'de, D: Deserializer<'de>>(from: D) -> Result<Vec<String>, D::Error> {
        Ok(match Texts::deserialize(from)? {
            Texts::One(text) => vec![text],
            Texts::Many(texts) => texts,
        })
    }
}

fn read_moments<'de, D: Deserializer<'de>>(from: D) -> Result<Vec<Duration>, D::Error> {
    let texts = Texts::read(from)?;
    let moments = texts.iter().map(|text| parse_duration(text));
    moments.collect::<Result<_, _>>().map_err(de::Error::custom)
}

fn read_spans<'de, D: Deserializer<'de>>(from: D) -> Result<Vec<Span>, D::Error> {
    let span = |text: &String| {
        let moment = |text: &str| parse_duration(text.trim()).ok();
        let span = text.split_once("..");
        let span = span.and_then(|(from, to)| Some((moment(from)?, moment(to)?)));
        let span = span.filter(|(from, to)| from < to);
        span.map(|(from, to)| Span { from, to }).ok_or_else(|| {
            de::Error::custom(format!(
                "`{text}` is no time between two moments: write \"20s..40s\""
            ))
        })
    };
    Texts::read(from)?.iter().map(span).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn played(workload: &str, settings: &str) -> WorkloadResult {
        let workload: Workload = toml::from_str(workload).unwrap();
        workload
            .play(&settings.parse().unwrap(), 1, &Interrupt::new())
            .unwrap()
    }

    #[test]
    fn settings_are_those_of_the_shell() {
        let played = |settings| {
            let workload = "reads_per_second = 200\nwrites_per_second = 1\ncapacity = \"20%\"";
            played(workload, settings)
        };
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
    fn no_answer_is_older_than_the_ttl() {
        let played = |settings| played("writes_per_second = 5\nkeys = 20\nzipf = 0", settings);
        let seconds = |settings| played(settings).stalest.as_secs_f64();
        // The answer left the database at most a query before it was stored.
        let ttl = seconds(".cache on --ttl 4s --invalidation ttl");
        assert!((3.0..=4.02).contains(&ttl), "{ttl}");
        assert!(seconds(".cache on --invalidation none") > 50.0);
        assert_eq!(seconds(".cache on --invalidation versioned"), 0.0);
    }

    #[test]
    fn a_scan_empties_lru_of_hot_keys_and_others_hold_them() {
        let hits = |policy, scan| {
            let workload = format!("capacity = \"10%\"\nreads_per_second = 300\n{scan}");
            played(&workload, &format!(".cache on --policy {policy}")).hit_ratio
        };
        let scan = "scan_every = \"5s\"\nscan_keys = 900";
        let lost = |policy| hits(policy, "") - hits(policy, scan);
        let (lru, lfu) = (lost("lru"), lost("lfu"));
        assert!(lru > 0.04 && lfu < lru / 4.0, "{lru} {lfu}");
        // What the job reads is not counted.
        let off = |scan| played(scan, ".cache off");
        assert_eq!(off(scan).database_reads, off("").database_reads);
    }

    #[test]
    fn a_cache_that_fails_costs_hits() {
        let played = |faults| played(faults, ".cache on");
        let (well, down) = (played(""), played("cache_down = \"10s..40s\""));
        assert!(down.hit_ratio < well.hit_ratio / 1.8, "{down}");
        let twice = played("cache_down = [\"10s..20s\", \"20s..40s\"]");
        assert_eq!(twice.reads, down.reads);
        let flushed = played("cache_flush = [\"10s\", \"30s\"]");
        assert!(flushed.hit_ratio < well.hit_ratio, "{flushed}");
        assert!(flushed.hit_ratio > down.hit_ratio, "{flushed}");
    }

    #[test]
    fn few_keys_can_be_hot() {
        let hits = |distribution: &str| {
            let distribution = format!("capacity = \"10\"\ndistribution = \"{distribution}\"");
            played(&distribution, ".cache on").hit_ratio
        };
        // One key of 1,000 gets half of the reads.
        let hot = hits("hotspot:0.1%:50%");
        assert!((0.45..0.55).contains(&hot), "{hot}");
        assert!(hits("uniform") < 0.02);
    }

    #[test]
    fn what_cannot_be_is_told() {
        let told = |toml: &str| toml::from_str::<Workload>(toml).unwrap_err();
        for (toml, part) in [
            ("cache_down = \"20s\"", "write \"20s..40s\""),
            ("cache_down = [\"40s..20s\"]", "write \"20s..40s\""),
            ("cache_flush = \"soon\"", "is no duration"),
            ("distribution = \"sequential\"", "`scan_every`"),
            ("capacity = \"much\"", "much"),
        ] {
            let error = told(toml).message().to_owned();
            assert!(error.contains(part), "{error}");
        }
        let small: Workload = toml::from_str("capacity = \"10%\"").unwrap();
        let all = ".cache on --capacity 50%".parse().unwrap();
        let error = small.play(&all, 1, &Interrupt::new()).unwrap_err();
        insta::assert_snapshot!(error, @"there is room for 100 results, not for 500");
        let busy: Workload = toml::from_str("scan_every = \"100ms\"").unwrap();
        let error = busy.play(&".cache on".parse().unwrap(), 1, &Interrupt::new());
        insta::assert_snapshot!(error.unwrap_err(), @"a scan of 1000 keys at 1000 a second has no end within 100ms");
    }
}
