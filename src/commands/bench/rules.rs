//! The flags that say how the cache is used: those of `.cache on`.

use std::time::Duration;

use super::again::as_typed;
use crate::cache::Invalidation;
use crate::cache::aside::{Beta, Jitter, Protection, Rules, Strategy};
use crate::commands::Failure;
use crate::units;

/// How the cache is used. What is not given is as the workload says.
#[derive(Debug, Clone, Default, clap::Args)]
pub struct CacheRules {
    /// How long a result lives
    #[arg(long, value_name = "TIME", value_parser = units::parse_duration)]
    pub ttl: Option<Duration>,

    /// How far TTLs are spread to both sides: 10%
    #[arg(long, value_name = "P%")]
    pub jitter: Option<Jitter>,

    /// Each hit starts the TTL anew
    #[arg(long)]
    pub sliding: bool,

    /// How long a result without rows lives
    #[arg(long, value_name = "TIME", value_parser = units::parse_duration)]
    pub negative: Option<Duration>,

    /// What a write does to results: none, ttl, delete-on-write, versioned
    #[arg(long, value_name = "KIND")]
    pub invalidation: Option<Invalidation>,

    /// Against many that miss at once: single-flight, lock, xfetch, stale-while-revalidate
    #[arg(long, value_name = "KIND")]
    pub protect: Option<Protection>,

    /// How early xfetch loads anew: 1
    #[arg(long, value_name = "B")]
    pub beta: Option<Beta>,

    /// How long the lock is held at most
    #[arg(long, value_name = "TIME", value_parser = units::parse_duration)]
    pub lease: Option<Duration>,

    /// For how long stale-while-revalidate answers after the TTL
    #[arg(long, value_name = "TIME", value_parser = units::parse_duration)]
    pub stale: Option<Duration>,

    /// Who loads and stores: cache-aside, read-through, write-through
    #[arg(long, value_name = "KIND")]
    pub strategy: Option<Strategy>,
}

impl CacheRules {
    /// These flags, and for those that are not given what `rules` say.
    pub fn or(self, rules: &Rules) -> CacheRules {
        let chosen = (self.protect.is_none()).then_some(rules.protection);
        let beta = match chosen {
            Some(Protection::XFetch { beta }) => Some(beta),
            _ => None,
        };
        let lease = match chosen {
            Some(Protection::Lock { lease }) => Some(lease),
            _ => None,
        };
        let stale = match chosen {
            Some(Protection::StaleWhileRevalidate { window }) => Some(window),
            _ => None,
        };
        CacheRules {
            ttl: self.ttl.or(rules.ttl),
            jitter: (self.jitter).or((rules.jitter != Jitter::NONE).then_some(rules.jitter)),
            sliding: self.sliding || rules.sliding,
            negative: self.negative.or(rules.negative),
            invalidation: self.invalidation.or(Some(rules.invalidation)),
            protect: self.protect.or(Some(rules.protection)),
            beta: self.beta.or(beta),
            lease: self.lease.or(lease),
            stale: self.stale.or(stale),
            strategy: self.strategy.or(Some(rules.strategy)),
        }
    }

    /// Changes what is given.
    ///
    /// # Errors
    /// Usage for a setting of another protection.
    pub(super) fn change(&self, rules: &mut Rules) -> Result<(), Failure> {
        rules.ttl = self.ttl.or(rules.ttl);
        rules.jitter = self.jitter.unwrap_or(rules.jitter);
        rules.sliding |= self.sliding;
        rules.negative = self.negative.or(rules.negative);
        rules.invalidation = self.invalidation.unwrap_or(rules.invalidation);
        rules.strategy = self.strategy.unwrap_or(rules.strategy);
        let chosen = self.protect.unwrap_or(rules.protection);
        rules.protection = chosen
            .with(self.beta, self.lease, self.stale)
            .map_err(|wrong| {
                let (setting, of) = (wrong.setting, wrong.of);
                Failure::usage(format!("--{setting} is a setting of --protect {of}"))
            })?;
        Ok(())
    }

    /// The flags with their values, to be typed again.
    pub(super) fn flags(&self) -> Vec<(&'static str, Option<String>)> {
        let time = |time: Option<Duration>| time.map(as_typed);
        vec![
            ("--ttl", time(self.ttl)),
            ("--jitter", self.jitter.map(|it| it.to_string())),
            ("--sliding", self.sliding.then(String::new)),
            ("--negative", time(self.negative)),
            (
                "--invalidation",
                self.invalidation.map(|kind| kind.name().to_owned()),
            ),
            ("--protect", self.protect.map(|it| it.name().to_owned())),
            ("--beta", self.beta.map(|it| it.to_string())),
            ("--lease", time(self.lease)),
            ("--stale", time(self.stale)),
            ("--strategy", self.strategy.map(|it| it.name().to_owned())),
        ]
    }
}
