//! Which datasets there are, and the built ones: each is built once and kept.

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;

use include_dir::{Dir, include_dir};

use super::nearest::nearest;
use super::{DatasetName, Error, Scale, Spec};
use crate::dirs::Dirs;
use crate::interrupt::Interrupt;
use crate::progress::Watcher;

mod build;
mod imported;
mod lock;
mod record;
mod remove;
mod shelf;

pub(super) use build::open as open_to_build;
pub use imported::{Chosen, Imported};
pub use remove::Removed;
use shelf::Shelf;

/// The datasets of this repository.
static EMBEDDED: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/datasets");

/// How many rows a table has.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct TableRows {
    /// The table.
    pub name: String,
    /// Its rows.
    pub rows: u64,
}

/// A dataset that is ready. The file is for reading and copying, never for
/// writing: all sessions share it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Built {
    /// The database file.
    pub path: PathBuf,
    /// What it holds.
    pub name: DatasetName,
    /// The seed it was made with.
    pub seed: u64,
    /// Its tables, in the order in which they were filled.
    pub tables: Vec<TableRows>,
    /// The size of the file.
    pub bytes: u64,
}

impl Built {
    /// The rows of all tables.
    pub fn rows(&self) -> u64 {
        self.tables.iter().map(|table| table.rows).sum()
    }
}

/// A dataset at a scale, built or not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listed {
    /// Which one.
    pub name: DatasetName,
    /// The rows of its tables; where it is not built, expected ones.
    pub tables: Vec<TableRows>,
    /// Where it is, if it is built.
    pub built: Option<Built>,
}

impl Listed {
    /// The rows of all tables.
    pub fn rows(&self) -> u64 {
        self.tables.iter().map(|table| table.rows).sum()
    }
}

/// All datasets: those in the binary and the learner's own.
#[derive(Debug, Clone)]
pub struct Catalog {
    shelf: Shelf,
    own: PathBuf,
    imported: PathBuf,
}

impl Catalog {
    /// The datasets of a user. Reads nothing yet.
    pub fn new(dirs: &Dirs) -> Catalog {
        Catalog {
            shelf: Shelf::new(dirs.datasets()),
            own: dirs.own_datasets(),
            imported: dirs.imported(),
        }
    }

    /// The names of all datasets, sorted.
    pub fn names(&self) -> Vec<String> {
        let own = self.own_folders().into_keys();
        let imported = self.imported_names();
        let mut names: Vec<String> = EMBEDDED.dirs().map(embedded_name).chain(own).collect();
        names.extend(imported);
        names.sort_unstable();
        names.dedup();
        names
    }

    /// The description of a dataset. A folder of the learner's own goes before
    /// one of the same name in the binary.
    ///
    /// # Errors
    /// [`Error::Unknown`] with the nearest name, [`Error::BadSpec`], or
    /// [`Error::NoRules`] for an imported one.
    pub fn find(&self, name: &str) -> Result<Spec, Error> {
        if let Some(folder) = self.own_folders().get(name) {
            let spec = Spec::load(folder)?;
            spec.is_called(name)?;
            return Ok(spec);
        }
        let mut embedded = EMBEDDED.dirs();
        match embedded.find(|dir| embedded_name(dir) == name) {
            Some(dir) => Ok(Spec::embedded(dir)?),
            None if self.find_imported(name).is_some() => Err(Error::NoRules(name.to_owned())),
            None => Err(self.unknown(name)),
        }
    }

    fn unknown(&self, name: &str) -> Error {
        Error::Unknown {
            name: name.to_owned(),
            nearest: nearest(name, self.names().iter().map(String::as_str)),
        }
    }

    /// The built dataset, if it is there and whole. Looks at two files; costs
    /// less than a millisecond at every scale.
    pub fn built(&self, spec: &Spec, scale: Scale, seed: u64) -> Option<Built> {
        self.shelf.item(spec, scale, seed).built()
    }

    /// What there is to say of a dataset at a scale without building it.
    pub fn listed(&self, spec: &Spec, scale: Scale, seed: u64) -> Listed {
        let item = self.shelf.item(spec, scale, seed);
        let built = item.built();
        let tables = built.as_ref().map(|built| built.tables.clone());
        Listed {
            name: item.name,
            tables: tables.unwrap_or_else(|| spec.estimate(scale)),
            built,
        }
    }

    /// The built dataset: at once when it is there, else it is built now. While
    /// another process or thread builds the same one, this waits for it and
    /// says so to the watcher.
    ///
    /// # Errors
    /// [`Error::File`] for a folder that cannot be written,
    /// [`Error::DiskFull`], [`Error::Interrupted`], [`Error::Sqlite`]. Nothing
    /// half-built is left or trusted.
    pub fn ensure(
        &self,
        spec: &Spec,
        scale: Scale,
        seed: u64,
        interrupt: &Interrupt,
        watcher: Watcher<'_>,
    ) -> Result<Built, Error> {
        let item = self.shelf.item(spec, scale, seed);
        match item.built() {
            Some(built) => Ok(built),
            None => build::build(&self.shelf, &item, spec, interrupt, watcher),
        }
    }

    /// The learner's own folders with a `dataset.toml`, by their names.
    fn own_folders(&self) -> BTreeMap<String, PathBuf> {
        let entries = fs::read_dir(&self.own).into_iter().flatten().flatten();
        entries
            .filter(|entry| entry.path().join("dataset.toml").is_file())
            .filter_map(|entry| Some((entry.file_name().into_string().ok()?, entry.path())))
            .collect()
    }
}

fn embedded_name(dir: &Dir<'_>) -> String {
    dir.path().display().to_string()
}

#[cfg(test)]
mod tests;
