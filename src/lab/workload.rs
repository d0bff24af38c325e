//! A workload's description: what is read, by which keys, how often.
//!
//! Workloads are data: `workloads/*.toml` beside a dataset's schema, embedded
//! in the binary.

use include_dir::{Dir, include_dir};
use serde::Deserialize;

use crate::lab::keys::Distribution;
use crate::lab::simulate::Capacity;
use crate::sql;

static DATASETS: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/datasets");

/// The workload that `bench` runs when none is named.
pub const DEFAULT_WORKLOAD: &str = "order-summary";

/// What is read, by which keys, how often.
#[derive(Debug, Clone, PartialEq)]
pub struct Workload {
    /// The name it is asked for by: its file's.
    pub name: String,
    /// The dataset whose tables it reads.
    pub dataset: String,
    /// What it is about, in a few words.
    pub title: String,
    /// One SELECT with one parameter.
    pub query: String,
    /// The parameter, with its colon: `:id`.
    pub parameter: String,
    /// A SELECT of the values that the parameter takes.
    pub values: String,
    /// How popularity is spread over them.
    pub distribution: Distribution,
    /// Clients, each of which asks again as soon as it was answered.
    pub clients: usize,
    /// Requests of each side before counting starts.
    pub warmup: u64,
    /// Requests of each side that count, in all rounds together.
    pub requests: u64,
    /// How many times the sides take turns.
    pub rounds: u32,
    /// How many results the cache may hold.
    pub cache: Capacity,
}

/// A workload that cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BadWorkload {
    /// None has this name.
    #[error("no workload is called {name:?}{}", suggestion(.nearest))]
    Unknown {
        /// As it was asked for.
        name: String,
        /// The most similar name there is.
        nearest: Option<String>,
    },
    /// The file is not as it should be.
    #[error("the workload {name} cannot be read: {why}")]
    Malformed {
        /// Its name.
        name: String,
        /// What is wrong.
        why: String,
    },
}

fn suggestion(nearest: &Option<String>) -> String {
    match nearest {
        Some(name) => format!(": did you mean {name}?"),
        None => "; `bench list` shows them all".to_owned(),
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    title: String,
    query: String,
    key: Key,
    run: Run,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Key {
    parameter: String,
    values: String,
    /// Without it, all keys are equally popular.
    zipf: Option<f64>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Run {
    clients: usize,
    warmup: u64,
    requests: u64,
    rounds: u32,
    cache_share: String,
}

impl Workload {
    /// All workloads that come with dbdojo, by dataset and name.
    ///
    /// # Errors
    /// The first that is malformed.
    pub fn all() -> Result<Vec<Workload>, BadWorkload> {
        let mut all = Vec::new();
        for dataset in DATASETS.dirs() {
            let folder = dataset.path().join("workloads");
            let files = DATASETS.get_dir(folder).into_iter().flat_map(Dir::files);
            for file in files.filter(|f| f.path().extension().is_some_and(|e| e == "toml")) {
                let stem = |path: &std::path::Path| {
                    path.file_stem()
                        .map_or_else(String::new, |stem| stem.to_string_lossy().into_owned())
                };
                let text = file.contents_utf8().unwrap_or_default();
                all.push(Workload::parse(
                    &stem(file.path()),
                    &stem(dataset.path()),
                    text,
                )?);
            }
        }
        all.sort_by(|a, b| (&a.dataset, &a.name).cmp(&(&b.dataset, &b.name)));
        Ok(all)
    }

    /// The workload of this name.
    ///
    /// # Errors
    /// [`BadWorkload::Unknown`] with the nearest name.
    pub fn find(name: &str) -> Result<Workload, BadWorkload> {
        let all = Workload::all()?;
        if let Some(found) = all.iter().find(|w| w.name == name) {
            return Ok(found.clone());
        }
        Err(BadWorkload::Unknown {
            name: name.to_owned(),
            nearest: sql::nearest(name, all.iter().map(|w| w.name.as_str())).map(str::to_owned),
        })
    }

    /// Reads a workload's file.
    ///
    /// # Errors
    /// [`BadWorkload::Malformed`], naming what is wrong.
    pub fn parse(name: &str, dataset: &str, text: &str) -> Result<Workload, BadWorkload> {
        let malformed = |why: String| BadWorkload::Malformed {
            name: name.to_owned(),
            why,
        };
        let file: File = toml::from_str(text).map_err(|e| malformed(e.to_string()))?;
        let parameter = format!(":{}", file.key.parameter);
        if !file.query.contains(&parameter) {
            return Err(malformed(format!("its query has no parameter {parameter}")));
        }
        if file.run.clients == 0 || file.run.requests == 0 || file.run.rounds == 0 {
            return Err(malformed(
                "it needs at least 1 client, 1 request and 1 round".to_owned(),
            ));
        }
        Ok(Workload {
            name: name.to_owned(),
            dataset: dataset.to_owned(),
            title: file.title,
            query: file.query.trim().to_owned(),
            parameter,
            values: file.key.values,
            distribution: match file.key.zipf {
                Some(alpha) => Distribution::Zipf { alpha },
                None => Distribution::Uniform,
            },
            clients: file.run.clients,
            warmup: file.run.warmup,
            requests: file.run.requests,
            rounds: file.run.rounds,
            cache: file
                .run
                .cache_share
                .parse()
                .map_err(|e: crate::lab::simulate::BadCapacity| malformed(e.to_string()))?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_default_is_there() {
        let workload = Workload::find(DEFAULT_WORKLOAD).unwrap();
        assert_eq!(workload.dataset, "shop");
        assert_eq!(workload.distribution, Distribution::Zipf { alpha: 0.99 });
        assert_eq!(workload.cache, Capacity::Percent(10.0));
    }

    #[test]
    fn the_nearest_name_is_given() {
        let error = |name| Workload::find(name).unwrap_err().to_string();
        assert_eq!(
            error("order-sumary"),
            "no workload is called \"order-sumary\": did you mean order-summary?"
        );
        assert_eq!(
            error("x"),
            "no workload is called \"x\"; `bench list` shows them all"
        );
    }

    #[test]
    fn a_query_without_its_parameter_is_told() {
        let text = "title='t'\nquery='SELECT 1'\n[key]\nparameter='id'\nvalues='SELECT 1'\n\
                    [run]\nclients=1\nwarmup=0\nrequests=1\nrounds=1\ncache_share='10%'";
        let error = Workload::parse("mine", "shop", text).unwrap_err();
        assert_eq!(
            error.to_string(),
            "the workload mine cannot be read: its query has no parameter :id"
        );
        assert!(Workload::parse("mine", "shop", &text.replace("SELECT 1'\n[", ":id'\n[")).is_ok());
    }
}
