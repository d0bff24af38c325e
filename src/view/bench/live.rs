//! A small dashboard, redrawn in place on standard error while a benchmark
//! runs. It goes when the work is done or interrupted, and leaves nothing.

use std::io::{self, IsTerminal, Write};
use std::time::Duration;

use super::chart::block;
use crate::clock::{Clock, Time};
use crate::lab::bench::{Arm, LiveBoard, LiveSide, Moment, Slice};
use crate::units;
use crate::view::{Style, cell};

/// Time between two drawings.
const REDRAW_AFTER: Duration = Duration::from_millis(100);
/// Columns of a side's name and of the mark of whose turn it is.
const NAME: usize = 17;
/// Columns of a figure.
const FIGURE: usize = 9;
/// Columns of the line that shows how a figure developed.
const TREND: usize = 10;
/// What the widest drawing takes.
const WIDE: usize = NAME + 3 * (FIGURE + TREND + 1);
/// What one without trends takes.
const NARROW: usize = NAME + 3 * FIGURE;
/// Lines of all sides, their heading, the progress and the cursor.
const HIGHEST: usize = Arm::ALL.len() + 3;

/// Draws [`Moment`]s; erased when dropped.
pub struct Dashboard {
    board: LiveBoard,
    clock: Clock,
    style: Style,
    out: Box<dyn Write>,
    /// Lines on the screen now.
    lines: usize,
    drawn: Option<Time>,
}

impl Dashboard {
    /// `None` where nothing can be redrawn: standard error is no terminal, or a
    /// small one, or plain output was asked for.
    pub fn open(style: Style, clock: Clock) -> Option<Dashboard> {
        let size = terminal_size::terminal_size_of(io::stderr());
        let fits = size.is_none_or(|(width, height)| {
            usize::from(width.0) > NARROW && usize::from(height.0) > HIGHEST
        });
        let usable = io::stderr().is_terminal() && !style.plain && fits;
        usable.then(|| Dashboard::on(Box::new(io::stderr()), style, clock))
    }

    fn on(out: Box<dyn Write>, style: Style, clock: Clock) -> Dashboard {
        Dashboard {
            board: LiveBoard::default(),
            clock,
            style,
            out,
            lines: 0,
            drawn: None,
        }
    }

    /// Takes in what happened. Draws at most ten times a second.
    pub fn watch(&mut self, moment: Moment<'_>) {
        let now = self.clock.now();
        self.board.note(&moment, now);
        let due = self
            .drawn
            .is_none_or(|last| now.since(last) >= REDRAW_AFTER);
        if due {
            self.drawn = Some(now);
            let text = self.drawing(&moment);
            // Nobody can be told that standard error is closed.
            let _ = self.redraw(&text);
        }
    }

    fn drawing(&self, moment: &Moment<'_>) -> Vec<String> {
        let style = &self.style;
        let progress = moment.progress;
        let share = progress.done as f64 / progress.total.max(1) as f64;
        let [done, total] = [progress.done, progress.total].map(units::count);
        let mut lines = vec![format!(
            "{}  {:>3.0}%  {done} of {total} requests",
            progress.what,
            share * 100.0
        )];
        if self.board.sides.is_empty() {
            return lines;
        }
        let wide = style.width > WIDE;
        let figure = FIGURE + if wide { TREND + 1 } else { 0 };
        let heading = ["requests/s", "hit ratio", "p99, ms"].map(|name| {
            // Above the end of the figures, where the trends begin.
            let name = format!("{name:>FIGURE$}");
            format!("{name:<figure$}")
        });
        let heading = format!("{:NAME$}{}", "", heading.concat());
        lines.push(style.dim(heading.trim_end()));
        lines.extend(self.board.sides.iter().map(|side| self.side(side, wide)));
        lines
    }

    fn side(&self, side: &LiveSide, wide: bool) -> String {
        let whole = side.whole();
        let or_none = |text: Option<String>| text.unwrap_or_else(|| "-".to_owned());
        let of_slices = |value: &dyn Fn(&Slice) -> Option<f64>, most: Option<f64>| {
            let values: Vec<f64> = side.slices.iter().filter_map(value).collect();
            let most = most.unwrap_or_else(|| values.iter().copied().fold(0.0, f64::max));
            let from = values.len().saturating_sub(TREND);
            let blocks = values[from..]
                .iter()
                .map(|it| block(&self.style, it / most));
            blocks.collect::<String>()
        };
        let columns = [
            (
                whole.throughput().map(|it| units::count(it.round() as u64)),
                of_slices(&|slice| slice.throughput(), None),
            ),
            (
                whole.hit_ratio().map(|it| format!("{it:.3}")),
                of_slices(&|slice| slice.hit_ratio(), Some(1.0)),
            ),
            (
                whole.p99().map(units::milliseconds),
                of_slices(&|slice| slice.p99().map(|it| it.as_secs_f64()), None),
            ),
        ];
        let turn = if self.board.turn() == Some(side.arm) {
            '>'
        } else {
            ' '
        };
        let mut line = format!("{turn} {:<15}", side.arm.name());
        for (figure, trend) in columns {
            line += &format!("{:>FIGURE$}", or_none(figure));
            if wide {
                line += &format!(" {trend:<TREND$}");
            }
        }
        let mut line = line.trim_end().to_owned();
        if side.warms_up && cell::width(&line) + 12 < self.style.width {
            line += "  warming up";
        }
        line
    }

    /// Writes these lines over the last ones.
    fn redraw(&mut self, lines: &[String]) -> io::Result<()> {
        let mut text = self.erased();
        for line in lines {
            text += line;
            text.push('\n');
        }
        self.lines = lines.len();
        self.out.write_all(text.as_bytes())?;
        self.out.flush()
    }

    /// What takes the last drawing off the screen.
    fn erased(&self) -> String {
        match self.lines {
            0 => String::new(),
            lines => format!("\x1b[{lines}A\r\x1b[J"),
        }
    }
}

impl Drop for Dashboard {
    fn drop(&mut self) {
        let erased = self.erased();
        let _ = self.out.write_all(erased.as_bytes());
        let _ = self.out.flush();
    }
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use super::*;
    use crate::lab::bench::Beat;
    use crate::progress::Progress;

    #[derive(Clone, Default)]
    struct Paper(Arc<Mutex<Vec<u8>>>);

    impl Write for Paper {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().unwrap().write(bytes)
        }
        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    fn moment<'a>(done: u64, arm: Arm, beat: &'a Beat) -> Moment<'a> {
        Moment {
            progress: Progress {
                what: "measuring",
                done,
                total: 24_000,
            },
            turn: Some((arm, beat)),
            counts: arm != Arm::IndexedCached,
        }
    }

    /// Two sides at work, and one that warms up; the screen is `width` wide.
    fn shown(width: usize) -> (String, String) {
        let paper = Paper::default();
        let clock = Clock::virtual_at(0);
        let style = Style {
            width,
            ..Style::PIPED
        };
        let mut dashboard = Dashboard::on(Box::new(paper.clone()), style, clock.clone());
        for n in 1..=8u64 {
            for (arm, requests, hits) in [
                (Arm::Uncached, 500, 0),
                (Arm::Cached, 500 * n, 50 * n * n),
                (Arm::IndexedCached, 10, 5),
            ] {
                dashboard.watch(moment(n * 2_000, arm, &Beat::default()));
                clock.advance(Duration::from_millis(300));
                let beat = Beat {
                    requests,
                    hits,
                    asked: if hits == 0 { 0 } else { requests },
                    latencies: vec![Duration::from_micros(4_000 / n); 64],
                };
                dashboard.watch(moment(n * 2_000, arm, &beat));
            }
        }
        drop(dashboard);
        let text = String::from_utf8(paper.0.lock().unwrap().clone()).unwrap();
        let (all, end) = text.rsplit_once("\x1b[J").unwrap();
        assert_eq!(end, "", "it is erased at the end");
        let last = all.rsplit("\x1b[J").next().unwrap();
        let last = last.split('\x1b').next().unwrap();
        (last.to_owned(), text)
    }

    #[test]
    fn what_a_person_sees() {
        let (last, all) = shown(80);
        assert!(last.lines().all(|line| cell::width(line) < 80), "{last}");
        // Each drawing takes the last one off, line by line.
        assert_eq!(all.matches("\x1b[J").count(), all.matches('A').count());
        insta::assert_snapshot!(last);
    }

    #[test]
    fn a_narrow_screen_gets_figures_alone() {
        let (last, _) = shown(50);
        assert!(last.lines().all(|line| cell::width(line) < 50), "{last}");
        assert!(last.contains("0.567"), "{last}");
    }
}
