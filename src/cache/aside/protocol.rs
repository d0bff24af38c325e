//! What the state machine and its driver say to each other.

use std::time::Duration;

use super::ReadId;
use crate::cache::invalidation::Tables;

/// How a cache command failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// The server said no, as when it is out of memory, or was not asked. What
    /// was wanted did not happen.
    Refused,
    /// No usable reply came: what was asked for may have happened or not, or
    /// may happen yet.
    Lost,
}

/// What the cache knows of a result besides its rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cached {
    /// How long ago the database was asked for it.
    pub age: Duration,
    /// How old it may become; `None`: as old as the server keeps it.
    pub fresh_for: Option<Duration>,
    /// What the database took for it: XFetch's delta.
    pub delta: Duration,
}

/// What the driver tells.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event<K> {
    /// Somebody wants the result under `key`.
    Asked {
        /// This read, from now on.
        read: ReadId,
        /// Where its result would be.
        key: K,
    },
    /// Nobody waits for the result under `key`, but it is to be loaded and
    /// stored: an answer to [`Action::Restore`].
    Reload {
        /// This read, from now on.
        read: ReadId,
        /// Where its result is to be.
        key: K,
    },
    /// The cache answered a [`Action::Get`].
    Found {
        /// Which read.
        read: ReadId,
        /// What is known of the result; `None` when there is none, or none
        /// that can be understood.
        entry: Option<Cached>,
    },
    /// The cache did not answer a [`Action::Get`].
    GetFailed {
        /// Which read.
        read: ReadId,
        /// In what manner.
        fault: Fault,
    },
    /// The database answered a [`Action::Query`] or [`Action::Refresh`].
    Loaded {
        /// Which read.
        read: ReadId,
        /// The tables it came from.
        tables: Tables,
        /// Whether it has no rows.
        empty: bool,
    },
    /// The database answered with an error, or the read was given up: there is
    /// nothing to store, and the read is over.
    Abandoned {
        /// Which read.
        read: ReadId,
    },
    /// A [`Action::Set`] was done.
    Stored {
        /// Which read.
        read: ReadId,
    },
    /// A [`Action::Set`] failed.
    SetFailed {
        /// Which read.
        read: ReadId,
        /// In what manner.
        fault: Fault,
    },
    /// A [`Action::Lock`] got the lock.
    Locked {
        /// Which read.
        read: ReadId,
    },
    /// A [`Action::Lock`] found it held by somebody else.
    LockTaken {
        /// Which read.
        read: ReadId,
    },
    /// A [`Action::Lock`] failed.
    LockFailed {
        /// Which read.
        read: ReadId,
        /// In what manner.
        fault: Fault,
    },
    /// An [`Action::Unlock`] failed. The lock will run out.
    UnlockFailed {
        /// In what manner.
        fault: Fault,
    },
    /// The pause of a [`Action::Wait`] is over.
    Waited {
        /// Which read.
        read: ReadId,
    },
    /// A write to `tables` was committed.
    Written {
        /// What changed.
        tables: Tables,
    },
    /// All results are to go, for whatever reason.
    Clear,
    /// A [`Action::Delete`] was done.
    Deleted {
        /// Its keys.
        keys: Vec<K>,
    },
    /// A [`Action::Delete`] failed.
    DeleteFailed {
        /// In what manner.
        fault: Fault,
    },
    /// A command for the queue of write-behind was done.
    QueueAnswered,
    /// A command for the queue of write-behind failed.
    QueueFailed {
        /// In what manner.
        fault: Fault,
    },
}

/// What the driver is to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Action<K> {
    /// Ask the cache; then report `Found` or `GetFailed`.
    Get {
        /// For which read.
        read: ReadId,
        /// What to ask for.
        key: K,
        /// The TTL that the result gets by being read, if it slides
        /// (`GETEX key PX extend`).
        extend: Option<Duration>,
    },
    /// Ask the database; then report `Loaded` or `Abandoned`.
    Query {
        /// For which read.
        read: ReadId,
    },
    /// Ask the database for a read that has been answered already, at leisure;
    /// then report `Loaded` or `Abandoned`. No `Answer` comes of it.
    Refresh {
        /// For which read.
        read: ReadId,
    },
    /// Put the loaded result into the cache; then report `Stored` or `SetFailed`.
    Set {
        /// Of which read.
        read: ReadId,
        /// Where.
        key: K,
        /// For how long the server is to keep it.
        ttl: Option<Duration>,
        /// What [`Cached::fresh_for`] is to say of it.
        fresh_for: Option<Duration>,
    },
    /// Take the lock of a key if nobody has it (`SET key:lock token NX PX
    /// lease`); then report `Locked`, `LockTaken` or `LockFailed`.
    Lock {
        /// For which read.
        read: ReadId,
        /// What is to be loaded.
        key: K,
        /// When the lock runs out by itself.
        lease: Duration,
    },
    /// Delete the lock of a key; report `UnlockFailed` if that fails.
    Unlock {
        /// What was loaded.
        key: K,
    },
    /// Do nothing for this read for a while; then report `Waited`.
    Wait {
        /// Which read.
        read: ReadId,
        /// For how long.
        pause: Duration,
    },
    /// Do nothing for this read: another one is loading the same result, and
    /// an action for this one comes out of what becomes of that.
    Join {
        /// Which read.
        read: ReadId,
        /// The one that loads.
        leader: ReadId,
    },
    /// Delete from the cache; then report `Deleted` or `DeleteFailed`.
    Delete {
        /// What.
        keys: Vec<K>,
    },
    /// A write made these results old: for each, report `Reload` with the key
    /// that it has now, and go on as told.
    Restore {
        /// Which.
        keys: Vec<K>,
    },
    /// Hand the result to whoever asked. The read is over, unless a `Refresh`
    /// follows.
    Answer {
        /// Which read.
        read: ReadId,
        /// Where its result came from.
        source: Source,
    },
}

impl<K> Action<K> {
    /// The read that it is for; `None` when it is for none in particular.
    pub fn read(&self) -> Option<ReadId> {
        match self {
            Action::Get { read, .. }
            | Action::Query { read }
            | Action::Refresh { read }
            | Action::Set { read, .. }
            | Action::Lock { read, .. }
            | Action::Wait { read, .. }
            | Action::Join { read, .. }
            | Action::Answer { read, .. } => Some(*read),
            Action::Unlock { .. } | Action::Delete { .. } | Action::Restore { .. } => None,
        }
    }
}

/// Where the answer to a read came from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Source {
    /// The cache.
    Hit {
        /// How old the result is.
        age: Duration,
        /// How much longer it may be answered; `None`: no TTL.
        ttl_left: Option<Duration>,
    },
    /// The cache, past its TTL: it is being loaded anew by this read or
    /// another.
    Stale {
        /// How old the result is.
        age: Duration,
        /// For how long it has been stale.
        by: Duration,
    },
    /// Another read, which was loading the same result; this one waited.
    Shared {
        /// Whose rows these are; `None`: they were found in the cache.
        leader: Option<ReadId>,
        /// For how long it waited.
        waited: Duration,
    },
    /// The database, as the cache held nothing.
    Miss {
        /// Whether the next read will find it.
        stored: bool,
    },
    /// The database, although the cache held a result: XFetch chose this read
    /// to load it before it expires.
    Early {
        /// Whether the next read will find the new one.
        stored: bool,
        /// How much longer the old one would have lived.
        ttl_left: Duration,
    },
    /// The database, as the cache failed.
    Degraded,
    /// The database, as the cache failed often: it is left alone.
    Paused {
        /// For how much longer.
        left: Duration,
    },
}
