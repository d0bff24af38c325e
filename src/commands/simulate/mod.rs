//! `dbdojo simulate`: eviction policies in virtual time, theory beside them.

mod layer;

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
use crate::lab::sweep::{Axis, Setting, SweepReport, Unplayable, evictions};
use crate::progress::Progress;
use crate::units;
use crate::view::{self, Picture};

pub use layer::{Asked, LayerArgs};

/// How many keys there are unless somebody says so.
const USUAL_KEYS: u64 = 100_000;

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

    /// Popularity falls as rank^-A, exactly, over all keys [default: 0.99]
    #[arg(
        long,
        alias = "alpha",
        value_name = "A",
        value_delimiter = ',',
        allow_negative_numbers = true
    )]
    pub zipf: Vec<f64>,

    /// All keys are equally popular
    #[arg(long, conflicts_with = "zipf")]
    pub uniform: bool,

    /// Which keys: zipf:0.99, uniform, hotspot:20%:80%, latest:0.99, sequential, gaussian:10%
    #[arg(long, value_name = "D", value_delimiter = ',', conflicts_with_all = ["zipf", "uniform"])]
    pub dist: Vec<Distribution>,

    /// How many keys there are [default: 100k; as many as the workload has]
    #[arg(long, value_name = "N", value_delimiter = ',', value_parser = units::parse_count)]
    pub keys: Vec<u64>,

    /// How many objects the cache holds, or which share of the keys: 10k, 10% [default: 10%]
    #[arg(long, value_name = "C|P%", value_delimiter = ',')]
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
    #[arg(long, value_name = "R", value_delimiter = ',', value_parser = units::parse_count)]
    pub rate: Vec<u64>,

    /// How many objects redis-lru and redis-lfu look at for each eviction [default: 5]
    #[arg(long, value_name = "N", value_delimiter = ',')]
    pub samples: Vec<usize>,

    /// The misses of lru at every size, from one pass
    #[arg(long)]
    pub mrc: bool,

    /// Find the curve from this share of the keys, and say how far it may be off
    #[arg(long, value_name = "P%", requires = "mrc", value_parser = parse_share)]
    pub sample: Option<f64>,

    /// Play the requests of this file: a key a line, or columns time, key, size, op
    #[arg(long, value_name = "FILE", conflicts_with_all = ["zipf", "uniform", "dist", "keys", "size", "rate"])]
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
            "policy", "zipf", "uniform", "dist", "keys", "capacity", "bytes", "size", "ttl", "rate",
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

    /// Through the cache layer.
    #[command(flatten)]
    pub layer: LayerArgs,
}

impl Args {
    /// Whether nothing says where requests come from: in a session, they come
    /// from its last query.
    pub fn is_open(&self) -> bool {
        self.layer.workload.is_none() && self.trace.is_none() && self.scenario.is_none()
    }

    fn distributions(&self) -> Axis {
        let zipf = self
            .zipf
            .iter()
            .map(|alpha| Distribution::Zipf { alpha: *alpha });
        let uniform = self.uniform.then_some(Distribution::Uniform);
        let all = zipf.chain(uniform).chain(self.dist.iter().copied());
        all.map(Setting::Distribution).collect()
    }

    fn curve(&self) -> Option<Curve> {
        self.mrc
            .then(|| self.sample.map_or(Curve::Exact, Curve::Sampled))
    }
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
        if args.layer.is_given() {
            return Err(Failure::usage(
                "a scenario has settings of its own: it takes no other flags",
            ));
        }
        return scene(context, picture, name);
    }
    match (&args.layer.workload, args.layer.is_given()) {
        (Some(name), _) => {
            let name = name.clone();
            through_layer(context, options, &args, Asked::Named(&name))
        }
        (None, true) => through_layer(context, options, &args, Asked::Nothing),
        (None, false) => alone(context, options, args, picture),
    }
}

/// Plays a workload through the cache layer, and prints what came out.
///
/// # Errors
/// As [`run`].
pub fn through_layer(
    context: &mut Context<'_>,
    options: &Options,
    args: &Args,
    asked: Asked<'_>,
) -> Result<(), Failure> {
    let picture = picture(context, args)?;
    if args.trace.is_some() {
        return Err(Failure::usage(
            "a trace holds its own requests, and is played against eviction alone: leave out \
             --workload and what is about the cache layer",
        ));
    }
    let file = new_file(args)?;
    let report = layer::play(context, options, args, asked)?;
    finish(context, file, picture, &Drawn::Sweep(report))
}

/// Plays requests against eviction policies alone.
fn alone(
    context: &mut Context<'_>,
    options: &Options,
    args: Args,
    picture: bool,
) -> Result<(), Failure> {
    let file = new_file(&args)?;
    let (simulation, axes) = simulation(context, options, args)?;
    let mut bar = context.progress_bar();
    let (clock, interrupt) = (&context.clock, &context.interrupt);
    let mut watcher = |progress: Progress<'_>| bar.watch(progress);
    let report = if axes.is_empty() {
        Drawn::One(Box::new(simulate(
            &simulation,
            clock,
            interrupt,
            &mut watcher,
        )?))
    } else {
        Drawn::Sweep(evictions(
            &simulation,
            &axes,
            clock,
            interrupt,
            &mut watcher,
        )?)
    };
    drop(bar);
    finish(context, file, picture, &report)
}

/// Before the work, which may take long.
fn new_file(args: &Args) -> Result<Option<NewFile>, Failure> {
    let path = args.output.as_ref();
    path.map(|path| NewFile::begin(path, args.force))
        .transpose()
}

/// What is printed.
enum Drawn {
    One(Box<SimulationReport>),
    Sweep(SweepReport),
}

fn finish(
    context: &mut Context<'_>,
    file: Option<NewFile>,
    picture: bool,
    report: &Drawn,
) -> Result<(), Failure> {
    match file {
        None => write(context, picture, report)?,
        Some(mut file) => {
            write(&mut context.into_file(&mut file), picture, report)?;
            file.finish()?;
        }
    }
    let stopped = match report {
        Drawn::One(report) => report.stopped,
        Drawn::Sweep(report) => report.stopped,
    };
    match stopped {
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

fn write(context: &mut Context<'_>, picture: bool, report: &Drawn) -> Result<(), Failure> {
    let (out, style, format) = (&mut *context.out, &context.style, context.format);
    match (report, picture) {
        (Drawn::One(report), true) => view::simulate::write_svg(out, report)?,
        (Drawn::One(report), false) => view::simulate::write(out, style, format, report)?,
        (Drawn::Sweep(report), true) => view::sweep::write_svg(out, report)?,
        (Drawn::Sweep(report), false) => view::sweep::write(out, style, format, report)?,
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

/// What to play, and what of its requests has several values.
fn simulation(
    context: &Context<'_>,
    options: &Options,
    args: Args,
) -> Result<(Simulation, Vec<Axis>), Failure> {
    let zipf = Distribution::Zipf { alpha: 0.99 };
    let mut usual = Simulation::of(zipf, USUAL_KEYS);
    let lists = vec![
        args.distributions(),
        args.keys.iter().copied().map(Setting::Keys).collect(),
        args.rate.iter().copied().map(Setting::Rate).collect(),
        args.samples.iter().copied().map(Setting::Samples).collect(),
    ];
    usual.samples = DEFAULT_SAMPLES;
    let axes = layer::apart(lists, |setting| usual.set(setting))?;
    let (warmup, requests) = match args.trace {
        Some(_) => (0, u64::MAX),
        None => (usual.warmup, usual.requests),
    };
    let curve = args.curve();
    let simulation = Simulation {
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
        capacities: match &args.capacity[..] {
            [] => usual.capacities.clone(),
            capacities => capacities.to_vec(),
        },
        unit: if args.bytes {
            Unit::Bytes
        } else {
            Unit::Objects
        },
        sizes: args.size.unwrap_or(usual.sizes),
        ttls: args.ttl,
        curve,
        warmup: args.warmup.unwrap_or(warmup),
        requests: args.requests.unwrap_or(requests),
        seed: context.seed,
        limit: options.limit(),
        ..usual
    };
    Ok((simulation, axes))
}

/// What a workload that cannot be played ends with.
fn failure_of(error: Unplayable) -> Failure {
    match error {
        Unplayable::Bench(error) => (*error).into(),
        _ => Failure::usage(error.to_string()),
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
