//! The folder in which one session keeps its copy.
//!
//! Each session holds a lock in its folder while it lives. The system drops
//! the lock when the process dies, however it dies, so a later session can
//! tell what was left behind and removes it.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io;
use std::path::{Path, PathBuf};

const LOCK: &str = "in-use";

/// A folder of this session's own, removed when it is dropped.
#[derive(Debug)]
pub struct SessionFolder {
    path: PathBuf,
    _lock: File,
}

impl SessionFolder {
    /// Makes a folder under `sessions`, and removes what dead sessions left.
    ///
    /// # Errors
    /// What the system says when `sessions` cannot be written.
    pub fn create(sessions: &Path) -> io::Result<SessionFolder> {
        fs::create_dir_all(sessions)?;
        let gate = gate(sessions)?;
        gate.lock()?;
        remove_abandoned(sessions);
        let mut builder = tempfile::Builder::new();
        builder.prefix("session-");
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            // A copy is no more public than the file it was made from.
            builder.permissions(fs::Permissions::from_mode(0o700));
        }
        let path = builder.tempdir_in(sessions)?.keep();
        let lock = OpenOptions::new()
            .create(true)
            .truncate(false)
            .write(true)
            .open(path.join(LOCK))?;
        lock.lock()?;
        Ok(SessionFolder { path, _lock: lock })
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }
}

impl Drop for SessionFolder {
    fn drop(&mut self) {
        // What cannot be removed now is swept up by a later session.
        let _ = fs::remove_dir_all(&self.path);
    }
}

/// Removes the folders under `sessions` that no living process holds. Quiet:
/// what it cannot remove stays for the next time, and while another session is
/// being made or swept up after, that one does it.
pub fn sweep(sessions: &Path) {
    if sessions.is_dir()
        && let Ok(gate) = gate(sessions)
        && gate.try_lock().is_ok()
    {
        remove_abandoned(sessions);
    }
}

/// The lock that makers and sweepers of folders take in turn. Without it, a
/// folder that was made but not locked yet looks like one that was left behind.
fn gate(sessions: &Path) -> io::Result<File> {
    OpenOptions::new()
        .create(true)
        .truncate(false)
        .write(true)
        .open(sessions.with_extension("lock"))
}

/// Call it with the gate locked: then every folder without a lock is one whose
/// maker has died.
fn remove_abandoned(sessions: &Path) {
    for entry in fs::read_dir(sessions).into_iter().flatten().flatten() {
        let folder = entry.path();
        if is_abandoned(&folder) {
            let _ = fs::remove_dir_all(&folder);
        }
    }
}

fn is_abandoned(folder: &Path) -> bool {
    match File::options().write(true).open(folder.join(LOCK)) {
        Ok(lock) => !matches!(lock.try_lock(), Err(TryLockError::WouldBlock)),
        Err(error) => error.kind() == io::ErrorKind::NotFound && folder.is_dir(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sessions_that_begin_at_once_do_not_sweep_each_other_away() {
        let home = tempfile::tempdir().unwrap();
        let sessions = home.path().join("sessions");
        std::thread::scope(|scope| {
            for _ in 0..8 {
                scope.spawn(|| {
                    for _ in 0..50 {
                        sweep(&sessions);
                        let folder = SessionFolder::create(&sessions).unwrap();
                        fs::write(folder.path().join("practice.db"), "data").unwrap();
                        sweep(&sessions);
                        assert!(folder.path().join("practice.db").exists());
                    }
                });
            }
        });
        assert_eq!(fs::read_dir(&sessions).unwrap().count(), 0);
    }

    #[test]
    fn what_a_dead_session_left_is_swept_and_a_living_one_stays() {
        let home = tempfile::tempdir().unwrap();
        let sessions = home.path().join("sessions");
        let dead = sessions.join("session-dead");
        fs::create_dir_all(&dead).unwrap();
        fs::write(dead.join(LOCK), "").unwrap();
        fs::write(dead.join("practice.db"), "data").unwrap();

        let living = SessionFolder::create(&sessions).unwrap();
        assert!(!dead.exists());
        let other = SessionFolder::create(&sessions).unwrap();
        assert!(living.path().exists());
        let path = other.path().to_owned();
        drop(other);
        assert!(!path.exists());
    }
}
