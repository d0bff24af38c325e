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
        sweep(sessions);
        let path = tempfile::Builder::new()
            .prefix("session-")
            .tempdir_in(sessions)?
            .keep();
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
/// what it cannot remove stays for the next time.
pub fn sweep(sessions: &Path) {
    let Ok(entries) = fs::read_dir(sessions) else {
        return;
    };
    for entry in entries.flatten() {
        let folder = entry.path();
        if is_abandoned(&folder) {
            let _ = fs::remove_dir_all(&folder);
        }
    }
}

/// A folder without a lock file is one that is being made just now, or whose
/// maker died within microseconds; it is empty, and removing it only if empty
/// tells the two apart safely.
fn is_abandoned(folder: &Path) -> bool {
    match File::options().write(true).open(folder.join(LOCK)) {
        Ok(lock) => !matches!(lock.try_lock(), Err(TryLockError::WouldBlock)),
        Err(_) => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_dead_session_left_is_swept_and_a_living_one_stays() {
        let home = tempfile::tempdir().unwrap();
        let dead = home.path().join("session-dead");
        fs::create_dir(&dead).unwrap();
        fs::write(dead.join(LOCK), "").unwrap();
        fs::write(dead.join("practice.db"), "data").unwrap();

        let living = SessionFolder::create(home.path()).unwrap();
        assert!(!dead.exists());
        let other = SessionFolder::create(home.path()).unwrap();
        assert!(living.path().exists());
        let path = other.path().to_owned();
        drop(other);
        assert!(!path.exists());
    }
}
