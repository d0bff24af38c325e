//! Why the tour could not go on.

use crate::plan::{self, what_if};
use crate::sandbox;
use crate::session::CacheError;

/// Why the tour could not go on. No number that comes out is a reason.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A statement did not run.
    #[error(transparent)]
    Sandbox(#[from] sandbox::Error),
    /// The plan could not be told.
    #[error(transparent)]
    Plan(plan::Error),
    /// The index could not be weighed.
    #[error(transparent)]
    WhatIf(what_if::Error),
    /// The built-in cache server did not start.
    #[error(transparent)]
    Cache(#[from] CacheError),
    /// It started and did not answer.
    #[error("the built-in cache server did not answer")]
    NoHit,
    /// The data is another than the tour was written for.
    #[error("there is no customer {0} with orders: the tour needs {data} as it comes", data = super::DATA)]
    OtherData(i64),
}
