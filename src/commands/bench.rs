//! `dbdojo bench`: reads with and without a cache, on the wall clock.

use super::{Context, Exit, Failure, Options, open};
use crate::cache::layer::OpenError;
use crate::lab::bench::{Bench, BenchError};
use crate::lab::simulate::Capacity;
use crate::lab::workload::{BadWorkload, DEFAULT_WORKLOAD, Workload};
use crate::sandbox::{self, Surroundings};
use crate::session::About;
use crate::units;
use crate::view;

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
    Run(RunArgs),
    /// List the workloads
    List,
}

/// How a workload is run. What is not given is as the workload says.
#[derive(Debug, Clone, clap::Args)]
pub struct RunArgs {
    /// The workload; `bench list` shows them all
    #[arg(value_name = "WORKLOAD", default_value = DEFAULT_WORKLOAD)]
    pub workload: String,

    /// How many clients ask, each as soon as it was answered
    #[arg(long, value_name = "N", value_parser = units::parse_count)]
    pub clients: Option<u64>,

    /// How many requests of each side count, in all rounds together
    #[arg(long, value_name = "R", value_parser = units::parse_count)]
    pub requests: Option<u64>,

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
}

/// More clients than this would only measure the operating system.
const MOST_CLIENTS: u64 = 1024;
/// The requests are drawn beforehand, 4 bytes each.
const MOST_REQUESTS: u64 = 1_000_000_000;

/// Runs a workload and prints what came out, or lists them.
///
/// # Errors
/// Usage for an unknown workload or numbers that mean nothing; unreachable for
/// a cache server that does not answer; interrupted, after printing what was
/// measured, on Ctrl-C.
pub fn run(context: &mut Context<'_>, options: &Options, args: Args) -> Result<(), Failure> {
    match args.action {
        None => run_workload(context, options, args.run),
        Some(Action::Run(args)) => run_workload(context, options, args),
        Some(Action::List) => {
            view::bench::write_list(context.out, context.format, &Workload::all()?)?;
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
    let choice = options.cache.clone();
    let (source, about) = open::source(context, &options.about(&workload.dataset))?;
    let bench = Bench {
        workload,
        keys: args.keys,
        seed: context.seed,
        source,
        label: match &about {
            About::Dataset(built) => built.name.to_string(),
            About::Imported(imported) => imported.name.clone(),
            About::File { name } => name.clone(),
        },
        choice,
        around: Surroundings {
            sessions: context.dirs.sessions(),
            clock: context.clock.clone(),
            interrupt: context.interrupt.clone(),
        },
    };
    let mut bar = context.progress_bar();
    let report = bench.run(&mut |progress| bar.watch(progress))?;
    drop(bar);
    view::bench::write(context.out, &context.style, context.format, &report)?;
    if report.interrupted {
        return Err(Failure::silent(Exit::Interrupted));
    }
    Ok(())
}

/// The workload with what the flags change of it.
fn workload(args: &RunArgs) -> Result<Workload, Failure> {
    let mut workload = Workload::find(&args.workload)?;
    let within = |flag: &str, given: Option<u64>, most: u64| match given {
        Some(n) if n == 0 || n > most => Err(Failure::usage(format!(
            "{flag} is 1 to {}, not {}",
            units::count(most),
            units::count(n)
        ))),
        given => Ok(given),
    };
    if let Some(clients) = within("--clients", args.clients, MOST_CLIENTS)? {
        workload.clients = clients as usize;
    }
    if let Some(requests) = within("--requests", args.requests, MOST_REQUESTS)? {
        workload.requests = requests;
    }
    if let Some(rounds) = within("--rounds", args.rounds, workload.requests.min(1000))? {
        workload.rounds = rounds as u32;
    }
    if let Some(warmup) = args.warmup {
        // None at all is allowed: a cold start is worth a look.
        workload.warmup = warmup.min(MOST_REQUESTS);
    }
    if let Some(cache) = args.cache_share {
        workload.cache = cache;
    }
    Ok(workload)
}

impl From<BadWorkload> for Failure {
    fn from(error: BadWorkload) -> Failure {
        match error {
            BadWorkload::Unknown { .. } => Failure::usage(error.to_string()),
            BadWorkload::Malformed { .. } => Failure::new(Exit::Failed, error.to_string()),
        }
    }
}

impl From<BenchError> for Failure {
    fn from(error: BenchError) -> Failure {
        if let BenchError::Data {
            error: sandbox::Error::Interrupted,
            ..
        } = error
        {
            return Failure::silent(Exit::Interrupted);
        }
        let exit = match &error {
            BenchError::TooFewKeys { .. } | BenchError::Keys(_) | BenchError::Capacity(_) => {
                Exit::Usage
            }
            BenchError::Cache(error) => open_failure(error),
            BenchError::Bound(_) | BenchError::Uncacheable { .. } => Exit::Failed,
            BenchError::Data { error, .. } => match error {
                sandbox::Error::Unreachable { .. } => Exit::Unreachable,
                _ => Exit::Failed,
            },
        };
        Failure::new(exit, error.to_string())
    }
}

fn open_failure(error: &OpenError) -> Exit {
    if error.is_usage() {
        Exit::Usage
    } else {
        Exit::Unreachable
    }
}
