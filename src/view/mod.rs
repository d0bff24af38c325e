//! Everything drawn, from the domain's values. Nothing here queries.

mod format;
pub mod simulate;
mod style;

pub use format::Format;
pub use style::Style;
