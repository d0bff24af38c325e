//! Who waits for keys, as the keyspace's owner asks.

use super::now::Now;
use super::space::Keyspace;

impl Keyspace {
    /// Remembers changes of `key` from here on; returns its version, which the
    /// next change makes another. To be ended with [`unwatch`](Self::unwatch).
    pub fn watch(&mut self, key: &[u8], now: Now) -> u64 {
        // What is over already is no change later.
        self.find(key, now);
        self.attention.watch(key)
    }

    /// Ends one [`watch`](Self::watch).
    pub fn unwatch(&mut self, key: &[u8]) {
        self.attention.unwatch(key);
    }

    /// The version of a watched key. Its end is a change.
    pub fn version(&mut self, key: &[u8], now: Now) -> u64 {
        self.find(key, now);
        self.attention.version(key)
    }

    /// Makes `key` ready whenever it is written from here on. To be ended with
    /// [`stop_waiting`](Self::stop_waiting).
    pub fn wait(&mut self, key: &[u8]) {
        self.attention.wait(key);
    }

    /// Ends one [`wait`](Self::wait).
    pub fn stop_waiting(&mut self, key: &[u8]) {
        self.attention.stop_waiting(key);
    }

    /// Whether a key that somebody waits for was written.
    #[inline]
    pub fn has_ready(&self) -> bool {
        self.attention.has_ready()
    }

    /// The keys that were written, in that order, each once.
    pub fn take_ready(&mut self) -> Vec<Box<[u8]>> {
        self.attention.take_ready()
    }
}
