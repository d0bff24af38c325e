//! How far long work has come, as a value. The work reports; a view draws.

use std::sync::Arc;

/// One report of running work.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Progress<'a> {
    /// What is being done, such as `building shop@large`.
    pub what: &'a str,
    /// Units finished so far (rows, bytes, requests).
    pub done: u64,
    /// Units in all.
    pub total: u64,
}

/// Someone who wants to hear of progress. Called often, at least ten times a
/// second: it decides by itself how often to draw.
pub type Watcher<'a> = &'a mut dyn FnMut(Progress<'_>);

/// Called often while a statement runs, by the thread that runs it. It must
/// be quick and must not touch the database.
pub type Heartbeat = Arc<dyn Fn() + Send + Sync>;

/// Listens to nothing.
pub fn ignore(_: Progress<'_>) {}
