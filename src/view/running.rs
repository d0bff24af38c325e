//! A query that takes its time, told on standard error: nothing in its first
//! second, then one line with the rows so far and the time, which goes away
//! without a trace.

use std::io::{self, IsTerminal, Write};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use super::result::{Counts, ResultSink};
use crate::clock::{Clock, Time};
use crate::progress::Heartbeat;
use crate::sandbox::{Column, RowSink, ValueRef};
use crate::units;

/// Queries that are done sooner are not told of.
const SILENCE: Duration = Duration::from_secs(1);

/// Between two drawings.
const PAUSE: Duration = Duration::from_millis(100);

/// Rows between two looks at the clock.
const ROWS_BETWEEN_LOOKS: u64 = 1024;

/// The line of one running query.
pub struct Running(Arc<Line>);

struct Line {
    clock: Clock,
    started: Time,
    /// When it was drawn last, in nanoseconds of the clock; 0 for never.
    drawn: AtomicU64,
    rows: AtomicU64,
    is_over: AtomicBool,
    /// Nobody can be told that it fails.
    out: Mutex<Box<dyn Write + Send>>,
}

impl Running {
    /// The line of a query that starts now; `None` where nobody would see it,
    /// or with `quiet`.
    pub fn start(clock: &Clock, quiet: bool) -> Option<Running> {
        // With standard output in a pipe, what reads it may be on the screen.
        (!quiet && io::stderr().is_terminal() && io::stdout().is_terminal())
            .then(|| Running::on(Box::new(io::stderr()), clock.clone()))
    }

    fn on(out: Box<dyn Write + Send>, clock: Clock) -> Running {
        Running(Arc::new(Line {
            started: clock.now(),
            clock,
            drawn: AtomicU64::new(0),
            rows: AtomicU64::new(0),
            is_over: AtomicBool::new(false),
            out: Mutex::new(out),
        }))
    }

    /// To be called often while it runs. Costs a look at the clock.
    pub fn heartbeat(&self) -> Heartbeat {
        let line = Arc::clone(&self.0);
        Arc::new(move || line.look())
    }

    /// Takes the line away; it does not come back.
    pub fn end(&self) {
        self.0.end();
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.end();
    }
}

impl Line {
    fn look(&self) {
        let now = self.clock.now();
        let drawn = Time::from_nanos(self.drawn.load(Ordering::Relaxed));
        let waits = now.since(self.started) < SILENCE || now.since(drawn) < PAUSE;
        if self.is_over.load(Ordering::Relaxed) || waits {
            return;
        }
        self.drawn.store(now.as_nanos().max(1), Ordering::Relaxed);
        let rows = self.rows.load(Ordering::Relaxed);
        self.write(&format!(
            "\r\x1b[Krunning {:.1} s, {}   Ctrl-C stops it",
            now.since(self.started).as_secs_f64(),
            units::counted(rows, "row", "rows"),
        ));
    }

    fn end(&self) {
        let was_over = self.is_over.swap(true, Ordering::Relaxed);
        if !was_over && self.drawn.load(Ordering::Relaxed) > 0 {
            self.write("\r\x1b[K");
        }
    }

    fn write(&self, text: &str) {
        let mut out = self.out.lock().unwrap_or_else(PoisonError::into_inner);
        let _ = out.write_all(text.as_bytes());
        let _ = out.flush();
    }
}

/// A sink whose rows are counted on the line. The line goes before anything
/// is drawn where it stands.
pub struct Told<'a> {
    sink: Box<dyn ResultSink + 'a>,
    running: Option<&'a Running>,
    /// Whether rows are drawn on the screen as they come.
    streams: bool,
    rows: u64,
}

impl<'a> Told<'a> {
    /// `streams` says that rows reach the screen before the last has come.
    pub fn new(
        sink: Box<dyn ResultSink + 'a>,
        running: Option<&'a Running>,
        streams: bool,
    ) -> Told<'a> {
        Told {
            sink,
            running,
            streams,
            rows: 0,
        }
    }
}

impl RowSink for Told<'_> {
    fn begin(&mut self, columns: &[Column]) -> io::Result<()> {
        self.sink.begin(columns)
    }

    fn row(&mut self, values: &[ValueRef<'_>]) -> io::Result<()> {
        if let Some(running) = self.running {
            self.rows += 1;
            if self.streams {
                running.end();
            } else {
                running.0.rows.store(self.rows, Ordering::Relaxed);
                if self.rows.is_multiple_of(ROWS_BETWEEN_LOOKS) {
                    running.0.look();
                }
            }
        }
        self.sink.row(values)
    }

    fn end(&mut self) -> io::Result<()> {
        if let Some(running) = self.running {
            running.end();
        }
        self.sink.end()
    }
}

impl ResultSink for Told<'_> {
    fn counts(&self) -> Counts {
        self.sink.counts()
    }

    fn note(&self) -> Option<&'static str> {
        self.sink.note()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::view::result;
    use crate::view::{Format, Style};

    /// What was written, with escapes to read.
    #[derive(Clone, Default)]
    struct Paper(Arc<Mutex<Vec<u8>>>);

    impl Write for Paper {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().unwrap().extend_from_slice(bytes);
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    impl Paper {
        fn take(&self) -> String {
            let bytes = std::mem::take(&mut *self.0.lock().unwrap());
            String::from_utf8(bytes).unwrap()
        }
    }

    fn running() -> (Running, Paper, Clock) {
        let (paper, clock) = (Paper::default(), Clock::virtual_at(0));
        let running = Running::on(Box::new(paper.clone()), clock.clone());
        (running, paper, clock)
    }

    #[test]
    fn it_is_told_after_a_second_and_leaves_no_trace() {
        let (running, paper, clock) = running();
        let beat = running.heartbeat();
        clock.advance(SILENCE - Duration::from_millis(1));
        beat();
        assert_eq!(paper.take(), "");
        clock.advance(Duration::from_millis(1));
        beat();
        assert_eq!(
            paper.take(),
            "\r\x1b[Krunning 1.0 s, 0 rows   Ctrl-C stops it"
        );
        beat();
        assert_eq!(paper.take(), "", "drawn again at once");
        clock.advance(Duration::from_millis(1500));
        running.0.rows.store(120_034, Ordering::Relaxed);
        beat();
        assert_eq!(
            paper.take(),
            "\r\x1b[Krunning 2.5 s, 120,034 rows   Ctrl-C stops it"
        );
        drop(running);
        assert_eq!(paper.take(), "\r\x1b[K");
        clock.advance(SILENCE);
        beat();
        assert_eq!(paper.take(), "", "drawn after its end");
    }

    #[test]
    fn quick_queries_are_not_told_of() {
        let (running, paper, _) = running();
        running.heartbeat()();
        drop(running);
        assert_eq!(paper.take(), "");
    }

    #[test]
    fn rows_are_counted_and_the_line_goes_before_they_are_drawn() {
        for (streams, told) in [
            (
                false,
                "\r\x1b[Krunning 1.0 s, 1,024 rows   Ctrl-C stops it\r\x1b[K",
            ),
            (true, ""),
        ] {
            let (running, paper, clock) = running();
            let mut out = Vec::new();
            let options = result::Options {
                max_rows: Some(1),
                ..result::Options::default()
            };
            let rows = result::writer(Format::Csv, &mut out, Style::PIPED, options);
            let mut rows = Told::new(rows, Some(&running), streams);
            rows.begin(&[]).unwrap();
            clock.advance(SILENCE);
            for _ in 0..1500 {
                rows.row(&[]).unwrap();
            }
            rows.end().unwrap();
            assert_eq!(rows.counts().rows, 1500);
            assert_eq!(paper.take(), told);
        }
    }
}
