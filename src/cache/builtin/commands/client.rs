//! What the server remembers of one connection.

use crate::cache::builtin::wire::Protocol;

/// What the server remembers of one connection.
#[derive(Debug)]
pub struct Client {
    /// 1 for the first connection of a server.
    pub id: u64,
    /// Where it comes from, for `CLIENT INFO`.
    pub address: String,
    /// `CLIENT SETNAME`.
    pub name: Vec<u8>,
    /// `CLIENT SETINFO LIB-NAME`.
    pub library: Vec<u8>,
    /// `CLIENT SETINFO LIB-VER`.
    pub library_version: Vec<u8>,
    /// RESP2 until `HELLO 3`.
    pub protocol: Protocol,
    /// Whether it may run commands.
    pub authenticated: bool,
}

impl Client {
    /// A connection that has said nothing yet.
    pub fn new(id: u64, address: impl Into<String>, authenticated: bool) -> Client {
        Client {
            id,
            address: address.into(),
            name: Vec::new(),
            library: Vec::new(),
            library_version: Vec::new(),
            protocol: Protocol::Resp2,
            authenticated,
        }
    }

    /// As if it had just connected.
    pub(super) fn reset(&mut self, authenticated: bool) {
        self.name.clear();
        self.protocol = Protocol::Resp2;
        self.authenticated = authenticated;
    }
}
