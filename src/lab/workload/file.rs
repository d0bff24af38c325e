//! A workload's file, as TOML. `docs/workloads.md` documents each key; a test
//! holds the two to each other.

use std::path::PathBuf;
use std::str::FromStr;
use std::time::Duration;

use serde::Deserialize;

use super::{
    Arrivals, BadWorkload, Caching, Fault, FaultKind, Load, Ramp, Rate, Recording, RoundTrips,
    Spike, Template, Workload,
};
use crate::cache::aside::{Beta, Protection};
use crate::lab::keys::Distribution;
use crate::lab::simulate::{Capacity, Columns};
use crate::units;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    dataset: Option<String>,
    title: String,
    #[serde(default)]
    read: Vec<Request>,
    #[serde(default)]
    write: Vec<Request>,
    #[serde(default)]
    run: Run,
    #[serde(default)]
    cache: Cache,
    #[serde(default)]
    simulated: Simulated,
    trace: Option<TraceOf>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Request {
    sql: String,
    weight: Option<f64>,
    #[serde(default)]
    parameters: Vec<String>,
    values: String,
    distribution: Option<String>,
}

#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields)]
struct Run {
    clients: Option<usize>,
    think: Option<String>,
    rate: Option<f64>,
    arrivals: Option<String>,
    ramp: Option<RampFile>,
    #[serde(default)]
    spikes: Vec<SpikeFile>,
    warmup: Option<u64>,
    requests: Option<u64>,
    duration: Option<String>,
    rounds: Option<u32>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct TraceOf {
    file: PathBuf,
    columns: Option<String>,
    #[serde(default)]
    skip_bad_lines: bool,
    speed: Option<f64>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RampFile {
    from: f64,
    over: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SpikeFile {
    at: String,
    lasting: String,
    times: f64,
}

#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields)]
struct Cache {
    size: Option<String>,
    policy: Option<String>,
    ttl: Option<String>,
    jitter: Option<String>,
    #[serde(default)]
    sliding: bool,
    negative: Option<String>,
    invalidation: Option<String>,
    protection: Option<String>,
    beta: Option<f64>,
    lease: Option<String>,
    stale: Option<String>,
    strategy: Option<String>,
    encoding: Option<String>,
}

#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields)]
struct Simulated {
    database_round_trip: Option<String>,
    cache_round_trip: Option<String>,
    #[serde(default)]
    fault: Vec<FaultFile>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FaultFile {
    at: String,
    kind: String,
    lasting: Option<String>,
    by: Option<String>,
}

/// Reads `text`. `dataset` is where the file lies; without it, the file says so.
pub(super) fn parse(
    name: &str,
    dataset: Option<&str>,
    text: &str,
) -> Result<Workload, BadWorkload> {
    let malformed = |why: String| BadWorkload::Malformed {
        name: name.to_owned(),
        why,
    };
    let file: File =
        toml::from_str(text).map_err(|e| malformed(e.to_string().trim().to_owned()))?;
    let dataset = match (dataset, file.dataset) {
        (Some(dataset), _) => dataset.to_owned(),
        (None, Some(dataset)) => dataset,
        (None, None) => "shop".to_owned(),
    };
    let has_trace = file.trace.is_some();
    let reads = file
        .read
        .into_iter()
        .map(|request| template(request, false, has_trace));
    let writes = file
        .write
        .into_iter()
        .map(|request| template(request, true, has_trace));
    let templates: Vec<Template> = reads
        .chain(writes)
        .collect::<Result<_, _>>()
        .map_err(malformed)?;
    let mut workload = Workload {
        name: name.to_owned(),
        dataset,
        title: file.title,
        templates,
        load: load(&file.run).map_err(malformed)?,
        warmup: file.run.warmup.unwrap_or(super::DEFAULT_WARMUP),
        requests: file.run.requests.unwrap_or(super::DEFAULT_REQUESTS),
        duration: time(&file.run.duration, "duration").map_err(malformed)?,
        rounds: file.run.rounds.unwrap_or(super::DEFAULT_ROUNDS),
        caching: caching(&file.cache).map_err(malformed)?,
        round_trips: RoundTrips {
            database: time(&file.simulated.database_round_trip, "database_round_trip")
                .map_err(malformed)?
                .unwrap_or_default(),
            cache: time(&file.simulated.cache_round_trip, "cache_round_trip")
                .map_err(malformed)?
                .unwrap_or_default(),
        },
        faults: file
            .simulated
            .fault
            .iter()
            .map(fault)
            .collect::<Result<_, _>>()
            .map_err(malformed)?,
        trace: None,
    };
    if let Some(trace) = &file.trace {
        workload.record(recording(trace).map_err(malformed)?);
        workload.warmup = file.run.warmup.unwrap_or(workload.warmup);
        workload.requests = file.run.requests.unwrap_or(workload.requests);
    }
    workload.check()?;
    Ok(workload)
}

fn template(request: Request, writes: bool, has_trace: bool) -> Result<Template, String> {
    let distribution: Distribution = match request.distribution {
        Some(distribution) => distribution.parse().map_err(text_of)?,
        None if has_trace => Distribution::Uniform,
        None => return Err("a statement needs a `distribution`, such as zipf:0.99".to_owned()),
    };
    let mut parameters = request.parameters;
    if parameters.is_empty() {
        parameters.push("id".to_owned());
    }
    Ok(Template {
        sql: request.sql.trim().trim_end_matches(';').to_owned(),
        weight: request.weight.unwrap_or(1.0),
        parameters: parameters
            .into_iter()
            .map(|p| format!(":{}", p.trim_start_matches(':')))
            .collect(),
        values: request.values,
        distribution,
        writes,
    })
}

fn recording(trace: &TraceOf) -> Result<Recording, String> {
    let mut recording = Recording::of(trace.file.clone());
    let columns = trace.columns.as_deref().map(str::parse::<Columns>);
    recording.file.columns = columns.transpose().map_err(text_of)?;
    recording.file.skip_bad_lines = trace.skip_bad_lines;
    recording.speed = trace.speed.unwrap_or(recording.speed);
    Ok(recording)
}

fn load(run: &Run) -> Result<Load, String> {
    let clients = run.clients.unwrap_or(super::DEFAULT_CLIENTS);
    let Some(base) = run.rate else {
        for (key, given) in [
            ("arrivals", run.arrivals.is_some()),
            ("ramp", run.ramp.is_some()),
            ("spikes", !run.spikes.is_empty()),
        ] {
            if given {
                return Err(format!(
                    "`{key}` needs a `rate`: without one, the loop is closed"
                ));
            }
        }
        return Ok(Load::Closed {
            clients,
            think: time(&run.think, "think")?.unwrap_or_default(),
        });
    };
    if run.think.is_some() {
        return Err(
            "`think` and `rate` contradict each other: clients of an open loop do not wait"
                .to_owned(),
        );
    }
    let ramp = match &run.ramp {
        Some(ramp) => Some(Ramp {
            from: ramp.from,
            over: duration(&ramp.over, "over")?,
        }),
        None => None,
    };
    let spikes = run.spikes.iter().map(|spike| {
        Ok(Spike {
            at: duration(&spike.at, "at")?,
            lasting: duration(&spike.lasting, "lasting")?,
            times: spike.times,
        })
    });
    Ok(Load::Open {
        clients,
        arrivals: match run.arrivals.as_deref() {
            None | Some("poisson") => Arrivals::Poisson,
            Some("constant") => Arrivals::Constant,
            Some(other) => return Err(format!("arrivals are poisson or constant, not {other:?}")),
        },
        rate: Rate {
            base,
            ramp,
            spikes: spikes.collect::<Result<_, String>>()?,
        },
    })
}

fn caching(cache: &Cache) -> Result<Caching, String> {
    let mut caching = Caching::default();
    if let Some(size) = &cache.size {
        caching.size = size.parse::<Capacity>().map_err(text_of)?;
    }
    if let Some(policy) = &cache.policy {
        caching.policy = policy.clone();
    }
    caching.encoding = parsed(&cache.encoding)?;
    let rules = &mut caching.rules;
    rules.ttl = time(&cache.ttl, "ttl")?;
    rules.jitter = parsed(&cache.jitter)?;
    rules.sliding = cache.sliding;
    rules.negative = time(&cache.negative, "negative")?;
    rules.invalidation = parsed(&cache.invalidation)?;
    rules.strategy = parsed(&cache.strategy)?;
    let beta = cache.beta.map(|beta| beta.to_string().parse::<Beta>());
    let beta = beta.transpose().map_err(text_of)?;
    let lease = time(&cache.lease, "lease")?;
    let stale = time(&cache.stale, "stale")?;
    let protection: Protection = parsed(&cache.protection)?;
    rules.protection = protection.with(beta, lease, stale).map_err(text_of)?;
    Ok(caching)
}

/// What the text says, or what is usual without one.
fn parsed<T>(text: &Option<String>) -> Result<T, String>
where
    T: FromStr<Err: ToString> + Default,
{
    let read = |text: &String| text.parse().map_err(|error: T::Err| error.to_string());
    text.as_ref().map_or_else(|| Ok(T::default()), read)
}

fn fault(fault: &FaultFile) -> Result<Fault, String> {
    let kind = match fault.kind.as_str() {
        "down" => FaultKind::Down,
        "flushed" => FaultKind::Flushed,
        "restarted" => FaultKind::Restarted,
        "slow" => FaultKind::Slow(match &fault.by {
            Some(by) => duration(by, "by")?,
            None => {
                return Err("a slow cache needs `by`: how much longer a command takes".to_owned());
            }
        }),
        other => {
            return Err(format!(
                "a fault is down, slow, flushed or restarted, not {other:?}"
            ));
        }
    };
    let lasting = time(&fault.lasting, "lasting")?;
    let takes_time = matches!(kind, FaultKind::Down | FaultKind::Slow(_));
    if takes_time && lasting.is_none() {
        return Err(format!("a fault that is {:?} needs `lasting`", fault.kind));
    }
    if !takes_time && lasting.is_some() {
        return Err(format!("{} happens at once: no `lasting`", fault.kind));
    }
    Ok(Fault {
        at: duration(&fault.at, "at")?,
        lasting: lasting.unwrap_or_default(),
        kind,
    })
}

fn time(text: &Option<String>, key: &str) -> Result<Option<Duration>, String> {
    text.as_deref().map(|text| duration(text, key)).transpose()
}

fn duration(text: &str, key: &str) -> Result<Duration, String> {
    units::parse_duration(text).map_err(|error| format!("`{key}`: {error}"))
}

fn text_of(error: impl ToString) -> String {
    error.to_string()
}
