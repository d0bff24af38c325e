//! Makes the private copy.

use std::fs::{self, File};
use std::io::{self, Read, Write};
use std::path::Path;
use std::time::Duration;

use rusqlite::Connection;
use rusqlite::backup::{Backup, StepResult};

use super::Error;
use super::source::{self, Reading, Stamp, sidecar};
use crate::interrupt::Interrupt;
use crate::progress::{Progress, Watcher};

const WHAT: &str = "making your copy of the data";
const CHUNK: usize = 4 * 1024 * 1024;

/// How often a lock of another program is waited for, a hundredth of a second
/// each, and how often a file that changed while it was copied is copied again.
const WAITS: u32 = if cfg!(test) { 2 } else { 500 };
const TRIES: u32 = 3;

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
/// As reading a file that stands still, [`Error::Unreachable`], and
/// [`Error::InUse`] while another program writes to it: half of a change is
/// never copied.
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
/// As [`still_file`], [`Error::Unreachable`] and [`Error::InUse`].
pub(super) fn through_sqlite(
    from: &Path,
    to: &Path,
    interrupt: &Interrupt,
    watcher: Watcher<'_>,
) -> Result<(), Error> {
    let wait = |waits: &mut u32| {
        *waits += 1;
        std::thread::sleep(Duration::from_millis(10));
        *waits <= WAITS && !interrupt.is_raised()
    };
    let mut waits = 0;
    let input = loop {
        match source::open_impatiently(from) {
            Err(Error::InUse(_)) if wait(&mut waits) => {}
            opened => break opened?,
        }
    };
    let mut output = Connection::open(to).map_err(Error::from_sqlite)?;
    let backup = Backup::new(&input, &mut output).map_err(Error::from_sqlite)?;
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
            StepResult::Busy | StepResult::Locked if !wait(&mut waits) => {
                return Err(Error::InUse(from.to_owned()));
            }
            _ => {}
        }
    }
}

/// Copies a database together with its WAL or rollback journal, which hold
/// part of its data; SQLite recovers the copy when it is opened. What changed
/// meanwhile may be half a change: it is copied again.
///
/// # Errors
/// As [`still_file`], and [`Error::InUse`] when it changes each time.
fn with_sidecars(
    from: &Path,
    to: &Path,
    interrupt: &Interrupt,
    watcher: Watcher<'_>,
) -> Result<(), Error> {
    for _ in 0..TRIES {
        let before = Stamp::of(from);
        let copied = copy_bytes(from, to, interrupt, watcher).and_then(|()| {
            for suffix in ["-wal", "-journal"] {
                let (beside, copy) = (sidecar(from, suffix), sidecar(to, suffix));
                if beside.exists() {
                    copy_bytes(&beside, &copy, interrupt, watcher)?;
                } else if copy.exists() {
                    fs::remove_file(&copy).map_err(|error| failed(to, error))?;
                }
            }
            Ok(())
        });
        if Stamp::of(from) == before || matches!(copied, Err(Error::Interrupted)) {
            return copied;
        }
    }
    Err(Error::InUse(from.to_owned()))
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

    /// A database with rows, and a connection to it.
    #[expect(clippy::unwrap_used, reason = "a test may panic")]
    fn database(folder: &Path) -> (std::path::PathBuf, Connection) {
        let path = folder.join("own.db");
        let conn = Connection::open(&path).unwrap();
        conn.execute_batch("CREATE TABLE t(a); INSERT INTO t VALUES (1), (2)")
            .unwrap();
        (path, conn)
    }

    #[test]
    fn half_a_change_is_never_copied() {
        let home = tempfile::tempdir().unwrap();
        let (from, writer) = database(home.path());
        let to = home.path().join("to.db");
        for mode in ["BEGIN EXCLUSIVE", "BEGIN IMMEDIATE"] {
            writer.execute_batch(mode).unwrap();
            writer.execute_batch("UPDATE t SET a = 7").unwrap();
            let copied = learners_file(&from, &to, &Interrupt::new(), &mut ignore);
            if mode.ends_with("EXCLUSIVE") {
                let error = copied.unwrap_err().to_string();
                assert!(
                    error.ends_with("own.db: another program is writing to it"),
                    "{error}"
                );
            } else {
                // Who only means to write lets others read what was there.
                copied.unwrap();
                let copy = Connection::open(&to).unwrap();
                let sum: i64 = copy
                    .query_row("SELECT sum(a) FROM t", [], |r| r.get(0))
                    .unwrap();
                assert_eq!(sum, 3);
            }
            writer.execute_batch("ROLLBACK").unwrap();
        }
    }

    #[test]
    fn what_changes_while_it_is_copied_is_copied_again() {
        let home = tempfile::tempdir().unwrap();
        let (from, _) = database(home.path());
        let to = home.path().join("to.db");
        let copied = |changes: u32| {
            let mut left = changes;
            let mut watcher = |it: Progress| {
                // Once each time that it is copied.
                if left > 0 && it.done <= it.total {
                    left -= 1;
                    let mut file = fs::OpenOptions::new().append(true).open(&from).unwrap();
                    file.write_all(&[0; 4096]).unwrap();
                }
            };
            with_sidecars(&from, &to, &Interrupt::new(), &mut watcher)
        };
        copied(2).unwrap();
        assert_eq!(fs::read(&to).unwrap(), fs::read(&from).unwrap());
        assert!(matches!(copied(9), Err(Error::InUse(_))));
    }
}
