//! A file that a command writes: whole or not at all, and never over another
//! one unless that was asked for.

use std::fs;
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use tempfile::NamedTempFile;

use super::{Exit, Failure};

/// A file under way. It stands at its place once [`NewFile::finish`] says so;
/// dropped before, it leaves nothing.
pub struct NewFile {
    file: BufWriter<NamedTempFile>,
    path: PathBuf,
    force: bool,
}

impl NewFile {
    /// Begins the file that is to stand at `path`; with `force`, instead of
    /// the one that stands there.
    ///
    /// # Errors
    /// When there is a file already, when the place is no place for one, when
    /// its folder cannot be written.
    pub fn begin(path: &Path, force: bool) -> Result<NewFile, Failure> {
        let unreachable =
            |why: &str| Failure::new(Exit::Unreachable, format!("{}: {why}", path.display()));
        if path.as_os_str().is_empty() || path.file_name().is_none() {
            return Err(unreachable("this names no file"));
        }
        // A link is followed, so that what it points to is replaced.
        let target = fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
        match fs::metadata(&target) {
            Ok(meta) if meta.is_dir() => return Err(unreachable("this is a folder")),
            Ok(meta) if !meta.is_file() => return Err(unreachable("this is no regular file")),
            Ok(_) if !force => return Err(exists(path)),
            _ => {}
        }
        let folder = match target.parent() {
            Some(folder) if !folder.as_os_str().is_empty() => folder,
            _ => Path::new("."),
        };
        let file = tempfile::Builder::new()
            .prefix(".dbdojo-")
            .permissions_of_a_new_file()
            .tempfile_in(folder)
            .map_err(|error| match error.kind() {
                io::ErrorKind::NotFound => unreachable("there is no such folder"),
                io::ErrorKind::PermissionDenied => unreachable("you may not write there"),
                _ => unreachable(&error.to_string()),
            })?;
        Ok(NewFile {
            file: BufWriter::with_capacity(64 * 1024, file),
            path: target,
            force,
        })
    }

    /// Where it will stand.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Where its content is until then, for a writer that needs a path.
    pub fn unfinished(&self) -> &Path {
        self.file.get_ref().path()
    }

    /// Puts the file in its place, and returns its size in bytes.
    ///
    /// # Errors
    /// When it could not be written whole; when another file has come to stand
    /// there meanwhile. Nothing is left of it then.
    pub fn finish(self) -> Result<u64, Failure> {
        let path = self.path.clone();
        let failed = |error: io::Error| match error.kind() {
            io::ErrorKind::AlreadyExists => exists(&path),
            _ => Failure::new(
                Exit::Failed,
                format!("could not write {}: {error}", path.display()),
            ),
        };
        let file = self.file.into_inner().map_err(|e| failed(e.into_error()))?;
        file.as_file().sync_all().map_err(failed)?;
        // A database was written by its path, so the length is that of the path.
        let bytes = fs::metadata(file.path()).map_err(failed)?.len();
        let placed = if self.force {
            file.persist(&path)
        } else {
            file.persist_noclobber(&path)
        };
        placed.map_err(|error| failed(error.error))?;
        Ok(bytes)
    }
}

impl Write for NewFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.file.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

fn exists(path: &Path) -> Failure {
    let path = path.display();
    Failure::usage(format!("{path} exists already; --force writes over it"))
}

/// A temporary file is private; what stays is as readable as any new file.
trait Permissions {
    fn permissions_of_a_new_file(&mut self) -> &mut Self;
}

impl Permissions for tempfile::Builder<'_, '_> {
    #[cfg(unix)]
    fn permissions_of_a_new_file(&mut self) -> &mut Self {
        use std::os::unix::fs::PermissionsExt as _;
        // The umask of the process takes away what it takes from every file.
        self.permissions(fs::Permissions::from_mode(0o666))
    }

    #[cfg(not(unix))]
    fn permissions_of_a_new_file(&mut self) -> &mut Self {
        self
    }
}
