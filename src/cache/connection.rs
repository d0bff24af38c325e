//! One connection to a cache server: the `redis` crate's protocol over a
//! socket that keeps a deadline.
//!
//! The crate's own connection applies its time-out to each read, so a server
//! that sends a byte now and then outlasts it; and after a reply that was not
//! understood it stays open, out of step with the server. So the socket is
//! ours: a command and its whole reply share one deadline, and after anything
//! but a proper reply the connection is not used again.

use std::io::{self, Read, Write};
use std::net::TcpStream;
#[cfg(unix)]
use std::os::unix::net::UnixStream;
use std::time::Duration;

use redis::{Cmd, Parser, Value};

use crate::cache::resilience::Timeouts;
use crate::cache::server::url::{Endpoint, Place};
use crate::clock::{Clock, Time};

/// Why a command brought no result.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// The server's own words, such as `OOM command not allowed`. The
    /// connection is as good as before.
    #[error("the cache server says: {0}")]
    Refused(String),
    /// The reply was not complete in time.
    #[error("no answer from the cache server within {}", crate::units::duration(*.0))]
    TimedOut(Duration),
    /// The connection broke, or what came was not the Redis protocol.
    #[error("lost the cache server: {0}")]
    Broken(String),
}

impl Fault {
    /// Whether the server understood and declined, so that the connection can
    /// be used on.
    pub fn is_refusal(&self) -> bool {
        matches!(self, Fault::Refused(_))
    }
}

/// Replies longer than this are taken for a fault: no entry of ours is.
const LONGEST_REPLY: usize = 64 << 20;

/// An open, authenticated connection.
pub struct Connection {
    socket: DeadlineSocket,
    parser: Parser,
    timeout: Duration,
}

impl Connection {
    /// Connects, authenticates and selects the database that `endpoint` names.
    ///
    /// Takes at least one round trip: a server that was stopped in between
    /// has then handled whatever older connections had sent before.
    ///
    /// # Errors
    /// A [`Fault`] within the connect time-out.
    pub fn open(endpoint: &Endpoint, timeouts: Timeouts, clock: &Clock) -> Result<Self, Fault> {
        let timeout = timeouts.connect;
        let deadline = clock.now() + timeout;
        let stream = Stream::connect(&endpoint.place, deadline, clock)
            .map_err(|error| fault_of(&error, timeout))?;
        let mut connection = Connection {
            socket: DeadlineSocket {
                stream,
                clock: clock.clone(),
                deadline,
                armed: None,
                received: 0,
            },
            parser: Parser::new(),
            timeout,
        };
        if let Some(password) = &endpoint.password {
            let mut auth = redis::cmd("AUTH");
            if let Some(user) = &endpoint.user {
                auth.arg(user);
            }
            connection.until(deadline, auth.arg(password))?;
        }
        if endpoint.database != 0 {
            connection.until(deadline, redis::cmd("SELECT").arg(endpoint.database))?;
        }
        connection.until(deadline, &redis::cmd("PING"))?;
        connection.timeout = timeouts.command;
        Ok(connection)
    }

    /// Sends a command and waits for its reply. After a [`Fault`] that is no
    /// refusal, the connection must be dropped.
    ///
    /// # Errors
    /// A [`Fault`] within the command time-out.
    pub fn ask(&mut self, command: &Cmd) -> Result<Value, Fault> {
        let deadline = self.socket.clock.now() + self.timeout;
        self.until(deadline, command)
    }

    fn until(&mut self, deadline: Time, command: &Cmd) -> Result<Value, Fault> {
        self.socket.deadline = deadline;
        self.socket.received = 0;
        self.socket
            .write_all(&command.get_packed_command())
            .map_err(|error| fault_of(&error, self.timeout))?;
        match self.parser.parse_value(&mut self.socket) {
            Ok(Value::ServerError(error)) => {
                let words = [Some(error.code()), error.details()];
                let words: Vec<&str> = words.into_iter().flatten().collect();
                Err(Fault::Refused(words.join(" ")))
            }
            Ok(value) => Ok(value),
            Err(error) if error.is_timeout() => Err(Fault::TimedOut(self.timeout)),
            Err(error) => Err(Fault::Broken(error.to_string())),
        }
    }
}

fn fault_of(error: &io::Error, timeout: Duration) -> Fault {
    match error.kind() {
        io::ErrorKind::TimedOut | io::ErrorKind::WouldBlock => Fault::TimedOut(timeout),
        _ => Fault::Broken(error.to_string()),
    }
}

enum Stream {
    Tcp(TcpStream),
    #[cfg(unix)]
    Unix(UnixStream),
}

impl Stream {
    fn connect(place: &Place, deadline: Time, clock: &Clock) -> io::Result<Stream> {
        match place {
            Place::Tcp { addresses, .. } => {
                let mut last = io::Error::other("the host name has no address");
                for address in addresses {
                    let left = remaining(deadline, clock)?;
                    match TcpStream::connect_timeout(address, left) {
                        Ok(stream) => {
                            stream.set_nodelay(true)?;
                            return Ok(Stream::Tcp(stream));
                        }
                        Err(error) => last = error,
                    }
                }
                Err(last)
            }
            #[cfg(unix)]
            Place::Unix(path) => UnixStream::connect(path).map(Stream::Unix),
            #[cfg(not(unix))]
            Place::Unix(_) => Err(io::ErrorKind::Unsupported.into()),
        }
    }

    fn set_timeout(&self, timeout: Duration) -> io::Result<()> {
        let timeout = Some(timeout);
        match self {
            Stream::Tcp(stream) => {
                stream.set_read_timeout(timeout)?;
                stream.set_write_timeout(timeout)
            }
            #[cfg(unix)]
            Stream::Unix(stream) => {
                stream.set_read_timeout(timeout)?;
                stream.set_write_timeout(timeout)
            }
        }
    }
}

/// The time until `deadline`; never zero, which sockets take for "forever".
fn remaining(deadline: Time, clock: &Clock) -> io::Result<Duration> {
    let left = deadline - clock.now();
    if left.is_zero() {
        return Err(io::ErrorKind::TimedOut.into());
    }
    Ok(left.max(Duration::from_micros(1)))
}

/// A socket whose reads and writes end at a deadline that they share.
struct DeadlineSocket {
    stream: Stream,
    clock: Clock,
    deadline: Time,
    /// The time-out that the socket has now.
    armed: Option<Duration>,
    /// Bytes of the reply so far.
    received: usize,
}

impl DeadlineSocket {
    /// Sets the socket's time-out to what is left. A difference of a 32nd is
    /// let be: it saves two system calls in most commands.
    fn arm(&mut self) -> io::Result<()> {
        let left = remaining(self.deadline, &self.clock)?;
        let close_enough = self
            .armed
            .is_some_and(|armed| armed.abs_diff(left) <= left / 32);
        if !close_enough {
            self.stream.set_timeout(left)?;
            self.armed = Some(left);
        }
        Ok(())
    }

    fn retry<T>(&mut self, mut once: impl FnMut(&mut Stream) -> io::Result<T>) -> io::Result<T> {
        loop {
            self.arm()?;
            match once(&mut self.stream) {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                done => return done,
            }
        }
    }
}

impl Read for &mut DeadlineSocket {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let n = self.retry(|stream| match stream {
            Stream::Tcp(stream) => stream.read(buffer),
            #[cfg(unix)]
            Stream::Unix(stream) => stream.read(buffer),
        })?;
        self.received += n;
        if self.received > LONGEST_REPLY {
            return Err(io::Error::other("the reply does not end"));
        }
        Ok(n)
    }
}

impl Write for DeadlineSocket {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.retry(|stream| match stream {
            Stream::Tcp(stream) => stream.write(bytes),
            #[cfg(unix)]
            Stream::Unix(stream) => stream.write(bytes),
        })
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
