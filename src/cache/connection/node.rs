//! A connection to one server.

use std::io::{self, Read, Write};
use std::time::Duration;

use redis::{Cmd, Parser, Value};
use rustls::{ClientConnection, StreamOwned};

use super::socket::DeadlineSocket;
use super::{Fault, tls};
use crate::cache::resilience::Timeouts;
use crate::cache::server::url::{Endpoint, Place};
use crate::clock::{Clock, Time};

/// One server, connected.
pub(super) struct Node {
    transport: Transport,
    parser: Parser,
    timeout: Duration,
}

/// What carries the bytes. The deadline is below TLS: a server that lets the
/// parts of a record trickle in does not outlast it.
enum Transport {
    Plain(DeadlineSocket),
    Tls(Box<StreamOwned<ClientConnection, DeadlineSocket>>),
}

impl Node {
    /// Connects to `place` with what `endpoint` says of user, password, TLS and
    /// database.
    pub(super) fn open(
        place: &Place,
        endpoint: &Endpoint,
        timeouts: Timeouts,
        clock: &Clock,
    ) -> Result<Node, Fault> {
        let timeout = timeouts.connect;
        let deadline = clock.now() + timeout;
        let socket = DeadlineSocket::connect(place, deadline, clock)
            .map_err(|error| fault_of(&error, timeout))?;
        let transport = match endpoint.tls {
            None => Transport::Plain(socket),
            Some(check) => {
                let client = tls::client(place.host(), check).map_err(Fault::Broken)?;
                Transport::Tls(Box::new(StreamOwned::new(client, socket)))
            }
        };
        let mut node = Node {
            transport,
            parser: Parser::new(),
            timeout,
        };
        if let Some(password) = &endpoint.password {
            let mut auth = redis::cmd("AUTH");
            if let Some(user) = &endpoint.user {
                auth.arg(user);
            }
            node.until(deadline, auth.arg(password))
                .map_err(|fault| node.in_first_words(fault))?;
        }
        if endpoint.database != 0 {
            node.until(deadline, redis::cmd("SELECT").arg(endpoint.database))?;
        }
        node.until(deadline, &redis::cmd("PING"))
            .map_err(|fault| node.in_first_words(fault))?;
        node.timeout = timeouts.command;
        Ok(node)
    }

    /// What went wrong with the first command, which TLS begins with.
    fn in_first_words(&self, fault: Fault) -> Fault {
        match (&fault, &self.transport) {
            (Fault::TimedOut(within), Transport::Tls(stream)) if stream.conn.is_handshaking() => {
                let within = crate::units::duration(*within);
                Fault::Broken(format!(
                    "no answer in TLS within {within}; redis:// is without"
                ))
            }
            _ => fault,
        }
    }

    pub(super) fn ask(&mut self, command: &Cmd) -> Result<Value, Fault> {
        let deadline = self.transport.socket().now() + self.timeout;
        self.until(deadline, command)
    }

    fn until(&mut self, deadline: Time, command: &Cmd) -> Result<Value, Fault> {
        self.transport.socket().start(deadline);
        self.transport
            .write_all(&command.get_packed_command())
            .and_then(|()| self.transport.flush())
            .map_err(|error| fault_of(&error, self.timeout))?;
        match self.parser.parse_value(&mut self.transport) {
            Ok(Value::ServerError(error)) => {
                let words = [Some(error.code()), error.details()];
                let words: Vec<&str> = words.into_iter().flatten().collect();
                Err(Fault::Refused(words.join(" ")))
            }
            Ok(value) => Ok(value),
            Err(error) if error.is_timeout() => Err(Fault::TimedOut(self.timeout)),
            Err(error) => Err(Fault::Broken(
                self.transport.why().unwrap_or_else(|| error.to_string()),
            )),
        }
    }
}

fn fault_of(error: &io::Error, timeout: Duration) -> Fault {
    match error.kind() {
        io::ErrorKind::TimedOut | io::ErrorKind::WouldBlock => Fault::TimedOut(timeout),
        _ => Fault::Broken(tls::sentence(error).unwrap_or_else(|| error.to_string())),
    }
}

impl Transport {
    fn socket(&mut self) -> &mut DeadlineSocket {
        match self {
            Transport::Plain(socket) => socket,
            Transport::Tls(stream) => &mut stream.sock,
        }
    }

    /// What TLS complained of, which the parser's error does not tell.
    fn why(&mut self) -> Option<String> {
        match self {
            Transport::Plain(_) => None,
            Transport::Tls(stream) => {
                // The connection keeps its first error and tells it again.
                let error = stream.conn.process_new_packets().err()?;
                tls::sentence(&io::Error::other(error))
            }
        }
    }
}

impl Read for Transport {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self {
            Transport::Plain(socket) => socket.read(buffer),
            Transport::Tls(stream) => stream.read(buffer),
        }
    }
}

impl Write for Transport {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self {
            Transport::Plain(socket) => socket.write(bytes),
            Transport::Tls(stream) => stream.write(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match self {
            Transport::Plain(socket) => socket.flush(),
            Transport::Tls(stream) => stream.flush(),
        }
    }
}
