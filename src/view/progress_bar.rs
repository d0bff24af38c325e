//! Long work, told on standard error: nothing in its first second, then a bar
//! of one line that goes away when the work is done.

use std::io::{self, IsTerminal, Write};
use std::time::Duration;

use indicatif::{ProgressDrawTarget, ProgressStyle};

use super::{Style, cell};
use crate::clock::{Clock, Time};
use crate::progress::Progress;
use crate::units;

/// Work that is done sooner than this is not told of.
const SILENCE: Duration = Duration::from_secs(1);

/// What a bar takes besides its text and its figures.
const FRAME: usize = "  ".len() + 20 + "  100%  ".len();

/// Draws [`Progress`]; cleared when dropped.
pub struct ProgressBar {
    clock: Clock,
    started: Time,
    screen: Screen,
}

enum Screen {
    /// Redraws one line. The target is taken by the first drawing, which so
    /// shows a whole line at once.
    Bar {
        bar: indicatif::ProgressBar,
        target: Option<ProgressDrawTarget>,
        /// Columns of the screen: a line that wraps cannot be redrawn.
        width: usize,
    },
    /// Tells each thing once: a log file and a screen reader show no bars.
    Lines {
        out: Box<dyn Write>,
        told: Option<String>,
    },
    Nothing,
}

impl ProgressBar {
    /// A bar for the work that starts now. With `quiet`, it shows nothing.
    pub fn new(style: Style, clock: Clock, quiet: bool) -> ProgressBar {
        let screen = if quiet {
            Screen::Nothing
        } else if io::stderr().is_terminal() && !style.plain {
            Screen::bar(&style, ProgressDrawTarget::stderr())
        } else {
            Screen::Lines {
                out: Box::new(io::stderr()),
                told: None,
            }
        };
        ProgressBar::on(screen, clock)
    }

    fn on(screen: Screen, clock: Clock) -> ProgressBar {
        ProgressBar {
            started: clock.now(),
            clock,
            screen,
        }
    }

    /// Takes a report. Costs a look at the clock; draws at most 20 times a
    /// second.
    pub fn watch(&mut self, progress: Progress<'_>) {
        if self.clock.now().since(self.started) < SILENCE {
            return;
        }
        match &mut self.screen {
            Screen::Nothing => {}
            Screen::Lines { out, told } => {
                if told.as_deref() != Some(progress.what) {
                    // Nobody can be told that standard error is closed.
                    let _ = writeln!(out, "{} ...", progress.what);
                    *told = Some(progress.what.to_owned());
                }
            }
            Screen::Bar { bar, target, width } => {
                bar.set_length(progress.total);
                if bar.message() != progress.what {
                    bar.set_message(progress.what.to_owned());
                }
                let [done, total] = [progress.done, progress.total].map(units::count);
                let figures = format!("{done} of {total}");
                let fits = cell::width(progress.what) + FRAME + figures.len() < *width;
                bar.set_prefix(if fits { figures } else { String::new() });
                bar.set_position(progress.done);
                if let Some(target) = target.take() {
                    bar.set_draw_target(target);
                    bar.tick();
                }
            }
        }
    }
}

impl Drop for ProgressBar {
    fn drop(&mut self) {
        if let Screen::Bar {
            bar, target: None, ..
        } = &self.screen
        {
            bar.finish_and_clear();
        }
    }
}

impl Screen {
    fn bar(style: &Style, target: ProgressDrawTarget) -> Screen {
        let bar = indicatif::ProgressBar::with_draw_target(None, ProgressDrawTarget::hidden());
        bar.set_style(bar_style(style));
        Screen::Bar {
            bar,
            target: Some(target),
            width: style.width,
        }
    }
}

fn bar_style(style: &Style) -> ProgressStyle {
    let template = if style.color {
        "{msg}  {bar:20.cyan}  {percent:>3}%  {prefix:.dim}"
    } else {
        "{msg}  {bar:20}  {percent:>3}%  {prefix}"
    };
    // The template is fixed, and a test draws it; the default would do, too.
    ProgressStyle::with_template(template)
        .unwrap_or_else(|_| ProgressStyle::default_bar())
        .progress_chars(if style.unicode {
            "█▉▊▋▌▍▎▏ "
        } else {
            "#- "
        })
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use indicatif::TermLike;

    use super::*;

    /// A terminal of one line.
    #[derive(Debug, Clone, Default)]
    struct Paper(Arc<Mutex<String>>);

    impl Paper {
        fn text(&self) -> String {
            self.0.lock().unwrap().clone()
        }
    }

    impl Write for Paper {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            let text = std::str::from_utf8(bytes).unwrap();
            self.0.lock().unwrap().push_str(text);
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    impl TermLike for Paper {
        fn width(&self) -> u16 {
            80
        }
        fn move_cursor_up(&self, _: usize) -> io::Result<()> {
            Ok(())
        }
        fn move_cursor_down(&self, _: usize) -> io::Result<()> {
            Ok(())
        }
        fn move_cursor_right(&self, _: usize) -> io::Result<()> {
            Ok(())
        }
        fn move_cursor_left(&self, _: usize) -> io::Result<()> {
            Ok(())
        }
        fn write_line(&self, text: &str) -> io::Result<()> {
            self.write_str(text)
        }
        fn write_str(&self, text: &str) -> io::Result<()> {
            self.clone().write_all(text.as_bytes())
        }
        fn clear_line(&self) -> io::Result<()> {
            self.0.lock().unwrap().clear();
            Ok(())
        }
        fn flush(&self) -> io::Result<()> {
            Ok(())
        }
    }

    fn report(what: &str, done: u64) -> Progress<'_> {
        Progress {
            what,
            done,
            total: 200_000,
        }
    }

    #[test]
    fn a_bar_comes_after_a_second_and_goes_with_the_work() {
        let paper = Paper::default();
        let clock = Clock::virtual_at(0);
        let target = ProgressDrawTarget::term_like(Box::new(paper.clone()));
        let screen = Screen::bar(&Style::PIPED, target);
        let mut bar = ProgressBar::on(screen, clock.clone());
        bar.watch(report("building shop@medium", 10_000));
        assert_eq!(paper.text(), "");
        clock.advance(SILENCE);
        bar.watch(report("building shop@medium", 50_000));
        insta::assert_snapshot!(
            paper.text().trim_end(),
            @"building shop@medium  █████▏                 25%  50,000 of 200,000"
        );
        drop(bar);
        assert_eq!(paper.text().trim(), "");
    }

    #[test]
    fn a_bar_stays_on_one_line() {
        let paper = Paper::default();
        let clock = Clock::virtual_at(0);
        let target = ProgressDrawTarget::term_like(Box::new(paper.clone()));
        let screen = Screen::bar(&Style::PIPED, target);
        let mut bar = ProgressBar::on(screen, clock.clone());
        clock.advance(SILENCE);
        bar.watch(Progress {
            what: "making your copy of the data",
            done: 641_728_512,
            total: 656_609_280,
        });
        insta::assert_snapshot!(
            paper.text().trim_end(),
            @"making your copy of the data  ███████████████████▌   98%"
        );
    }

    #[test]
    fn quick_work_leaves_no_trace() {
        let paper = Paper::default();
        let target = ProgressDrawTarget::term_like(Box::new(paper.clone()));
        let screen = Screen::bar(&Style::PIPED, target);
        let mut bar = ProgressBar::on(screen, Clock::virtual_at(0));
        bar.watch(report("building shop@tiny", 200_000));
        drop(bar);
        assert_eq!(paper.text(), "");
    }

    #[test]
    fn a_log_is_told_each_thing_once() {
        let paper = Paper::default();
        let clock = Clock::virtual_at(0);
        let screen = Screen::Lines {
            out: Box::new(paper.clone()),
            told: None,
        };
        let mut bar = ProgressBar::on(screen, clock.clone());
        bar.watch(report("building shop@medium", 1));
        clock.advance(SILENCE);
        bar.watch(report("building shop@medium", 2));
        bar.watch(report("building shop@medium", 3));
        bar.watch(report("checking shop@medium", 3));
        drop(bar);
        assert_eq!(
            paper.text(),
            "building shop@medium ...\nchecking shop@medium ...\n"
        );
    }
}
