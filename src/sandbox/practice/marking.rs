//! The practice database as it was: marks, and the way back to them.

use super::{FILE, Home, Practice, State, open_copy, open_in_place, random_id};
use crate::progress::Watcher;
use crate::sandbox::marks::Kept;
use crate::sandbox::{Connections, Error, Mark, Source, copy};

impl Practice {
    /// The marks, the oldest first.
    pub fn marks(&self) -> &[Mark] {
        self.marks.all()
    }

    /// Keeps the state of the data as the mark `name`, or under a number.
    ///
    /// # Errors
    /// [`Error::Mark`] and [`Error::InTransaction`]; those of copying.
    pub fn mark(&mut self, name: Option<&str>, watcher: Watcher<'_>) -> Result<&Mark, Error> {
        self.refuse_in_transaction()?;
        let name = self.marks.free_name(name)?;
        if matches!(self.source, Source::File(_)) {
            // The file can change under us; a copy cannot.
            self.make_private(watcher)?;
        }
        let mut changes = self.changes()?;
        changes.temporary.clear();
        let (kept, bytes) = match &self.state.home {
            Home::InPlace(_) => (Kept::Source, 0),
            Home::Copy { folder, origin } => {
                let connections = &self.state.connections;
                let whole = connections.checkpoint();
                let (path, bytes) = self.marks.keep_file(
                    &folder.path().join(FILE),
                    whole.unwrap_or(false),
                    &self.around.sessions,
                    &self.around.interrupt,
                    watcher,
                )?;
                let kept = Kept::File {
                    path,
                    max_pages: connections.max_pages().unwrap_or(i64::MAX),
                    tally: connections.tally().clone(),
                    origin: origin.clone(),
                };
                (kept, bytes)
            }
        };
        Ok(self.marks.push(Mark {
            name,
            bytes,
            changes,
            kept,
        }))
    }

    /// Brings the data back to the mark `name`, or to the newest. The same
    /// connections are open afterwards, without their temporary tables and
    /// settings. The mark stays. Returns its name.
    ///
    /// # Errors
    /// As [`mark`](Practice::mark).
    pub fn back(&mut self, name: Option<&str>, watcher: Watcher<'_>) -> Result<String, Error> {
        let mark = self.marks.find(name)?.clone();
        self.refuse_in_transaction()?;
        let mut state = match &mark.kept {
            Kept::Source => open_in_place(&self.source, &self.around, watcher)?,
            Kept::File {
                path,
                max_pages,
                tally,
                origin,
            } => {
                let folder = self.around.new_folder()?;
                let to = folder.path().join(FILE);
                copy::still_file(path, &to, &self.around.interrupt, watcher)?;
                let mut connections = Connections::reopen(&to, *max_pages, self.around.guard())?;
                connections.set_tally(tally.clone());
                State {
                    connections,
                    home: Home::Copy {
                        folder,
                        origin: origin.clone(),
                    },
                }
            }
        };
        let connections = self.connections();
        if connections.len() > 1 {
            if matches!(state.home, Home::InPlace(_)) {
                state = open_copy(&self.source, &self.around, watcher)?;
            }
            let names: Vec<&str> = connections.names().collect();
            state
                .connections
                .open_again(&names, connections.current())?;
        }
        self.state = state;
        self.id = random_id();
        Ok(mark.name)
    }

    /// Forgets a mark and frees its disk space.
    ///
    /// # Errors
    /// [`Error::Mark`] when there is none of that name.
    pub fn drop_mark(&mut self, name: &str) -> Result<Mark, Error> {
        Ok(self.marks.remove(name)?)
    }
}
