//! One connection: its half requests in, its unwritten replies out.

use std::io;
use std::time::Duration;

use mio::{Interest, Registry, Token};

use super::stream::Stream;
use crate::cache::builtin::commands::{Buffers, Client, Effect, Engine, Errand};
use crate::cache::builtin::keyspace::Now;
use crate::cache::builtin::wire::{Parsed, Protocol, Reply, RequestParser};
use crate::clock::Time;

/// The longest half request that is kept: as in Redis, 1 GB.
const INPUT_LIMIT: usize = 1024 * 1024 * 1024;
/// Buffers that were needed once are not kept beyond this size.
const KEPT: usize = 16 * 1024;
/// With more unread replies than this, no more requests are run: a slow reader
/// holds this much and one reply.
const MUCH_UNREAD: usize = 256 * 1024;
/// Requests are still read then, up to this size, for clients that write all of
/// a pipeline before they read the first reply.
const READ_AHEAD: usize = 64 * 1024 * 1024;

/// A subscriber that leaves this much unread is cut off at once, as in Redis.
const SUBSCRIBER_LIMIT: usize = 32 * 1024 * 1024;
/// And one that leaves this much for a minute.
pub(super) const SLOW_SUBSCRIBER: usize = 8 * 1024 * 1024;
const SLOW_FOR: Duration = Duration::from_secs(60);

/// One connection.
pub(super) struct Connection {
    stream: Stream,
    client: Client,
    parser: RequestParser,
    /// Requests that are not yet whole, or may not run yet; the first `run_to`
    /// bytes have been run.
    input: Vec<u8>,
    run_to: usize,
    /// Replies; the first `written` bytes are on their way.
    output: Vec<u8>,
    written: usize,
    /// Nothing more is read; it ends when the output is written.
    closing: bool,
    /// Whether the loop is told when the socket takes bytes again.
    watched_for_writing: bool,
    /// It was stopped with requests left, in `input` or in the socket: no event
    /// will say so.
    is_held_back: bool,
    /// Since when more is unwritten than a subscriber should leave.
    slow_since: Option<Time>,
    /// Whether it is already among those to be flushed in this turn.
    pub(super) is_dirty: bool,
    /// Bytes of its buffers, and of what is kept of its requests, that are in
    /// the server's books.
    pub(super) booked: usize,
}

/// What is left to do for a connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Next {
    /// Nothing until the system says so.
    Wait,
    /// There may be more to read at once.
    ReadMore,
    /// A command has written what others wait for: they are served before the
    /// next one runs.
    Serve,
    /// It is over.
    Close,
}

/// What running requests may ask of the thread.
pub(super) trait Pause {
    /// Stands still for a while and returns the moment after.
    fn pause(&self, time: std::time::Duration) -> Now;
}

impl Connection {
    pub(super) fn new(stream: Stream, client: Client) -> Connection {
        Connection {
            stream,
            client,
            parser: RequestParser::default(),
            input: Vec::new(),
            run_to: 0,
            output: Vec::new(),
            written: 0,
            closing: false,
            watched_for_writing: false,
            is_held_back: false,
            slow_since: None,
            is_dirty: false,
            booked: 0,
        }
    }

    pub(super) fn register(&mut self, registry: &Registry, token: Token) -> io::Result<()> {
        self.stream.register(registry, token, Interest::READABLE)
    }

    /// Reads once, and runs what is whole. `at_end`: the system says that the
    /// peer has ended, so reading goes on until it is met.
    pub(super) fn read(
        &mut self,
        scratch: &mut [u8],
        at_end: bool,
        engine: &mut Engine,
        pause: &dyn Pause,
        now: Now,
    ) -> Next {
        if self.closing {
            return Next::Wait;
        }
        if self.input.len() >= READ_AHEAD && (self.client.is_waiting() || self.has_much_unread()) {
            self.is_held_back = true;
            return Next::Wait;
        }
        let length = match self.stream.read(scratch) {
            Ok(0) => {
                // What was answered before is still written.
                self.closing = true;
                return Next::Wait;
            }
            Ok(length) => length,
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Next::Wait,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => return Next::ReadMore,
            Err(_) => return Next::Close,
        };
        if self
            .take_in(&scratch[..length], engine, pause, now)
            .is_err()
        {
            return Next::Close;
        }
        if engine.has_ready() {
            return Next::Serve;
        }
        // A read that did not fill the buffer has emptied the socket, and the
        // next bytes make a new event; but Windows asks to be read until it
        // refuses.
        if length == scratch.len() || at_end || cfg!(windows) {
            Next::ReadMore
        } else {
            Next::Wait
        }
    }

    /// Goes on with what was read but not run, because the client waited, had
    /// much to read, or others had to be served first.
    pub(super) fn resume(&mut self, engine: &mut Engine, pause: &dyn Pause, now: Now) -> Next {
        if self.closing || self.input.is_empty() || self.client.is_waiting() {
            return Next::Wait;
        }
        match self.take_in(&[], engine, pause, now) {
            Err(_) => Next::Close,
            Ok(()) if engine.has_ready() => Next::Serve,
            Ok(()) => Next::Wait,
        }
    }

    /// Runs again what the client waits with; whether it was answered.
    pub(super) fn retry(&mut self, engine: &mut Engine, now: Now) -> bool {
        engine.retry(&mut self.client, now, &mut self.output)
    }

    /// The client has waited long enough.
    pub(super) fn time_out(&mut self, engine: &mut Engine) {
        engine.time_out(&mut self.client, &mut self.output);
    }

    /// Takes what another client's command has done to this one.
    pub(super) fn receive(&mut self, errand: &Errand, engine: &mut Engine, now: Now) -> Next {
        match errand {
            Errand::Message(message) => {
                message.write(&mut self.output, self.client.protocol);
            }
            Errand::Show(line) => {
                Reply::new(&mut self.output, self.client.protocol).simple(line);
            }
            Errand::Close => return Next::Close,
            Errand::Unblock { with_error } => {
                match with_error {
                    true => engine.unblock(&mut self.client, &mut self.output),
                    false => engine.time_out(&mut self.client, &mut self.output),
                }
                return Next::ReadMore;
            }
        }
        match self.keeps_up(now) {
            true => Next::Wait,
            false => Next::Close,
        }
    }

    /// Whether a client that is sent messages reads them.
    pub(super) fn keeps_up(&mut self, now: Now) -> bool {
        let unread = self.unread();
        if unread <= SLOW_SUBSCRIBER || !self.client.is_listening() {
            self.slow_since = None;
            return true;
        }
        let since = *self.slow_since.get_or_insert(now.time);
        unread <= SUBSCRIBER_LIMIT && now.time.since(since) <= SLOW_FOR
    }

    /// The connection is over.
    pub(super) fn end(&mut self, engine: &mut Engine) {
        engine.disconnect(&mut self.client);
    }

    /// Who this is to the engine.
    pub(super) fn id(&self) -> u64 {
        self.client.id
    }

    fn take_in(
        &mut self,
        bytes: &[u8],
        engine: &mut Engine,
        pause: &dyn Pause,
        now: Now,
    ) -> io::Result<()> {
        if self.input.is_empty() {
            // The usual case: whole requests, run where they were read to.
            let used = self.run(bytes, engine, pause, now)?;
            self.input.extend_from_slice(&bytes[used..]);
        } else {
            let mut input = std::mem::take(&mut self.input);
            input.extend_from_slice(bytes);
            self.run_to += self.run(&input[self.run_to..], engine, pause, now)?;
            // Moving what is left costs no more than running what was before it.
            if self.run_to > input.len() / 2 {
                input.drain(..self.run_to);
                self.run_to = 0;
            }
            self.input = input;
            if self.input.is_empty() {
                self.parser.shrink();
                if self.input.capacity() > KEPT {
                    self.input = Vec::new();
                }
            }
        }
        if self.input.len() > INPUT_LIMIT {
            return Err(io::ErrorKind::FileTooLarge.into());
        }
        Ok(())
    }

    /// Runs the whole requests at the start of `input`; how many bytes they were.
    fn run(
        &mut self,
        input: &[u8],
        engine: &mut Engine,
        pause: &dyn Pause,
        mut now: Now,
    ) -> io::Result<usize> {
        let mut used = 0;
        while !self.closing {
            if self.client.is_waiting() || engine.has_ready() {
                return Ok(used);
            }
            if self.has_much_unread() {
                self.write()?;
                if self.has_much_unread() {
                    self.is_held_back = true;
                    return Ok(used);
                }
            }
            let rest = &input[used..];
            match self.parser.next(rest, self.client.authenticated) {
                Ok(Parsed::Partial) => return Ok(used),
                Ok(Parsed::Whole(length)) => {
                    let args = self.parser.args(rest);
                    match engine.execute(&mut self.client, args, now, &mut self.output) {
                        // Looked at before the next one.
                        Effect::None | Effect::Wait => {}
                        Effect::Close => self.closing = true,
                        Effect::Abort => return Err(io::ErrorKind::FileTooLarge.into()),
                        Effect::Sleep(time) => now = pause.pause(time),
                    }
                    used += length;
                }
                Err(error) => {
                    let text = format!("ERR Protocol error: {error}");
                    Reply::new(&mut self.output, Protocol::Resp2).error(&text);
                    self.closing = true;
                }
            }
        }
        // What follows a farewell is not read.
        Ok(input.len())
    }

    /// Writes what the socket takes and asks to be told when it takes more.
    pub(super) fn flush(&mut self, registry: &Registry, token: Token) -> Next {
        let Ok(()) = self.write() else {
            return Next::Close;
        };
        let is_empty = self.output.is_empty();
        if is_empty && self.closing {
            return Next::Close;
        }
        if self.watched_for_writing == is_empty {
            let interest = if is_empty {
                Interest::READABLE
            } else {
                Interest::READABLE | Interest::WRITABLE
            };
            if self.stream.reregister(registry, token, interest).is_err() {
                return Next::Close;
            }
            self.watched_for_writing = !is_empty;
        }
        if self.is_held_back && !self.client.is_waiting() && !self.has_much_unread() {
            self.is_held_back = false;
            return Next::ReadMore;
        }
        Next::Wait
    }

    /// Bytes of replies that are not written.
    fn unread(&self) -> usize {
        self.output.len() - self.written
    }

    fn has_much_unread(&self) -> bool {
        self.unread() > MUCH_UNREAD
    }

    /// Brings the server's books of buffers up to date. Room in them that was
    /// never used is not in memory.
    pub(super) fn book(&mut self, engine: &mut Engine) {
        let buffers = Buffers {
            requests: self.input.len(),
            replies: self.output.len(),
            kept: self.client.kept(),
        };
        let before = std::mem::replace(&mut self.booked, buffers.total());
        if (before, self.booked) != (0, 0) {
            engine.note_buffers(&self.client, before, buffers);
        }
    }

    fn write(&mut self) -> io::Result<()> {
        while self.written < self.output.len() {
            match self.stream.write(&self.output[self.written..]) {
                Ok(0) => return Err(io::ErrorKind::WriteZero.into()),
                Ok(length) => self.written += length,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                    // Half written: the written half goes, or a slow reader's
                    // output would grow without end.
                    if self.written > self.output.len() / 2 {
                        self.output.drain(..self.written);
                        self.written = 0;
                    }
                    return Ok(());
                }
                Err(error) => return Err(error),
            }
        }
        self.written = 0;
        if self.output.capacity() > KEPT {
            self.output = Vec::new();
        } else {
            self.output.clear();
        }
        Ok(())
    }
}
