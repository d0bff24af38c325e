//! Eviction in virtual time: how far it is from theory over the whole reference
//! table, and how many requests a second it does on one core.
//!
//!     cargo bench --bench simulate

#![expect(clippy::print_stdout, reason = "a benchmark prints what it found")]
#![expect(clippy::unwrap_used, reason = "a benchmark may panic")]

use dbdojo::cache::policy::PolicyKind;
use dbdojo::clock::Clock;
use dbdojo::interrupt::Interrupt;
use dbdojo::lab::keys::Distribution;
use dbdojo::lab::simulate::{Simulation, SimulationReport, simulate};
use dbdojo::progress;

fn zipf(alpha: f64, keys: u64, capacities: &[&str]) -> Simulation {
    Simulation {
        distribution: Distribution::Zipf { alpha },
        keys,
        policies: vec![PolicyKind::Lru, PolicyKind::Fifo],
        capacities: capacities.iter().map(|c| c.parse().unwrap()).collect(),
        warmup: 3_000_000,
        requests: 4_000_000,
        seed: 1,
    }
}

fn run(simulation: &Simulation) -> SimulationReport {
    let (clock, interrupt) = (Clock::wall(), Interrupt::new());
    simulate(simulation, &clock, &interrupt, &mut progress::ignore).unwrap()
}

fn main() {
    println!("alpha  policy  capacity  hit ratio  theory   differ by   (100,000 keys)");
    for alpha in [0.8, 0.99] {
        for result in run(&zipf(alpha, 100_000, &["1%", "10%"])).results {
            println!(
                "{alpha:<5}  {:<6}  {:>8}  {:.4}     {:.4}   {:+.4}",
                result.policy.to_string(),
                result.capacity,
                result.hit_ratio,
                result.theory,
                result.hit_ratio - result.theory
            );
        }
    }
    println!("\nZipf 0.99, 1,000,000 keys, capacity 100,000; drawing the keys not counted");
    for policy in [PolicyKind::Lru, PolicyKind::Fifo] {
        let mut simulation = zipf(0.99, 1_000_000, &["100k"]);
        simulation.policies = vec![policy];
        simulation.requests = 20_000_000;
        let mut rates: Vec<f64> = (0..3)
            .map(|_| run(&simulation).requests_per_second)
            .collect();
        rates.sort_by(f64::total_cmp);
        println!(
            "{policy:<5} {:6.1}M requests/s, median of 3",
            rates[1] / 1e6
        );
    }
}
