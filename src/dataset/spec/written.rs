//! `dataset.toml` as it is written, before its names are looked up.

use std::collections::BTreeMap;

use serde::Deserialize;

use crate::dataset::chance::Season;

/// The whole file.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WrittenSpec {
    pub name: String,
    pub story: String,
    #[serde(default)]
    pub seasons: BTreeMap<String, Season>,
    pub table: Vec<WrittenTable>,
}

/// One `[[table]]`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WrittenTable {
    pub name: String,
    pub rows: WrittenRows,
    /// A rule for each column of the schema.
    pub columns: toml::Table,
    /// Rules for values that the table does not hold but other rules use.
    #[serde(default)]
    pub drawn: toml::Table,
}

/// How many rows a table has: `list`, or `per`, or `each`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WrittenRows {
    /// One for each entry of a text list.
    pub list: Option<String>,
    /// This many for each order of the scale.
    pub per: Option<f64>,
    /// And never fewer than this.
    pub at_least: Option<u64>,
    /// Some for each row of another table.
    pub each: Option<String>,
    /// How many.
    pub number: Option<WrittenNumber>,
    /// Or other weights for each value of this column of that row.
    pub by: Option<String>,
    pub numbers: Option<BTreeMap<String, WrittenNumber>>,
}

/// How many rows a table has for a row of another.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
pub enum WrittenNumber {
    /// Always so many.
    Exactly(usize),
    /// The weights of none, one, two, ..
    Weights(Vec<f64>),
    /// n with the weight (n + 1)^-power.
    Power { power: f64, at_most: usize },
}

/// How often a cell is NULL.
#[derive(Debug, Clone, Deserialize)]
#[serde(untagged)]
pub enum WrittenNull {
    /// This share of the rows.
    Share(f64),
    /// Another share for each value of a column.
    By {
        by: String,
        of: BTreeMap<String, f64>,
    },
}

/// A path, or some.
#[derive(Debug, Clone, Deserialize)]
#[serde(untagged)]
pub enum WrittenPaths {
    One(String),
    Some(Vec<String>),
}

/// The rule of a column.
#[derive(Debug, Clone, Deserialize)]
#[serde(
    tag = "rule",
    rename_all = "kebab-case",
    rename_all_fields = "snake_case",
    deny_unknown_fields
)]
pub enum WrittenRule {
    /// 1, 2, 3, ..
    Key {},
    /// The row that this row was made for (`rows = { each = .. }`).
    Parent {},
    /// The text of this row's entry (`rows = { list = .. }`).
    Line {
        /// Instead of the text, one of the words after its colon, from 1 on.
        word: Option<usize>,
    },
    /// The entry above it in the tree; NULL at the top.
    Above {},
    /// One of some texts, by weight.
    Choice { of: BTreeMap<String, f64> },
    /// One of some whole numbers, by weight.
    Number { of: BTreeMap<String, f64> },
    /// A number between two, all alike.
    Between {
        from: f64,
        to: f64,
        #[serde(default)]
        decimals: u32,
        /// A number with as many decimals, to add.
        plus: Option<String>,
    },
    /// A positive number, most of them around the median.
    Lognormal {
        median: f64,
        sigma: f64,
        #[serde(default)]
        decimals: u32,
        at_least: Option<f64>,
        at_most: Option<f64>,
    },
    /// A row of another table.
    Reference {
        to: String,
        /// Popularity by Zipf's law with this exponent.
        #[serde(default)]
        zipf: f64,
        /// Only entries of a tree that have none below them.
        #[serde(default)]
        leaves: bool,
        /// Their column that says since when they exist ..
        exists_from: Option<String>,
        /// .. which is not after this column of ours.
        at: Option<String>,
        /// Never the same twice for one parent.
        #[serde(default)]
        distinct: bool,
        /// Not the row to which this column of ours refers.
        except: Option<String>,
    },
    /// One of the rows before this one for the same parent; NULL for the first.
    Earlier {},
    /// The kilometres between two entries of a list, by their words that are
    /// latitude and longitude.
    Distance {
        between: [String; 2],
        words: [usize; 2],
    },
    /// What another row holds: `product_id.price`.
    Copy { of: String },
    /// The sum, over the rows of a table made for this row, of a product.
    Sum { of: String, times: [String; 2] },
    /// An even share of what the parent holds.
    Share { of: String },
    /// A moment between two days.
    Moment {
        from: String,
        until: String,
        #[serde(default = "one")]
        growth: f64,
        season: Option<String>,
        /// Rows come in order of time, but for this share of all rows; without
        /// it, in no order.
        disorder: Option<f64>,
        /// On the full five minutes, say.
        #[serde(default)]
        step_minutes: u32,
    },
    /// For the rows of one parent, a moment every so many hours.
    Rhythm { from: String, hours: f64 },
    /// A moment after another one, or after the latest of some.
    After {
        of: WrittenPaths,
        median_hours: f64,
        sigma: f64,
        /// This much later, or sooner.
        #[serde(default)]
        shift_hours: f64,
        /// Later by so many hours for each unit of these columns.
        #[serde(default)]
        hours_each: BTreeMap<String, f64>,
        /// NULL where it is not before this day.
        until: Option<String>,
        /// The rows of one parent come in order of time.
        #[serde(default)]
        in_order: bool,
        #[serde(default)]
        step_minutes: u32,
    },
    /// A different combination of entries for each row.
    Combination { of: Vec<String> },
    /// A text with entries of lists in it.
    Template {
        text: Option<String>,
        by: Option<String>,
        texts: Option<BTreeMap<String, String>>,
    },
}

fn one() -> f64 {
    1.0
}
