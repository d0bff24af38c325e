//! `dbdojo simulate`: eviction policies in virtual time, theory beside them.

use std::path::PathBuf;
use std::time::Duration;

use super::{Context, Exit, Failure, NewFile, Options};
use crate::cache::policy::{DEFAULT_SAMPLES, PolicyKind};
use crate::lab::keys::Distribution;
use crate::lab::scenario::Scenario;
use crate::lab::simulate::{
    CannotSimulate, Capacity, Columns, Curve, Simulation, SimulationReport, Sizes, Stopped,
    TraceError, TraceFile, Unit, simulate,
};
use crate::units;
use crate::view::{self, Picture};

/// Simulate cache eviction in virtual time, with the theory beside it
#[derive(Debug, Clone, clap::Args)]
pub struct Args {
    /// Policies to compare, on the same requests [default: lru,fifo; none with --mrc]
    #[arg(
        long,
        alias = "compare",
        value_enum,
        value_delimiter = ',',
        value_name = "NAMES"
    )]
    pub policy: Vec<PolicyKind>,

    /// Popularity falls as rank^-A, exactly, over all keys
    #[arg(
        long,
        value_name = "A",
        default_value_t = 0.99,
        allow_negative_numbers = true
    )]
    pub zipf: f64,

    /// All keys are equally popular
    #[arg(long, conflicts_with = "zipf")]
    pub uniform: bool,

    /// How many keys there are
    #[arg(long, value_name = "N", default_value = "100k", value_parser = units::parse_count)]
    pub keys: u64,

    /// How many objects the cache holds, or which share of the keys: 10k, 10%
    #[arg(
        long,
        value_name = "C|P%",
        value_delimiter = ',',
        default_value = "10%"
    )]
    pub capacity: Vec<Capacity>,

    /// Capacities are bytes, or a share of all bytes: 64MB, 10%
    #[arg(long)]
    pub bytes: bool,

    /// Bytes of each object, or a range: 1kB, 100-10kB; always the same for a key
    #[arg(long, value_name = "B|B-B", value_parser = parse_sizes)]
    pub size: Option<Sizes>,

    /// How long objects live; several are tried one by one: 1s,10s,60s
    #[arg(long, value_name = "TIMES", value_delimiter = ',', value_parser = units::parse_duration)]
    pub ttl: Vec<Duration>,

    /// Requests a second: what a TTL, and Redis's clock of whole seconds, depend on
    #[arg(long, value_name = "R", value_parser = units::parse_count)]
    pub rate: Option<u64>,

    /// How many objects redis-lru and redis-lfu look at for each eviction
    #[arg(long, value_name = "N", default_value_t = DEFAULT_SAMPLES)]
    pub samples: usize,

    /// The misses of lru at every size, from one pass
    #[arg(long)]
    pub mrc: bool,

    /// Find the curve from this share of the keys, and say how far it may be off
    #[arg(long, value_name = "P%", requires = "mrc", value_parser = parse_share)]
    pub sample: Option<f64>,

    /// Play the requests of this file: a key a line, or columns time, key, size, op
    #[arg(long, value_name = "FILE", conflicts_with_all = ["zipf", "uniform", "keys", "size", "rate"])]
    pub trace: Option<PathBuf>,

    /// Which column is what: time,key,size,op in the file's order, or key=NAME,time=NAME
    #[arg(long, value_name = "COLUMNS", requires = "trace")]
    pub trace_columns: Option<Columns>,

    /// Count lines of the trace that cannot be read, and go on
    #[arg(long, requires = "trace")]
    pub skip_bad_lines: bool,

    /// Requests before counting starts [default: 1M; 0 for a trace]
    #[arg(long, value_name = "W", value_parser = units::parse_count)]
    pub warmup: Option<u64>,

    /// Requests that count [default: 4M; all of a trace]
    #[arg(long, value_name = "R", value_parser = units::parse_count)]
    pub requests: Option<u64>,

    /// Play a scene with a known answer, such as stampede; list tells them all
    #[arg(
        long,
        value_name = "NAME",
        conflicts_with_all = [
            "policy", "zipf", "uniform", "keys", "capacity", "bytes", "size", "ttl", "rate",
            "samples", "mrc", "trace", "warmup", "requests", "output",
        ]
    )]
    pub scenario: Option<String>,

    /// Write to this file instead of standard output; .svg draws a picture
    #[arg(short, long, value_name = "FILE")]
    pub output: Option<PathBuf>,

    /// Overwrite the file
    #[arg(long, requires = "output")]
    pub force: bool,
}

/// The whole of a text such as `100-10kB`.
fn parse_sizes(text: &str) -> Result<Sizes, String> {
    let (from, to) = text.split_once('-').unwrap_or((text, text));
    let read = |text| units::parse_count(text).map_err(|error| error.to_string());
    Ok(Sizes {
        from: read(from)?,
        to: read(to)?,
    })
}

/// `1%` as 0.01.
fn parse_share(text: &str) -> Result<f64, String> {
    let number = text.trim().strip_suffix('%').map(str::trim);
    let percent: Option<f64> = number.and_then(|it| it.parse().ok());
    match percent {
        Some(percent) if percent > 0.0 && percent <= 100.0 => Ok(percent / 100.0),
        _ => Err("write a share of the keys above 0% and at most 100%, such as 1%".to_owned()),
    }
}

/// Simulates, and prints what came out.
///
/// # Errors
/// Usage when the numbers contradict each other; interrupted or time limit,
/// after printing what was counted, on Ctrl-C and after `--timeout`.
pub fn run(context: &mut Context<'_>, options: &Options, args: Args) -> Result<(), Failure> {
    let picture = picture(context, &args)?;
    if let Some(name) = &args.scenario {
        return scene(context, picture, name);
    }
    // Before the work, which may take long.
    let file = match &args.output {
        Some(path) => Some(NewFile::begin(path, args.force)?),
        None => None,
    };
    let simulation = simulation(context, options, args);
    let mut bar = context.progress_bar();
    let report = simulate(
        &simulation,
        &context.clock,
        &context.interrupt,
        &mut |progress| bar.watch(progress),
    )?;
    drop(bar);
    match file {
        None => write(context, picture, &report)?,
        Some(mut file) => {
            write(&mut context.into_file(&mut file), picture, &report)?;
            file.finish()?;
        }
    }
    match report.stopped {
        None => Ok(()),
        Some(Stopped::Interrupted) => Err(Failure::silent(Exit::Interrupted)),
        Some(Stopped::TimeLimit(_)) => Err(Failure::silent(Exit::TimeLimit)),
    }
}

fn scene(context: &mut Context<'_>, picture: bool, name: &str) -> Result<(), Failure> {
    if picture {
        return Err(Failure::usage(
            "a scenario is printed as table, csv or json",
        ));
    }
    if name == "list" {
        return Ok(view::scenario::write_list(context.out, context.format)?);
    }
    let usage = |error: &dyn std::fmt::Display| Failure::usage(error.to_string());
    let scenario = Scenario::find(name).map_err(|error| usage(&error))?;
    let played = scenario
        .play(context.seed, &context.interrupt)
        .map_err(|error| usage(&error))?;
    view::scenario::write(context.out, &context.style, context.format, &played)?;
    if played.interrupted {
        return Err(Failure::silent(Exit::Interrupted));
    }
    Ok(())
}

fn write(
    context: &mut Context<'_>,
    picture: bool,
    report: &SimulationReport,
) -> Result<(), Failure> {
    if picture {
        view::simulate::write_svg(context.out, report)?;
    } else {
        view::simulate::write(context.out, &context.style, context.format, report)?;
    }
    Ok(())
}

/// Whether an SVG is wanted, by the format or by the file's name.
fn picture(context: &Context<'_>, args: &Args) -> Result<bool, Failure> {
    match context.picture {
        Some(Picture::Svg) => return Ok(true),
        Some(_) => {
            return Err(Failure::usage(
                "a simulation is drawn as svg, or printed as table, csv or json",
            ));
        }
        None => {}
    }
    let file = args.output.as_ref().and_then(|file| file.extension());
    Ok(file.is_some_and(|it| it.eq_ignore_ascii_case("svg")))
}

fn simulation(context: &Context<'_>, options: &Options, args: Args) -> Simulation {
    let distribution = if args.uniform {
        Distribution::Uniform
    } else {
        Distribution::Zipf { alpha: args.zipf }
    };
    let usual = Simulation::of(distribution, args.keys);
    let (warmup, requests) = match args.trace {
        Some(_) => (0, u64::MAX),
        None => (usual.warmup, usual.requests),
    };
    let curve = args
        .mrc
        .then(|| args.sample.map_or(Curve::Exact, Curve::Sampled));
    Simulation {
        trace: args.trace.map(|path| TraceFile {
            path,
            columns: args.trace_columns,
            skip_bad_lines: args.skip_bad_lines,
        }),
        policies: match (&args.policy[..], curve) {
            ([], Some(_)) => Vec::new(),
            ([], None) => usual.policies.clone(),
            (policies, _) => policies.to_vec(),
        },
        capacities: args.capacity,
        unit: if args.bytes {
            Unit::Bytes
        } else {
            Unit::Objects
        },
        sizes: args.size.unwrap_or(usual.sizes),
        ttls: args.ttl,
        rate: args.rate.map(|rate| rate as f64),
        samples: args.samples,
        curve,
        warmup: args.warmup.unwrap_or(warmup),
        requests: args.requests.unwrap_or(requests),
        seed: context.seed,
        limit: (!options.timeout.is_zero()).then_some(options.timeout),
        ..usual
    }
}

impl From<CannotSimulate> for Failure {
    fn from(error: CannotSimulate) -> Failure {
        let exit = match &error {
            CannotSimulate::Trace(TraceError::File { .. }) => Exit::Unreachable,
            CannotSimulate::Trace(TraceError::Line { .. } | TraceError::Empty(_)) => Exit::Failed,
            _ => Exit::Usage,
        };
        Failure::new(exit, error.to_string())
    }
}
