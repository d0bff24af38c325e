//! Everything drawn, from the domain's values. Nothing here queries.

pub mod b_tree;
pub mod bench;
mod beside;
pub mod cache;
pub mod cell;
pub mod compare;
pub mod datasets;
pub mod diagnostic;
pub mod erd;
pub mod footer;
mod format;
pub mod grow;
pub mod highlight;
pub mod imported;
pub mod join;
pub mod lesson;
pub mod lint;
pub mod number;
pub mod picture;
pub mod plan;
mod plan_json;
mod plan_words;
pub mod progress_bar;
pub mod prose;
pub mod result;
pub mod sanitize;
pub mod schema;
pub mod simulate;
mod style;
pub mod svg;
pub mod what_if;
pub mod words;

pub use format::{Format, Picture, Wanted};
pub use plan_json::plan_json;
pub use progress_bar::ProgressBar;
pub use style::Style;
