//! `.save`: the practice database as a file of its own.

use std::path::Path;

use rusqlite::Connection;
use rusqlite::backup::{Backup, StepResult};

use super::{Error, Practice};
use crate::interrupt::Interrupt;
use crate::progress::{Progress, Watcher};

/// Pages copied between two looks at Ctrl-C.
const PAGES_AT_ONCE: std::ffi::c_int = 1024;

impl Practice {
    /// Writes the committed state into the empty file `to`, as one file in
    /// rollback-journal mode whatever mode the practice database is in.
    ///
    /// # Errors
    /// [`Error::InTransaction`]; [`Error::Interrupted`]; what SQLite says. The
    /// file then holds nothing of use.
    pub fn save(
        &self,
        to: &Path,
        interrupt: &Interrupt,
        watcher: Watcher<'_>,
    ) -> Result<(), Error> {
        if self.in_transaction() {
            return Err(Error::InTransaction);
        }
        let mut output = Connection::open(to).map_err(Error::from_sqlite)?;
        copy_pages(self.connection(), &mut output, interrupt, watcher)?;
        output
            .query_row("PRAGMA journal_mode = DELETE", [], |_| Ok(()))
            .map_err(Error::from_sqlite)?;
        output
            .close()
            .map_err(|(_, error)| Error::from_sqlite(error))
    }
}

fn copy_pages(
    from: &Connection,
    to: &mut Connection,
    interrupt: &Interrupt,
    watcher: Watcher<'_>,
) -> Result<(), Error> {
    let backup = Backup::new(from, to).map_err(Error::from_sqlite)?;
    loop {
        let step = backup.step(PAGES_AT_ONCE).map_err(Error::from_sqlite)?;
        let progress = backup.progress();
        watcher(Progress {
            what: "saving",
            done: u64::try_from(progress.pagecount - progress.remaining).unwrap_or(0),
            total: u64::try_from(progress.pagecount).unwrap_or(0),
        });
        match step {
            StepResult::Done => return Ok(()),
            _ if interrupt.is_raised() => return Err(Error::Interrupted),
            StepResult::Busy | StepResult::Locked => {
                return Err(Error::Sql {
                    message: "the practice database is locked by another connection".to_owned(),
                    offset: None,
                });
            }
            _ => {}
        }
    }
}
