//! The settings of a cache, as they are typed after `.cache`: the answer to an
//! exercise on a workload.

use std::str::FromStr;

use crate::cache::aside::{Protection, Rules};
use crate::cache::policy::PolicyKind;
use crate::lab::simulate::Capacity;
use crate::sql;
use crate::units::parse_duration;

/// What an answer sets, as it is typed after `.cache`.
#[derive(Debug, Clone, PartialEq)]
pub struct CacheSettings {
    /// `None` without a cache.
    pub(super) rules: Option<Rules>,
    pub(super) policy: PolicyKind,
    pub(super) capacity: Option<Capacity>,
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

#[cfg(test)]
mod tests {
    use super::*;

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
    }
}
