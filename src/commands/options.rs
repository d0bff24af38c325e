//! The options that every command understands, before or after its name.

use std::path::PathBuf;
use std::time::Duration;

use crate::cache::Choice;
use crate::sandbox::bindings::Binding;
use crate::units;
use crate::view::Wanted;

/// What `--data` is when it is not given.
const DEFAULT_DATA: &str = "shop@small";

/// Options shared by the shell and all subcommands.
#[derive(Debug, Clone, clap::Args)]
#[command(next_help_heading = "Options of every command")]
pub struct Options {
    /// The dataset to practise on, and its scale: tiny, small, medium or large
    #[arg(
        short,
        long,
        value_name = "NAME[@SCALE]",
        default_value = DEFAULT_DATA,
        global = true
    )]
    pub data: String,

    /// A database file of your own; it is read, and copied before the first change
    #[arg(long, value_name = "FILE", global = true, conflicts_with = "data")]
    pub db: Option<PathBuf>,

    /// A value for a parameter of the statement: id=42 for :id, 1=42 for the first ?
    #[arg(long = "param", value_name = "NAME=VALUE", global = true)]
    pub params: Vec<Binding>,

    /// The cache server: auto, builtin, off, or a Redis URL
    #[arg(long, value_name = "SERVER", default_value = "auto", global = true)]
    pub cache: Choice,

    /// How results are printed; mermaid, svg and html draw explain and data info
    #[arg(short, long, value_enum, default_value_t, global = true)]
    pub format: Wanted,

    /// The seed of everything that is drawn at random
    #[arg(long, value_name = "N", default_value_t = 1, global = true)]
    pub seed: u64,

    /// When to use colour
    #[arg(long, value_enum, default_value_t, global = true)]
    pub color: ColorChoice,

    /// Stop a statement after this time (30s, 500ms; a bare number is seconds; 0 is never)
    #[arg(long, value_name = "TIME", default_value = "60s", value_parser = units::parse_duration, global = true)]
    pub timeout: Duration,

    /// No boxes, bars or redraws: for screen readers and simple consoles
    #[arg(long, global = true)]
    pub plain: bool,

    /// Draw with ASCII only
    #[arg(long, global = true)]
    pub ascii: bool,

    /// Results only: no banner, footers or progress
    #[arg(short, long, global = true)]
    pub quiet: bool,

    /// Loops, estimates and page fetches, too
    #[arg(short, long, global = true)]
    pub verbose: bool,
}

impl Options {
    /// The time after which a statement or a simulation is stopped; `None`: never.
    pub fn limit(&self) -> Option<Duration> {
        (!self.timeout.is_zero()).then_some(self.timeout)
    }

    /// These options for something that is about one dataset: that is meant
    /// unless `--data` or `--db` name other data.
    pub fn about(&self, dataset: &str) -> Options {
        let mut options = self.clone();
        if options.data == DEFAULT_DATA {
            options.data = dataset.to_owned();
        }
        options
    }
}

/// `--color`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, clap::ValueEnum)]
pub enum ColorChoice {
    /// On a terminal, unless NO_COLOR is set or TERM is dumb.
    #[default]
    Auto,
    /// Also into pipes and files.
    Always,
    /// Not at all.
    Never,
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;

    #[derive(Parser)]
    struct Line {
        #[command(flatten)]
        options: Options,
    }

    #[test]
    fn a_workload_has_its_own_dataset_until_other_data_is_named() {
        for (line, expected) in [
            (&["dbdojo"][..], "social"),
            (&["dbdojo", "-d", "social@tiny"], "social@tiny"),
        ] {
            let options = Line::parse_from(line).options;
            assert_eq!(options.about("social").data, expected);
        }
    }
}
