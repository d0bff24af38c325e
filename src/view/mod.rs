//! Everything drawn, from the domain's values. Nothing here queries.

pub mod advise;
mod advise_json;
pub mod bench;
mod beside;
pub mod cache;
pub mod cell;
pub mod compare;
pub mod datasets;
pub mod diagnostic;
pub mod footer;
mod format;
pub mod highlight;
pub mod lesson;
pub mod lint;
pub mod number;
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

pub use advise_json::{advise_json, workload_json};
pub use format::Format;
pub use plan_json::plan_json;
pub use progress_bar::ProgressBar;
pub use style::Style;
