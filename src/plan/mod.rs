//! What SQLite chose to do with a statement, what it cost, and what that means.
//!
//! [`explain`] asks for the plan (`capture`) and reads its texts (`grammar`)
//! into typed nodes; [`explain_run`] also runs the statement (`measure`). The
//! `findings` turn both into sentences, with the help of what the statement
//! says (`filters`, read by `reading`) and what the schema has (`catalog`).
//! [`what_if`] weighs an index on a statement: before and after, and what it
//! costs; [`advise`] finds the indexes that are worth weighing, and weighs
//! them; [`compare`] sets two statements beside each other. [`footer()`] is
//! the one sentence that costs nothing to know.

pub mod advise;
pub mod b_tree;
mod capture;
mod catalog;
pub mod compare;
mod conditions;
mod error;
mod explain;
mod explanation;
mod filters;
mod findings;
mod footer;
mod foreign_keys;
mod grammar;
pub mod growth;
pub mod join;
mod meaning;
mod measure;
mod operation;
mod reading;
mod rows_out;
mod samples;
mod scanstatus;
mod trial;
mod verdict;
mod warm;
pub mod what_if;

pub use error::Error;
pub use explain::{explain, explain_run, explain_run_with, explain_stopped, explain_with};
pub use explanation::{Elapsed, Explanation, Finding, Node, Severity};
pub(crate) use findings::list;
pub use findings::{CODES as FINDING_CODES, page, pages};
pub use footer::{Summary, footer};
pub use grammar::parse;
pub use measure::Repeat;
pub use operation::{Access, Loop, Operation, Purpose, SetOperator, Source, Term};
pub use scanstatus::COUNTS_ROWS;
pub use verdict::{Cost, Verdict, Why};
pub use warm::{FirstRuns, Run};
