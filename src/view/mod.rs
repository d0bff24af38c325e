//! Everything drawn, from the domain's values. Nothing here queries.

mod format;
mod style;

pub mod diagnostic;
pub mod highlight;
pub mod sanitize;

pub use format::Format;
pub use style::Style;
