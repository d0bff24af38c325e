//! States of the practice database that a learner keeps, to come back to.

use std::fs;
use std::path::{Path, PathBuf};

use super::changes::{Object, Tally};
use super::connections::usable;
use super::folder::SessionFolder;
use super::{Changes, Error, copy};
use crate::interrupt::Interrupt;
use crate::progress::Watcher;
use crate::sql;
use crate::units;

/// All marks together may take so much, those that share their blocks with
/// the copy not counted.
pub const MOST_MARK_BYTES: u64 = 4 << 30;

/// How many marks there may be.
pub const MOST_MARKS: usize = 20;

/// A kept state.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mark {
    /// Its name.
    pub name: String,
    /// Bytes that it takes on the disk; 0 while the file system shares its
    /// blocks with the copy, and for the data as it was at the start.
    pub bytes: u64,
    /// How it differs from the source.
    pub changes: Changes,
    pub(super) kept: Kept,
}

/// Where a state is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Kept {
    /// The source is that state: a dataset of ours, not changed yet.
    Source,
    /// A file of its own.
    File {
        path: PathBuf,
        max_pages: i64,
        tally: Tally,
        origin: Vec<Object>,
    },
}

/// Why there is no such mark.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum MarkError {
    /// No word.
    #[error("{0:?} is no name: up to 16 letters, digits, - and _, as in .mark before")]
    BadName(String),
    /// The name is taken.
    #[error("there is a mark {0} already; .mark drop {0} frees the name")]
    Exists(String),
    /// None of that name.
    #[error("there is no mark {name}; {}", hint(.near.as_deref(), "did you mean ", ".mark list shows all"))]
    Unknown {
        /// The name.
        name: String,
        /// The nearest that there is.
        near: Option<String>,
    },
    /// None at all.
    #[error("there is no mark yet: .mark keeps the state of your data")]
    NoneYet,
    /// Too many.
    #[error("there are {0} marks, the most there can be; .mark drop NAME frees one")]
    TooMany(usize),
    /// Too large.
    #[error(
        "this mark needs {}; your marks take {} of the {} they may; .mark drop NAME frees some",
        units::bytes(*.needs), units::bytes(*.taken), units::bytes(*.most)
    )]
    NoRoom {
        /// Bytes of the database.
        needs: u64,
        /// Bytes of the marks.
        taken: u64,
        /// Bytes they may take.
        most: u64,
    },
}

fn hint(near: Option<&str>, before: &str, otherwise: &str) -> String {
    match near {
        Some(near) => format!("{before}{near}?"),
        None => otherwise.to_owned(),
    }
}

/// The marks of one session, in a folder that goes when the session does.
/// `.reset` leaves them.
#[derive(Debug, Default)]
pub(super) struct Marks {
    folder: Option<SessionFolder>,
    kept: Vec<Mark>,
    files_made: u64,
}

impl Marks {
    pub(super) fn all(&self) -> &[Mark] {
        &self.kept
    }

    /// The mark called `name`; the newest without one.
    pub(super) fn find(&self, name: Option<&str>) -> Result<&Mark, MarkError> {
        let Some(name) = name else {
            return self.kept.last().ok_or(MarkError::NoneYet);
        };
        let wanted = name.to_ascii_lowercase();
        let names = || self.kept.iter().map(|mark| mark.name.as_str());
        let found = self.kept.iter().find(|mark| mark.name == wanted);
        found.ok_or_else(|| match names().next() {
            None => MarkError::NoneYet,
            Some(_) => MarkError::Unknown {
                near: sql::nearest(&wanted, names()).map(str::to_owned),
                name: wanted,
            },
        })
    }

    /// The name for a new mark: `name`, or the first number that is free.
    pub(super) fn free_name(&self, name: Option<&str>) -> Result<String, MarkError> {
        if self.kept.len() >= MOST_MARKS {
            return Err(MarkError::TooMany(MOST_MARKS));
        }
        let taken = |name: &str| self.kept.iter().any(|mark| mark.name == name);
        let Some(name) = name else {
            let mut numbers = (1..).map(|n: u32| n.to_string());
            return Ok(numbers.find(|n| !taken(n)).unwrap_or_default());
        };
        match usable(name) {
            None => Err(MarkError::BadName(name.to_owned())),
            Some(name) if taken(&name) => Err(MarkError::Exists(name)),
            Some(name) => Ok(name),
        }
    }

    pub(super) fn push(&mut self, mark: Mark) -> &Mark {
        self.kept.push(mark);
        &self.kept[self.kept.len() - 1]
    }

    /// Copies `from`, which nobody writes to meanwhile, into the folder under
    /// `sessions`. Returns the file and what it takes on the disk.
    pub(super) fn keep_file(
        &mut self,
        from: &Path,
        whole: bool,
        sessions: &Path,
        interrupt: &Interrupt,
        watcher: Watcher<'_>,
    ) -> Result<(PathBuf, u64), Error> {
        let folder = match &mut self.folder {
            Some(folder) => folder,
            none => none.insert(
                SessionFolder::create(sessions).map_err(|error| Error::Copy {
                    path: sessions.to_owned(),
                    error,
                })?,
            ),
        };
        self.files_made += 1;
        let to = folder.path().join(format!("mark-{}.db", self.files_made));
        // Blocks that are shared cost nothing until one side changes.
        if whole && copy::shares_blocks(from, &to)? {
            return Ok((to, 0));
        }
        let needs = fs::metadata(from).map_or(0, |meta| meta.len());
        let taken: u64 = self.kept.iter().map(|mark| mark.bytes).sum();
        if taken + needs > MOST_MARK_BYTES {
            return Err(MarkError::NoRoom {
                needs,
                taken,
                most: MOST_MARK_BYTES,
            }
            .into());
        }
        match copy::through_sqlite(from, &to, interrupt, watcher) {
            Ok(()) => {
                let bytes = fs::metadata(&to).map_or(needs, |meta| meta.len());
                Ok((to, bytes))
            }
            Err(error) => {
                let _ = fs::remove_file(&to);
                Err(error)
            }
        }
    }

    /// Forgets a mark and frees its disk space.
    pub(super) fn remove(&mut self, name: &str) -> Result<Mark, MarkError> {
        let name = self.find(Some(name))?.name.clone();
        let at = self.kept.iter().position(|mark| mark.name == name);
        let mark = self.kept.remove(at.ok_or(MarkError::NoneYet)?);
        if let Kept::File { path, .. } = &mark.kept {
            let _ = fs::remove_file(path);
        }
        Ok(mark)
    }
}
