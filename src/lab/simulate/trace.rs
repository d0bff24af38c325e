//! Requests from a file: one a line, with a key and perhaps a time, a size and
//! an operation.
//!
//! The file is read as it is played, whatever its length. Lines are separated
//! by commas (with double quotes where a key holds one), tabs or spaces; empty
//! lines and those that begin with `#` do not count. A first line that names
//! columns says which is which; without one, a file of one column holds keys,
//! and others are read as time, key, size, op.

use std::fmt;
use std::fs::File;
use std::hash::BuildHasher;
use std::io::{self, BufRead, BufReader, Read};
use std::path::{Path, PathBuf};
use std::str::FromStr;

use super::request::{Op, Request};
use crate::clock::Time;

/// What a column holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Role {
    Time,
    Key,
    Size,
    Op,
}

impl Role {
    const ALL: [(&'static str, Role); 4] = [
        ("time", Role::Time),
        ("key", Role::Key),
        ("size", Role::Size),
        ("op", Role::Op),
    ];

    fn of(name: &str) -> Option<Role> {
        let found = Role::ALL
            .iter()
            .find(|(it, _)| it.eq_ignore_ascii_case(name));
        found.map(|(_, role)| *role)
    }

    fn name(self) -> &'static str {
        match self {
            Role::Time => "time",
            Role::Key => "key",
            Role::Size => "size",
            Role::Op => "op",
        }
    }
}

/// Which column is what: `key,size` in the order of the file (`-` for one that
/// does not matter), or `key=obj_id,size=bytes` by the names in its first line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Columns {
    /// In the file's order.
    InOrder(Vec<String>),
    /// By the file's names.
    Named(Vec<(String, String)>),
}

/// The text does not say which column is what.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "{0:?} does not say which column is what: write time,key,size,op in the order of the file \
     (- for others), or key=NAME,time=NAME by its first line; there must be a key"
)]
pub struct BadColumns(String);

impl FromStr for Columns {
    type Err = BadColumns;

    fn from_str(text: &str) -> Result<Columns, BadColumns> {
        let bad = || BadColumns(text.to_owned());
        let items: Vec<&str> = text.split(',').map(str::trim).collect();
        let mut roles: Vec<Role> = Vec::new();
        let mut note = |name: &str| -> Result<(), BadColumns> {
            let role = Role::of(name).ok_or_else(bad)?;
            if roles.contains(&role) {
                return Err(bad());
            }
            roles.push(role);
            Ok(())
        };
        let columns = if text.contains('=') {
            let mut named = Vec::new();
            for item in &items {
                let (role, name) = item.split_once('=').ok_or_else(bad)?;
                note(role.trim())?;
                named.push((role.trim().to_owned(), name.trim().to_owned()));
            }
            Columns::Named(named)
        } else {
            for item in items.iter().filter(|item| **item != "-") {
                note(item)?;
            }
            Columns::InOrder(items.iter().map(|item| (*item).to_owned()).collect())
        };
        if roles.contains(&Role::Key) {
            Ok(columns)
        } else {
            Err(bad())
        }
    }
}

impl fmt::Display for Columns {
    /// As it is written.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Columns::InOrder(names) => f.write_str(&names.join(",")),
            Columns::Named(named) => {
                let pairs = named.iter().map(|(role, name)| format!("{role}={name}"));
                f.write_str(&pairs.collect::<Vec<_>>().join(","))
            }
        }
    }
}

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

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
struct Places {
    time: Option<usize>,
    key: usize,
    size: Option<usize>,
    op: Option<usize>,
}

impl Places {
    fn of(roles: impl Iterator<Item = (Role, usize)>) -> Places {
        let mut places = Places::default();
        for (role, at) in roles {
            match role {
                Role::Time => places.time = Some(at),
                Role::Key => places.key = at,
                Role::Size => places.size = Some(at),
                Role::Op => places.op = Some(at),
            }
        }
        places
    }
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

const MOST_COLUMNS: usize = 64;

/// Splits at commas, or else at tabs, or else at spaces. Columns beyond the
/// 64th are left out.
fn split<'a>(line: &'a [u8], fields: &mut [&'a [u8]; MOST_COLUMNS]) -> usize {
    let separator = [b',', b'\t'].into_iter().find(|it| line.contains(it));
    let mut n = 0;
    let mut rest = line;
    while n < MOST_COLUMNS {
        let end = match separator {
            Some(separator) => {
                let quoted = rest.trim_ascii_start().starts_with(b"\"");
                let from = if quoted { closing_quote(rest) } else { 0 };
                rest[from..]
                    .iter()
                    .position(|it| *it == separator)
                    .map(|at| at + from)
            }
            None => rest.iter().position(u8::is_ascii_whitespace),
        };
        let field = rest[..end.unwrap_or(rest.len())].trim_ascii();
        fields[n] = match field {
            [b'"', inner @ .., b'"'] => inner,
            field => field,
        };
        n += 1;
        match end {
            Some(end) => rest = &rest[end + 1..],
            None => break,
        }
        if separator.is_none() {
            rest = rest.trim_ascii_start();
        }
    }
    n
}

/// Just behind the quote that ends a quoted field; doubled quotes do not.
fn closing_quote(field: &[u8]) -> usize {
    let start = field
        .iter()
        .position(|it| *it == b'"')
        .map_or(0, |at| at + 1);
    let mut at = start;
    while at < field.len() {
        if field[at] == b'"' {
            if field.get(at + 1) != Some(&b'"') {
                return at + 1;
            }
            at += 1;
        }
        at += 1;
    }
    0
}

fn number(text: &[u8]) -> Option<f64> {
    let number: f64 = str::from_utf8(text).ok()?.parse().ok()?;
    (number.is_finite() && (0.0..=1e15).contains(&number)).then_some(number)
}

/// Operations as the traces of Twitter, memcached and Redis spell them.
fn operation(text: &[u8]) -> Option<Op> {
    let text = text.to_ascii_lowercase();
    Some(match text.as_slice() {
        b"" | b"get" | b"gets" | b"read" | b"r" | b"getex" | b"mget" => Op::Read,
        b"set" | b"put" | b"add" | b"write" | b"w" | b"update" | b"replace" | b"cas" | b"setex"
        | b"incr" | b"decr" | b"append" | b"prepend" => Op::Write,
        b"del" | b"delete" | b"d" | b"remove" | b"unlink" => Op::Delete,
        _ => return None,
    })
}
