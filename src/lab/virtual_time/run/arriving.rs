//! Who comes when: readers, writers, and a job that reads many keys.

use std::time::Duration;

use super::{Happening, Held, Reading, World};
use crate::cache::aside::{Event, ReadId};
use crate::lab::keys::Rank;
use crate::lab::virtual_time::Arrivals;

impl World {
    pub(super) fn begin(&mut self) {
        match self.load.arrivals {
            Arrivals::Closed { clients, .. } => {
                (0..clients).for_each(|_| self.queue.after(Duration::ZERO, Happening::Read));
            }
            Arrivals::Poisson { .. } | Arrivals::Constant { .. } => self.plan_read(),
        }
        self.plan_write();
        if let Some(scan) = self.load.scan {
            let first = self.load.warmup + scan.every;
            self.queue.after(first, Happening::Scan);
        }
        for outage in &self.services.outages {
            let back = outage.from + outage.lasts;
            self.queue.after(back, Happening::CacheReturns);
        }
    }

    pub(super) fn plan_read(&mut self) {
        let gap = match self.load.arrivals {
            Arrivals::Poisson { per_second } => self.arrivals.gap(per_second),
            Arrivals::Constant { per_second } => Duration::from_secs_f64(1.0 / per_second),
            Arrivals::Closed { think, .. } => think,
        };
        self.queue.after(gap, Happening::Read);
    }

    fn plan_write(&mut self) {
        if self.load.writes_per_second > 0.0 {
            let gap = self.commits.gap(self.load.writes_per_second);
            self.queue.after(gap, Happening::Write);
        }
    }

    pub(super) fn reads(&mut self) {
        if self.is_over() {
            self.outcome.backlog = self.outcome.backlog.max(self.database.backlog());
            return;
        }
        let key = self.keys.take_one();
        self.ask(key, false);
        if !matches!(self.load.arrivals, Arrivals::Closed { .. }) {
            self.plan_read();
        }
    }

    fn ask(&mut self, key: Rank, scans: bool) {
        let read = self.new_read(key);
        if let Some(reading) = self.reading.get_mut(&read) {
            reading.scans = scans;
        }
        let place = self.place(key);
        self.tell(Event::Asked { read, key: place });
    }

    pub(super) fn scan_begins(&mut self) {
        let Some(scan) = self.load.scan.filter(|_| !self.is_over()) else {
            return;
        };
        self.queue.after(scan.every, Happening::Scan);
        self.scans((self.load.keys - scan.keys) as Rank);
    }

    pub(super) fn scans(&mut self, key: Rank) {
        let Some(scan) = self.load.scan.filter(|_| !self.is_over()) else {
            return;
        };
        self.ask(key, true);
        if u64::from(key) + 1 < self.load.keys {
            let gap = Duration::from_secs_f64(1.0 / scan.per_second);
            self.queue.after(gap, Happening::ScanRead(key + 1));
        }
    }

    pub(super) fn new_read(&mut self, key: Rank) -> ReadId {
        let read = self.reads;
        self.reads += 1;
        let (now, version) = (self.queue.now(), self.database.version(key));
        let reading = Reading {
            key,
            asked: now,
            expects: version,
            got: Held {
                version,
                asked: now,
                delta: Duration::ZERO,
                fresh_for: None,
            },
            scans: false,
        };
        self.reading.insert(read, reading);
        read
    }

    pub(super) fn writes(&mut self) {
        if self.is_over() {
            return;
        }
        let key = self.written.take_one();
        self.database.write(key, self.queue.now());
        self.outcome.writes += u64::from(self.counts());
        let tables = self.database.tables_of(key).clone();
        self.tell(Event::Written { tables });
        self.plan_write();
    }
}
