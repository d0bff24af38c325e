//! Whether a cache would help one query, or an index, or neither.
//!
//! [`Subject`] makes parameters of a statement's literals; [`keys`] finds values
//! for them; [`weigh`] reads each key from the database, through a cache, and
//! with the index that advice proposes, in turns. What follows is arithmetic on
//! [`Costs`], and a [`Verdict`].

mod costs;
pub mod keys;
mod measure;
mod subject;
mod trace;
mod verdict;
mod weigh;

pub use costs::{Costs, seconds_between_reads, to_three_digits};
pub use keys::{Keys, Origin};
pub use subject::{Parameter, Subject};
pub use trace::{BadTrace, Reads, TTLS};
pub use verdict::{Best, Verdict};
pub use weigh::{Distances, Error, HIT_RATIOS, Indexed, Options, Spread, Worth, facts, weigh};
