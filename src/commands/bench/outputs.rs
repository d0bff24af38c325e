//! The files that a benchmark writes besides its figures.

use std::fs;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use crate::commands::{Exit, Failure, NewFile};
use crate::lab::report::BenchReport;
use crate::view;

/// What to write, and where.
#[derive(Debug, Clone, Default, clap::Args)]
pub struct Outputs {
    /// Write the results as one self-contained page
    #[arg(long, value_name = "FILE.html")]
    pub report: Option<PathBuf>,

    /// Write each chart as SVG into this folder
    #[arg(long, value_name = "FOLDER")]
    pub charts: Option<PathBuf>,

    /// Write over existing files
    #[arg(long)]
    pub force: bool,
}

impl Outputs {
    /// Whether they can be written: to be asked before the work, which takes
    /// long. Makes the folder of the charts.
    ///
    /// # Errors
    /// For a file that is there already, unless it may be written over; for a
    /// place that cannot be written.
    pub(super) fn check(&self) -> Result<(), Failure> {
        if self.force && self.report.is_none() && self.charts.is_none() {
            return Err(Failure::usage(
                "--force writes over files: it needs --report or --charts",
            ));
        }
        let charts = self.charts.iter().flat_map(|folder| {
            let names = view::bench::PICTURES.iter();
            names.map(|name| folder.join(name))
        });
        if let Some(folder) = &self.charts {
            fs::create_dir_all(folder).map_err(|error| unwritable(folder, &error))?;
        }
        for file in self.report.iter().cloned().chain(charts) {
            // Dropped, it leaves nothing.
            drop(NewFile::begin(&file, self.force)?);
        }
        Ok(())
    }

    /// Writes them all: one that cannot be written does not keep others back.
    ///
    /// # Errors
    /// The first that could not be written.
    pub(super) fn write(&self, report: &BenchReport, command: &str) -> Result<(), Failure> {
        let page = self.report.iter().map(|file| {
            let page = view::bench::page(report, command);
            self.write_file(file, &page)
        });
        let charts = self.charts.iter().flat_map(|folder| {
            let pictures = view::bench::pictures(report).into_iter();
            pictures.map(|(name, picture)| self.write_file(&folder.join(name), &picture))
        });
        let all: Vec<Result<(), Failure>> = page.chain(charts).collect();
        all.into_iter().collect()
    }

    fn write_file(&self, path: &Path, text: &str) -> Result<(), Failure> {
        let mut file = NewFile::begin(path, self.force)?;
        file.write_all(text.as_bytes())
            .map_err(|error| unwritable(path, &error))?;
        file.finish()?;
        Ok(())
    }
}

fn unwritable(path: &Path, error: &io::Error) -> Failure {
    let why = format!("could not write {}: {error}", path.display());
    Failure::new(Exit::Failed, why)
}
