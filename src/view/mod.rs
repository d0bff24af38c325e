//! Everything drawn, from the domain's values. Nothing here queries.

mod format;
pub mod simulate;
mod style;

pub mod cell;
pub mod footer;
pub mod number;
pub mod progress_bar;
pub mod result;
pub mod sanitize;

pub use format::Format;
pub use style::Style;
