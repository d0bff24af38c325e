//! Which indexes a statement should have.
//!
//! [`one`] answers for one statement, in three steps that get dearer as fewer
//! candidates are left:
//!
//! 1. The planner itself says what an index could be used for, on tables that
//!    only listen (`recording`); expressions and constants are read from the
//!    text (`written`). That gives the `candidates`.
//! 2. Each set of them is planned on an empty `twin` of the schema whose
//!    statistics come from a sample of the rows (`price`). Nothing is built.
//! 3. The best few sets are really built in a transaction that ends in
//!    ROLLBACK, and measured (`build`). The page fetches decide.
//!
//! [`workload`] does it for many statements with weights, and finds the
//! smallest set that is nearly as good as the best.

mod advice;
mod build;
mod candidate;
mod candidates;
mod error;
mod one;
mod parameters;
mod price;
mod recording;
mod redundant;
mod sample;
mod schema;
mod statistics;
mod thought;
mod twin;
mod workload;
mod written;

pub use advice::{Advice, Recommendation, Side};
pub use error::Error;
pub use one::one;
pub use parameters::values;
pub use workload::{Failing, Weighed, Weighted, Workload, workload};
