//! The settings file: TOML that belongs to the learner. What cannot be used is
//! told and passed over; saving one setting leaves the rest as it is written.

use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::{Setting, Settings};

/// Something in the file that could not be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}{}: {message}", path.display(), line.map_or(String::new(), |line| format!(", line {line}")))]
pub struct Problem {
    /// The file.
    pub path: PathBuf,
    /// Where in it, from 1.
    pub line: Option<usize>,
    /// What is wrong, in a clause.
    pub message: String,
}

/// Why a setting could not be saved.
#[derive(Debug, thiserror::Error)]
pub enum SaveError {
    /// The file is no TOML, or has something else by that name.
    #[error("{0}; nothing was saved")]
    Broken(Problem),
    /// The file could not be read or written.
    #[error("could not save the setting in {}: {error}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// What the system said.
        error: io::Error,
    },
}

/// The settings in the file at `path`, and what in it could not be used. No
/// file is no problem.
pub fn read(path: &Path) -> (Settings, Vec<Problem>) {
    let problem = |line, message| Problem {
        path: path.to_owned(),
        line,
        message,
    };
    match fs::read_to_string(path) {
        Ok(text) => {
            let (settings, problems) = parse(&text);
            let told = problems.into_iter().map(|(line, m)| problem(Some(line), m));
            (settings, told.collect())
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound => (Settings::default(), Vec::new()),
        Err(error) => (Settings::default(), vec![problem(None, error.to_string())]),
    }
}

/// Writes one setting into the file at `path`, which is made if there is none,
/// and keeps everything else in it. The file is replaced as a whole: it is
/// never half written.
///
/// # Errors
/// [`SaveError`]; the file is as it was.
pub fn save(path: &Path, settings: &Settings, setting: Setting) -> Result<(), SaveError> {
    let failed = |error| SaveError::File {
        path: path.to_owned(),
        error,
    };
    // The file may be a link to where the learner keeps such files.
    let path = &fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
    let text = match fs::read_to_string(path) {
        Ok(text) => text,
        Err(error) if error.kind() == io::ErrorKind::NotFound => String::new(),
        Err(error) => return Err(failed(error)),
    };
    let changed = with_setting(&text, settings, setting).map_err(|(line, message)| {
        SaveError::Broken(Problem {
            path: path.clone(),
            line: Some(line),
            message,
        })
    })?;
    replace(path, &changed).map_err(failed)
}

fn replace(path: &Path, text: &str) -> io::Result<()> {
    let folder = path.parent().unwrap_or(Path::new("."));
    fs::create_dir_all(folder)?;
    let mut file = tempfile::NamedTempFile::new_in(folder)?;
    file.write_all(text.as_bytes())?;
    if let Ok(before) = fs::metadata(path) {
        file.as_file().set_permissions(before.permissions())?;
    }
    file.as_file().sync_all()?;
    file.persist(path).map_err(|error| error.error)?;
    Ok(())
}

/// The settings in `text`, and what is wrong with it: (line, message).
pub(super) fn parse(text: &str) -> (Settings, Vec<(usize, String)>) {
    let mut settings = Settings::default();
    let mut problems = Vec::new();
    let table = match table_of(text) {
        Ok(table) => table,
        Err(problem) => return (settings, vec![problem]),
    };
    let mut entries: Vec<_> = table.iter().collect();
    entries.sort_by_key(|(key, _)| key.span().start);
    for (key, value) in entries {
        let set = Setting::find(key.get_ref()).and_then(|setting| {
            let value = written(value.get_ref(), &text[value.span()]);
            settings.set(setting, &value)
        });
        if let Err(unknown) = set {
            problems.push((line_of(text, key.span().start), unknown.to_string()));
        }
    }
    (settings, problems)
}

/// `text` with the setting as it is in `settings`.
pub(super) fn with_setting(
    text: &str,
    settings: &Settings,
    setting: Setting,
) -> Result<String, (usize, String)> {
    let table = table_of(text)?;
    let value = toml_of(settings, setting);
    let kept = table
        .iter()
        .find(|(key, _)| Setting::find(key.get_ref()) == Ok(setting));
    if let Some((key, kept)) = kept {
        if kept.get_ref().is_table() {
            let line = line_of(text, key.span().start);
            return Err((line, format!("{} is a table there", setting.name())));
        }
        let place = kept.span();
        let (before, after) = (&text[..place.start], &text[place.end..]);
        return Ok(format!("{before}{value}{after}"));
    }
    let line = format!("{} = {value}\n", setting.name());
    // Behind a table's head the line would belong to that table.
    if table.values().any(|value| value.get_ref().is_table()) {
        return Ok(format!("{line}{text}"));
    }
    let gap = if text.is_empty() || text.ends_with('\n') {
        ""
    } else {
        "\n"
    };
    Ok(format!("{text}{gap}{line}"))
}

fn table_of(text: &str) -> Result<DeTable<'_>, (usize, String)> {
    DeTable::parse(text)
        .map(Spanned::into_inner)
        .map_err(|error| {
            let at = error.span().map_or(0, |span| span.start);
            (line_of(text, at), format!("not TOML: {}", error.message()))
        })
}

/// A value as `.set` takes it; `source` is how the file writes it.
fn written(value: &DeValue<'_>, source: &str) -> String {
    match value {
        DeValue::String(text) => text.to_string(),
        DeValue::Boolean(true) => "on".to_owned(),
        DeValue::Boolean(false) => "off".to_owned(),
        _ => source.to_owned(),
    }
}

/// The value of a setting as TOML writes it.
fn toml_of(settings: &Settings, setting: Setting) -> String {
    match (setting, settings.rows) {
        (Setting::Completion, _) => settings.completion.to_string(),
        (Setting::Plain, _) => settings.plain.to_string(),
        (Setting::Ascii, _) => settings.ascii.to_string(),
        (Setting::Timer, _) => settings.timer.to_string(),
        (Setting::AutoExplain, _) => settings.auto_explain.to_string(),
        (Setting::Rows, Some(rows)) => rows.to_string(),
        _ => toml::Value::String(settings.value(setting)).to_string(),
    }
}

fn line_of(text: &str, at: usize) -> usize {
    let at = at.min(text.len());
    1 + text.as_bytes()[..at]
        .iter()
        .filter(|&&b| b == b'\n')
        .count()
}
