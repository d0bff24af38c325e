//! What is known of a built dataset, in a small file beside it: the learner's
//! database holds nothing but the learner's tables.

use std::fs;
use std::path::Path;

use super::TableRows;
use super::shelf::Item;

/// The content of that file.
#[derive(Debug, serde::Serialize, serde::Deserialize)]
pub struct Record {
    /// As in `shop@small`.
    pub name: String,
    pub seed: u64,
    pub recipe: String,
    pub bytes: u64,
    pub tables: Vec<TableRows>,
}

impl Record {
    /// The record of an item whose database has this many bytes.
    pub fn new(item: &Item, bytes: u64, tables: Vec<TableRows>) -> Record {
        Record {
            name: item.name.to_string(),
            seed: item.seed,
            recipe: item.recipe.clone(),
            bytes,
            tables,
        }
    }

    /// `None` when the file is missing, cut off, or something else.
    pub fn read(path: &Path) -> Option<Record> {
        serde_json::from_slice(&fs::read(path).ok()?).ok()
    }

    /// Whether it speaks of this item.
    pub fn is_for(&self, item: &Item) -> bool {
        self.name == item.name.to_string() && self.seed == item.seed && self.recipe == item.recipe
    }
}
