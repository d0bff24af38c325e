//! A workload through the cache layer: the flags that are about it, and how
//! they become a rehearsal.

use std::time::Duration;

use super::{Args, failure_of};
use crate::cache::Invalidation;
use crate::cache::aside::{Beta, Jitter, Protection, Rules, Strategy};
use crate::cache::policy::PolicyKind;
use crate::commands::{Context, Failure, Options, open};
use crate::lab::bench::Bench;
use crate::lab::keys::Distribution;
use crate::lab::simulate::{CannotSimulate, Capacity};
use crate::lab::sweep::{Axis, Data, Rehearsal, Setting, Sweep, SweepReport, rehearse};
use crate::lab::workload::{Arrivals, Load, Workload};
use crate::sandbox::{Source, Surroundings};
use crate::session::About;
use crate::units;

/// Requests through the cache layer: the same code with another clock.
#[derive(Debug, Clone, Default, clap::Args)]
#[command(next_help_heading = "Through the cache layer")]
pub struct LayerArgs {
    /// A workload, or its file, on its data; `bench list` shows those that come along
    #[arg(long, value_name = "NAME|FILE")]
    pub workload: Option<String>,

    /// How many requests can be under way at once
    #[arg(long, value_name = "N", value_delimiter = ',', value_parser = units::parse_count)]
    pub clients: Vec<u64>,

    /// How long a client thinks between two requests
    #[arg(long, value_name = "TIME", value_parser = units::parse_duration, conflicts_with = "rate")]
    pub think: Option<Duration>,

    /// The gaps between requests that come at a rate: poisson, constant
    #[arg(long, value_name = "KIND", value_parser = crate::commands::bench::arrivals)]
    pub arrivals: Option<Arrivals>,

    /// End after this long, with requests left or not
    #[arg(long, value_name = "TIME", value_parser = units::parse_duration)]
    pub duration: Option<Duration>,

    /// This share of the requests writes, where no workload says so
    #[arg(long, value_name = "P%", value_parser = parse_written, conflicts_with = "workload")]
    pub writes: Option<f64>,

    /// How far TTLs are spread to both sides: 10%
    #[arg(long, value_name = "P%", value_delimiter = ',')]
    pub jitter: Vec<Jitter>,

    /// Each hit starts the TTL anew
    #[arg(long)]
    pub sliding: bool,

    /// What a write does to results: none, ttl, delete-on-write, versioned
    #[arg(long, value_name = "KINDS", value_delimiter = ',')]
    pub invalidation: Vec<Invalidation>,

    /// Against many that miss at once: single-flight, lock, xfetch, stale-while-revalidate
    #[arg(long, value_name = "KINDS", value_delimiter = ',')]
    pub protect: Vec<Protection>,

    /// How early xfetch loads anew: 1
    #[arg(long, value_name = "B", value_delimiter = ',', requires = "protect")]
    pub beta: Vec<Beta>,

    /// How long the lock is held at most
    #[arg(long, value_name = "TIME", value_parser = units::parse_duration, requires = "protect")]
    pub lease: Option<Duration>,

    /// For how long stale-while-revalidate answers after the TTL
    #[arg(long, value_name = "TIME", value_parser = units::parse_duration, requires = "protect")]
    pub stale: Option<Duration>,

    /// Who loads and stores: cache-aside, read-through, write-through
    #[arg(long, value_name = "KIND")]
    pub strategy: Option<Strategy>,

    /// What a query takes [default: measured on the data; 10ms without data]
    #[arg(long, value_name = "TIME", value_delimiter = ',', value_parser = units::parse_duration)]
    pub db_time: Vec<Duration>,

    /// What a command to the cache takes [default: 100us]
    #[arg(long, value_name = "TIME", value_delimiter = ',', value_parser = units::parse_duration)]
    pub cache_time: Vec<Duration>,

    /// How many queries the database works on at a time [default: all]
    #[arg(long, value_name = "N", value_delimiter = ',', value_parser = units::parse_count)]
    pub connections: Vec<u64>,
}

/// What a workload of no data plays, unless it is told otherwise.
const WARMUP: u64 = 100_000;
const REQUESTS: u64 = 400_000;
/// They are drawn beforehand, 4 bytes each.
const MOST_REQUESTS: u64 = 50_000_000;
/// Nobody would read more.
const MOST_COMBINATIONS: usize = 10_000;
/// More would only wait for each other.
const MOST_CLIENTS: u64 = 1024;

/// `5%` as 0.05; something must read.
fn parse_written(text: &str) -> Result<f64, String> {
    let number = text.trim().strip_suffix('%').map(str::trim);
    let percent: Option<f64> = number.and_then(|it| it.parse().ok());
    match percent {
        Some(percent) if (0.0..100.0).contains(&percent) => Ok(percent / 100.0),
        _ => Err("write a share of the requests below 100%, such as 5%".to_owned()),
    }
}

impl LayerArgs {
    /// Whether any of these flags is given.
    pub fn is_given(&self) -> bool {
        let LayerArgs {
            workload,
            clients,
            think,
            arrivals,
            duration,
            writes,
            jitter,
            sliding,
            invalidation,
            protect,
            strategy,
            db_time,
            cache_time,
            connections,
            // These need --protect.
            beta: _,
            lease: _,
            stale: _,
        } = self;
        let single = workload.is_some()
            || think.is_some()
            || arrivals.is_some()
            || duration.is_some()
            || writes.is_some()
            || strategy.is_some()
            || *sliding;
        let several = [
            clients.len(),
            jitter.len(),
            invalidation.len(),
            protect.len(),
            db_time.len(),
            cache_time.len(),
            connections.len(),
        ];
        single || several.into_iter().any(|n| n > 0)
    }
}

/// Where a workload comes from.
pub enum Asked<'a> {
    /// A file, or one that comes along, on the data that the options name.
    Named(&'a str),
    /// The learner's own query, on the session's data and with its cache.
    Query {
        /// With a parameter for its key.
        workload: Box<Workload>,
        /// The session's data.
        source: Source,
        /// Its label.
        label: String,
        /// How the session's cache is used, if it is on.
        rules: Option<Rules>,
    },
    /// Keys of no data.
    Nothing,
}

/// Plays it as the flags say.
///
/// # Errors
/// Usage for flags that mean nothing together; what is wrong with the workload.
pub(super) fn play(
    context: &mut Context<'_>,
    options: &Options,
    args: &Args,
    asked: Asked<'_>,
) -> Result<SweepReport, Failure> {
    let (mut rehearsal, mut data) = subject(context, options, args, asked)?;
    change(&mut rehearsal, args)?;
    let axes = axes(&mut rehearsal, args)?;
    let mut is_measured = false;
    if args.layer.db_time.is_empty()
        && let Data::Real(bench) = &mut data
    {
        bench.workload = rehearsal.workload.clone();
        let requests = bench.requests_of(&rehearsal.workload, rehearsal.keys)?;
        rehearsal.services.database = bench.query_time(&requests)?;
        is_measured = true;
    }
    let sweep = Sweep {
        rehearsal: &rehearsal,
        data: &data,
        axes,
        is_measured,
        curve: args.curve(),
        seed: context.seed,
        limit: options.limit(),
    };
    let mut bar = context.progress_bar();
    let (clock, interrupt) = (&context.clock, &context.interrupt);
    rehearse(&sweep, clock, interrupt, &mut |p| bar.watch(p)).map_err(failure_of)
}

/// The workload as it is, and its data.
fn subject(
    context: &mut Context<'_>,
    options: &Options,
    args: &Args,
    asked: Asked<'_>,
) -> Result<(Rehearsal, Data), Failure> {
    let (workload, source, label, rules) = match asked {
        Asked::Nothing => return imagined(args),
        Asked::Named(name) => {
            let workload = Workload::find(name)?;
            let (source, about) = open::source(context, &options.about(&workload.dataset))?;
            let label = match &about {
                About::Dataset(built) => built.name.to_string(),
                About::Imported(imported) => imported.name.clone(),
                About::File { name } => name.clone(),
            };
            (workload, source, label, None)
        }
        Asked::Query {
            workload,
            source,
            label,
            rules,
        } => (*workload, source, label, rules),
    };
    let mut rehearsal = Rehearsal::of(workload).map_err(failure_of)?;
    if let Some(rules) = rules {
        rehearsal.workload.caching.rules = rules;
        // A session's cache holds what it is given.
        rehearsal.workload.caching.size = Capacity::Percent(100.0);
    }
    let bench = Bench {
        workload: rehearsal.workload.clone(),
        sides: Vec::new(),
        keys: None,
        seed: context.seed,
        source,
        label,
        choice: options.cache.clone(),
        around: Surroundings {
            sessions: context.dirs.sessions(),
            clock: context.clock.clone(),
            interrupt: context.interrupt.clone(),
        },
    };
    Ok((rehearsal, Data::Real(Box::new(bench))))
}

/// Reads, and perhaps writes, of keys that nobody has.
fn imagined(args: &Args) -> Result<(Rehearsal, Data), Failure> {
    let distribution = Distribution::Zipf { alpha: 0.99 };
    let mut workload = Workload::of("", &[], "", distribution);
    workload.title = "reads of keys".to_owned();
    workload.rounds = 1;
    (workload.warmup, workload.requests) = (WARMUP, REQUESTS);
    let mut rehearsal = Rehearsal::of(workload).map_err(failure_of)?;
    rehearsal.keys = Some(super::USUAL_KEYS);
    // Whom theory knows.
    rehearsal.policy = PolicyKind::Lru;
    if !args.rate.is_empty() {
        // Whoever comes at a rate comes, whether somebody has time or not.
        rehearsal.workload.load.set_clients(MOST_CLIENTS as usize);
    }
    let written = args.layer.writes.unwrap_or(0.0);
    Ok((rehearsal, Data::Imagined { written }))
}

/// What single flags change.
fn change(rehearsal: &mut Rehearsal, args: &Args) -> Result<(), Failure> {
    let layer = &args.layer;
    for (flag, given) in [
        ("--bytes", args.bytes),
        ("--size", args.size.is_some()),
        ("--sample without --mrc", args.sample.is_some() && !args.mrc),
    ] {
        if given {
            return Err(Failure::usage(format!(
                "{flag} is about objects alone; through the cache layer a capacity counts results"
            )));
        }
    }
    let workload = &mut rehearsal.workload;
    if let Some(think) = layer.think {
        match &mut workload.load {
            Load::Closed { think: it, .. } => *it = think,
            Load::Open { .. } => {
                return Err(Failure::usage(
                    "--think is for a closed loop: this workload has a rate",
                ));
            }
        }
    }
    if let Some(requests) = args.requests {
        if requests == 0 {
            return Err(CannotSimulate::NoRequests.into());
        }
        workload.requests = requests;
        workload.rounds = workload
            .rounds
            .min(u32::try_from(requests).unwrap_or(u32::MAX));
    }
    workload.warmup = args.warmup.unwrap_or(workload.warmup);
    let all = workload.requests.saturating_add(workload.warmup);
    if all > MOST_REQUESTS {
        return Err(Failure::usage(format!(
            "{} requests are too many to play through the cache layer: at most {}",
            units::count(all),
            units::count(MOST_REQUESTS)
        )));
    }
    workload.duration = layer.duration.or(workload.duration);
    let rules = &mut workload.caching.rules;
    rules.sliding |= layer.sliding;
    rules.strategy = layer.strategy.unwrap_or(rules.strategy);
    Ok(())
}

/// Sets what has one value, and returns what has several.
fn axes(rehearsal: &mut Rehearsal, args: &Args) -> Result<Vec<Axis>, Failure> {
    let layer = &args.layer;
    let wrong = |clients: &&u64| **clients == 0 || **clients > MOST_CLIENTS;
    if let Some(clients) = layer.clients.iter().find(wrong) {
        return Err(Failure::usage(format!(
            "--clients is 1 to {}, not {}",
            units::count(MOST_CLIENTS),
            units::count(*clients)
        )));
    }
    let mut protections = Vec::new();
    for protection in &layer.protect {
        let beta = layer.beta.first().copied();
        let chosen = protection.with(beta, layer.lease, layer.stale);
        protections.push(Setting::Protection(chosen.map_err(|wrong| {
            let (setting, of) = (wrong.setting, wrong.of);
            Failure::usage(format!("--{setting} is a setting of --protect {of}"))
        })?));
    }
    fn all<T: Copy>(values: &[T], setting: fn(T) -> Setting) -> Axis {
        values.iter().copied().map(setting).collect()
    }
    let connections = layer.connections.iter();
    let connections = connections.map(|n| u32::try_from(*n).unwrap_or(u32::MAX));
    let lists: Vec<Axis> = vec![
        args.distributions(),
        all(&args.keys, Setting::Keys),
        all(&args.rate, Setting::Rate),
        all(&layer.clients, Setting::Clients),
        all(&args.policy, Setting::Policy),
        all(&args.capacity, Setting::Capacity),
        all(&args.ttl, Setting::Ttl),
        all(&layer.jitter, Setting::Jitter),
        protections,
        if layer.beta.len() > 1 {
            all(&layer.beta, Setting::Beta)
        } else {
            Vec::new()
        },
        all(&layer.invalidation, Setting::Invalidation),
        all(&args.samples, Setting::Samples),
        all(&layer.db_time, Setting::DatabaseTime),
        all(&layer.cache_time, Setting::CacheTime),
        connections.map(Setting::Connections).collect(),
    ];
    let axes = apart(lists, |setting| rehearsal.set(setting))?;
    if let Some(arrivals) = layer.arrivals {
        match &mut rehearsal.workload.load {
            Load::Open { arrivals: it, .. } => *it = arrivals,
            Load::Closed { .. } => {
                return Err(Failure::usage(
                    "--arrivals needs one --rate: this loop is closed",
                ));
            }
        }
    }
    Ok(axes)
}

/// Hands on what has one value; what has several, if that is not too much.
pub(super) fn apart(lists: Vec<Axis>, mut set: impl FnMut(Setting)) -> Result<Vec<Axis>, Failure> {
    let (several, single): (Vec<Axis>, Vec<Axis>) =
        lists.into_iter().partition(|list| list.len() > 1);
    single.into_iter().flatten().for_each(&mut set);
    let combinations = several.iter().map(Vec::len).product::<usize>();
    if combinations > MOST_COMBINATIONS {
        return Err(Failure::usage(format!(
            "these are {} combinations: at most {}",
            units::count(combinations as u64),
            units::count(MOST_COMBINATIONS as u64)
        )));
    }
    Ok(several)
}
