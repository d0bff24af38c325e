//! The b-tree of an index or a table as it is in the file: its size and shape,
//! and the pages on the way to a key.
//!
//! [`Tree::open`] asks SQLite which b-tree is meant and what its pages are
//! (`dbstat`). The way to a key is not guessed: [`lookup`] reads the pages of
//! the file itself (`page`, `record`), goes down as SQLite does (`walk`), and
//! has SQLite count its own page fetches for the same lookup beside it.

mod error;
mod file;
mod key;
mod lookup;
mod page;
mod record;
mod tree;
mod walk;

pub use error::Error;
pub use lookup::{Lookup, MOST_ENTRIES, Measured, RowPath, TableSide, lookup};
pub use record::Collation;
pub use tree::{KeyColumn, Kind, Shape, Tree};
pub use walk::Step;
