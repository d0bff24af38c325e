//! Faults on a timetable, while a side is measured.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use crate::cache::connection::Connection;
use crate::cache::layer::Weather;
use crate::clock::{Clock, Time};
use crate::interrupt::Interrupt;
use crate::lab::workload::{Fault, FaultKind};

/// What happens to one side's cache in each round, and by which means.
pub struct Storms {
    faults: Vec<Fault>,
    weather: Arc<Weather>,
    /// What each command takes longer anyway.
    round_trip: Duration,
    control: Mutex<Connection>,
}

/// A fault begins, or is over.
#[derive(Debug, Clone, Copy)]
enum Change {
    Begins(FaultKind),
    Ends(FaultKind),
}

impl Storms {
    /// `control` leads to a server of our own.
    pub fn new(
        faults: Vec<Fault>,
        weather: Arc<Weather>,
        round_trip: Duration,
        control: Connection,
    ) -> Storms {
        Storms {
            faults,
            weather,
            round_trip,
            control: Mutex::new(control),
        }
    }

    /// Runs `round` in this weather, which is fair again afterwards.
    pub fn around<T>(&self, clock: &Clock, round: impl FnOnce() -> T) -> T {
        let over = Interrupt::new();
        let began = clock.now();
        std::thread::scope(|scope| {
            scope.spawn(|| self.blow(clock, began, &over));
            let done = round();
            over.raise();
            done
        })
    }

    fn blow(&self, clock: &Clock, began: Time, over: &Interrupt) {
        for (at, change) in self.timetable() {
            clock.wait_until(began + at, over);
            if over.is_raised() {
                break;
            }
            self.take_place(change);
        }
        self.weather.set_down(false);
        self.weather.set_slower(self.round_trip);
    }

    fn timetable(&self) -> Vec<(Duration, Change)> {
        let mut changes: Vec<(Duration, Change)> = Vec::new();
        for fault in &self.faults {
            changes.push((fault.at, Change::Begins(fault.kind)));
            if !fault.lasting.is_zero() {
                changes.push((fault.at + fault.lasting, Change::Ends(fault.kind)));
            }
        }
        changes.sort_by_key(|(at, _)| *at);
        changes
    }

    fn take_place(&self, change: Change) {
        match change {
            Change::Begins(FaultKind::Down) => self.weather.set_down(true),
            Change::Ends(FaultKind::Down) => self.weather.set_down(false),
            Change::Begins(FaultKind::Slow(by)) => self.weather.set_slower(self.round_trip + by),
            Change::Ends(FaultKind::Slow(_)) => self.weather.set_slower(self.round_trip),
            Change::Begins(FaultKind::Flushed) => self.flush(),
            Change::Begins(FaultKind::Restarted) => {
                self.flush();
                self.weather.break_connections();
            }
            Change::Ends(FaultKind::Flushed | FaultKind::Restarted) => {}
        }
    }

    /// A server that does not answer has lost its results by itself.
    fn flush(&self) {
        let mut control = self.control.lock().unwrap_or_else(PoisonError::into_inner);
        let _ = control.ask(&redis::cmd("FLUSHALL"));
    }
}
