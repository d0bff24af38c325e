//! `dbdojo simulate`: eviction policies in virtual time, theory beside them.

use super::{Context, Exit, Failure};
use crate::cache::policy::PolicyKind;
use crate::lab::keys::Distribution;
use crate::lab::simulate::{Capacity, Simulation, simulate};
use crate::units;
use crate::view;

/// Simulate cache eviction in virtual time, with the theory beside it
#[derive(Debug, Clone, clap::Args)]
pub struct Args {
    /// Policies to compare, on the same requests
    #[arg(long, value_enum, value_delimiter = ',', value_name = "NAMES", default_values = ["lru", "fifo"])]
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

    /// Requests before counting starts
    #[arg(long, value_name = "W", default_value = "1M", value_parser = units::parse_count)]
    pub warmup: u64,

    /// Requests that count
    #[arg(long, value_name = "R", default_value = "4M", value_parser = units::parse_count)]
    pub requests: u64,
}

/// Simulates, and prints what came out.
///
/// # Errors
/// Usage when the numbers contradict each other; interrupted, after printing
/// what was counted, on Ctrl-C.
pub fn run(context: &mut Context<'_>, args: Args) -> Result<(), Failure> {
    let simulation = Simulation {
        distribution: if args.uniform {
            Distribution::Uniform
        } else {
            Distribution::Zipf { alpha: args.zipf }
        },
        keys: args.keys,
        policies: args.policy,
        capacities: args.capacity,
        warmup: args.warmup,
        requests: args.requests,
        seed: context.seed,
    };
    let mut bar = context.progress_bar();
    let report = simulate(
        &simulation,
        &context.clock,
        &context.interrupt,
        &mut |progress| bar.watch(progress),
    )
    .map_err(|problem| Failure::usage(problem.to_string()))?;
    drop(bar);
    view::simulate::write(context.out, &context.style, context.format, &report)?;
    if report.interrupted {
        return Err(Failure::silent(Exit::Interrupted));
    }
    Ok(())
}
