//! Builds a dataset so that it is there as a whole or not at all.

use std::fs::{self, File};
use std::path::Path;

use rusqlite::Connection;
use rusqlite::config::DbConfig;

use super::lock::Lock;
use super::record::Record;
use super::shelf::{Item, Shelf};
use super::{Built, Spec};
use crate::dataset::{Error, generate_into};
use crate::interrupt::Interrupt;
use crate::progress::Watcher;

/// Builds an item, or waits for whoever is building it.
///
/// The rows go to a file that nobody trusts. Once it is complete and on the
/// disk, the record of it is put in place, and then, as the last step, the
/// database. A build that ends before that leaves parts, which the next build
/// of any dataset removes.
pub fn build(
    shelf: &Shelf,
    item: &Item,
    spec: &Spec,
    interrupt: &Interrupt,
    watcher: Watcher<'_>,
) -> Result<Built, Error> {
    let folder = shelf.folder();
    fs::create_dir_all(folder).map_err(|error| Error::file("make the folder", folder, error))?;
    let waiting = format!("waiting for another build of {}", item.name);
    let _lock = Lock::take(&item.lock(), &waiting, interrupt, watcher)?;
    // Perhaps the one that held the lock has just built it.
    if let Some(built) = item.built() {
        return Ok(built);
    }
    sweep(folder, item);
    let finished = write(item, spec, interrupt, watcher).and_then(|()| {
        sync_folder(folder)?;
        item.built().ok_or_else(|| {
            let vanished = std::io::Error::other("it changed while it was being built");
            Error::file("read", &item.database(), vanished)
        })
    });
    if finished.is_err() {
        sweep(folder, item);
    }
    finished
}

fn write(
    item: &Item,
    spec: &Spec,
    interrupt: &Interrupt,
    watcher: Watcher<'_>,
) -> Result<(), Error> {
    // What is there is not whole, or we would not be here.
    for untrusted in [item.record(), item.database()] {
        remove(&untrusted)?;
    }
    let part = item.part("db");
    let connection = open(&part)?;
    let tables = generate_into(
        &connection,
        spec,
        item.name.scale,
        item.seed,
        interrupt,
        watcher,
    )?;
    connection
        .close()
        .map_err(|(_, error)| Error::sqlite("close the database")(error))?;
    let bytes = sync(&part)?;
    let record = Record::new(item, bytes, tables);
    let record_part = item.part("json");
    let mut text = serde_json::to_vec_pretty(&record)
        .map_err(|error| Error::file("write", &record_part, error.into()))?;
    text.push(b'\n');
    fs::write(&record_part, text).map_err(|error| Error::file("write", &record_part, error))?;
    sync(&record_part)?;
    for (from, to) in [(record_part, item.record()), (part, item.database())] {
        fs::rename(&from, &to).map_err(|error| Error::file("write", &to, error))?;
    }
    Ok(())
}

/// A connection that is fast because its file may be lost.
pub fn open(path: &Path) -> Result<Connection, Error> {
    // SQLite says only "unable to open": ask the system why.
    File::create(path).map_err(|error| Error::file("write", path, error))?;
    let connection = Connection::open(path).map_err(Error::sqlite("open the database"))?;
    // On by default where it is compiled in, and it makes each insert slower.
    connection
        .set_db_config(DbConfig::SQLITE_DBCONFIG_STMT_SCANSTATUS, false)
        .map_err(Error::sqlite("prepare the connection"))?;
    connection
        .execute_batch(
            "PRAGMA page_size = 4096;
             PRAGMA journal_mode = OFF;
             PRAGMA synchronous = OFF;
             PRAGMA locking_mode = EXCLUSIVE;
             PRAGMA cache_size = -16000;",
        )
        .map_err(Error::sqlite("prepare the connection"))?;
    Ok(connection)
}

/// Waits until a file is on the disk; its size.
pub fn sync(path: &Path) -> Result<u64, Error> {
    let synced = File::options()
        .write(true)
        .open(path)
        .and_then(|file| file.sync_all().and_then(|()| file.metadata()));
    let metadata = synced.map_err(|error| Error::file("write", path, error))?;
    Ok(metadata.len())
}

/// Makes the renames last. Windows neither needs nor allows it.
pub fn sync_folder(folder: &Path) -> Result<(), Error> {
    if cfg!(unix) {
        File::open(folder)
            .and_then(|folder| folder.sync_all())
            .map_err(|error| Error::file("write", folder, error))?;
    }
    Ok(())
}

/// Removes what builds that were killed have left: the parts of this item, whose
/// lock we hold, and of all others that nobody is building. A file that resists
/// is left to the next sweep.
fn sweep(folder: &Path, item: &Item) {
    let own = item.lock();
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        let name = entry.file_name();
        let Some((stem, _)) = name
            .to_str()
            .and_then(|name| name.strip_suffix(".part"))
            .and_then(|name| name.rsplit_once('.'))
        else {
            continue;
        };
        let lock = folder.join(format!("{stem}.lock"));
        if lock == own || matches!(Lock::try_take(&lock), Ok(Some(_))) {
            let _ = fs::remove_file(path);
        }
    }
}

/// Removes a file, if it is there.
pub fn remove(path: &Path) -> Result<(), Error> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            Err(Error::file("remove", path, error))
        }
        _ => Ok(()),
    }
}
