//! Data of the learner's own, imported once and kept until it is removed.

use std::fs;
use std::path::{Path, PathBuf};

use rusqlite::{Connection, OpenFlags};

use super::build::{remove, sync, sync_folder};
use super::lock::Lock;
use super::{Catalog, EMBEDDED, TableRows, embedded_name};
use crate::dataset::name::is_plain_word;
use crate::dataset::{BadName, DatasetName, Entity, Error, Spec, read_entities};
use crate::interrupt::Interrupt;
use crate::progress::Watcher;
use crate::sql::quote_if_needed;

/// An imported dataset. The file is for reading and copying, never for writing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Imported {
    /// What the learner calls it.
    pub name: String,
    /// The database file.
    pub path: PathBuf,
    /// What it was made of, as it was named then; empty if that is not known.
    pub from: String,
    /// Its tables, by name.
    pub tables: Vec<TableRows>,
    /// The size of the file.
    pub bytes: u64,
}

impl Imported {
    /// The rows of all tables.
    pub fn rows(&self) -> u64 {
        self.tables.iter().map(|table| table.rows).sum()
    }

    /// Its tables and how they refer to each other, without rows.
    ///
    /// # Errors
    /// [`Error::Sqlite`] when the file is gone by now.
    pub fn entities(&self) -> Result<Vec<Entity>, Error> {
        let flags = OpenFlags::SQLITE_OPEN_READ_ONLY;
        let connection = Connection::open_with_flags(&self.path, flags);
        connection
            .and_then(|connection| read_entities(&connection))
            .map_err(Error::sqlite("read the schema"))
    }
}

/// A dataset that was asked for by its name.
#[derive(Debug)]
pub enum Chosen {
    /// One with rules, at a scale.
    Scaled(Box<Spec>, DatasetName),
    /// One that was imported.
    Imported(Imported),
}

/// What is known of an imported database besides the database. The file is
/// whole without it: its rows can be counted again.
#[derive(Debug, serde::Serialize, serde::Deserialize)]
struct Record {
    from: String,
    bytes: u64,
    tables: Vec<TableRows>,
}

impl Catalog {
    /// The dataset that a text such as `shop@small` or `mine` names.
    ///
    /// # Errors
    /// Those of [`find`](Self::find), [`Error::BadName`], and
    /// [`Error::OneScale`] for an imported one with a scale.
    pub fn choose(&self, text: &str) -> Result<Chosen, Error> {
        let name: DatasetName = text.parse()?;
        match self.find(&name.name) {
            Ok(spec) => Ok(Chosen::Scaled(Box::new(spec), name)),
            Err(Error::NoRules(word)) => match self.find_imported(&word) {
                Some(_) if text.contains('@') => Err(Error::OneScale {
                    name: name.name,
                    scale: name.scale.to_string(),
                }),
                Some(imported) => Ok(Chosen::Imported(imported)),
                None => Err(self.unknown(&word)),
            },
            Err(error) => Err(error),
        }
    }

    /// All imported datasets, by name.
    pub fn imported(&self) -> Vec<Imported> {
        let names = self.imported_names();
        names
            .iter()
            .filter_map(|name| self.find_imported(name))
            .collect()
    }

    /// The imported dataset of this name. Looks at two files; counts the rows
    /// when nobody has noted them down.
    pub fn find_imported(&self, name: &str) -> Option<Imported> {
        if !is_plain_word(name) {
            return None;
        }
        let path = self.imported.join(format!("{name}.db"));
        let bytes = fs::metadata(&path)
            .ok()
            .filter(fs::Metadata::is_file)?
            .len();
        let record = fs::read(path.with_extension("json")).ok();
        let record: Option<Record> = record.and_then(|text| serde_json::from_slice(&text).ok());
        let (from, tables) = match record {
            Some(record) if record.bytes == bytes => (record.from, record.tables),
            _ => (String::new(), count_rows(&path).ok()?),
        };
        Some(Imported {
            name: name.to_owned(),
            path,
            from,
            tables,
            bytes,
        })
    }

    pub(super) fn imported_names(&self) -> Vec<String> {
        let entries = fs::read_dir(&self.imported).into_iter().flatten().flatten();
        let mut names: Vec<String> = entries
            .filter_map(|entry| {
                entry
                    .file_name()
                    .into_string()
                    .ok()?
                    .strip_suffix(".db")
                    .map(str::to_owned)
            })
            .filter(|name| is_plain_word(name))
            .collect();
        names.sort_unstable();
        names
    }

    /// Fails unless a dataset may be imported under this name.
    ///
    /// # Errors
    /// [`Error::BadName`], [`Error::Taken`], and, unless it is to be replaced,
    /// [`Error::Exists`].
    pub fn may_import(&self, name: &str, replace: bool) -> Result<(), Error> {
        if !is_plain_word(name) {
            return Err(Error::from(BadName::Dataset(name.to_owned())));
        }
        let built_in = EMBEDDED.dirs().any(|dir| embedded_name(dir) == name);
        if built_in || self.own_folders().contains_key(name) {
            return Err(Error::Taken(name.to_owned()));
        }
        if !replace && self.find_imported(name).is_some() {
            return Err(Error::Exists(name.to_owned()));
        }
        Ok(())
    }

    /// Imports a dataset: `fill` makes the database at the path it is given,
    /// which nobody trusts until it is whole. `from` says for people what it is
    /// made of. The last step is to rename it to its place: whoever has an
    /// older one open keeps that.
    ///
    /// # Errors
    /// Those of [`may_import`](Self::may_import) and of `fill`, and
    /// [`Error::File`]; nothing has changed then.
    pub fn import<T, E: From<Error>>(
        &self,
        name: &str,
        from: &str,
        replace: bool,
        interrupt: &Interrupt,
        watcher: Watcher<'_>,
        fill: impl FnOnce(&Path, Watcher<'_>) -> Result<T, E>,
    ) -> Result<(Imported, T), E> {
        self.may_import(name, replace)?;
        let folder = &self.imported;
        fs::create_dir_all(folder)
            .map_err(|error| Error::file("make the folder", folder, error))?;
        let path = folder.join(format!("{name}.db"));
        let waiting = format!("waiting for another import of {name}");
        let _lock = Lock::take(&path.with_extension("lock"), &waiting, interrupt, watcher)?;
        // Perhaps the one that held the lock has just imported it.
        self.may_import(name, replace)?;
        self.sweep_imports(name);
        let part = path.with_extension("db.part");
        let done = fill(&part, watcher).and_then(|told| {
            if interrupt.is_raised() {
                return Err(E::from(Error::Interrupted));
            }
            self.settle(&part, &path, from)?;
            Ok(told)
        });
        if done.is_err() {
            self.sweep_imports(name);
        }
        let told = done?;
        let imported = self.find_imported(name).ok_or_else(|| {
            let vanished = std::io::Error::other("it was removed while it was being imported");
            Error::file("read", &path, vanished)
        })?;
        Ok((imported, told))
    }

    fn settle(&self, part: &Path, path: &Path, from: &str) -> Result<(), Error> {
        let tables = count_rows(part).map_err(Error::sqlite("read what was imported"))?;
        let bytes = sync(part)?;
        let record = Record {
            from: from.to_owned(),
            bytes,
            tables,
        };
        let [noted, noted_part] = ["json", "json.part"].map(|e| path.with_extension(e));
        let failed = |error| Error::file("write", &noted, error);
        let text = serde_json::to_vec_pretty(&record).map_err(|error| failed(error.into()))?;
        fs::write(&noted_part, text).map_err(failed)?;
        // The record of an older one must not speak of the new one.
        remove(&noted)?;
        fs::rename(part, path).map_err(|error| Error::file("write", path, error))?;
        fs::rename(&noted_part, &noted).map_err(failed)?;
        sync_folder(&self.imported)
    }

    /// Removes what imports have left that did not end: the parts of this one,
    /// whose lock we hold, and of all others that nobody is importing.
    fn sweep_imports(&self, name: &str) {
        let entries = fs::read_dir(&self.imported).into_iter().flatten().flatten();
        for entry in entries {
            let file = entry.file_name();
            let Some(file) = file.to_str().filter(|file| file.contains(".part")) else {
                continue;
            };
            let stem = file.split('.').next().unwrap_or_default();
            let lock = self.imported.join(format!("{stem}.lock"));
            if stem == name || matches!(Lock::try_take(&lock), Ok(Some(_))) {
                let _ = fs::remove_file(entry.path());
            }
        }
    }

    /// Removes an imported dataset for good; `None` if there is none.
    pub(super) fn remove_imported(
        &self,
        name: &str,
        interrupt: &Interrupt,
        watcher: Watcher<'_>,
    ) -> Result<Option<Imported>, Error> {
        let Some(imported) = self.find_imported(name) else {
            return Ok(None);
        };
        let waiting = format!("waiting for an import of {name}");
        let lock = imported.path.with_extension("lock");
        let _lock = Lock::take(&lock, &waiting, interrupt, watcher)?;
        remove(&imported.path)?;
        remove(&imported.path.with_extension("json"))?;
        Ok(Some(imported))
    }
}

/// The rows of each table of a database that nobody writes to.
fn count_rows(path: &Path) -> rusqlite::Result<Vec<TableRows>> {
    let connection = Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_ONLY)?;
    let names: Vec<String> = connection
        .prepare(
            "SELECT name FROM pragma_table_list WHERE schema = 'main' AND type = 'table'
             AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' ORDER BY name",
        )?
        .query_map([], |row| row.get(0))?
        .collect::<rusqlite::Result<_>>()?;
    let count = |name: String| {
        let sql = format!("SELECT count(*) FROM {}", quote_if_needed(&name));
        let rows: i64 = connection.query_row(&sql, [], |row| row.get(0))?;
        Ok(TableRows {
            name,
            rows: rows.unsigned_abs(),
        })
    };
    names.into_iter().map(count).collect()
}
