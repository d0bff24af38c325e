//! An entity-relationship diagram: tables, keys, and what refers to what; as
//! text, as Mermaid and as SVG. The layouts are pure: they know sizes only.

mod lanes;
mod layers;
mod mermaid;
mod order;
mod svg;
mod text;

pub use mermaid::write as write_mermaid;
pub use svg::{write as write_svg, write_page};
pub use text::write as write_text;
