//! Everything drawn, from the domain's values. Nothing here queries.

mod format;
pub mod plan;
mod plan_json;
mod plan_words;
mod style;

pub use format::Format;
pub use plan_json::plan_json;
pub use style::Style;
