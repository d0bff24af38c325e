//! Ctrl-C, as a value that long work looks at.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// A flag that is raised when the person at the keyboard wants the prompt
/// back. Clones share it. Whoever starts a piece of work lowers it first.
#[derive(Debug, Clone, Default)]
pub struct Interrupt(Arc<AtomicBool>);

impl Interrupt {
    /// A flag that is down.
    pub fn new() -> Interrupt {
        Interrupt::default()
    }

    /// Asks running work to stop. Safe to call from a signal thread.
    pub fn raise(&self) {
        self.0.store(true, Ordering::Release);
    }

    /// Forgets an earlier request.
    pub fn lower(&self) {
        self.0.store(false, Ordering::Release);
    }

    /// Whether work should stop.
    pub fn is_raised(&self) -> bool {
        self.0.load(Ordering::Acquire)
    }
}
