//! One build of a dataset at a time.

use std::fs::{File, OpenOptions, TryLockError};
use std::path::Path;
use std::thread;
use std::time::Duration;

use crate::dataset::Error;
use crate::interrupt::Interrupt;
use crate::progress::{Progress, Watcher};

/// How often a waiting build asks again.
const PAUSE: Duration = Duration::from_millis(20);

/// An exclusive lock on a file, held until it is dropped. The system lets go of
/// it when the process ends in whatever way, so a lock file that lies around
/// locks nothing.
#[derive(Debug)]
pub struct Lock {
    _file: File,
}

impl Lock {
    /// The lock, or `None` while somebody else holds it.
    ///
    /// # Errors
    /// [`Error::File`] when the lock file cannot be made or locked.
    pub fn try_take(path: &Path) -> Result<Option<Lock>, Error> {
        let file = OpenOptions::new()
            .create(true)
            .truncate(false)
            .write(true)
            .open(path)
            .map_err(|error| Error::file("write", path, error))?;
        match file.try_lock() {
            Ok(()) => Ok(Some(Lock { _file: file })),
            Err(TryLockError::WouldBlock) => Ok(None),
            Err(TryLockError::Error(error)) => Err(Error::file("lock", path, error)),
        }
    }

    /// The lock, as soon as nobody else holds it. Tells the watcher `what` it
    /// waits for.
    ///
    /// # Errors
    /// As [`try_take`](Self::try_take), and [`Error::Interrupted`].
    pub fn take(
        path: &Path,
        what: &str,
        interrupt: &Interrupt,
        watcher: Watcher<'_>,
    ) -> Result<Lock, Error> {
        loop {
            if let Some(lock) = Lock::try_take(path)? {
                return Ok(lock);
            }
            watcher(Progress {
                what,
                done: 0,
                total: 0,
            });
            if interrupt.is_raised() {
                return Err(Error::Interrupted);
            }
            thread::sleep(PAUSE);
        }
    }
}
