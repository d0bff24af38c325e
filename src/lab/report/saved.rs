//! Runs that were saved, and what differs between two.

use std::path::{Path, PathBuf};

use serde::Deserialize;

/// A file that holds no run.
#[derive(Debug, thiserror::Error)]
pub enum BadSaved {
    /// It cannot be read.
    #[error("could not read {}: {why}", path.display())]
    Unreachable {
        /// The file.
        path: PathBuf,
        /// What the system says.
        why: String,
    },
    /// It is something else.
    #[error("{} holds no benchmark, which bench --format json writes: {why}", path.display())]
    NoRun {
        /// The file.
        path: PathBuf,
        /// What is missing.
        why: String,
    },
}

/// A run, as `bench --format json` wrote it: what a comparison needs of it.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct Saved {
    /// What was run.
    pub workload: SavedWorkload,
    /// Where; `None` in runs of old versions.
    pub machine: Option<serde_json::Value>,
    /// The sides.
    pub arms: Vec<SavedArm>,
    /// Whether Ctrl-C cut it short.
    #[serde(default)]
    pub interrupted: bool,
}

/// What was run.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct SavedWorkload {
    /// Its name.
    pub name: String,
    /// The label of the data.
    pub data: String,
    /// The seed.
    pub seed: u64,
    /// Everything else, which should be the same.
    #[serde(flatten)]
    pub rest: serde_json::Map<String, serde_json::Value>,
}

/// One side's figures.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct SavedArm {
    /// Its name.
    pub arm: String,
    /// Reads a second.
    pub throughput_per_s: f64,
    /// Hits among the reads that asked the cache.
    pub hit_ratio: Option<f64>,
    /// Reads that reached the database.
    pub database_reads: u64,
    /// Latencies, in microseconds.
    pub latency_us: SavedLatency,
    /// The slowest and the fastest round.
    pub rounds_per_s: SavedSpread,
}

/// Latencies, in microseconds.
#[derive(Debug, Clone, Copy, PartialEq, Deserialize)]
pub struct SavedLatency {
    /// Their mean.
    pub mean: f64,
    /// The median.
    pub p50: f64,
    /// The 99th percentile.
    pub p99: f64,
}

/// Requests a second.
#[derive(Debug, Clone, Copy, PartialEq, Deserialize)]
pub struct SavedSpread {
    /// Of the slowest round.
    pub min: f64,
    /// Of the fastest.
    pub max: f64,
}

impl Saved {
    /// Reads a run from a file.
    ///
    /// # Errors
    /// [`BadSaved`].
    pub fn read(path: &Path) -> Result<Saved, BadSaved> {
        let text = std::fs::read_to_string(path).map_err(|error| BadSaved::Unreachable {
            path: path.to_owned(),
            why: error.to_string(),
        })?;
        serde_json::from_str(&text).map_err(|error| BadSaved::NoRun {
            path: path.to_owned(),
            why: error.to_string(),
        })
    }
}

/// Two runs beside each other.
#[derive(Debug, Clone, PartialEq)]
pub struct Compared {
    /// The first.
    pub a: Saved,
    /// The second.
    pub b: Saved,
    /// The sides that both have.
    pub sides: Vec<ComparedSide>,
    /// What differs besides the figures, a sentence each.
    pub differences: Vec<String>,
}

/// One side in both runs.
#[derive(Debug, Clone, PartialEq)]
pub struct ComparedSide {
    /// In the first run.
    pub a: SavedArm,
    /// In the second.
    pub b: SavedArm,
    /// Reads a second, second by first.
    pub by: f64,
    /// Whether the rounds of both overlap: then nobody can tell which was faster.
    pub is_within_noise: bool,
}

impl Compared {
    /// Sets two runs beside each other.
    pub fn of(a: Saved, b: Saved) -> Compared {
        let both = a.arms.iter().filter_map(|of_a| {
            let of_b = b.arms.iter().find(|of_b| of_b.arm == of_a.arm)?;
            let (first, second) = (of_a.rounds_per_s, of_b.rounds_per_s);
            Some(ComparedSide {
                by: of_b.throughput_per_s / of_a.throughput_per_s.max(1e-9),
                is_within_noise: first.min <= second.max && second.min <= first.max,
                a: of_a.clone(),
                b: of_b.clone(),
            })
        });
        Compared {
            sides: both.collect(),
            differences: differences(&a, &b),
            a,
            b,
        }
    }
}

fn differences(a: &Saved, b: &Saved) -> Vec<String> {
    let mut said = Vec::new();
    let (first, second) = (&a.workload, &b.workload);
    for (what, x, y) in [
        ("workload", &first.name, &second.name),
        ("data", &first.data, &second.data),
    ] {
        if x != y {
            said.push(format!("the {what} differs: {x} and {y}"));
        }
    }
    if first.seed != second.seed {
        said.push(format!(
            "the seed differs: {} and {}",
            first.seed, second.seed
        ));
    }
    let mut keys: Vec<&String> = first.rest.keys().chain(second.rest.keys()).collect();
    keys.sort_unstable();
    keys.dedup();
    for key in keys
        .into_iter()
        .filter(|key| *key != "dataset" && *key != "title")
    {
        let (x, y) = (first.rest.get(key), second.rest.get(key));
        if x != y {
            let text = |value: Option<&serde_json::Value>| match value {
                Some(serde_json::Value::String(text)) => text.clone(),
                Some(value) => value.to_string(),
                None => "nothing".to_owned(),
            };
            said.push(match key.as_str() {
                "sql" | "statements" => format!("the {key} differ"),
                _ => format!("{key} differs: {} and {}", text(x), text(y)),
            });
        }
    }
    if a.machine != b.machine {
        said.push("they ran on different machines, or with different versions".to_owned());
    }
    for (which, run) in [("first", a), ("second", b)] {
        if run.interrupted {
            said.push(format!("the {which} run was interrupted"));
        }
    }
    said
}
