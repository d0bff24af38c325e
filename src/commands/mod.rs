//! One small file per subcommand: its arguments, the domain call, the view.

use std::io::Write;

use crate::clock::Clock;
use crate::dirs::Dirs;
use crate::interrupt::Interrupt;
use crate::view::{Format, Style};

pub mod cache_serve;
mod exit;
mod failure;

pub use exit::Exit;
pub use failure::Failure;

/// What every command is given besides its own arguments.
pub struct Context<'a> {
    /// Where files are kept.
    pub dirs: Dirs,
    /// The wall clock.
    pub clock: Clock,
    /// Raised by Ctrl-C.
    pub interrupt: Interrupt,
    /// How to draw on standard output.
    pub style: Style,
    /// `--format`.
    pub format: Format,
    /// `--seed`.
    pub seed: u64,
    /// `--quiet`: no banners, footers or progress.
    pub quiet: bool,
    /// `--verbose`: loops, estimates and page fetches everywhere.
    pub verbose: bool,
    /// Standard output: data.
    pub out: &'a mut dyn Write,
    /// Standard error: everything else.
    pub err: &'a mut dyn Write,
}
