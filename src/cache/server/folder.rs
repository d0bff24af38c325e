//! A folder for a private server's socket.

use std::fs::Permissions;
use std::io;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use tempfile::TempDir;

/// A folder that only this user can enter, removed when dropped. Its path is
/// short enough for a socket's address, which ends at 104 bytes on some systems.
pub(super) fn private_folder() -> io::Result<TempDir> {
    const LONGEST: usize = 80;
    let make = |parent: &Path| {
        tempfile::Builder::new()
            .prefix("dbdojo-")
            .permissions(Permissions::from_mode(0o700))
            .tempdir_in(parent)
    };
    let usual = std::env::temp_dir();
    if usual.as_os_str().len() <= LONGEST {
        make(&usual)
    } else {
        make(Path::new("/tmp"))
    }
}
