//! A socket whose reads and writes end at a deadline that they share.

use std::io::{self, Read, Write};
use std::net::TcpStream;
#[cfg(unix)]
use std::os::unix::net::UnixStream;
use std::time::Duration;

use crate::cache::server::url::Place;
use crate::clock::{Clock, Time};

/// Replies longer than this are taken for a fault: no entry of ours is.
const LONGEST_REPLY: usize = 64 << 20;

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
            Place::Cluster { .. } => Err(io::Error::other("a cluster is no single server")),
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
pub(super) struct DeadlineSocket {
    stream: Stream,
    clock: Clock,
    deadline: Time,
    /// The time-out that the socket has now.
    armed: Option<Duration>,
    /// Bytes of the reply so far.
    received: usize,
}

impl DeadlineSocket {
    pub(super) fn connect(
        place: &Place,
        deadline: Time,
        clock: &Clock,
    ) -> io::Result<DeadlineSocket> {
        Ok(DeadlineSocket {
            stream: Stream::connect(place, deadline, clock)?,
            clock: clock.clone(),
            deadline,
            armed: None,
            received: 0,
        })
    }

    pub(super) fn now(&self) -> Time {
        self.clock.now()
    }

    /// From now on: the next command and its reply, which end at `deadline`.
    pub(super) fn start(&mut self, deadline: Time) {
        self.deadline = deadline;
        self.received = 0;
    }

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

impl Read for DeadlineSocket {
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
