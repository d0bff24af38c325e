//! What a command does to other clients. The event loop does it when the
//! command has run, since only it knows their connections.

use std::sync::Arc;

use super::pubsub::Message;

/// What a command does to another client.
#[derive(Debug, Clone)]
pub enum Errand {
    /// Sends it a message of a channel.
    Message(Message),
    /// Sends it a command that somebody has run (`MONITOR`).
    Show(Arc<str>),
    /// Ends its waiting, as if its time were over or with an error.
    Unblock {
        /// With an error.
        with_error: bool,
    },
    /// Closes its connection.
    Close,
}
