//! Requests from a file: one a line, with a key and perhaps a time, a size and
//! an operation.
//!
//! The file is read as it is played, whatever its length. Lines are separated
//! by commas (with double quotes where a key holds one), tabs or spaces; empty
//! lines and those that begin with `#` do not count. A first line that names
//! columns says which is which; without one, a file of one column holds keys,
//! and others are read as time, key, size, op.

mod columns;
mod fields;

use std::fs::File;
use std::hash::BuildHasher;
use std::io::{self, BufRead, BufReader, Read};
use std::path::{Path, PathBuf};

use super::request::{Op, Request};
use crate::clock::Time;

pub use columns::{BadColumns, Columns};
use columns::{Places, Role};
use fields::{MOST_COLUMNS, number, operation, split};

/// Where a trace is, and how it is read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TraceFile {
    /// The file.
    pub path: PathBuf,
    /// Which column is what; `None`: as the first line says.
    pub columns: Option<Columns>,
    /// Whether lines that cannot be read are counted and passed over.
    pub skip_bad_lines: bool,
}

impl TraceFile {
    /// The file at `path`, read as its first line says, to the first bad line.
    pub fn of(path: PathBuf) -> TraceFile {
        TraceFile {
            path,
            columns: None,
            skip_bad_lines: false,
        }
    }
}

/// A trace that cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum TraceError {
    /// The file is not there, or cannot be read.
    #[error("could not read the trace {}: {error}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// What the system says.
        error: io::Error,
    },
    /// A line is not what it should be.
    #[error("line {line} of {}: {why}; --skip-bad-lines goes on without such lines", path.display())]
    Line {
        /// The file.
        path: PathBuf,
        /// Its number, from 1.
        line: u64,
        /// What is wrong with it.
        why: String,
    },
    /// The first line lacks a column that was named.
    #[error("{} has no column {name:?}; it has {}", path.display(), columns.join(", "))]
    NoColumn {
        /// The file.
        path: PathBuf,
        /// What was asked for.
        name: String,
        /// What there is.
        columns: Vec<String>,
    },
    /// Nothing to play.
    #[error("the trace {} holds no requests", .0.display())]
    Empty(PathBuf),
}

/// Longer lines are no lines of a trace.
const LONGEST_LINE: u64 = 1 << 20;

/// A trace that is being read.
pub struct Trace {
    file: TraceFile,
    lines: BufReader<File>,
    /// The place of each role in a line; `None` until the first line was seen.
    places: Option<Places>,
    line: Vec<u8>,
    number: u64,
    bytes: u64,
    length: u64,
    latest: Time,
    bad: BadLines,
    timed: bool,
}

/// Lines that could not be read.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct BadLines {
    /// How many.
    pub count: u64,
    /// The first of them, and what is wrong with it.
    pub first: Option<(u64, String)>,
}

impl Trace {
    /// Begins with the first line.
    ///
    /// # Errors
    /// [`TraceError::File`].
    pub fn open(file: &TraceFile) -> Result<Trace, TraceError> {
        let failed = |error| TraceError::File {
            path: file.path.clone(),
            error,
        };
        let opened = File::open(&file.path).map_err(failed)?;
        let meta = opened.metadata().map_err(failed)?;
        if meta.is_dir() {
            return Err(failed(io::Error::from(io::ErrorKind::IsADirectory)));
        }
        Ok(Trace {
            file: file.clone(),
            lines: BufReader::with_capacity(1 << 18, opened),
            places: None,
            line: Vec::new(),
            number: 0,
            bytes: 0,
            length: meta.len(),
            latest: Time::ZERO,
            bad: BadLines::default(),
            timed: false,
        })
    }

    /// The file.
    pub fn path(&self) -> &Path {
        &self.file.path
    }

    /// Bytes read, of how many.
    pub fn progress(&self) -> (u64, u64) {
        (self.bytes, self.length)
    }

    /// The lines passed over so far.
    pub fn bad_lines(&self) -> &BadLines {
        &self.bad
    }

    /// The key of the last request, as it is written; empty before the first.
    pub fn key(&self) -> &[u8] {
        let mut fields = [&[][..]; MOST_COLUMNS];
        let n = split(self.line.trim_ascii(), &mut fields);
        let at = self.places.map_or(0, |places| places.key);
        fields[..n].get(at).copied().unwrap_or_default()
    }

    /// Whether the lines read so far tell the time.
    pub fn is_timed(&self) -> bool {
        self.timed
    }

    /// The next request; `None` at the end. Requests without a time come a
    /// nanosecond apart, those without a size have 1 byte. A time that goes
    /// back counts as the latest before it.
    ///
    /// # Errors
    /// [`TraceError`], for a bad line unless they are skipped.
    pub fn next_request(&mut self) -> Result<Option<Request>, TraceError> {
        loop {
            let mut line = std::mem::take(&mut self.line);
            let read = self.read_line(&mut line);
            let parsed = match read {
                Ok(true) => self.parse(&line),
                Ok(false) => return Ok(None),
                Err(error) => return Err(error),
            };
            self.line = line;
            match parsed {
                Ok(Some(request)) => return Ok(Some(request)),
                Ok(None) => {}
                Err(Wrong::Trace(error)) => return Err(error),
                Err(Wrong::Line(why)) if self.file.skip_bad_lines => {
                    self.bad.count += 1;
                    let number = self.number;
                    self.bad.first.get_or_insert((number, why));
                }
                Err(Wrong::Line(why)) => {
                    return Err(TraceError::Line {
                        path: self.file.path.clone(),
                        line: self.number,
                        why,
                    });
                }
            }
        }
    }

    fn read_line(&mut self, line: &mut Vec<u8>) -> Result<bool, TraceError> {
        line.clear();
        let mut limited = (&mut self.lines).take(LONGEST_LINE);
        let failed = |error| TraceError::File {
            path: self.file.path.clone(),
            error,
        };
        let read = limited.read_until(b'\n', line).map_err(failed)?;
        self.bytes += read as u64;
        self.number += 1;
        Ok(read > 0)
    }

    fn parse(&mut self, line: &[u8]) -> Result<Option<Request>, Wrong> {
        if line.len() as u64 == LONGEST_LINE {
            return Err(Wrong::Line("it is longer than 1 MB".to_owned()));
        }
        let text = line.trim_ascii();
        if text.is_empty() || text.starts_with(b"#") {
            return Ok(None);
        }
        let mut fields = [&[][..]; MOST_COLUMNS];
        let n = split(text, &mut fields);
        let fields = &fields[..n];
        let places = match self.places {
            Some(places) => places,
            None => {
                let (places, is_header) = self.find_places(fields)?;
                self.places = Some(places);
                if is_header {
                    return Ok(None);
                }
                places
            }
        };
        self.request(fields, places).map(Some).map_err(Wrong::Line)
    }

    /// Which column is what, and whether this first line only says so.
    fn find_places(&self, first: &[&[u8]]) -> Result<(Places, bool), Wrong> {
        let names: Vec<String> = first
            .iter()
            .map(|name| String::from_utf8_lossy(name).into_owned())
            .collect();
        let roles: Vec<Option<Role>> = names.iter().map(|name| Role::of(name)).collect();
        let found = |roles: &[Option<Role>]| {
            let roles = roles.iter().enumerate();
            Places::of(roles.filter_map(|(at, role)| Some(((*role)?, at))))
        };
        let is_header = roles.contains(&Some(Role::Key));
        match &self.file.columns {
            Some(Columns::InOrder(order)) => {
                let given: Vec<Option<Role>> = order.iter().map(|name| Role::of(name)).collect();
                // A first line whose numbers are words names the columns.
                let places = found(&given);
                let numbers = [places.time, places.size];
                let words = numbers.into_iter().flatten().any(|at| {
                    first
                        .get(at)
                        .is_some_and(|it| number(it).is_none() && !it.is_empty())
                });
                Ok((places, is_header || words))
            }
            Some(Columns::Named(named)) => {
                let mut places = Vec::new();
                for (role, name) in named {
                    let at = names.iter().position(|it| it.eq_ignore_ascii_case(name));
                    let at = at.ok_or_else(|| {
                        Wrong::Trace(TraceError::NoColumn {
                            path: self.file.path.clone(),
                            name: name.clone(),
                            columns: names.clone(),
                        })
                    })?;
                    places.extend(Role::of(role).map(|role| (role, at)));
                }
                Ok((Places::of(places.into_iter()), true))
            }
            None if is_header => Ok((found(&roles), true)),
            None if first.len() == 1 => Ok((Places::default(), false)),
            None => {
                let usual = Role::ALL.iter().map(|(_, role)| Some(*role));
                let usual: Vec<Option<Role>> = usual.take(first.len()).collect();
                Ok((found(&usual), false))
            }
        }
    }

    fn request(&mut self, fields: &[&[u8]], places: Places) -> Result<Request, String> {
        let field = |role: Role, at: usize| {
            let column = at + 1;
            let name = role.name();
            fields.get(at).copied().ok_or_else(|| {
                format!(
                    "it has {} columns, and the {name} is in column {column}",
                    fields.len()
                )
            })
        };
        let key = field(Role::Key, places.key)?;
        if key.is_empty() {
            return Err("the key is empty".to_owned());
        }
        let numeric = |role: Role, at: usize| {
            let text = field(role, at)?;
            number(text).ok_or_else(|| {
                let text = String::from_utf8_lossy(text);
                format!("the {} {text:?} is no number of 0 or more", role.name())
            })
        };
        let time = match places.time {
            Some(at) => {
                let seconds = numeric(Role::Time, at)?;
                self.timed = true;
                Time::from_nanos((seconds * 1e9) as u64)
            }
            None => Time::from_nanos(self.latest.as_nanos() + 1),
        };
        self.latest = self.latest.max(time);
        let size = match places.size {
            Some(at) => numeric(Role::Size, at)? as u64,
            None => 1,
        };
        let op = match places.op {
            Some(at) => {
                let text = field(Role::Op, at)?;
                operation(text).ok_or_else(|| {
                    let text = String::from_utf8_lossy(text);
                    format!("the op {text:?} is none of get, set and delete")
                })?
            }
            None => Op::Read,
        };
        Ok(Request {
            time: self.latest,
            key: foldhash::quality::FixedState::with_seed(1).hash_one(key),
            size,
            op,
        })
    }
}

enum Wrong {
    Line(String),
    Trace(TraceError),
}
