//! Pure text about SQL.
mod schema;
mod suggest;
pub use schema::{ColumnDef, Schema, Table, TableKind};
pub use suggest::nearest;
