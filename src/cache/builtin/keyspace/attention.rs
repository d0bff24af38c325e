//! Keys that somebody waits for: to fail a transaction when they change, or to
//! go on when there is something in them.

use std::collections::HashMap;

use foldhash::quality::RandomState;

/// What is known of a key that has attention.
#[derive(Debug, Default)]
struct Attended {
    /// Clients that `WATCH` it.
    watchers: usize,
    /// Clients that are blocked on it.
    waiters: usize,
    /// When it last changed, in changes of all keys.
    changed: u64,
    /// Whether it is among the ready ones.
    is_ready: bool,
}

/// Keys with attention. Usually there are none, and a write only asks that.
#[derive(Debug, Default)]
pub(super) struct Attention {
    keys: HashMap<Box<[u8]>, Attended, RandomState>,
    ready: Vec<Box<[u8]>>,
    changes: u64,
}

impl Attention {
    #[inline]
    pub(super) fn is_empty(&self) -> bool {
        self.keys.is_empty()
    }

    /// A key was written, or is gone.
    #[inline]
    pub(super) fn changed(&mut self, key: &[u8]) {
        if !self.keys.is_empty() {
            self.note(key);
        }
    }

    #[cold]
    fn note(&mut self, key: &[u8]) {
        if let Some(attended) = self.keys.get_mut(key) {
            self.changes += 1;
            attended.changed = self.changes;
            if attended.waiters > 0 && !attended.is_ready {
                attended.is_ready = true;
                self.ready.push(key.into());
            }
        }
    }

    pub(super) fn keys(&self) -> impl Iterator<Item = &[u8]> {
        self.keys.keys().map(|key| &**key)
    }

    fn of(&mut self, key: &[u8]) -> &mut Attended {
        self.keys.entry(key.into()).or_default()
    }

    fn drop_if_idle(&mut self, key: &[u8]) {
        let idle = |one: &Attended| one.watchers == 0 && one.waiters == 0;
        if self.keys.get(key).is_some_and(idle) {
            self.keys.remove(key);
        }
    }

    pub(super) fn watch(&mut self, key: &[u8]) -> u64 {
        self.changes += 1;
        let changes = self.changes;
        let attended = self.of(key);
        attended.watchers += 1;
        if attended.changed == 0 {
            attended.changed = changes;
        }
        attended.changed
    }

    pub(super) fn unwatch(&mut self, key: &[u8]) {
        self.of(key).watchers -= 1;
        self.drop_if_idle(key);
    }

    pub(super) fn version(&self, key: &[u8]) -> u64 {
        self.keys.get(key).map_or(0, |attended| attended.changed)
    }

    pub(super) fn wait(&mut self, key: &[u8]) {
        self.of(key).waiters += 1;
    }

    pub(super) fn stop_waiting(&mut self, key: &[u8]) {
        self.of(key).waiters -= 1;
        self.drop_if_idle(key);
    }

    #[inline]
    pub(super) fn has_ready(&self) -> bool {
        !self.ready.is_empty()
    }

    pub(super) fn take_ready(&mut self) -> Vec<Box<[u8]>> {
        let ready = std::mem::take(&mut self.ready);
        for key in &ready {
            if let Some(attended) = self.keys.get_mut(key) {
                attended.is_ready = false;
            }
        }
        ready
    }
}
