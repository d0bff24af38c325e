//! Where workloads are found: in the binary, or in a file of the learner's own.

use std::path::{Path, PathBuf};

use include_dir::{Dir, include_dir};

use super::{Workload, file};
use crate::sql;

static DATASETS: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/datasets");

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
    /// The file cannot be read.
    #[error("could not read {}: {why}", path.display())]
    Unreachable {
        /// As it was asked for.
        path: PathBuf,
        /// What the system says.
        why: String,
    },
}

fn suggestion(nearest: &Option<String>) -> String {
    match nearest {
        Some(name) => format!(": did you mean {name}?"),
        None => "; `bench list` shows them all, and a file's name ends in .toml".to_owned(),
    }
}

fn stem(path: &Path) -> String {
    path.file_stem()
        .map_or_else(String::new, |stem| stem.to_string_lossy().into_owned())
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
                let text = file.contents_utf8().unwrap_or_default();
                let dataset = stem(dataset.path());
                all.push(Workload::parse(&stem(file.path()), Some(&dataset), text)?);
            }
        }
        all.sort_by(|a, b| (&a.dataset, &a.name).cmp(&(&b.dataset, &b.name)));
        Ok(all)
    }

    /// The workload of this name; or that of a file, if the name is a path
    /// that ends in `.toml`.
    ///
    /// # Errors
    /// [`BadWorkload::Unknown`] with the nearest name; what is wrong with the
    /// file.
    pub fn find(name: &str) -> Result<Workload, BadWorkload> {
        if name.ends_with(".toml") {
            return Workload::read(Path::new(name), None);
        }
        let all = Workload::all()?;
        if let Some(found) = all.iter().find(|w| w.name == name) {
            return Ok(found.clone());
        }
        Err(BadWorkload::Unknown {
            name: name.to_owned(),
            nearest: sql::nearest(name, all.iter().map(|w| w.name.as_str())).map(str::to_owned),
        })
    }

    /// The workload of a file. `dataset` is the one beside whose schema it lies.
    ///
    /// # Errors
    /// [`BadWorkload::Unreachable`], [`BadWorkload::Malformed`].
    pub fn read(path: &Path, dataset: Option<&str>) -> Result<Workload, BadWorkload> {
        let text = std::fs::read_to_string(path).map_err(|error| BadWorkload::Unreachable {
            path: path.to_owned(),
            why: error.to_string(),
        })?;
        let mut workload = Workload::parse(&stem(path), dataset, &text)?;
        if let (Some(recording), Some(folder)) = (&mut workload.trace, path.parent()) {
            // Its trace lies beside it, wherever it is read from.
            recording.file.path = folder.join(&recording.file.path);
        }
        Ok(workload)
    }

    /// Reads a workload's text.
    ///
    /// # Errors
    /// [`BadWorkload::Malformed`], naming what is wrong.
    pub fn parse(name: &str, dataset: Option<&str>, text: &str) -> Result<Workload, BadWorkload> {
        file::parse(name, dataset, text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lab::keys::Distribution;
    use crate::lab::simulate::Capacity;
    use crate::lab::workload::DEFAULT_WORKLOAD;

    #[test]
    fn the_default_is_there() {
        let workload = Workload::find(DEFAULT_WORKLOAD).unwrap();
        assert_eq!(workload.dataset, "shop");
        assert_eq!(workload.distribution(), Distribution::Zipf { alpha: 0.99 });
        assert_eq!(workload.caching.size, Capacity::Percent(10.0));
    }

    #[test]
    fn the_nearest_name_is_given() {
        let error = |name| Workload::find(name).unwrap_err().to_string();
        assert_eq!(
            error("order-sumary"),
            "no workload is called \"order-sumary\": did you mean order-summary?"
        );
        assert!(error("x").starts_with("no workload is called \"x\"; `bench list` shows"));
        assert!(error("no/where.toml").starts_with("could not read no/where.toml: "));
    }
}
