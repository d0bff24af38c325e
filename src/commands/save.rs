//! Output that goes to a file of the learner's choice.

use std::io::{self, Write};
use std::path::Path;

use super::{Exit, Failure};

/// Whether `path` can be written: it is no folder, its folder is there, and it
/// does not exist unless `force` says that it may.
///
/// # Errors
/// As [`save`]'s.
pub fn check(path: &Path, force: bool) -> Result<(), Failure> {
    if path.file_name().is_none() || path.is_dir() {
        return Err(Failure::usage(format!(
            "{} is a folder: name the file to write",
            path.display()
        )));
    }
    let folder = folder_of(path);
    if !folder.is_dir() {
        let message = format!("there is no folder {}", folder.display());
        return Err(Failure::new(Exit::Unreachable, message));
    }
    if !force && path.symlink_metadata().is_ok() {
        return Err(exists(path));
    }
    Ok(())
}

fn folder_of(path: &Path) -> &Path {
    match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    }
}

/// Writes `content` to `path`: all of it or nothing, and over an existing file
/// only with `force`.
///
/// # Errors
/// A usage failure when the file exists; exit code 3 when its folder is not
/// there or cannot be written.
pub fn save(path: &Path, content: &[u8], force: bool) -> Result<(), Failure> {
    check(path, force)?;
    let failed = |error: &io::Error| {
        let message = format!("could not write {}: {error}", path.display());
        Failure::new(Exit::Unreachable, message)
    };
    let mut builder = tempfile::Builder::new();
    builder.prefix(".dbdojo-");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        // What any other new file gets: the umask takes its part.
        builder.permissions(std::fs::Permissions::from_mode(0o666));
    }
    let mut file = builder
        .tempfile_in(folder_of(path))
        .map_err(|error| failed(&error))?;
    file.write_all(content).map_err(|error| failed(&error))?;
    let kept = if force {
        file.persist(path)
    } else {
        file.persist_noclobber(path)
    };
    match kept {
        Ok(_) => Ok(()),
        // Somebody else made it in the meantime.
        Err(error) if error.error.kind() == io::ErrorKind::AlreadyExists => Err(exists(path)),
        Err(error) => Err(failed(&error.error)),
    }
}

fn exists(path: &Path) -> Failure {
    Failure::usage(format!("{} exists: --force writes over it", path.display()))
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn an_existing_file_stays_unless_it_is_forced() {
        let home = tempfile::tempdir().unwrap();
        let path = home.path().join("plan.svg");
        save(&path, b"one", false).unwrap();
        let refused = save(&path, b"two", false).unwrap_err();
        assert_eq!(refused.exit, Exit::Usage);
        assert_eq!(fs::read(&path).unwrap(), b"one");
        save(&path, b"two", true).unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"two");
        assert_eq!(fs::read_dir(home.path()).unwrap().count(), 1);
    }

    #[test]
    fn a_folder_that_is_not_there_is_named() {
        let home = tempfile::tempdir().unwrap();
        let lost = save(&home.path().join("no/plan.svg"), b"", false).unwrap_err();
        assert_eq!(lost.exit, Exit::Unreachable);
        assert!(lost.message.unwrap().contains("there is no folder"));
        let folder = save(home.path(), b"", true).unwrap_err();
        assert_eq!(folder.exit, Exit::Usage);
    }
}
