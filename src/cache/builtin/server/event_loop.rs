//! The loop: wait, accept, read and run, write, sweep.

use std::collections::{HashMap, VecDeque};
use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use mio::{Events, Interest, Poll, Registry, Token, Waker};
use slab::Slab;

use super::connection::{Connection, Next, Pause, SLOW_SUBSCRIBER};
use super::eagerness::Eagerness;
use super::stream::{Listener, Stream};
use crate::cache::builtin::MAX_CLIENTS;
use crate::cache::builtin::commands::Engine;
use crate::cache::builtin::keyspace::Now;
use crate::clock::{Clock, Time};

const LISTENER: Token = Token(0);
const WAKER: Token = Token(1);
const FIRST_CONNECTION: usize = 2;

/// Time between two sweeps for expired keys.
const TICK: Duration = Duration::from_millis(100);
/// Slots looked at in a sweep: a million keys are gone through in 5 s, at the
/// cost of about 0.1 ms a tick.
const SWEEP: u32 = 20_000;
/// Read at a time from one connection, so that none keeps the others waiting.
const READ: usize = 64 * 1024;

/// The state of the server's thread.
pub(super) struct EventLoop {
    poll: Poll,
    listener: Listener,
    connections: Slab<Connection>,
    /// Where each client's connection is.
    places: HashMap<u64, usize>,
    engine: Engine,
    thread: Thread,
    scratch: Box<[u8]>,
    /// Connections that may have more to read although no event will say so.
    unread: Vec<usize>,
    /// Connections with replies to write in this turn.
    dirty: Vec<usize>,
    /// Accepting failed (as when there are no more file descriptors): it is
    /// tried again at the next tick, since no event will say so.
    accept_later: bool,
    eagerness: Eagerness,
    last_tick: Time,
}

/// What the thread knows of the world outside.
struct Thread {
    clock: Clock,
    stop: Arc<AtomicBool>,
}

impl Thread {
    fn is_stopped(&self) -> bool {
        self.stop.load(Ordering::Acquire)
    }
}

impl Pause for Thread {
    fn pause(&self, mut time: Duration) -> Now {
        while !time.is_zero() && !self.is_stopped() {
            let slice = time.min(Duration::from_millis(20));
            std::thread::sleep(slice);
            time -= slice;
        }
        Now::of(&self.clock)
    }
}

impl EventLoop {
    pub(super) fn new(
        mut listener: Listener,
        engine: Engine,
        clock: Clock,
        stop: Arc<AtomicBool>,
    ) -> io::Result<(EventLoop, Waker)> {
        let poll = Poll::new()?;
        let waker = Waker::new(poll.registry(), WAKER)?;
        poll.registry()
            .register(listener.source(), LISTENER, Interest::READABLE)?;
        let event_loop = EventLoop {
            poll,
            listener,
            connections: Slab::new(),
            places: HashMap::new(),
            engine,
            last_tick: clock.now(),
            thread: Thread { clock, stop },
            scratch: vec![0; READ].into_boxed_slice(),
            unread: Vec::new(),
            dirty: Vec::new(),
            accept_later: false,
            eagerness: Eagerness::default(),
        };
        Ok((event_loop, waker))
    }

    /// Serves until it is told to stop.
    pub(super) fn run(mut self) -> io::Result<()> {
        let mut events = Events::with_capacity(1024);
        while !self.thread.is_stopped() {
            let patience = self.patience();
            match self.wait(&mut events, patience) {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                waited => waited?,
            }
            let now = Now::of(&self.thread.clock);
            self.eagerness.woke(now.time);
            for key in std::mem::take(&mut self.unread) {
                self.serve(key, now);
                self.read(key, true, now);
            }
            for event in &events {
                match event.token() {
                    LISTENER => self.accept(now),
                    WAKER => {}
                    Token(token) => {
                        let key = token - FIRST_CONNECTION;
                        if event.is_writable() {
                            self.mark_dirty(key);
                        }
                        if event.is_readable() || event.is_read_closed() || event.is_error() {
                            self.read(key, event.is_read_closed() || event.is_error(), now);
                        }
                    }
                }
            }
            self.end_patience(now);
            self.flush();
            if now.time.since(self.last_tick) >= TICK {
                self.last_tick = now.time;
                self.engine.keyspace().sweep(SWEEP, now);
                self.cut_off_slow_subscribers(now);
                if self.accept_later {
                    self.accept(now);
                }
            }
        }
        Ok(())
    }

    /// Until something happens, at most for `patience`.
    fn wait(&mut self, events: &mut Events, patience: Option<Duration>) -> io::Result<()> {
        for _ in 0..self.eagerness.looks() {
            self.poll.poll(events, Some(Duration::ZERO))?;
            if !events.is_empty() {
                return Ok(());
            }
        }
        self.poll.poll(events, patience)
    }

    /// How long the loop may wait. An idle server without anything to expire
    /// never wakes.
    fn patience(&mut self) -> Option<Duration> {
        if !self.unread.is_empty() {
            Some(Duration::ZERO)
        } else if let Some(deadline) = self.engine.next_deadline() {
            // No longer than a tick, for a clock that is set from outside. And
            // a little longer than asked: the system rounds down.
            let left = deadline.since(self.thread.clock.now());
            Some((left + Duration::from_micros(500)).min(TICK))
        } else if self.accept_later
            || self.engine.keyspace().volatile() > 0
            || self.may_have_slow_subscribers()
        {
            Some(TICK)
        } else {
            None
        }
    }

    fn accept(&mut self, now: Now) {
        self.accept_later = false;
        loop {
            match self.listener.accept() {
                Ok((stream, address)) => self.admit(stream, address, now),
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => return,
                Err(error)
                    if matches!(
                        error.kind(),
                        io::ErrorKind::Interrupted
                            | io::ErrorKind::ConnectionAborted
                            | io::ErrorKind::ConnectionReset
                    ) => {}
                Err(_) => {
                    self.accept_later = true;
                    return;
                }
            }
        }
    }

    fn admit(&mut self, mut stream: Stream, address: String, now: Now) {
        if self.connections.len() >= MAX_CLIENTS {
            self.engine.server().rejected += 1;
            // Whether it arrives or not, the connection ends here.
            let _ = stream.write(b"-ERR max number of clients reached\r\n");
            return;
        }
        let client = self.engine.connect(address, now);
        let entry = self.connections.vacant_entry();
        let token = Token(entry.key() + FIRST_CONNECTION);
        let mut connection = Connection::new(stream, client);
        if connection.register(self.poll.registry(), token).is_ok() {
            self.places.insert(connection.id(), entry.key());
            entry.insert(connection);
        } else {
            connection.end(&mut self.engine);
        }
    }

    fn read(&mut self, key: usize, at_end: bool, now: Now) {
        let Some(connection) = self.connections.get_mut(key) else {
            return;
        };
        let next = connection.read(
            &mut self.scratch,
            at_end,
            &mut self.engine,
            &self.thread,
            now,
        );
        let mut served = false;
        match next {
            Next::Wait => self.mark_dirty(key),
            Next::ReadMore => {
                self.mark_dirty(key);
                self.unread.push(key);
            }
            Next::Serve => {
                self.mark_dirty(key);
                // What is left in the socket makes no new event.
                self.unread.push(key);
                served = true;
            }
            Next::Close => self.close(key),
        }
        if served || self.engine.has_ready() {
            self.serve(key, now);
        }
        if self.engine.has_errands() {
            self.run_errands(now);
        }
    }

    /// Serves those who wait for what was written, until nobody can be served,
    /// and goes on with connections that stopped for it: `first`, then those
    /// that were served.
    fn serve(&mut self, first: usize, now: Now) {
        let mut stopped = VecDeque::from([first]);
        loop {
            while let Some(id) = self.engine.next_ready(now) {
                let Some(&key) = self.places.get(&id) else {
                    continue;
                };
                if let Some(connection) = self.connections.get_mut(key)
                    && connection.retry(&mut self.engine, now)
                {
                    self.mark_dirty(key);
                    stopped.push_back(key);
                }
            }
            let Some(key) = stopped.pop_front() else {
                return;
            };
            self.resume(key, now, &mut stopped);
        }
    }

    fn resume(&mut self, key: usize, now: Now, stopped: &mut VecDeque<usize>) {
        let Some(connection) = self.connections.get_mut(key) else {
            return;
        };
        match connection.resume(&mut self.engine, &self.thread, now) {
            Next::Close => self.close(key),
            Next::Serve => {
                self.mark_dirty(key);
                stopped.push_front(key);
            }
            Next::Wait | Next::ReadMore => self.mark_dirty(key),
        }
        // Before another connection subscribes or runs what should come after.
        if self.engine.has_errands() {
            self.run_errands(now);
        }
    }

    /// Answers those who have waited long enough.
    fn end_patience(&mut self, now: Now) {
        while let Some(id) = self.engine.next_timed_out(now) {
            let Some(&key) = self.places.get(&id) else {
                return;
            };
            if let Some(connection) = self.connections.get_mut(key) {
                connection.time_out(&mut self.engine);
            }
            self.mark_dirty(key);
            self.serve(key, now);
        }
    }

    /// Does what commands have done to other clients.
    fn run_errands(&mut self, now: Now) {
        for (id, errand) in self.engine.take_errands() {
            let Some(&key) = self.places.get(&id) else {
                continue;
            };
            let Some(connection) = self.connections.get_mut(key) else {
                continue;
            };
            match connection.receive(&errand, &mut self.engine, now) {
                Next::Close => self.close(key),
                Next::Wait | Next::Serve => self.mark_dirty(key),
                Next::ReadMore => {
                    self.mark_dirty(key);
                    // Not here: two clients could unblock each other without end.
                    self.unread.push(key);
                }
            }
        }
    }

    /// Called after each thing that a connection was given or has run.
    fn mark_dirty(&mut self, key: usize) {
        let Some(connection) = self.connections.get_mut(key) else {
            return;
        };
        if !std::mem::replace(&mut connection.is_dirty, true) {
            self.dirty.push(key);
        }
        self.book(key);
        while self.engine.server().has_too_large_buffers() {
            self.cut_off_largest();
        }
    }

    /// Brings the books of buffers up to date.
    fn book(&mut self, key: usize) {
        if let Some(connection) = self.connections.get_mut(key) {
            connection.book(&mut self.engine);
        }
    }

    /// Closes the connection whose buffers take most.
    fn cut_off_largest(&mut self) {
        let largest = self.connections.iter().max_by_key(|(_, one)| one.booked);
        if let Some((key, _)) = largest {
            self.close(key);
            self.engine.server().cut_off += 1;
        }
    }

    /// Whether one of them may leave more unread than it should. They are
    /// looked at when they are sent something, and here, in case nothing comes.
    fn may_have_slow_subscribers(&mut self) -> bool {
        self.engine.server().buffered > SLOW_SUBSCRIBER
    }

    fn cut_off_slow_subscribers(&mut self, now: Now) {
        if !self.may_have_slow_subscribers() {
            return;
        }
        let mut slow = Vec::new();
        for (key, connection) in &mut self.connections {
            if !connection.keeps_up(now) {
                slow.push(key);
            }
        }
        for key in slow {
            self.close(key);
        }
    }

    /// Writes the replies of this turn. All connections were read before the
    /// first is answered, so clients that wait together are woken together.
    fn flush(&mut self) {
        let mut dirty = std::mem::take(&mut self.dirty);
        for key in dirty.drain(..) {
            let registry: &Registry = self.poll.registry();
            let Some(connection) = self.connections.get_mut(key) else {
                continue;
            };
            connection.is_dirty = false;
            match connection.flush(registry, Token(key + FIRST_CONNECTION)) {
                Next::Close => self.close(key),
                Next::ReadMore => self.unread.push(key),
                Next::Wait | Next::Serve => {}
            }
            self.book(key);
        }
        self.dirty = dirty;
    }

    fn close(&mut self, key: usize) {
        // Dropping the socket closes it and takes it from the poll.
        if let Some(mut connection) = self.connections.try_remove(key) {
            self.places.remove(&connection.id());
            self.engine.server().buffered -= connection.booked;
            connection.end(&mut self.engine);
        }
    }
}
