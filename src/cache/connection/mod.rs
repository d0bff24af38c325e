//! A connection to a cache server: the `redis` crate's protocol over sockets
//! that keep a deadline, plain or in TLS, to one node or to a cluster.
//!
//! The crate's own connection applies its time-out to each read, so a server
//! that sends a byte now and then outlasts it; and after a reply that was not
//! understood it stays open, out of step with the server. So the socket is
//! ours: a command and its whole reply share one deadline, and after anything
//! but a proper reply the connection is not used again.

mod cluster;
mod node;
mod slots;
mod socket;
mod tls;

use std::time::Duration;

use redis::{Cmd, Value};

use crate::cache::resilience::Timeouts;
use crate::cache::server::url::{Endpoint, Place};
use crate::clock::Clock;
use cluster::Cluster;
use node::Node;

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

/// An open, authenticated connection.
pub struct Connection(Way);

enum Way {
    Node(Box<Node>),
    Cluster(Box<Cluster>),
}

impl Connection {
    /// Connects, authenticates and selects the database that `endpoint` names.
    ///
    /// Takes at least one round trip: a server that was stopped in between
    /// has then handled whatever older connections had sent before.
    ///
    /// # Errors
    /// A [`Fault`] within the connect time-out, which each seed of a cluster
    /// has for itself.
    pub fn open(endpoint: &Endpoint, timeouts: Timeouts, clock: &Clock) -> Result<Self, Fault> {
        Ok(Connection(match &endpoint.place {
            Place::Cluster { seeds } => {
                Way::Cluster(Box::new(Cluster::open(seeds, endpoint, timeouts, clock)?))
            }
            place => Way::Node(Box::new(Node::open(place, endpoint, timeouts, clock)?)),
        }))
    }

    /// Sends a command and waits for its reply; in a cluster, to the node that
    /// has its keys. After a [`Fault`] that is no refusal, the connection must
    /// be dropped.
    ///
    /// # Errors
    /// A [`Fault`] within the command time-out.
    pub fn ask(&mut self, command: &Cmd) -> Result<Value, Fault> {
        match &mut self.0 {
            Way::Node(node) => node.ask(command),
            Way::Cluster(cluster) => cluster.ask(command),
        }
    }

    /// How many nodes hold keys: 1 but for a cluster.
    pub fn nodes(&self) -> usize {
        match &self.0 {
            Way::Node(_) => 1,
            Way::Cluster(cluster) => cluster.nodes(),
        }
    }

    /// As [`ask`](Self::ask), to one of the [`nodes`](Self::nodes) whatever the
    /// keys: what walks through all keys asks each node.
    ///
    /// # Errors
    /// A [`Fault`] within the command time-out.
    pub fn ask_node(&mut self, node: usize, command: &Cmd) -> Result<Value, Fault> {
        match &mut self.0 {
            Way::Node(one) => one.ask(command),
            Way::Cluster(cluster) => cluster.ask_node(node, command),
        }
    }
}
