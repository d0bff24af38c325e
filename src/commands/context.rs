//! What every command is given besides its own arguments.

use std::io::{self, IsTerminal, Write};

use super::{ColorChoice, Failure, Options, Outlet, Settings};
use crate::clock::Clock;
use crate::dirs::Dirs;
use crate::interrupt::Interrupt;
use crate::view::{Format, Picture, ProgressBar, Style, prose};

/// The surroundings of a command.
pub struct Context<'a> {
    /// Where files are kept.
    pub dirs: Dirs,
    /// What the learner has set to their taste.
    pub settings: Settings,
    /// The wall clock.
    pub clock: Clock,
    /// Raised by Ctrl-C.
    pub interrupt: Interrupt,
    /// How to draw on standard output.
    pub style: Style,
    /// How to draw on standard error, which may be a file while standard
    /// output is a terminal.
    pub err_style: Style,
    /// Whether standard output is a terminal.
    pub is_terminal: bool,
    /// `--format`.
    pub format: Format,
    /// `--format`, where it names a picture.
    pub picture: Option<Picture>,
    /// `--seed`.
    pub seed: u64,
    /// `--quiet`: no banners, footers or progress.
    pub quiet: bool,
    /// `--verbose`: loops, estimates and page fetches everywhere.
    pub verbose: bool,
    /// Where `out` leads: standard output, or for a while a file or a pager.
    pub outlet: Outlet,
    /// Standard output: data.
    pub out: &'a mut dyn Write,
    /// Standard error: everything else.
    pub err: &'a mut dyn Write,
}

impl<'a> Context<'a> {
    /// The surroundings that `options` and the terminal make.
    pub fn new(
        dirs: Dirs,
        settings: Settings,
        clock: Clock,
        interrupt: Interrupt,
        options: &Options,
        out: &'a mut Outlet,
        err: &'a mut dyn Write,
    ) -> Context<'a> {
        let is_terminal = io::stdout().is_terminal();
        Context {
            dirs,
            settings,
            clock,
            interrupt,
            style: style(options, is_terminal),
            err_style: error_style(options),
            is_terminal,
            format: options.format.rows(),
            picture: options.format.picture(),
            seed: options.seed,
            quiet: options.quiet,
            verbose: options.verbose,
            outlet: out.clone(),
            out,
            err,
        }
    }

    /// These surroundings for something that is drawn into a file: no terminal,
    /// its text goes to `drawn`.
    pub fn into_file<'b>(&'b mut self, drawn: &'b mut dyn Write) -> Context<'b> {
        Context {
            style: Style {
                unicode: self.style.unicode,
                plain: self.style.plain,
                ..Style::PIPED
            },
            is_terminal: false,
            dirs: self.dirs.clone(),
            settings: self.settings.clone(),
            clock: self.clock.clone(),
            interrupt: self.interrupt.clone(),
            outlet: self.outlet.clone(),
            out: drawn,
            err: &mut *self.err,
            ..*self
        }
    }

    /// Draws for the width that the terminal has by now.
    pub fn measure(&mut self) {
        if self.is_terminal {
            self.style.width = terminal_width();
        }
        if io::stderr().is_terminal() {
            self.err_style.width = terminal_width();
        }
    }

    /// Turns colour on or off for what is drawn from now on.
    pub fn set_color(&mut self, choice: ColorChoice) {
        self.style.color = has_color(choice, self.is_terminal);
    }

    /// Leaves out boxes, bars and redraws from now on, or draws them again.
    pub fn set_plain(&mut self, plain: bool) {
        self.style.plain = plain;
        self.err_style.plain = plain;
    }

    /// Draws with ASCII only from now on, or not any more.
    pub fn set_ascii(&mut self, ascii: bool) {
        self.style.unicode = !ascii;
        self.err_style.unicode = !ascii;
    }

    /// A progress bar on standard error for one piece of long work.
    pub fn progress_bar(&self) -> ProgressBar {
        let quiet = self.quiet || self.format.is_for_machines();
        ProgressBar::new(self.style, self.clock.clone(), quiet)
    }
}

/// How to draw errors, which go to standard error.
pub fn error_style(options: &Options) -> Style {
    style(options, io::stderr().is_terminal())
}

/// Tells a failure that does not end the program.
///
/// # Errors
/// When it cannot be written.
pub fn report(context: &mut Context<'_>, failure: &Failure) -> io::Result<()> {
    context.out.flush()?;
    let style = context.err_style;
    write_failure(context.err, &style, failure)
}

/// `error: ` and the message, if there is one.
///
/// # Errors
/// What `err` returns.
pub fn write_failure(err: &mut dyn Write, style: &Style, failure: &Failure) -> io::Result<()> {
    let Some(message) = &failure.message else {
        return Ok(());
    };
    let lead = style.error("error:");
    if message.contains('\n') || !io::stderr().is_terminal() {
        return writeln!(err, "{lead} {message}");
    }
    // A sentence: a terminal would break its words.
    let lines = prose::wrapped(&format!("error: {message}"), style.width, "error: ".len());
    let text = lines.join("\n");
    writeln!(err, "{lead}{}", text.trim_start_matches("error:"))
}

fn has_color(choice: ColorChoice, is_terminal: bool) -> bool {
    let set = |name| std::env::var_os(name).is_some_and(|value| !value.is_empty());
    match choice {
        ColorChoice::Always => true,
        ColorChoice::Never => false,
        ColorChoice::Auto => is_terminal && !is_dumb() && !set("NO_COLOR"),
    }
}

fn is_dumb() -> bool {
    std::env::var_os("TERM").is_some_and(|term| term == "dumb")
}

fn style(options: &Options, is_terminal: bool) -> Style {
    Style {
        color: has_color(options.color, is_terminal),
        unicode: !options.ascii,
        plain: options.plain || (is_terminal && is_dumb()),
        width: if is_terminal { terminal_width() } else { 80 },
    }
}

fn terminal_width() -> usize {
    let width = terminal_size::terminal_size().map_or(80, |(width, _)| usize::from(width.0));
    // A terminal that claims no columns at all would make every loop over the
    // width a trap.
    width.max(20)
}
