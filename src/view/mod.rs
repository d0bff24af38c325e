//! Everything drawn, from the domain's values. Nothing here queries.

pub mod datasets;
mod format;
mod style;

pub use format::Format;
pub use style::Style;
