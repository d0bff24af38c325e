//! A workload's description: what is read and written, by which keys, how
//! often, through which cache, in which weather.
//!
//! Workloads are data: `workloads/*.toml` beside a dataset's schema, embedded
//! in the binary, or a file of the learner's own. `docs/workloads.md` tells of
//! each key.

mod arrivals;
mod check;
mod file;
mod find;
mod from_query;
mod lint;

use std::path::PathBuf;
use std::time::Duration;

use crate::cache::aside::{Jitter, Protection, Rules};
use crate::cache::codec::Encoding;
use crate::lab::keys::Distribution;
use crate::lab::simulate::{Capacity, TraceFile};

pub use arrivals::{Arrivals, Ramp, Rate, Spike};
pub use find::BadWorkload;
pub use from_query::Yours;
pub use lint::{lint, lint_all};

/// The workload that `bench` runs when none is named.
pub const DEFAULT_WORKLOAD: &str = "order-summary";

/// More clients than processors would measure how long they wait for one.
const DEFAULT_CLIENTS: usize = 2;
const DEFAULT_WARMUP: u64 = 1_000;
const DEFAULT_REQUESTS: u64 = 4_000;
const DEFAULT_ROUNDS: u32 = 3;

/// More clients than this would only measure the operating system.
pub const MOST_CLIENTS: usize = 1024;

/// The requests are drawn or read beforehand, 4 bytes each.
pub const MOST_REQUESTS: u64 = 1_000_000_000;

/// What is read and written, by which keys, how often.
#[derive(Debug, Clone, PartialEq)]
pub struct Workload {
    /// The name it is asked for by: its file's.
    pub name: String,
    /// The dataset whose tables it reads.
    pub dataset: String,
    /// What it is about, in a few words.
    pub title: String,
    /// Its statements; at least one reads.
    pub templates: Vec<Template>,
    /// Who asks, and when.
    pub load: Load,
    /// Requests of each side before counting starts.
    pub warmup: u64,
    /// Requests of each side that count, in all rounds together.
    pub requests: u64,
    /// A side's rounds end after this long in all, even if requests are left.
    pub duration: Option<Duration>,
    /// How many times the sides take turns.
    pub rounds: u32,
    /// How the cache is used.
    pub caching: Caching,
    /// What a network would add; simulated by waiting.
    pub round_trips: RoundTrips,
    /// What happens to the cache, and when.
    pub faults: Vec<Fault>,
    /// Requests that were recorded, in the place of drawn ones.
    pub trace: Option<Recording>,
}

/// A trace, and how it is played.
#[derive(Debug, Clone, PartialEq)]
pub struct Recording {
    /// The file.
    pub file: TraceFile,
    /// Its times pass so many times faster; above 0.
    pub speed: f64,
}

impl Recording {
    /// A trace at its own speed, as its first line says.
    pub fn of(path: PathBuf) -> Recording {
        Recording {
            file: TraceFile::of(path),
            speed: 1.0,
        }
    }
}

/// A statement with parameters.
#[derive(Debug, Clone, PartialEq)]
pub struct Template {
    /// One SELECT, or one change.
    pub sql: String,
    /// Its share of the requests is its weight by the sum of all.
    pub weight: f64,
    /// Its parameters with their colons: `:id`.
    pub parameters: Vec<String>,
    /// A SELECT of the values that the parameters take: a column for each, a
    /// row for each key.
    pub values: String,
    /// How popularity is spread over the keys.
    pub distribution: Distribution,
    /// Whether it changes data.
    pub writes: bool,
}

/// Who asks, and when.
#[derive(Debug, Clone, PartialEq)]
pub enum Load {
    /// Each client asks again when it was answered and has thought.
    Closed {
        /// How many.
        clients: usize,
        /// How long each thinks.
        think: Duration,
    },
    /// Requests come when they come, however long the others take.
    Open {
        /// How many can be under way at once; the rest wait, and that counts.
        clients: usize,
        /// How the gaps are drawn.
        arrivals: Arrivals,
        /// Requests a second, in each round from its start.
        rate: Rate,
    },
}

/// How the cache is used.
#[derive(Debug, Clone, PartialEq)]
pub struct Caching {
    /// How many results it may hold.
    pub size: Capacity,
    /// What to evict, in Redis's words.
    pub policy: String,
    /// How results are written into it.
    pub encoding: Encoding,
    /// TTL, protection, strategy and what a write does: as the cache layer
    /// follows them.
    pub rules: Rules,
}

/// Round trips that are simulated by waiting, in one process.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct RoundTrips {
    /// To the database, added to each statement.
    pub database: Duration,
    /// To the cache server, added to each command.
    pub cache: Duration,
}

/// Something that happens to the cache; simulated where it says so.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Fault {
    /// When, from the start of each round.
    pub at: Duration,
    /// For how long; zero for what happens at once.
    pub lasting: Duration,
    /// What.
    pub kind: FaultKind,
}

/// What happens to the cache.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FaultKind {
    /// No command reaches it: connections break (simulated).
    Down,
    /// Each command takes so much longer (simulated).
    Slow(Duration),
    /// All results are deleted.
    Flushed,
    /// As after a restart: all results are gone, and each connection broke.
    Restarted,
}

impl Default for Caching {
    /// A tenth of the keys, exact words of Redis for LRU, deleted on write.
    fn default() -> Caching {
        Caching {
            size: Capacity::Percent(10.0),
            policy: "allkeys-lru".to_owned(),
            encoding: Encoding::default(),
            rules: Rules::default(),
        }
    }
}

impl Load {
    /// How many requests can be under way at once.
    pub fn clients(&self) -> usize {
        match self {
            Load::Closed { clients, .. } | Load::Open { clients, .. } => *clients,
        }
    }

    /// Sets how many requests can be under way at once.
    pub fn set_clients(&mut self, n: usize) {
        match self {
            Load::Closed { clients, .. } | Load::Open { clients, .. } => *clients = n,
        }
    }
}

impl Workload {
    /// A workload of one SELECT.
    pub fn of(
        sql: &str,
        parameters: &[&str],
        values: &str,
        distribution: Distribution,
    ) -> Workload {
        Workload {
            name: "yours".to_owned(),
            dataset: "shop".to_owned(),
            title: "your query".to_owned(),
            templates: vec![Template {
                sql: sql.trim().trim_end_matches(';').to_owned(),
                weight: 1.0,
                parameters: parameters.iter().map(|p| (*p).to_owned()).collect(),
                values: values.to_owned(),
                distribution,
                writes: false,
            }],
            load: Load::Closed {
                clients: DEFAULT_CLIENTS,
                think: Duration::ZERO,
            },
            warmup: DEFAULT_WARMUP,
            requests: DEFAULT_REQUESTS,
            duration: None,
            rounds: DEFAULT_ROUNDS,
            caching: Caching::default(),
            round_trips: RoundTrips::default(),
            faults: Vec::new(),
            trace: None,
        }
    }

    /// Plays this trace from its first request to its last.
    pub fn record(&mut self, recording: Recording) {
        self.trace = Some(recording);
        (self.warmup, self.requests) = (0, MOST_REQUESTS);
    }

    /// Its reads.
    pub fn reads(&self) -> impl Iterator<Item = &Template> {
        self.templates.iter().filter(|template| !template.writes)
    }

    /// Whether it changes data.
    pub fn writes(&self) -> bool {
        self.templates.iter().any(|template| template.writes)
    }

    /// The TTL of results that expire and that an LRU evicts, where nothing else
    /// happens to them: no write, no fault, no refresh.
    pub fn expiring_lru(&self) -> Option<Duration> {
        let rules = &self.caching.rules;
        let is_plain = !rules.sliding
            && rules.jitter == Jitter::NONE
            && rules.negative.is_none()
            && !matches!(
                rules.protection,
                Protection::XFetch { .. } | Protection::StaleWhileRevalidate { .. }
            );
        let is_lru = ["allkeys-lru", "volatile-lru"].contains(&self.caching.policy.as_str());
        let undisturbed = !self.writes() && self.faults.is_empty();
        rules.ttl.filter(|_| is_plain && is_lru && undisturbed)
    }

    /// The distribution of its first read: what a headline names.
    pub fn distribution(&self) -> Distribution {
        self.reads()
            .next()
            .map_or(Distribution::Uniform, |read| read.distribution)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cache::Invalidation;
    use crate::cache::aside::Strategy;

    fn problem(text: &str) -> String {
        Workload::parse("mine", Some("shop"), text)
            .unwrap_err()
            .to_string()
    }

    const GOOD: &str = "title = 't'\n[[read]]\nsql = 'SELECT :id'\nvalues = 'SELECT 1'\n\
                        distribution = 'zipf 0.9'\n";

    #[test]
    fn what_is_left_out_has_a_default() {
        let workload = Workload::parse("mine", Some("shop"), GOOD).unwrap();
        assert_eq!(workload.distribution(), Distribution::Zipf { alpha: 0.9 });
        assert_eq!(workload.templates[0].parameters, [":id"]);
        assert_eq!(
            workload.load,
            Load::Closed {
                clients: 2,
                think: Duration::ZERO
            }
        );
        assert_eq!(workload.caching.size, Capacity::Percent(10.0));
    }

    #[test]
    fn each_key_is_read() {
        let text = format!(
            "dataset = 'shop'\n{GOOD}weight = 9\n[[write]]\nsql = 'DELETE FROM t WHERE a = :a AND b = :b'\n\
             parameters = ['a', 'b']\nvalues = 'SELECT 1, 2'\ndistribution = 'latest:0.8'\n\
             [run]\nclients = 4\nrate = 500\narrivals = 'constant'\nramp = {{ from = 10, over = '2s' }}\n\
             spikes = [{{ at = '3s', lasting = '1s', times = 4 }}]\nduration = '10s'\nwarmup = 5\n\
             requests = 6\nrounds = 2\n[cache]\nsize = '500'\nttl = '30s'\npolicy = 'allkeys-lfu'\n\
             invalidation = 'versioned'\njitter = '10%'\nnegative = '5s'\nprotection = 'lock'\n\
             lease = '200ms'\nstrategy = 'write-through'\n[simulated]\ndatabase_round_trip = '1ms'\n\
             cache_round_trip = '0.5ms'\n[[simulated.fault]]\nat = '1s'\nkind = 'slow'\nby = '2ms'\n\
             lasting = '1s'\n[[simulated.fault]]\nat = '2s'\nkind = 'flushed'\n"
        );
        let workload = Workload::parse("mine", None, &text).unwrap();
        assert!(workload.writes());
        assert_eq!(workload.templates[0].weight, 9.0);
        assert_eq!(workload.templates[1].parameters, [":a", ":b"]);
        assert_eq!(workload.duration, Some(Duration::from_secs(10)));
        let rules = &workload.caching.rules;
        assert_eq!(rules.invalidation, Invalidation::Versioned);
        assert_eq!(rules.jitter.to_string(), "10%");
        assert_eq!(rules.negative, Some(Duration::from_secs(5)));
        assert_eq!(rules.strategy, Strategy::WriteThrough);
        let lease = Duration::from_millis(200);
        assert_eq!(rules.protection, Protection::Lock { lease });
        assert_eq!(workload.round_trips.cache, Duration::from_micros(500));
        assert_eq!(workload.faults.len(), 2);
        let Load::Open {
            clients: 4,
            arrivals: Arrivals::Constant,
            rate,
        } = workload.load
        else {
            panic!("{:?}", workload.load);
        };
        assert_eq!(rate.at(3.5), 2_000.0);
        assert_eq!(rate.at(1.0), 255.0);
    }

    #[test]
    fn a_trace_needs_no_distribution_and_is_played_whole() {
        let text = "title = 't'\n[[read]]\nsql = 'SELECT :id'\nvalues = 'SELECT 1'\n";
        assert!(problem(text).contains("needs a `distribution`"));
        let text = format!("{text}[trace]\nfile = 't.csv'\ncolumns = 'key=k'\nspeed = 10.0\n");
        let workload = Workload::parse("mine", Some("shop"), &text).unwrap();
        let recording = workload.trace.unwrap();
        assert_eq!((recording.speed, workload.warmup), (10.0, 0));
        assert_eq!(workload.requests, MOST_REQUESTS);
    }

    #[test]
    fn what_contradicts_itself_is_told() {
        let with = |more: &str| problem(&format!("{GOOD}{more}"));
        for (more, told) in [
            (
                "[run]\nramp = { from = 1, over = '1s' }",
                "`ramp` needs a `rate`",
            ),
            (
                "[run]\nrate = 5\nthink = '1s'",
                "`think` and `rate` contradict each other",
            ),
            ("[run]\nrate = 0", "a rate is above 0"),
            ("[run]\nrequests = 0", "at least 1 client, 1 request"),
            ("[run]\nthink = 'long'", "`think`: "),
            ("[cache]\ninvalidation = 'ttl'", "needs a TTL"),
            ("[cache]\nsliding = true", "needs a TTL"),
            (
                "[cache]\nttl = '1s'\nbeta = 2.0",
                "beta is a setting of the protection xfetch",
            ),
            ("[cache]\nprotection = 'mutex'", "unknown protection"),
            ("[cache]\nttll = '1s'", "unknown field `ttll`"),
            (
                "[[simulated.fault]]\nat = '1s'\nkind = 'down'",
                "needs `lasting`",
            ),
            (
                "[[simulated.fault]]\nat = '1s'\nkind = 'up'",
                "a fault is down, slow",
            ),
            (
                "[trace]\nfile = 't.csv'\nspeed = 0.0",
                "a speed is a number above 0",
            ),
            (
                "[trace]\nfile = 't.csv'\ncolumns = 'size'",
                "there must be a key",
            ),
            ("weight = -1", "a weight is a number above 0, not -1"),
            ("parameters = ['i']", "its query has no parameter :i"),
        ] {
            let error = with(more);
            assert!(error.contains(told), "{more}: {error}");
        }
        assert_eq!(
            problem("title = 't'"),
            "the workload mine cannot be read: it reads nothing: it needs a [[read]]"
        );
    }
}
