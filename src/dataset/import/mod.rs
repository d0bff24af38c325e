//! A learner's own data: CSV files, read twice and never held whole.
//!
//! The first reading ([`infer`]) finds delimiter, header, types and the rows
//! that are wrong; the second ([`load_files`], [`load_table`]) inserts. Both
//! work on anything that reads, one row at a time, so memory does not grow with
//! the file.

mod aside;
mod database;
mod error;
mod fields;
mod files;
mod infer;
mod keys;
mod load;
mod records;
mod sample;
mod table;
mod value;

pub use database::{is_database, settle_database};
pub use error::{BadRow, ImportError, Unreadable};
pub use files::{TableFile, Told, load_files, table_files, table_name};
pub use infer::{Column, Inferred, Layout, infer};
pub use load::{Loaded, Wishes, load_table};
pub use records::{MAX_ROW_BYTES, Record, Records, Step};
pub use value::Kind;
