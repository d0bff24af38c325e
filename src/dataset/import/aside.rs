//! The bad rows of an import, in a file of their own.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

use tempfile::NamedTempFile;

use crate::dataset::Error;

/// Bad rows as they stood in their file, under its header, so that they can be
/// mended and imported. The file appears only when it is [`keep`](Self::keep)t.
#[derive(Debug)]
pub struct Aside {
    /// The file that they come from.
    of: PathBuf,
    header: Option<Vec<u8>>,
    file: Option<NamedTempFile>,
    rows: u64,
}

impl Aside {
    /// For the bad rows of `of`.
    pub fn new(of: &Path, header: Option<&[u8]>) -> Aside {
        Aside {
            of: of.to_owned(),
            header: header.map(<[u8]>::to_vec),
            file: None,
            rows: 0,
        }
    }

    /// How many there are.
    pub fn rows(&self) -> u64 {
        self.rows
    }

    /// Takes a row.
    ///
    /// # Errors
    /// [`Error::File`] when no file can be made beside the imported one.
    pub fn add(&mut self, raw: &[u8]) -> Result<(), Error> {
        let folder = folder_of(&self.of);
        let failed = |error| Error::file("write bad rows to the folder", folder, error);
        let file = match &mut self.file {
            Some(file) => file,
            none => {
                let mut file = NamedTempFile::new_in(folder).map_err(failed)?;
                if let Some(header) = &self.header {
                    write_line(&mut file, header).map_err(failed)?;
                }
                none.insert(file)
            }
        };
        self.rows += 1;
        write_line(file, raw).map_err(failed)
    }

    /// Puts the file in its place, `orders.csv.bad`, or `orders.csv.bad.2` if
    /// that is taken. `None` if there are no bad rows.
    ///
    /// # Errors
    /// [`Error::File`].
    pub fn keep(self) -> Result<Option<PathBuf>, Error> {
        let Some(mut file) = self.file else {
            return Ok(None);
        };
        for number in 1.. {
            let mut name = self.of.clone().into_os_string();
            name.push(".bad");
            if number > 1 {
                name.push(format!(".{number}"));
            }
            let path = PathBuf::from(name);
            match file.persist_noclobber(&path) {
                Ok(_) => {
                    readable(&path);
                    return Ok(Some(path));
                }
                Err(error) if error.error.kind() == std::io::ErrorKind::AlreadyExists => {
                    file = error.file;
                }
                Err(error) => return Err(Error::file("write", &path, error.error)),
            }
        }
        Ok(None)
    }
}

fn write_line(file: &mut NamedTempFile, line: &[u8]) -> std::io::Result<()> {
    file.write_all(line)?;
    if line.ends_with(b"\n") {
        return Ok(());
    }
    file.write_all(b"\n")
}

fn folder_of(path: &Path) -> &Path {
    path.parent()
        .filter(|folder| !folder.as_os_str().is_empty())
        .unwrap_or(Path::new("."))
}

/// A temporary file is its owner's alone; this one is as any other.
fn readable(path: &Path) {
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let _ = fs::set_permissions(path, fs::Permissions::from_mode(0o644));
    }
    #[cfg(not(unix))]
    let _ = fs::metadata(path);
}
