//! The files of a dataset, wherever they are kept.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use include_dir::Dir;
use sha2::{Digest, Sha256};

use super::BadSpec;

/// `dataset.toml`, `schema.sql` and `texts/*.txt` of one dataset, by their path
/// in its folder.
#[derive(Debug, Clone)]
pub struct Files {
    /// What messages put before a path: the folder.
    root: String,
    texts: BTreeMap<String, String>,
}

impl Files {
    /// Reads a folder.
    pub fn in_folder(folder: &Path) -> Result<Files, BadSpec> {
        let root = folder.display().to_string();
        let mut texts = BTreeMap::new();
        let mut read = |path: &str| -> Result<(), BadSpec> {
            let text = fs::read_to_string(folder.join(path))
                .map_err(|error| BadSpec::one(&format!("{root}/{path}"), "", error.to_string()))?;
            texts.insert(path.to_owned(), text);
            Ok(())
        };
        read("dataset.toml")?;
        read("schema.sql")?;
        if let Ok(entries) = fs::read_dir(folder.join("texts")) {
            for entry in entries.flatten() {
                if let Some(name) = entry.file_name().to_str().filter(|n| n.ends_with(".txt")) {
                    read(&format!("texts/{name}"))?;
                }
            }
        }
        Ok(Files { root, texts })
    }

    /// Reads a folder inside the binary.
    pub fn embedded(dir: &Dir<'_>) -> Files {
        let mut texts = BTreeMap::new();
        let texts_folder = dir.path().join("texts");
        let listed = dir.get_dir(texts_folder).into_iter();
        let files = listed.flat_map(|texts| texts.files()).chain(dir.files());
        for file in files {
            let path = file.path().strip_prefix(dir.path()).unwrap_or(file.path());
            let path = path.to_string_lossy().replace('\\', "/");
            let text = file.contents_utf8().unwrap_or_default();
            texts.insert(path, text.to_owned());
        }
        Files {
            root: format!("datasets/{}", dir.path().display()),
            texts,
        }
    }

    /// The path of a file as messages show it.
    pub fn path(&self, file: &str) -> String {
        format!("{}/{file}", self.root)
    }

    /// The text of a file that must be there.
    pub fn required(&self, file: &str) -> Result<&str, BadSpec> {
        let text = self.texts.get(file);
        text.map(String::as_str)
            .ok_or_else(|| BadSpec::one(&self.path(file), "", "there is no such file"))
    }

    /// The name and text of each file of `texts/`.
    pub fn lists(&self) -> impl Iterator<Item = (&str, &str)> {
        self.texts.iter().filter_map(|(path, text)| {
            let name = path.strip_prefix("texts/")?.strip_suffix(".txt")?;
            Some((name, text.as_str()))
        })
    }

    /// A number for everything in the files: other content, another number.
    pub fn fingerprint(&self) -> [u8; 32] {
        let mut hash = Sha256::new();
        for (path, text) in &self.texts {
            for part in [path, text] {
                hash.update((part.len() as u64).to_le_bytes());
                hash.update(part.as_bytes());
            }
        }
        hash.finalize().into()
    }
}
