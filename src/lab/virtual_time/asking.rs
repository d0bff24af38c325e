//! Who asks: drawn from a load, or as a script says.

use std::collections::VecDeque;
use std::ops::Range;
use std::time::Duration;

use super::chance::Chance;
use super::run::{Happening, World};
use super::{Arrivals, Impossible, Load, Scan, Script};
use crate::cache::aside::Event;
use crate::clock::Time;
use crate::lab::keys::{KeyStream, Rank};
use crate::lab::workload::{Fault, FaultKind};

/// Where requests come from.
pub(super) enum Asking<'a> {
    Drawn(Box<Drawn>),
    Scripted(Scripted<'a>),
}

/// Reads and writes that are drawn independently of each other.
pub(super) struct Drawn {
    load: Load,
    keys: KeyStream,
    written: KeyStream,
    arrivals: Chance,
    commits: Chance,
}

/// The warm-up of a script is part 0; its rounds follow.
pub(super) struct Scripted<'a> {
    script: &'a Script,
    part: usize,
    began: Time,
    /// What is left of the part.
    left: Range<usize>,
    under_way: usize,
    /// Due requests that wait for a client, and since when.
    overdue: VecDeque<(Rank, Time)>,
    counts_from: Option<Time>,
}

impl Drawn {
    pub(super) fn new(load: &Load, seed: u64) -> Result<Drawn, Impossible> {
        Ok(Drawn {
            load: *load,
            keys: KeyStream::of(load.distribution, load.keys, seed)?,
            written: KeyStream::of(load.distribution, load.keys, !seed)?,
            arrivals: Chance::new(seed, 1),
            commits: Chance::new(seed, 2),
        })
    }

    fn is_closed(&self) -> bool {
        matches!(self.load.arrivals, Arrivals::Closed { .. })
    }

    fn ends(&self) -> Time {
        Time::ZERO + self.load.warmup + self.load.duration
    }

    /// How long it is to the next read; of one client, if the loop is closed.
    fn gap(&mut self) -> Duration {
        match self.load.arrivals {
            Arrivals::Poisson { per_second } => self.arrivals.gap(per_second),
            Arrivals::Constant { per_second } => Duration::from_secs_f64(1.0 / per_second),
            Arrivals::Closed { think, .. } => think,
        }
    }

    fn gap_of_writes(&mut self) -> Option<Duration> {
        let rate = self.load.writes_per_second;
        (rate > 0.0).then(|| self.commits.gap(rate))
    }
}

impl<'a> Scripted<'a> {
    pub(super) fn new(script: &'a Script) -> Scripted<'a> {
        Scripted {
            script,
            part: 0,
            began: Time::ZERO,
            left: 0..script.warmup.len(),
            under_way: 0,
            overdue: VecDeque::new(),
            counts_from: None,
        }
    }

    fn is_open(&self) -> bool {
        self.part > 0 && !self.script.starts.is_empty()
    }

    /// Drops what is left of a round whose time is over.
    fn heed_limit(&mut self, now: Time) {
        let limit = self.script.limit.filter(|_| self.part > 0);
        if limit.is_some_and(|limit| now.since(self.began) >= limit) {
            self.left.start = self.left.end;
            self.overdue.clear();
        }
    }

    /// The next request of the part, and when it is meant to start.
    fn take(&mut self, now: Time) -> Option<(Rank, Time)> {
        self.heed_limit(now);
        let at = self.left.next()?;
        let numbers = match self.part {
            0 => &self.script.warmup,
            _ => &self.script.counted,
        };
        Some((numbers[at], now))
    }

    fn is_done(&self) -> bool {
        self.left.is_empty() && self.under_way == 0 && self.overdue.is_empty()
    }
}

impl Asking<'_> {
    /// Whether the database has no rows for this key.
    pub(super) fn is_absent(&self, key: Rank) -> bool {
        match self {
            Asking::Drawn(drawn) => {
                let load = &drawn.load;
                u64::from(key) >= load.keys.saturating_sub(load.absent)
            }
            Asking::Scripted(_) => false,
        }
    }
}

impl World<'_> {
    /// When the warm-up was over; `None`: it is not yet.
    pub(super) fn counts_from(&self) -> Option<Time> {
        match &self.asking {
            Asking::Drawn(drawn) => Some(Time::ZERO + drawn.load.warmup),
            Asking::Scripted(scripted) => scripted.counts_from,
        }
    }

    pub(super) fn counts(&self) -> bool {
        self.counts_from()
            .is_some_and(|from| self.queue.now() >= from)
    }

    /// The second of the run it is, after the warm-up.
    pub(super) fn second(&self) -> usize {
        let from = self.counts_from().unwrap_or(Time::ZERO);
        self.queue.now().since(from).as_secs() as usize
    }

    /// Plans the first requests.
    pub(super) fn begin(&mut self) {
        let drawn = match &mut self.asking {
            Asking::Drawn(drawn) => drawn,
            Asking::Scripted(_) => return self.begin_part(),
        };
        match drawn.load.arrivals {
            Arrivals::Closed { clients, .. } => {
                (0..clients).for_each(|_| self.queue.after(Duration::ZERO, Happening::Read));
            }
            Arrivals::Poisson { .. } | Arrivals::Constant { .. } => {
                self.queue.after(drawn.gap(), Happening::Read);
            }
        }
        if let Some(gap) = drawn.gap_of_writes() {
            self.queue.after(gap, Happening::Write);
        }
        if let Some(scan) = drawn.load.scan {
            let first = drawn.load.warmup + scan.every;
            self.queue.after(first, Happening::Scan);
        }
    }

    /// The job that a load may have, until its end.
    fn scan(&self) -> Option<(Scan, u64)> {
        match &self.asking {
            Asking::Drawn(drawn) if self.queue.now() < drawn.ends() => {
                Some((drawn.load.scan?, drawn.load.keys))
            }
            _ => None,
        }
    }

    /// The job begins anew, with the most popular of the keys it reads.
    pub(super) fn scan_begins(&mut self) {
        if let Some((scan, keys)) = self.scan() {
            self.queue.after(scan.every, Happening::Scan);
            self.scans((keys - scan.keys) as Rank);
        }
    }

    /// The job asks for `key`.
    pub(super) fn scans(&mut self, key: Rank) {
        let Some((scan, keys)) = self.scan() else {
            return;
        };
        self.scan_asks(key);
        if u64::from(key) + 1 < keys {
            let gap = Duration::from_secs_f64(1.0 / scan.per_second);
            self.queue.after(gap, Happening::ScanRead(key + 1));
        }
    }

    /// A read that is drawn comes.
    pub(super) fn draws_read(&mut self) {
        let now = self.queue.now();
        let Asking::Drawn(drawn) = &mut self.asking else {
            return;
        };
        if now >= drawn.ends() {
            let backlog = self.database.backlog();
            self.outcome.backlog = self.outcome.backlog.max(backlog);
            return;
        }
        let key = drawn.keys.take_one();
        let next = (!drawn.is_closed()).then(|| drawn.gap());
        self.asks(key, now);
        if let Some(gap) = next {
            self.queue.after(gap, Happening::Read);
        }
    }

    /// A write that is drawn comes.
    pub(super) fn draws_write(&mut self) {
        let Asking::Drawn(drawn) = &mut self.asking else {
            return;
        };
        if self.queue.now() >= drawn.ends() {
            return;
        }
        let key = drawn.written.take_one();
        let next = drawn.gap_of_writes();
        self.somebody_writes(key);
        if let Some(gap) = next {
            self.queue.after(gap, Happening::Write);
        }
    }

    /// Commits a write to the tables of `key` that changes these results.
    pub(super) fn writes(&mut self, key: Rank, changed: impl IntoIterator<Item = Rank>) {
        let now = self.queue.now();
        for key in changed {
            self.database.write(key, now);
        }
        self.outcome.writes += u64::from(self.counts());
        let tables = self.database.tables_of(key).clone();
        self.tell(Event::Written { tables });
    }

    /// A client has its answer.
    pub(super) fn answered(&mut self) {
        match &mut self.asking {
            Asking::Drawn(drawn) if drawn.is_closed() => {
                let think = drawn.gap();
                self.queue.after(think, Happening::Read);
            }
            Asking::Drawn(_) => {}
            Asking::Scripted(_) => self.is_free(),
        }
    }

    /// Begins the warm-up or a round of a script.
    fn begin_part(&mut self) {
        let now = self.queue.now();
        let Asking::Scripted(it) = &mut self.asking else {
            return;
        };
        it.began = now;
        let part = it.part;
        if part > 0 {
            it.counts_from.get_or_insert(now);
            // What befell the cache in the last round is over.
            (self.down_until, self.slow.1) = (now, now);
            for fault in &it.script.faults {
                let happening = Happening::Fault(part, *fault);
                self.queue.after(fault.at, happening);
            }
        }
        if it.left.is_empty() {
            return self.end_part();
        }
        if it.is_open() {
            let wait = it.script.starts[it.left.start];
            self.queue.after(wait, Happening::Next(part));
        } else {
            for _ in 0..it.script.clients {
                self.queue.after(Duration::ZERO, Happening::Next(part));
            }
        }
    }

    fn end_part(&mut self) {
        let Asking::Scripted(it) = &mut self.asking else {
            return;
        };
        if let Some(round) = it.script.round(it.part) {
            it.part += 1;
            it.left = round;
            self.begin_part();
        }
    }

    /// The next request of this part is due, or a client is free for one.
    pub(super) fn next_of(&mut self, part: usize) {
        let now = self.queue.now();
        let Asking::Scripted(it) = &mut self.asking else {
            return;
        };
        if part != it.part {
            return;
        }
        let Some((number, meant)) = it.take(now) else {
            if it.is_done() {
                self.end_part();
            }
            return;
        };
        if it.is_open() {
            if let Some(start) = it.script.starts[..it.left.end].get(it.left.start) {
                let wait = (it.began + *start).since(now);
                self.queue.after(wait, Happening::Next(part));
            }
            if it.under_way >= it.script.clients {
                return it.overdue.push_back((number, meant));
            }
        }
        self.starts(number, meant);
    }

    fn starts(&mut self, number: Rank, meant: Time) {
        let Asking::Scripted(it) = &mut self.asking else {
            return;
        };
        it.under_way += 1;
        if it.script.writes(number) {
            let takes = self.services.database;
            self.queue.after(takes, Happening::Committed(number));
        } else {
            self.asks(number, meant);
        }
    }

    pub(super) fn committed(&mut self, number: Rank) {
        let Asking::Scripted(Scripted { script, .. }) = self.asking else {
            return;
        };
        self.writes(number, script.changed_by(number));
        self.is_free();
    }

    /// Something happens to the cache in this part of a script.
    pub(super) fn befalls(&mut self, part: usize, fault: Fault) {
        let until = self.queue.now() + fault.lasting;
        match (&self.asking, fault.kind) {
            (Asking::Scripted(it), _) if it.part != part => {}
            (_, FaultKind::Down) => self.down_until = until,
            (_, FaultKind::Slow(longer)) => self.slow = (longer, until),
            (_, FaultKind::Flushed | FaultKind::Restarted) => self.loses_all(),
        }
    }

    /// A client of a script is done with its request.
    fn is_free(&mut self) {
        let now = self.queue.now();
        let Asking::Scripted(it) = &mut self.asking else {
            return;
        };
        it.under_way -= 1;
        it.heed_limit(now);
        if let Some((number, meant)) = it.overdue.pop_front() {
            return self.starts(number, meant);
        }
        if it.is_done() {
            return self.end_part();
        }
        if !it.is_open() {
            let next = Happening::Next(it.part);
            self.queue.after(it.script.think, next);
        }
    }
}
