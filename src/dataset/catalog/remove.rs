//! Gives the disk back that built datasets take.

use std::fs;
use std::path::{Path, PathBuf};

use super::build::remove;
use super::lock::Lock;
use super::{Catalog, Scale};
use crate::dataset::{DatasetName, Error};
use crate::interrupt::Interrupt;
use crate::progress::Watcher;

/// A database that was removed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Removed {
    /// What it held, such as `shop@small`, or an imported dataset.
    pub name: String,
    /// The bytes that it took.
    pub bytes: u64,
}

/// A finished database on the shelf, of whatever seed, also one that an older
/// dbdojo has built.
struct Found {
    name: DatasetName,
    path: PathBuf,
    bytes: u64,
}

impl Catalog {
    /// The bytes that all built and imported datasets take together.
    pub fn disk_used(&self) -> u64 {
        let built: u64 = found(self.shelf.folder()).map(|found| found.bytes).sum();
        let imported = self.imported();
        built + imported.iter().map(|imported| imported.bytes).sum::<u64>()
    }

    /// Fails unless there is a dataset of this name, or was when it was built.
    ///
    /// # Errors
    /// [`Error::Unknown`] with the nearest name.
    pub fn knows(&self, name: &str) -> Result<(), Error> {
        let is_known = self.names().iter().any(|known| known == name)
            || found(self.shelf.folder()).any(|found| found.name.name == name);
        if is_known {
            Ok(())
        } else {
            Err(self.unknown(name))
        }
    }

    /// Removes what was built of a dataset, for every seed, at one scale or at
    /// all. It is built again when it is asked for; an imported one is gone. A
    /// session that has one open keeps it until it ends.
    ///
    /// # Errors
    /// [`Error::File`] for what cannot be removed; what came before it is gone.
    /// While another process builds it, this waits: [`Error::Interrupted`].
    pub fn remove(
        &self,
        name: &str,
        scale: Option<Scale>,
        interrupt: &Interrupt,
        watcher: Watcher<'_>,
    ) -> Result<Vec<Removed>, Error> {
        let mut all: Vec<Found> = found(self.shelf.folder())
            .filter(|found| found.name.name == name)
            .filter(|found| scale.is_none_or(|scale| found.name.scale == scale))
            .collect();
        all.sort_by(|a, b| (a.name.scale, &a.path).cmp(&(b.name.scale, &b.path)));
        let mut removed = Vec::new();
        for Found { name, path, bytes } in all {
            let waiting = format!("waiting for a build of {name}");
            let lock = path.with_extension("lock");
            let _lock = Lock::take(&lock, &waiting, interrupt, watcher)?;
            // Without its record, a database is not trusted.
            remove(&path.with_extension("json"))?;
            remove(&path)?;
            let name = name.to_string();
            removed.push(Removed { name, bytes });
        }
        let imported = match scale {
            None => self.remove_imported(name, interrupt, watcher)?,
            Some(_) => None,
        };
        removed.extend(imported.map(|imported| Removed {
            name: imported.name,
            bytes: imported.bytes,
        }));
        Ok(removed)
    }
}

fn found(folder: &Path) -> impl Iterator<Item = Found> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    entries.filter_map(|entry| {
        let path = entry.path();
        if path.extension()? != "db" {
            return None;
        }
        // NAME-SCALE-SEED-CONTENT-VERSION, as `Shelf::item` writes it.
        let mut parts = path.file_stem()?.to_str()?.rsplitn(5, '-').skip(3);
        let (scale, name) = (parts.next()?.parse().ok()?, parts.next()?.to_owned());
        let bytes = entry.metadata().ok()?.len();
        Some(Found {
            name: DatasetName { name, scale },
            path,
            bytes,
        })
    })
}
