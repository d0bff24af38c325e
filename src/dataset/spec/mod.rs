//! A dataset's folder, read and checked.

use std::path::Path as FilePath;

use include_dir::Dir;

use super::name::{Scale, is_plain_word};

mod column;
mod files;
mod fold;
mod list;
mod meaning;
mod moment;
mod problem;
mod resolve;
mod rule;
mod shape;
mod template;
mod written;

use files::Files;
use written::WrittenSpec;

pub use list::List;
pub use problem::{BadSpec, Problem};
pub use rule::{After, By, Column, Meaning, Path, Piece, RowRule, Rule, Table};
pub use shape::{ColumnShape, TableShape};

/// What a dataset is: its story, its schema, the rules for its rows.
#[derive(Debug, Clone)]
pub struct Spec {
    name: String,
    story: String,
    schema: String,
    shapes: Vec<TableShape>,
    tables: Vec<Table>,
    lists: Vec<List>,
    fingerprint: [u8; 32],
}

impl Spec {
    /// Reads a folder with `dataset.toml`, `schema.sql` and `texts/*.txt`.
    ///
    /// # Errors
    /// [`BadSpec`] names the file, table and column of what is wrong.
    pub fn load(folder: &FilePath) -> Result<Spec, BadSpec> {
        Spec::from_files(&Files::in_folder(folder)?)
    }

    /// Reads a folder that is embedded in the binary.
    pub(super) fn embedded(dir: &Dir<'_>) -> Result<Spec, BadSpec> {
        Spec::from_files(&Files::embedded(dir))
    }

    fn from_files(files: &Files) -> Result<Spec, BadSpec> {
        let toml_path = files.path("dataset.toml");
        let written: WrittenSpec = toml::from_str(files.required("dataset.toml")?)
            .map_err(|error| BadSpec::one(&toml_path, "", error.to_string()))?;
        if !is_plain_word(&written.name) {
            let problem = "a name has lower-case letters, digits, - and _ only";
            return Err(BadSpec::one(&toml_path, "name", problem));
        }
        if written.story.trim().is_empty() {
            let problem = "one paragraph has to tell the learner what this is";
            return Err(BadSpec::one(&toml_path, "story", problem));
        }
        let schema = files.required("schema.sql")?;
        let shapes = shape::read_schema(schema)
            .map_err(|error| BadSpec::one(&files.path("schema.sql"), "", error.to_string()))?;
        let lists = files
            .lists()
            .map(|(name, text)| {
                List::parse(name, text).map_err(|problem| {
                    BadSpec::one(&files.path(&format!("texts/{name}.txt")), "", problem)
                })
            })
            .collect::<Result<Vec<_>, _>>()?;
        let mut tables = resolve::resolve(&toml_path, &written, &shapes, &lists)
            .map_err(|problems| BadSpec { problems })?;
        meaning::settle(&mut tables)
            .map_err(|(place, problem)| BadSpec::one(&toml_path, &place, problem))?;
        Ok(Spec {
            name: written.name,
            story: written.story.trim().to_owned(),
            schema: schema.to_owned(),
            shapes,
            tables,
            lists,
            fingerprint: files.fingerprint(),
        })
    }

    /// Fails unless the spec bears the name of its folder.
    pub(super) fn is_called(&self, folder: &str) -> Result<(), BadSpec> {
        if self.name == folder {
            return Ok(());
        }
        let problem = format!("is {}, but the folder is {folder}", self.name);
        Err(BadSpec::one("dataset.toml", "name", problem))
    }

    /// What it is called.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// One paragraph for the learner.
    pub fn story(&self) -> &str {
        &self.story
    }

    /// The statements that create its tables.
    pub fn schema(&self) -> &str {
        &self.schema
    }

    /// Its tables and how they refer to each other, as SQLite reads the schema.
    ///
    /// # Errors
    /// None is expected: the schema was read before.
    pub fn entities(&self) -> Result<Vec<super::Entity>, super::Error> {
        let read = || {
            let connection = rusqlite::Connection::open_in_memory()?;
            connection.execute_batch(&self.schema)?;
            super::read_entities(&connection)
        };
        read().map_err(super::Error::sqlite("read the schema"))
    }

    /// Its tables and columns, in the order of the schema.
    pub fn shapes(&self) -> &[TableShape] {
        &self.shapes
    }

    /// How many rows each table is expected to have at a scale, in the order in
    /// which they are made. Exact but for tables whose rows are made for each
    /// row of another.
    pub fn estimate(&self, scale: Scale) -> Vec<super::TableRows> {
        let mut rows: Vec<f64> = Vec::new();
        for table in &self.tables {
            rows.push(match &table.rows {
                RowRule::Lines(list) => self.lists[*list].entries.len() as f64,
                RowRule::Per { share, at_least } => per_rows(*share, *at_least, scale) as f64,
                RowRule::Each {
                    of, by, numbers, ..
                } => rows[*of] * self.mean_number(by.as_ref(), numbers),
            });
        }
        self.tables
            .iter()
            .zip(rows)
            .map(|(table, rows)| super::TableRows {
                name: table.name.clone(),
                rows: rows.round() as u64,
            })
            .collect()
    }

    fn mean_number(&self, by: Option<&By>, numbers: &[super::chance::Weights]) -> f64 {
        let share_of = |index: usize| {
            let Some(last) = by.and_then(|by| by.path.steps.last()) else {
                return 1.0;
            };
            match &self.tables[last.table].columns[last.column].rule {
                Rule::Choice { weights, .. } | Rule::Number { weights, .. } => weights.share(index),
                _ => 0.0,
            }
        };
        numbers
            .iter()
            .enumerate()
            .map(|(index, number)| share_of(index) * number.mean())
            .sum()
    }

    pub(super) fn tables(&self) -> &[Table] {
        &self.tables
    }

    pub(super) fn lists(&self) -> &[List] {
        &self.lists
    }

    /// A hash of everything in its files.
    pub(super) fn fingerprint(&self) -> &[u8; 32] {
        &self.fingerprint
    }
}

/// The rows of a table with `per`.
pub(super) fn per_rows(share: f64, at_least: u64, scale: Scale) -> u64 {
    ((share * scale.orders() as f64).round() as u64).max(at_least)
}

#[cfg(test)]
mod tests;
