//! One small file per subcommand: its arguments, the domain call, the view.

pub mod advise;
pub mod b_tree;
pub mod bench;
pub mod cache_serve;
mod cli;
pub mod compare;
pub mod completions;
mod context;
pub mod data;
pub mod erd;
mod exit;
pub mod explain;
mod failure;
pub mod grow;
pub mod import;
pub mod join;
pub mod learn;
pub mod lesson;
pub mod man;
pub mod open;
mod options;
pub mod overview;
pub mod save;
pub mod settings;
pub mod simulate;
pub mod statement;
pub mod try_index;

pub use cli::{CacheCommand, Cli, Command};
pub use context::{Context, error_style, report, write_failure};
pub use exit::Exit;
pub use failure::Failure;
pub use options::{ColorChoice, Options};
pub use settings::{Setting, Settings};
