//! One connection under guard: its authorizer, its progress handler, its
//! commit hook, each installed once.

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use rusqlite::Connection;
use rusqlite::hooks::{AuthContext, Authorization};

use super::guard::{self, Phase};
use super::{Error, Notes};
use crate::clock::Clock;
use crate::interrupt::Interrupt;
use crate::progress::Heartbeat;

/// The progress handler is asked every so many VM steps: often enough to stop
/// a query within milliseconds, too seldom to be measured.
const STEPS_BETWEEN_LOOKS: i32 = 1000;

/// What one statement may cost.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Budget {
    /// Wall-clock time from its start, without what the clock spent aside.
    pub time: Option<Duration>,
    /// VM steps, for a limit that is the same on every machine.
    pub steps: Option<u64>,
}

/// A connection that refuses what the guard refuses and stops when it is
/// told to.
pub struct Guarded {
    conn: Connection,
    shared: Arc<Shared>,
    clock: Clock,
    interrupt: Interrupt,
    budget: Budget,
}

/// What the callbacks and the owner of the connection share.
#[derive(Default)]
struct Shared {
    compiling: AtomicBool,
    /// A statement has made or attached something besides the main database.
    has_more: AtomicBool,
    notes: Mutex<Notes>,
    refusal: Mutex<Option<String>>,
    /// Time worked of the clock, in nanoseconds, at which to stop.
    deadline: AtomicU64,
    /// Looks of the progress handler left.
    looks_left: AtomicU64,
    out_of_budget: AtomicBool,
    committed: AtomicBool,
    rolled_back: AtomicBool,
    heartbeat: Mutex<Option<Heartbeat>>,
}

impl Guarded {
    /// Puts `conn` under guard.
    ///
    /// # Errors
    /// What SQLite says when the file behind `conn` is no database.
    pub fn new(mut conn: Connection, clock: Clock, interrupt: Interrupt) -> Result<Guarded, Error> {
        guard::restrict(&conn).map_err(Error::from_sqlite)?;
        let shared = Arc::new(Shared::default());
        shared.deadline.store(u64::MAX, Ordering::Relaxed);
        shared.looks_left.store(u64::MAX, Ordering::Relaxed);
        install(&mut conn, &shared, &clock, &interrupt).map_err(Error::from_sqlite)?;
        Ok(Guarded {
            conn,
            shared,
            clock,
            interrupt,
            budget: Budget::default(),
        })
    }

    /// The connection itself, for reading counters and plans. What runs on it
    /// is guarded, and stops on Ctrl-C.
    pub fn connection(&self) -> &Connection {
        &self.conn
    }

    /// Compiles `sql` and returns the statement with what the authorizer
    /// noted about it. `sql` holds one statement.
    ///
    /// # Errors
    /// [`Error::Sql`] and [`Error::Refused`].
    pub fn prepare(&self, sql: &str) -> Result<(rusqlite::Statement<'_>, Notes), Error> {
        *locked(&self.shared.notes) = Notes::default();
        *locked(&self.shared.refusal) = None;
        if sql.contains('\0') {
            // SQLite would stop there and run what is before it.
            return Err(Error::Refused(
                "there is a NUL byte in the statement; char(0) makes one in a text".to_owned(),
            ));
        }
        self.shared.compiling.store(true, Ordering::Release);
        let prepared = self.conn.prepare(sql);
        self.shared.compiling.store(false, Ordering::Release);
        match prepared {
            Ok(statement) => {
                let mut notes = std::mem::take(&mut *locked(&self.shared.notes));
                notes.modifies = !statement.readonly();
                notes.returns_rows = statement.column_count() > 0;
                if notes.touches_temp || notes.attaches {
                    self.shared.has_more.store(true, Ordering::Relaxed);
                }
                // A temporary table may hide one of the same name.
                let has_more = self.shared.has_more.load(Ordering::Relaxed);
                notes.touches_temp |= notes.reads_somewhere && has_more;
                Ok((statement, notes))
            }
            Err(error) => Err(self.explain(error)),
        }
    }

    /// Starts the budget of a piece of work: what follows must end within it.
    pub fn start(&mut self, budget: Budget) {
        self.budget = budget;
        let deadline = budget
            .time
            .map_or(u64::MAX, |time| (self.clock.worked() + time).as_nanos());
        let looks = budget
            .steps
            .map_or(u64::MAX, |steps| steps.div_ceil(STEPS_BETWEEN_LOOKS as u64));
        self.shared.deadline.store(deadline, Ordering::Relaxed);
        self.shared.looks_left.store(looks, Ordering::Relaxed);
        self.shared.out_of_budget.store(false, Ordering::Relaxed);
    }

    /// Ends the budget. Why the work stopped, if it did, stays known until the
    /// next begins.
    pub fn finish(&mut self) {
        self.shared.deadline.store(u64::MAX, Ordering::Relaxed);
        self.shared.looks_left.store(u64::MAX, Ordering::Relaxed);
    }

    /// Turns SQLite's error into ours: SQLite says "interrupted" and "not
    /// authorized"; the callbacks know why.
    pub fn explain(&self, error: rusqlite::Error) -> Error {
        if let Some(reason) = locked(&self.shared.refusal).take() {
            return Error::Refused(reason);
        }
        match Error::from_sqlite(error) {
            Error::Interrupted if self.shared.out_of_budget.load(Ordering::Relaxed) => {
                Error::TimeLimit(self.budget.time.unwrap_or_default())
            }
            other => other,
        }
    }

    /// Calls `heartbeat` while statements run, from now on.
    pub(super) fn listen(&self, heartbeat: Option<Heartbeat>) {
        *locked(&self.shared.heartbeat) = heartbeat;
    }

    /// Whether Ctrl-C was pressed since the flag was last lowered.
    pub fn is_interrupted(&self) -> bool {
        self.interrupt.is_raised()
    }

    /// Whether a transaction has really been committed since the last call.
    pub(super) fn take_committed(&self) -> bool {
        self.shared.committed.swap(false, Ordering::AcqRel)
    }

    /// Whether a transaction has been rolled back since the last call.
    pub(super) fn take_rolled_back(&self) -> bool {
        self.shared.rolled_back.swap(false, Ordering::AcqRel)
    }
}

impl Drop for Guarded {
    /// Closing rolls an open transaction back, and SQLite then calls the hooks
    /// while rusqlite has freed them already: a crash. So they go first.
    fn drop(&mut self) {
        let _ = self.conn.rollback_hook(None::<fn()>);
        let _ = self.conn.commit_hook(None::<fn() -> bool>);
        let _ = self.conn.progress_handler(0, None::<fn() -> bool>);
        let _ = self
            .conn
            .authorizer(None::<fn(AuthContext<'_>) -> Authorization>);
    }
}

fn install(
    conn: &mut Connection,
    shared: &Arc<Shared>,
    clock: &Clock,
    interrupt: &Interrupt,
) -> rusqlite::Result<()> {
    let at = Arc::clone(shared);
    conn.authorizer(Some(move |context: AuthContext<'_>| {
        authorize(&at, &context)
    }))?;

    let (at, clock, interrupt) = (Arc::clone(shared), clock.clone(), interrupt.clone());
    conn.progress_handler(
        STEPS_BETWEEN_LOOKS,
        Some(move || must_stop(&at, &clock, &interrupt)),
    )?;

    let at = Arc::clone(shared);
    conn.commit_hook(Some(move || {
        at.committed.store(true, Ordering::Release);
        false
    }))?;
    let at = Arc::clone(shared);
    conn.rollback_hook(Some(move || at.rolled_back.store(true, Ordering::Release)))
}

fn authorize(shared: &Shared, context: &AuthContext<'_>) -> Authorization {
    let compiling = shared.compiling.load(Ordering::Acquire);
    let phase = if compiling {
        Phase::Compiling
    } else {
        Phase::Running
    };
    if let Some(reason) = guard::refusal(&context.action, phase) {
        *locked(&shared.refusal) = Some(reason);
        return Authorization::Deny;
    }
    if compiling {
        locked(&shared.notes).record(context);
    }
    Authorization::Allow
}

fn must_stop(shared: &Shared, clock: &Clock, interrupt: &Interrupt) -> bool {
    if interrupt.is_raised() {
        return true;
    }
    if let Some(heartbeat) = &*locked(&shared.heartbeat) {
        heartbeat();
    }
    let looks = shared.looks_left.load(Ordering::Relaxed);
    shared
        .looks_left
        .store(looks.saturating_sub(1), Ordering::Relaxed);
    let deadline = shared.deadline.load(Ordering::Relaxed);
    let over = looks == 0 || (deadline != u64::MAX && clock.worked().as_nanos() >= deadline);
    if over {
        shared.out_of_budget.store(true, Ordering::Relaxed);
    }
    over
}

/// A poisoned lock only means that a callback panicked; the notes are plain
/// data and still whole.
fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The tables of an open transaction's writes, until it ends.
#[derive(Debug, Default)]
pub(super) struct PendingWrites(BTreeSet<String>);

impl PendingWrites {
    /// Takes the writes of a statement that has run, and returns the tables
    /// whose committed content has changed by now.
    pub(super) fn after(&mut self, conn: &Guarded, writes: &BTreeSet<String>) -> BTreeSet<String> {
        self.0.extend(writes.iter().cloned());
        // A rollback to a savepoint keeps its tables here: one drop too many
        // is safe, one too few is not.
        if conn.take_rolled_back() && conn.connection().is_autocommit() {
            self.0.clear();
        }
        if conn.take_committed() && conn.connection().is_autocommit() {
            return std::mem::take(&mut self.0);
        }
        BTreeSet::new()
    }
}
