//! `dbdojo data import`: a dataset out of the learner's own files.

use std::path::{Path, PathBuf};

use super::{Context, Failure};
use crate::dataset::Catalog;
use crate::dataset::import::{self, Layout, Loaded, Wishes};
use crate::sandbox;
use crate::session::Session;
use crate::view::imported;

/// Make a dataset of your own out of CSV files or an SQLite database
#[derive(Debug, Clone, clap::Args)]
pub struct Args {
    /// What to call it: lower-case letters, digits, - and _
    #[arg(value_name = "NAME")]
    name: String,

    /// A CSV file, a folder of them (each becomes a table), or an SQLite file
    #[arg(value_name = "FILE|DIR")]
    path: PathBuf,

    /// Import it again in place of what has this name now
    #[arg(long)]
    replace: bool,

    #[command(flatten)]
    reading: Reading,
}

/// How CSV files are read.
#[derive(Debug, Clone, Copy, Default, clap::Args)]
pub struct Reading {
    /// Set rows aside that cannot be imported, in FILE.bad beside the file
    #[arg(long)]
    skip_bad_rows: bool,

    /// What stands between fields, such as ; or tab (found out if not given)
    #[arg(long, value_name = "CHAR", value_parser = delimiter)]
    delimiter: Option<u8>,

    /// The first row holds names, even if it looks like data
    #[arg(long)]
    header: bool,

    /// The first row holds data, even if it looks like names
    #[arg(long, conflicts_with = "header")]
    no_header: bool,
}

impl From<Reading> for Wishes {
    fn from(reading: Reading) -> Wishes {
        Wishes {
            layout: Layout {
                delimiter: reading.delimiter,
                header: match (reading.header, reading.no_header) {
                    (true, _) => Some(true),
                    (_, true) => Some(false),
                    _ => None,
                },
            },
            skip_bad_rows: reading.skip_bad_rows,
        }
    }
}

/// One ASCII character, or its name.
pub(crate) fn delimiter(text: &str) -> Result<u8, String> {
    match text.as_bytes() {
        b"tab" | b"\\t" => Ok(b'\t'),
        [byte] if byte.is_ascii() && !matches!(byte, b'"' | b'\n' | b'\r' | 0) => Ok(*byte),
        _ => Err("write one character, such as ; or |, or tab".to_owned()),
    }
}

/// Imports a dataset and tells what was found in it.
///
/// # Errors
/// Usage for a name that cannot be had; unreachable for a missing file; failed
/// for a file that is wrong. Nothing has changed then.
pub fn run(context: &mut Context<'_>, args: Args) -> Result<(), Failure> {
    let catalog = Catalog::new(&context.dirs);
    // A name that cannot be had is told before a look at the file.
    catalog.may_import(&args.name, args.replace)?;
    let mut bar = context.progress_bar();
    let (interrupt, path) = (&context.interrupt, &args.path);
    let from = std::path::absolute(path).unwrap_or_else(|_| path.clone());
    let from = from.display().to_string();
    let watch = &mut |progress: crate::progress::Progress<'_>| bar.watch(progress);
    let (imported, tables) = if import::is_database(path) {
        catalog.import(
            &args.name,
            &from,
            args.replace,
            interrupt,
            watch,
            |part, watcher| {
                sandbox::copy_database(path, part, interrupt, watcher)?;
                import::settle_database(part, path)?;
                Ok::<_, Failure>(Vec::new())
            },
        )?
    } else {
        let files = import::table_files(path)?;
        let wishes = Wishes::from(args.reading);
        catalog.import(
            &args.name,
            &from,
            args.replace,
            interrupt,
            watch,
            |part, watcher| {
                Ok::<_, Failure>(import::load_files(
                    part, &files, wishes, interrupt, watcher,
                )?)
            },
        )?
    };
    drop(bar);
    Ok(imported::write_imported(
        context.out,
        &context.style,
        context.format,
        &imported,
        &tables,
    )?)
}

/// Imports a CSV file into the practice database; the table is called after
/// the file if `table` is not given. Returns what it did.
///
/// # Errors
/// As [`run`].
pub fn into_practice(
    context: &mut Context<'_>,
    session: &mut Session,
    file: &Path,
    table: Option<&str>,
    reading: Reading,
) -> Result<Loaded, Failure> {
    let table = table.map_or_else(|| import::table_name(file), str::to_owned);
    let mut bar = context.progress_bar();
    let wishes = Wishes::from(reading);
    let watch = &mut |progress: crate::progress::Progress<'_>| bar.watch(progress);
    Ok(session.import(file, &table, wishes, &context.interrupt, watch)?)
}

#[cfg(test)]
mod tests {
    use super::delimiter;

    #[test]
    fn a_delimiter_is_one_character() {
        assert_eq!(delimiter(";"), Ok(b';'));
        assert_eq!(delimiter("tab"), Ok(b'\t'));
        for bad in ["", "\"", ",,", "é"] {
            assert!(delimiter(bad).is_err(), "{bad}");
        }
    }
}
