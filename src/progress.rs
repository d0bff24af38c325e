//! How far long work has come, as a value. The work reports; a view draws.

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

/// Listens to nothing.
pub fn ignore(_: Progress<'_>) {}
