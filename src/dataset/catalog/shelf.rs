//! Where built datasets stand, and under which names.

use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};

use super::record::Record;
use super::{Built, DatasetName, Scale, Spec};
use crate::dataset::GENERATOR_VERSION;

/// The folder of built datasets.
#[derive(Debug, Clone)]
pub struct Shelf {
    folder: PathBuf,
}

/// One dataset at one scale for one seed: its files, there or not.
#[derive(Debug, Clone)]
pub struct Item {
    pub name: DatasetName,
    pub seed: u64,
    /// What its rows depend on besides name, scale and seed.
    pub recipe: String,
    folder: PathBuf,
    stem: String,
}

impl Shelf {
    pub fn new(folder: PathBuf) -> Shelf {
        Shelf { folder }
    }

    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// The item that a spec describes.
    pub fn item(&self, spec: &Spec, scale: Scale, seed: u64) -> Item {
        let content: String = spec.fingerprint()[..6]
            .iter()
            .map(|byte| format!("{byte:02x}"))
            .collect();
        let recipe = format!("{content}-{GENERATOR_VERSION}");
        let name = DatasetName {
            name: spec.name().to_owned(),
            scale,
        };
        Item {
            stem: format!("{}-{scale}-{seed}-{recipe}", name.name),
            name,
            seed,
            recipe,
            folder: self.folder.clone(),
        }
    }
}

impl Item {
    /// The finished database.
    pub fn database(&self) -> PathBuf {
        self.with_extension("db")
    }

    /// What is known of it.
    pub fn record(&self) -> PathBuf {
        self.with_extension("json")
    }

    /// Held by whoever builds it.
    pub fn lock(&self) -> PathBuf {
        self.with_extension("lock")
    }

    /// A file that is being written and trusted by nobody.
    pub fn part(&self, of: &str) -> PathBuf {
        self.with_extension(&format!("{of}.part"))
    }

    fn with_extension(&self, extension: &str) -> PathBuf {
        self.folder.join(format!("{}.{extension}", self.stem))
    }

    /// The item, if its files are there and agree. A file that is shorter or
    /// longer than was recorded, or no database, is not trusted.
    pub fn built(&self) -> Option<Built> {
        let record = Record::read(&self.record())?;
        let path = self.database();
        let mut file = fs::File::open(&path).ok()?;
        let mut header = [0; 16];
        file.read_exact(&mut header).ok()?;
        let bytes = file.metadata().ok()?.len();
        let agrees = record.is_for(self) && record.bytes == bytes;
        (agrees && header == *b"SQLite format 3\0").then(|| Built {
            path,
            name: self.name.clone(),
            seed: self.seed,
            tables: record.tables,
            bytes,
        })
    }
}
