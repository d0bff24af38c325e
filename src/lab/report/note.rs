//! What a reader of a benchmark should know before believing it.

use std::fmt;

use crate::units;

/// Something that limits what the figures mean.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Note {
    /// Redis ages keys in whole seconds, and objects leave sooner than that.
    CoarseClock {
        /// T on the wall clock, in seconds.
        seconds: f64,
        /// What RANDOM eviction would reach.
        random: f64,
    },
    /// The measured hit ratio is further from the predicted than chance and
    /// the model's own error explain.
    Unpredicted {
        /// Measured less predicted.
        by: f64,
    },
    /// The warm-up was shorter than T.
    ColdStart {
        /// T, in requests.
        characteristic_time: f64,
        /// The warm-up, in requests.
        warmup: u64,
    },
    /// Too few samples for the 99th percentile.
    FewSamples {
        /// Requests of a side.
        requests: u64,
    },
    /// The rounds of a side differ much.
    Noisy {
        /// Of which side.
        arm: &'static str,
        /// The fastest round by the slowest.
        spread: f64,
    },
    /// The cache failed some reads, and the database answered them.
    CacheErrors {
        /// How many.
        errors: u64,
        /// Of how many.
        reads: u64,
    },
    /// Nothing bounds the cache.
    EverythingFits,
    /// Clients wait for a processor, and their latencies count that.
    Oversubscribed {
        /// How many clients.
        clients: usize,
        /// How many processors.
        processors: usize,
    },
}

impl fmt::Display for Note {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Note::CoarseClock { seconds, random } => write!(
                f,
                "a result stays about {seconds:.1} s after its last use, but this server ages keys \
                 in whole seconds: expect between random eviction, {random:.3}, and the prediction"
            ),
            Note::Unpredicted { by } => write!(
                f,
                "the hit ratio is {:.3} {} the prediction, more than chance explains",
                by.abs(),
                if *by > 0.0 { "above" } else { "below" }
            ),
            Note::ColdStart {
                characteristic_time,
                warmup,
            } => write!(
                f,
                "the cache was still filling: that takes about {} requests, and the warm-up had {}",
                units::count(characteristic_time.round() as u64),
                units::count(*warmup)
            ),
            Note::FewSamples { requests } => write!(
                f,
                "{} requests are few for a p99: --requests 10k says more",
                units::count(*requests)
            ),
            Note::Noisy { arm, spread } => write!(
                f,
                "the fastest round of the {arm} side did {spread:.1}x as much as the slowest: \
                 something else keeps this machine busy"
            ),
            Note::CacheErrors { errors, reads } => write!(
                f,
                "the cache server failed {} of {} reads: the cached side's figures count the wait \
                 for it, and the database reads that answered instead",
                units::count(*errors),
                units::count(*reads)
            ),
            Note::EverythingFits => f.write_str(
                "this cache server is not ours to configure, so its size was not bounded: \
                 the prediction assumes that nothing is evicted",
            ),
            Note::Oversubscribed {
                clients,
                processors,
            } => write!(
                f,
                "{clients} clients share {}: latencies count the wait for one, and the costs above \
                 are those of a busy machine",
                units::counted(*processors as u64, "processor", "processors")
            ),
        }
    }
}
