//! Makes the private copy.

use std::fs::{self, File};
use std::io::{self, Read, Write};
use std::path::Path;
use std::time::Duration;

use rusqlite::Connection;
use rusqlite::backup::{Backup, StepResult};

use super::Error;
use super::source::{self, Reading, sidecar};
use crate::interrupt::Interrupt;
use crate::progress::{Progress, Watcher};

const WHAT: &str = "making your copy of the data";
const CHUNK: usize = 4 * 1024 * 1024;

/// Copies a file that nobody changes: by sharing its blocks where the file
/// system can (milliseconds at any size), else byte by byte.
///
/// # Errors
/// [`Error::Interrupted`], [`Error::Copy`].
pub(super) fn still_file(
    from: &Path,
    to: &Path,
    interrupt: &Interrupt,
    watcher: Watcher<'_>,
) -> Result<(), Error> {
    if shares_blocks(from, to)? {
        return Ok(());
    }
    copy_bytes(from, to, interrupt, watcher)
}

/// Copies a file that nobody changes by sharing its blocks; false where the
/// file system cannot.
///
/// # Errors
/// [`Error::Copy`].
pub(super) fn shares_blocks(from: &Path, to: &Path) -> Result<bool, Error> {
    if reflink_copy::reflink(from, to).is_err() {
        return Ok(false);
    }
    writable(to).map_err(|error| failed(to, error))?;
    Ok(true)
}

fn copy_bytes(
    from: &Path,
    to: &Path,
    interrupt: &Interrupt,
    watcher: Watcher<'_>,
) -> Result<(), Error> {
    let mut copy = || -> io::Result<bool> {
        let mut input = File::open(from)?;
        let total = input.metadata()?.len();
        let mut output = File::create(to)?;
        let mut buffer = vec![0; CHUNK];
        let mut done = 0;
        loop {
            let n = input.read(&mut buffer)?;
            if n == 0 {
                return Ok(true);
            }
            output.write_all(&buffer[..n])?;
            done += n as u64;
            watcher(Progress {
                what: WHAT,
                done,
                total,
            });
            if interrupt.is_raised() {
                return Ok(false);
            }
        }
    };
    match copy() {
        Ok(true) => Ok(()),
        Ok(false) => Err(Error::Interrupted),
        Err(error) => Err(failed(to, error)),
    }
}

/// Copies a learner's own database: through SQLite, or, where a read-only
/// connection would have to recover it first, as files.
///
/// # Errors
/// As reading a file that stands still, and [`Error::Unreachable`].
pub fn learners_file(
    from: &Path,
    to: &Path,
    interrupt: &Interrupt,
    watcher: Watcher<'_>,
) -> Result<(), Error> {
    // Without its -shm nobody has the WAL open, and a reader would create one.
    let unattended_wal = sidecar(from, "-wal").exists() && !sidecar(from, "-shm").exists();
    let still = matches!(source::inspect(from)?, Reading::Still(_));
    if still || unattended_wal {
        return with_sidecars(from, to, interrupt, watcher);
    }
    match through_sqlite(from, to, interrupt, watcher) {
        Err(Error::Unreachable { .. } | Error::Sql { .. }) => {
            with_sidecars(from, to, interrupt, watcher)
        }
        done => done,
    }
}

/// Copies a database that others may be writing to, through SQLite's backup
/// interface, which sees the committed state whatever the journal mode.
///
/// # Errors
/// As [`still_file`], and [`Error::Unreachable`].
pub(super) fn through_sqlite(
    from: &Path,
    to: &Path,
    interrupt: &Interrupt,
    watcher: Watcher<'_>,
) -> Result<(), Error> {
    let input = source::open_readonly(from, false)?;
    let mut output = Connection::open(to).map_err(Error::from_sqlite)?;
    let backup = Backup::new(&input, &mut output).map_err(Error::from_sqlite)?;
    let mut waits = 0;
    loop {
        let step = backup
            .step(1024)
            .map_err(|e| source::unreachable(from, &e))?;
        let progress = backup.progress();
        watcher(Progress {
            what: WHAT,
            done: (progress.pagecount - progress.remaining).max(0) as u64,
            total: progress.pagecount.max(0) as u64,
        });
        if interrupt.is_raised() {
            return Err(Error::Interrupted);
        }
        match step {
            StepResult::Done => return Ok(()),
            StepResult::Busy | StepResult::Locked if waits >= 500 => {
                return Err(Error::Unreachable {
                    path: from.to_owned(),
                    why: "another program keeps it locked".to_owned(),
                });
            }
            StepResult::Busy | StepResult::Locked => {
                waits += 1;
                std::thread::sleep(Duration::from_millis(10));
            }
            _ => {}
        }
    }
}

/// Copies a database together with its WAL or rollback journal, which hold
/// part of its data; SQLite recovers the copy when it is opened.
///
/// # Errors
/// As [`still_file`].
fn with_sidecars(
    from: &Path,
    to: &Path,
    interrupt: &Interrupt,
    watcher: Watcher<'_>,
) -> Result<(), Error> {
    copy_bytes(from, to, interrupt, watcher)?;
    for suffix in ["-wal", "-journal"] {
        let beside = sidecar(from, suffix);
        if beside.exists() {
            copy_bytes(&beside, &sidecar(to, suffix), interrupt, watcher)?;
        }
    }
    Ok(())
}

/// A shared-block copy of a read-only file is read-only, too.
fn writable(path: &Path) -> io::Result<()> {
    let mut permissions = fs::metadata(path)?.permissions();
    if permissions.readonly() {
        #[expect(
            clippy::permissions_set_readonly_false,
            reason = "the folder around it is private to this user"
        )]
        permissions.set_readonly(false);
        fs::set_permissions(path, permissions)?;
    }
    Ok(())
}

fn failed(to: &Path, error: io::Error) -> Error {
    Error::Copy {
        path: to.parent().unwrap_or(to).to_owned(),
        error,
    }
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;
    use crate::progress::ignore;

    #[test]
    fn a_full_disk_is_told_with_the_folder_of_the_copy() {
        let home = tempfile::tempdir().unwrap();
        let from = home.path().join("from.db");
        fs::write(&from, [0; 4096]).unwrap();
        let full = Path::new("/dev/full");
        let error = copy_bytes(&from, full, &Interrupt::new(), &mut ignore).unwrap_err();
        insta::assert_snapshot!(
            error,
            @"could not make your copy of the data in /dev: No space left on device (os error 28)"
        );
    }
}
