//! A plan as a picture: Mermaid text, an SVG file, a web page in one file.
//!
//! All three show the tree that the terminal shows. `step` says what stands
//! beside a node, `fit` how long texts are broken; the rest is drawing.

mod fit;
pub mod mermaid;
pub mod page;
mod step;
pub mod svg;
