//! Data into files: a dump, the database itself, one result.

use std::io;
use std::path::Path;

use super::{Context, Exit, Failure, NewFile, overview, statement};
use crate::progress;
use crate::sandbox::{DumpScope, Error, Practice};
use crate::session::Session;
use crate::sql::{self, Schema};
use crate::units;
use crate::view::{Format, Style, result};

/// Endings that `.export` knows.
const ENDINGS: &[(&str, Format)] = &[
    ("csv", Format::Csv),
    ("json", Format::Json),
    ("jsonl", Format::Jsonl),
    ("md", Format::Markdown),
    ("markdown", Format::Markdown),
];

/// Prints the statements that make `table` again, or everything when it is
/// empty.
///
/// # Errors
/// An unknown table is a usage failure that names the nearest.
pub fn dump(context: &mut Context<'_>, session: &mut Session, table: &str) -> Result<(), Failure> {
    if !table.is_empty() && session.schema()?.table(table).is_none() {
        return Err(overview::unknown(session, table)?);
    }
    let scope = if table.is_empty() {
        DumpScope::All
    } else {
        DumpScope::One(table)
    };
    let out = &mut *context.out;
    session.practice_mut().dump(scope, &mut |statement| {
        out.write_all(statement.as_bytes())?;
        // A comment has its own line already.
        out.write_all(if statement.starts_with("--") {
            b"\n"
        } else {
            b";\n"
        })
    })?;
    Ok(())
}

/// Writes the practice database to `path`, and returns the sentence that says so.
///
/// # Errors
/// Inside a transaction; when the file cannot be written.
pub fn save(
    context: &mut Context<'_>,
    session: &Session,
    path: &Path,
    force: bool,
) -> Result<String, Failure> {
    let file = NewFile::begin(path, force)?;
    // SQLite would take a log that lies beside the new file for its own.
    for suffix in ["-wal", "-journal"] {
        let mut beside = file.path().as_os_str().to_owned();
        beside.push(suffix);
        if Path::new(&beside).exists() {
            return Err(Failure::new(
                Exit::Failed,
                format!(
                    "{} belongs to a database in use; choose another name",
                    Path::new(&beside).display()
                ),
            ));
        }
    }
    let interrupt = context.interrupt.clone();
    let mut bar = context.progress_bar();
    session
        .practice()
        .save(file.unfinished(), &interrupt, &mut |p| bar.watch(p))?;
    drop(bar);
    let shown = file.path().display().to_string();
    let bytes = file.finish()?;
    Ok(format!(
        "Saved {} as {shown} ({}).",
        session.label(),
        units::bytes(bytes)
    ))
}

/// Where a result goes.
#[derive(Debug, Clone, Copy)]
pub struct Export<'a> {
    /// The file; its ending is the format.
    pub path: &'a Path,
    /// Also over a file that is there.
    pub force: bool,
    /// Whether CSV begins with the columns' names.
    pub headers: bool,
}

/// Runs `sql`, one query, and writes all its rows to a file. Returns the
/// sentence that says so.
///
/// # Errors
/// An ending that is no format; a statement that is no query; the query's own.
pub fn export(
    context: &mut Context<'_>,
    session: &mut Session,
    sql: &str,
    schema: &Schema,
    to: Export<'_>,
) -> Result<String, Failure> {
    let format = format_of(to.path)?;
    let style = context.err_style;
    let failed = |error| statement::failure_of(error, sql, schema, &style, 1);
    one_query(session.practice(), sql).map_err(failed)?;
    let mut file = NewFile::begin(to.path, to.force)?;
    let options = result::Options {
        no_headers: !to.headers,
        ..result::Options::default()
    };
    let mut rows = result::writer(format, &mut file, Style::PIPED, options);
    let budget = session.budget();
    let clock = context.clock.clone();
    let ran = session
        .practice_mut()
        .run(sql, budget, &clock, &mut *rows, &mut progress::ignore);
    let counts = rows.counts();
    drop(rows);
    ran.map_err(|error| match error {
        Error::Sink(error) => Failure::new(Exit::Failed, could_not_write(to.path, &error)),
        other => failed(other),
    })?;
    let shown = file.path().display().to_string();
    let bytes = file.finish()?;
    Ok(format!(
        "Wrote {} to {shown} ({}).",
        units::counted(counts.rows, "row", "rows"),
        units::bytes(bytes)
    ))
}

fn could_not_write(path: &Path, error: &io::Error) -> String {
    format!("could not write {}: {error}", path.display())
}

/// Refuses what gives no rows, and what changes something besides.
fn one_query(practice: &Practice, sql: &str) -> Result<(), Error> {
    if sql::split(sql).nth(1).is_some() {
        return Err(Error::Refused(
            "one query makes one file: write a single SELECT".to_owned(),
        ));
    }
    let notes = practice.notes(sql)?;
    if notes.returns_rows && notes.writes.is_empty() && !notes.changes_schema {
        return Ok(());
    }
    Err(Error::Refused(
        "only a query that changes nothing can be exported: write a SELECT".to_owned(),
    ))
}

fn format_of(path: &Path) -> Result<Format, Failure> {
    let ending = path
        .extension()
        .map(|ending| ending.to_string_lossy().to_ascii_lowercase())
        .unwrap_or_default();
    let known = ENDINGS.iter().find(|(known, _)| *known == ending);
    known.map(|(_, format)| *format).ok_or_else(|| {
        let nearest = sql::nearest(&ending, ENDINGS.iter().map(|(known, _)| *known));
        Failure::usage(match nearest.filter(|_| !ending.is_empty()) {
            Some(near) => format!("there is no format .{ending}; did you mean .{near}?"),
            None => {
                "the file's name tells the format: end it in .csv, .json, .jsonl or .md".to_owned()
            }
        })
    })
}
