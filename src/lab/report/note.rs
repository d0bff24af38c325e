//! What a reader of a benchmark should know before believing it.

use std::fmt;
use std::time::Duration;

use crate::units;

/// Something that limits what the figures mean.
#[derive(Debug, Clone, PartialEq)]
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
        /// Of which side.
        arm: &'static str,
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
    /// Too few samples for a percentile.
    FewSamples {
        /// Requests of a side.
        requests: u64,
        /// Such as `p99.9`.
        percentile: &'static str,
        /// How many would do.
        enough: u64,
    },
    /// All clients were busy when requests of an open loop came.
    Saturated {
        /// On which side.
        arm: &'static str,
        /// The share of the latency that was waiting for one, 0 to 1.
        waited: f64,
        /// How many clients there were.
        clients: usize,
    },
    /// The rounds of a side differ much.
    Noisy {
        /// Of which side.
        arm: &'static str,
        /// The fastest round by the slowest.
        spread: f64,
    },
    /// The cost model says the opposite of what was measured.
    ModelContradicted {
        /// A read through the cache, as the model has it.
        computed: Duration,
        /// As it was measured.
        measured: Duration,
        /// A read without the cache.
        uncached: Duration,
    },
    /// The cache failed some reads, and the database answered them.
    CacheErrors {
        /// On which side.
        arm: &'static str,
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
    /// Nothing is worth building, so no side is indexed.
    NoIndex {
        /// Why not.
        why: String,
    },
    /// Client and server count differently.
    ServerDisagrees {
        /// Of which side.
        arm: &'static str,
        /// Hits that the clients saw.
        ours: u64,
        /// Hits that the server counted.
        its: u64,
    },
    /// The keys depend on each other, and theory asks that they do not.
    NotIndependent,
    /// The keys of a trace are no values of the data.
    KeysStandIn,
    /// The workload has no statement for the writes of a trace.
    WritesLeftOut {
        /// How many.
        writes: u64,
    },
    /// Some lines of a trace could not be read.
    BadLines {
        /// How many.
        count: u64,
        /// The number of the first.
        line: u64,
        /// What is wrong with it.
        why: String,
    },
    /// One read took far longer than the others.
    Outlier {
        /// On which side.
        arm: &'static str,
        /// How long.
        longest: Duration,
        /// The 99.9th percentile.
        typical: Duration,
    },
    /// The database did not take some writes.
    FailedWrites {
        /// On which side.
        arm: &'static str,
        /// How many.
        writes: u64,
    },
    /// An open loop came faster than a side could answer.
    Unreached {
        /// Which side.
        arm: &'static str,
        /// Requests a second that came.
        wanted: f64,
        /// Requests a second that were answered.
        reached: f64,
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
            Note::Unpredicted { arm, by } => write!(
                f,
                "the {arm} side's hit ratio is {:.3} {} the prediction, more than chance explains",
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
            Note::FewSamples {
                requests,
                percentile,
                enough,
            } => write!(
                f,
                "{} reads are few for a {percentile}: --requests {}k says more",
                units::count(*requests),
                enough / 1_000
            ),
            Note::Saturated {
                arm,
                waited,
                clients,
            } => write!(
                f,
                "{:.0}% of the latency of the {arm} side was waiting for one of {} to be free: \
                 --clients {} tells how fast it is with more",
                waited * 100.0,
                units::counted(*clients as u64, "client", "clients"),
                clients * 2
            ),
            Note::Noisy { arm, spread } => write!(
                f,
                "the fastest round of the {arm} side did {spread:.1}x as much as the slowest: \
                 something else keeps this machine busy"
            ),
            Note::ModelContradicted {
                computed,
                measured,
                uncached,
            } => write!(
                f,
                "by the model a read through the cache takes {}, measured {}, without it {}: queries \
                 took another time in the rounds of each side, so something else keeps this machine \
                 busy, and neither the verdict nor the break-even can be relied on",
                units::duration(*computed),
                units::duration(*measured),
                units::duration(*uncached)
            ),
            Note::CacheErrors { arm, errors, reads } => write!(
                f,
                "the cache server failed {} of {} reads of the {arm} side: its figures count the wait \
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
            Note::NoIndex { why } => write!(f, "no indexed side: {why}"),
            Note::ServerDisagrees { arm, ours, its } => write!(
                f,
                "the clients of the {arm} side saw {}, its server counted {}: somebody else uses \
                 it, or something is wrong",
                units::counted(*ours, "hit", "hits"),
                units::count(*its)
            ),
            Note::NotIndependent => f.write_str(
                "keys come one after the other, the worst case of LRU: it loses each key just \
                 before it comes again, unless all fit",
            ),
            Note::KeysStandIn => f.write_str(
                "the keys of the trace are no values of this data: they stand for its keys, in \
                 the order in which they first come",
            ),
            Note::WritesLeftOut { writes } => write!(
                f,
                "{} of the trace left out: the workload has no [[write]] for them",
                units::counted(*writes, "write", "writes")
            ),
            Note::BadLines { count, line, why } => write!(
                f,
                "passed over {} of the trace; line {line}: {why}",
                units::counted(*count, "line", "lines")
            ),
            Note::Outlier {
                arm,
                longest,
                typical,
            } => write!(
                f,
                "one read of the {arm} side took {}, while 99.9% took at most {}: something \
                 interrupted this machine",
                units::duration(*longest),
                units::duration(*typical)
            ),
            Note::FailedWrites { arm, writes } => write!(
                f,
                "the database refused {} of the {arm} side",
                units::counted(*writes, "write", "writes")
            ),
            Note::Unreached {
                arm,
                wanted,
                reached,
            } => write!(
                f,
                "{} requests a second came to the {arm} side, and it answered {}: the rest waited, \
                 and their latency grows for as long as this lasts",
                units::count(wanted.round() as u64),
                units::count(reached.round() as u64)
            ),
        }
    }
}
