//! Makes the rows.
//!
//! A cell is made out of the seed and its own place only: `cells` finds its
//! random word by table, row and column, and whatever it needs of other rows it
//! makes again. So tables stream one after another, a total agrees with the
//! items that are inserted later, and nothing depends on the order of work.

mod after;
mod cells;
mod insert;
mod rows;
mod sampler;

pub use insert::generate_into;
pub use rows::{Row, Rows};

/// Part of a built dataset's name. Raise it with every change by which the
/// same spec and seed give other rows.
pub const GENERATOR_VERSION: u32 = 1;
