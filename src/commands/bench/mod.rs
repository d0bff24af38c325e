//! `dbdojo bench`: reads with and without a cache, on the wall clock.

mod again;
mod failure;
mod outputs;
mod rules;

use std::path::PathBuf;
use std::time::Duration;

use super::{Context, Exit, Failure, Options, open};
use crate::cache::codec::Encoding;
use crate::lab::bench::{Arm, Bench, BenchError};
use crate::lab::keys::Distribution;
use crate::lab::report::{BenchReport, Compared, Saved};
use crate::lab::simulate::{Capacity, Columns};
use crate::lab::workload::{
    Arrivals, BadWorkload, DEFAULT_WORKLOAD, Load, MOST_CLIENTS, MOST_REQUESTS, Rate, Recording,
    Workload, Yours,
};
use crate::sandbox::{Source, Surroundings};
use crate::session::About;
use crate::units;
use crate::view;
use crate::view::bench::Dashboard;

pub use outputs::Outputs;
pub use rules::CacheRules;

/// Cached against uncached reads on the wall clock
#[derive(Debug, Clone, clap::Args)]
#[command(args_conflicts_with_subcommands = true)]
pub struct Args {
    /// What to do, if not to run the default workload.
    #[command(subcommand)]
    pub action: Option<Action>,

    /// How the workload is run.
    #[command(flatten)]
    pub run: RunArgs,
}

/// The subcommands of `bench`.
#[derive(Debug, Clone, clap::Subcommand)]
pub enum Action {
    /// Run a workload
    Run(Box<RunArgs>),
    /// List the workloads
    List,
    /// Compare two saved runs (`--format json`)
    Compare {
        /// The first run
        #[arg(value_name = "A.json")]
        a: PathBuf,
        /// The second
        #[arg(value_name = "B.json")]
        b: PathBuf,
    },
}

/// How a workload is run. What is not given is as the workload says.
#[derive(Debug, Clone, clap::Args)]
pub struct RunArgs {
    /// The workload, or its file; `bench list` shows those that come along
    #[arg(value_name = "WORKLOAD", default_value = DEFAULT_WORKLOAD)]
    pub workload: String,

    /// Run this SELECT instead of a workload's
    #[arg(
        long,
        value_name = "SQL",
        conflicts_with = "workload",
        requires = "values"
    )]
    pub sql: Option<String>,

    /// Where its parameters' values come from: id='SELECT id FROM t', a,b='SELECT a, b ...'
    #[arg(long, value_name = "NAME=SELECT", requires = "sql")]
    pub values: Option<String>,

    /// Which keys: zipf:0.99, uniform, hotspot:20%:80%, latest:0.99, sequential, gaussian:10%
    #[arg(long, value_name = "D")]
    pub dist: Option<Distribution>,

    /// The sides: uncached, cached, indexed, indexed+cached, local
    #[arg(long, value_name = "SIDES", value_delimiter = ',')]
    pub sides: Vec<Arm>,

    /// How many requests can be under way at once
    #[arg(long, value_name = "N", value_parser = units::parse_count)]
    pub clients: Option<u64>,

    /// How long a client thinks between two requests
    #[arg(long, value_name = "TIME", value_parser = units::parse_duration, conflicts_with = "rate")]
    pub think: Option<Duration>,

    /// Requests come at this rate, however long the others take (open loop)
    #[arg(long, value_name = "PER_SECOND", value_parser = units::parse_count)]
    pub rate: Option<u64>,

    /// The gaps of an open loop: poisson, constant
    #[arg(long, value_name = "KIND", value_parser = arrivals)]
    pub arrivals: Option<Arrivals>,

    /// How many requests of each side count, in all rounds together
    #[arg(long, value_name = "R", value_parser = units::parse_count)]
    pub requests: Option<u64>,

    /// End a side's rounds after this long in all, with requests left or not
    #[arg(long, value_name = "TIME", value_parser = units::parse_duration)]
    pub duration: Option<Duration>,

    /// Requests before counting starts
    #[arg(long, value_name = "W", value_parser = units::parse_count)]
    pub warmup: Option<u64>,

    /// How many times the sides take turns
    #[arg(long, value_name = "N", value_parser = units::parse_count)]
    pub rounds: Option<u64>,

    /// Use only so many of the keys
    #[arg(long, value_name = "N", value_parser = units::parse_count)]
    pub keys: Option<u64>,

    /// How many results the cache holds, or for which share of the keys: 500, 10%
    #[arg(long, value_name = "C|P%")]
    pub cache_share: Option<Capacity>,

    /// What a full cache server evicts, in Redis's words: allkeys-lru
    #[arg(long, value_name = "POLICY")]
    pub policy: Option<String>,

    /// How results are written into the cache: json, msgpack
    #[arg(long, value_name = "KIND")]
    pub encoding: Option<Encoding>,

    /// How the cache is used.
    #[command(flatten)]
    pub rules: CacheRules,

    /// Play the requests of this file: a key a line, or columns time, key, size, op
    #[arg(long, value_name = "FILE", conflicts_with_all = ["dist", "keys", "arrivals"])]
    pub trace: Option<PathBuf>,

    /// Which column is what: time,key,op in the file's order, or key=NAME,time=NAME
    #[arg(
        long,
        value_name = "COLUMNS",
        requires = "trace",
        allow_hyphen_values = true
    )]
    pub trace_columns: Option<Columns>,

    /// The trace's times pass so many times faster
    #[arg(long, value_name = "X", requires = "trace", conflicts_with_all = ["rate", "think"])]
    pub speed: Option<f64>,

    /// Count lines of the trace that cannot be read, and go on
    #[arg(long, requires = "trace")]
    pub skip_bad_lines: bool,

    /// Simulate a round trip to the database
    #[arg(long, value_name = "TIME", value_parser = units::parse_duration)]
    pub rtt_db: Option<Duration>,

    /// Simulate a round trip to the cache server
    #[arg(long, value_name = "TIME", value_parser = units::parse_duration)]
    pub rtt_cache: Option<Duration>,

    /// Show hit ratio, throughput and p99 as they develop
    #[arg(long)]
    pub live: bool,

    /// Files.
    #[command(flatten)]
    pub outputs: Outputs,
}

/// A duration without a number of requests is filled from so many.
const REQUESTS_OF_A_DURATION: u64 = 2_000_000;

/// `poisson` or `constant`.
pub(super) fn arrivals(text: &str) -> Result<Arrivals, String> {
    match text {
        "poisson" => Ok(Arrivals::Poisson),
        "constant" => Ok(Arrivals::Constant),
        _ => Err("arrivals are poisson or constant".to_owned()),
    }
}

/// Runs a workload and prints what came out, lists them, or compares two runs.
///
/// # Errors
/// Usage for an unknown workload or numbers that mean nothing; unreachable for
/// a cache server that does not answer; interrupted, after printing what was
/// measured, on Ctrl-C.
pub fn run(context: &mut Context<'_>, options: &Options, args: Args) -> Result<(), Failure> {
    match args.action {
        None => run_workload(context, options, args.run),
        Some(Action::Run(args)) => run_workload(context, options, *args),
        Some(Action::List) => {
            view::bench::write_list(context.out, context.format, &Workload::all()?)?;
            Ok(())
        }
        Some(Action::Compare { a, b }) => {
            let compared = Compared::of(Saved::read(&a)?, Saved::read(&b)?);
            view::bench::write_comparison(context.out, &context.style, context.format, &compared)?;
            Ok(())
        }
    }
}

fn run_workload(
    context: &mut Context<'_>,
    options: &Options,
    args: RunArgs,
) -> Result<(), Failure> {
    let workload = workload(&args)?;
    args.outputs.check()?;
    let (source, about) = open::source(context, &options.about(&workload.dataset))?;
    let label = match &about {
        About::Dataset(built) => built.name.to_string(),
        About::Imported(imported) => imported.name.clone(),
        About::File { name } => name.clone(),
    };
    let command = args.command_line(&label, context.seed, options);
    let ground = Ground {
        source,
        label,
        command,
    };
    measure(context, options, &args, workload, ground)
}

/// What a workload is measured on.
pub struct Ground {
    /// The data.
    pub source: Source,
    /// Its label.
    pub label: String,
    /// The command that measures it again.
    pub command: String,
}

/// Measures the learner's own query on the session's data, for many values of
/// what it looks for.
///
/// # Errors
/// A query in which nothing can change from read to read; as [`run`].
pub fn on_query(
    context: &mut Context<'_>,
    options: &Options,
    args: &RunArgs,
    yours: Yours,
    ground: impl FnOnce(String) -> Ground,
) -> Result<(), Failure> {
    let Yours { workload, keys } = yours;
    let workload = changed(workload, args)?;
    args.outputs.check()?;
    let template = &workload.templates[0];
    let names: Vec<&str> = template.parameters.iter().map(|it| &it[1..]).collect();
    let again = RunArgs {
        sql: Some(template.sql.clone()),
        values: Some(format!("{}={}", names.join(","), template.values)),
        ..args.clone()
    };
    let ground = ground(again.command_line(&options.data, context.seed, options));
    if !context.quiet && !context.format.is_for_machines() {
        let spread = match (&workload.trace, args.dist) {
            (None, None) => " (Zipf 0.99 unless --dist says otherwise)",
            _ => "",
        };
        let said = format!("keys: {keys}{spread}");
        writeln!(context.out, "{}", context.style.dim(&said))?;
    }
    measure(context, options, args, workload, ground)
}

fn measure(
    context: &mut Context<'_>,
    options: &Options,
    args: &RunArgs,
    workload: Workload,
    ground: Ground,
) -> Result<(), Failure> {
    let Ground {
        source,
        label,
        command,
    } = ground;
    let choice = options.cache.clone();
    let bench = Bench {
        workload,
        sides: sides(&args.sides),
        keys: args.keys,
        seed: context.seed,
        source,
        label,
        choice,
        around: Surroundings {
            sessions: context.dirs.sessions(),
            clock: context.clock.clone(),
            interrupt: context.interrupt.clone(),
        },
    };
    let report = watched(context, &bench, args.live)?;
    // What cannot be written in one place is in the other.
    let shown = view::bench::write(context.out, &context.style, context.format, &report)
        .and_then(|()| context.out.flush());
    args.outputs.write(&report, &command)?;
    shown?;
    if report.interrupted {
        return Err(Failure::silent(Exit::Interrupted));
    }
    Ok(())
}

/// Runs it, and shows how it goes: as a dashboard, if that is wanted and can be.
fn watched(context: &Context<'_>, bench: &Bench, live: bool) -> Result<BenchReport, BenchError> {
    let dashboard = (live && !context.quiet)
        .then(|| Dashboard::open(context.err_style, context.clock.clone()))
        .flatten();
    match dashboard {
        Some(mut dashboard) => bench.run_live(&mut |moment| dashboard.watch(moment)),
        None => {
            let mut bar = context.progress_bar();
            bench.run(&mut |progress| bar.watch(progress))
        }
    }
}

/// Those that were asked for, each once; all, if none was.
fn sides(asked: &[Arm]) -> Vec<Arm> {
    let asked_for = |arm: &Arm| asked.is_empty() || asked.contains(arm);
    Arm::ALL.into_iter().filter(asked_for).collect()
}

/// The workload with what the flags change of it.
fn workload(args: &RunArgs) -> Result<Workload, Failure> {
    let workload = match (&args.sql, &args.values) {
        (Some(sql), Some(values)) => yours(sql, values)?,
        _ => Workload::find(&args.workload)?,
    };
    changed(workload, args)
}

/// What the flags change of a workload.
fn changed(mut workload: Workload, args: &RunArgs) -> Result<Workload, Failure> {
    let within = |flag: &str, given: Option<u64>, most: u64| match given {
        Some(n) if n == 0 || n > most => Err(Failure::usage(format!(
            "{flag} is 1 to {}, not {}",
            units::count(most),
            units::count(n)
        ))),
        given => Ok(given),
    };
    if let Some(dist) = args.dist {
        workload
            .templates
            .iter_mut()
            .for_each(|it| it.distribution = dist);
    }
    if let Some(path) = &args.trace {
        let mut recording = Recording::of(path.clone());
        recording.file.columns.clone_from(&args.trace_columns);
        recording.file.skip_bad_lines = args.skip_bad_lines;
        recording.speed = args.speed.unwrap_or(recording.speed);
        workload.record(recording);
    }
    let clients = within("--clients", args.clients, MOST_CLIENTS as u64)?;
    if let Some(rate) = args.rate {
        workload.load = Load::Open {
            clients: workload.load.clients(),
            arrivals: Arrivals::Poisson,
            rate: Rate::steady(rate as f64),
        };
    }
    if let Some(clients) = clients {
        workload.load.set_clients(clients as usize);
    }
    match (&mut workload.load, args.arrivals, args.think) {
        (Load::Open { arrivals, .. }, Some(given), None) => *arrivals = given,
        (Load::Closed { think, .. }, None, Some(given)) => *think = given,
        (_, None, None) => {}
        (Load::Closed { .. }, Some(_), _) => {
            return Err(Failure::usage(
                "--arrivals needs a --rate: this loop is closed",
            ));
        }
        (Load::Open { .. }, _, Some(_)) => {
            return Err(Failure::usage(
                "--think is for a closed loop: this one has a rate",
            ));
        }
    }
    workload.duration = args.duration.or(workload.duration);
    match within("--requests", args.requests, MOST_REQUESTS)? {
        Some(requests) => workload.requests = requests,
        None if args.duration.is_some() && workload.trace.is_none() => {
            workload.requests = REQUESTS_OF_A_DURATION
        }
        None => {}
    }
    if let Some(rounds) = within("--rounds", args.rounds, workload.requests.min(1000))? {
        workload.rounds = rounds as u32;
    }
    if let Some(warmup) = args.warmup {
        // None at all is allowed: a cold start is worth a look.
        workload.warmup = warmup.min(MOST_REQUESTS);
    }
    let caching = &mut workload.caching;
    caching.size = args.cache_share.unwrap_or(caching.size);
    caching.encoding = args.encoding.unwrap_or(caching.encoding);
    args.rules.change(&mut caching.rules)?;
    if let Some(policy) = &args.policy {
        caching.policy.clone_from(policy);
    }
    let round_trips = &mut workload.round_trips;
    round_trips.database = args.rtt_db.unwrap_or(round_trips.database);
    round_trips.cache = args.rtt_cache.unwrap_or(round_trips.cache);
    match workload.check() {
        // A flag is wrong, not the file.
        Err(BadWorkload::Malformed { why, .. }) => Err(Failure::usage(why)),
        Err(error) => Err(error.into()),
        Ok(()) => Ok(workload),
    }
}

/// A workload of the learner's own query. `values` is `a,b=SELECT a, b ...`.
fn yours(sql: &str, values: &str) -> Result<Workload, Failure> {
    let Some((names, select)) = values
        .split_once('=')
        .filter(|(names, _)| !names.trim().is_empty())
    else {
        return Err(Failure::usage(format!(
            "--values {values:?} names no parameter: write id='SELECT id FROM customers'"
        )));
    };
    let names: Vec<String> = names
        .split(',')
        .map(|name| format!(":{}", name.trim().trim_start_matches(':')))
        .collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    Ok(Workload::of(
        sql,
        &names,
        select.trim(),
        Distribution::Zipf { alpha: 0.99 },
    ))
}
