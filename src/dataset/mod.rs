//! The data to practise on.
//!
//! A dataset is a folder (`datasets/shop/`): its schema in SQL, the rules by
//! which its rows are made, and texts. [`Spec`] reads and checks it. The
//! generator ([`generate_into`]) makes the rows, each cell out of nothing but
//! the seed and the cell's place, so that the same seed gives the same data on
//! every machine. [`Catalog`] builds a dataset once, keeps it, and opens it at
//! once from then on. No Rust here knows any dataset by name.

mod calendar;
mod catalog;
mod chance;
mod check;
mod entity;
mod error;
mod generate;
mod globe;
pub mod import;
mod name;
mod nearest;
mod spec;

pub use catalog::{Built, Catalog, Chosen, Imported, Listed, Removed, TableRows};
pub use check::{Checked, check, check_at};
pub use entity::{Entity, EntityColumn, Reference, count_entity, read_entities};
pub use error::Error;
pub use generate::{GENERATOR_VERSION, Row, Rows, generate_into};
pub use name::{BadName, DatasetName, Scale, UnknownScale};
pub use spec::{BadSpec, ColumnShape, Problem, Spec, TableShape};
