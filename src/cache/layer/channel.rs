//! The way to the server: connects again when needed, and keeps the trace.

use redis::{Cmd, Value};

use crate::cache::aside;
use crate::cache::connection::{Connection, Fault};
use crate::cache::resilience::Timeouts;
use crate::cache::server::url::Endpoint;
use crate::cache::trace::{self, Command};
use crate::clock::Clock;

/// Commands noted at most between two calls of `take_trace`.
const LONGEST_TRACE: usize = 10_000;

/// A connection that is opened again after a failure, when it is needed.
pub(super) struct Channel {
    endpoint: Endpoint,
    timeouts: Timeouts,
    clock: Clock,
    connection: Option<Connection>,
    trace: Option<Vec<Command>>,
}

impl Channel {
    pub(super) fn open(
        endpoint: Endpoint,
        timeouts: Timeouts,
        clock: Clock,
    ) -> Result<Channel, Fault> {
        let connection = Connection::open(&endpoint, timeouts, &clock)?;
        Ok(Channel {
            endpoint,
            timeouts,
            clock,
            connection: Some(connection),
            trace: None,
        })
    }

    pub(super) fn trace(&mut self, on: bool) {
        match on {
            true if self.trace.is_some() => {}
            true => self.trace = Some(Vec::new()),
            false => self.trace = None,
        }
    }

    pub(super) fn take_trace(&mut self) -> Vec<Command> {
        self.trace.as_mut().map(std::mem::take).unwrap_or_default()
    }

    /// Sends a command and waits for its reply. Anything but a reply of the
    /// server's closes the connection: what comes next on it may belong to
    /// this command.
    pub(super) fn ask(&mut self, command: &Cmd) -> Result<Value, Fault> {
        self.noted(command, |connection| connection.ask(command))
    }

    /// As `ask`, to one node of a cluster whatever the keys.
    pub(super) fn ask_node(&mut self, node: usize, command: &Cmd) -> Result<Value, Fault> {
        self.noted(command, |connection| connection.ask_node(node, command))
    }

    /// How many nodes hold keys.
    pub(super) fn nodes(&mut self) -> Result<usize, Fault> {
        Ok(self.open_connection()?.nodes())
    }

    fn noted(
        &mut self,
        command: &Cmd,
        send: impl FnOnce(&mut Connection) -> Result<Value, Fault>,
    ) -> Result<Value, Fault> {
        let started = self.clock.now();
        let reply = self.open_connection().and_then(send);
        if let Err(fault) = &reply
            && !fault.is_refusal()
        {
            self.connection = None;
        }
        if let Some(commands) = &mut self.trace
            && commands.len() < LONGEST_TRACE
        {
            commands.push(Command {
                text: trace::command_text(command),
                reply: match &reply {
                    Ok(reply) => trace::reply_text(reply),
                    Err(fault) => fault.to_string(),
                },
                time: self.clock.now() - started,
            });
        }
        reply
    }

    fn open_connection(&mut self) -> Result<&mut Connection, Fault> {
        Ok(match &mut self.connection {
            Some(connection) => connection,
            closed => closed.insert(Connection::open(
                &self.endpoint,
                self.timeouts,
                &self.clock,
            )?),
        })
    }

    /// The reply to `command` was well formed, but none that it can have: the
    /// connection is out of step, and is closed.
    pub(super) fn nonsense(&mut self, command: &str) -> Fault {
        self.connection = None;
        Fault::Broken(format!("its reply to {command} makes no sense"))
    }
}

impl From<&Fault> for aside::Fault {
    fn from(fault: &Fault) -> aside::Fault {
        if fault.is_refusal() {
            aside::Fault::Refused
        } else {
            aside::Fault::Lost
        }
    }
}
