//! The server in this process, as a cache server among others.

use super::running::{Limits, StartError};
use super::url::{Endpoint, Place};
use crate::cache::builtin::{Address, Config, Listen, MaxmemoryPolicy, Server};
use crate::clock::Clock;

/// The built-in server while it runs. Dropping it stops it.
#[derive(Debug)]
pub(super) struct InProcess {
    _server: Server,
    /// Where its socket is. Removed after the server has stopped.
    #[cfg(unix)]
    _folder: tempfile::TempDir,
}

impl InProcess {
    /// Starts it where nobody else on this machine can reach it.
    pub(super) fn start(
        limits: &Limits,
        clock: &Clock,
    ) -> Result<(InProcess, Endpoint), StartError> {
        let failed = |error: std::io::Error| StartError::Builtin(error.to_string());
        let policy = match &limits.policy {
            Some(name) => name
                .parse()
                .map_err(|error| StartError::Limits(format!("{error}")))?,
            None => MaxmemoryPolicy::default(),
        };
        let secluded = Secluded::new().map_err(failed)?;
        let config = Config {
            listen: secluded.listen,
            maxmemory: limits.maxmemory,
            policy,
            password: secluded.password.clone(),
        };
        let server = Server::start(config, clock.clone()).map_err(failed)?;
        let endpoint = Endpoint {
            place: match server.address() {
                Address::Tcp(address) => Place::Tcp {
                    addresses: vec![*address],
                    name: address.to_string(),
                },
                Address::Unix(path) => Place::Unix(path.clone()),
            },
            tls: None,
            user: None,
            password: secluded.password,
            database: 0,
        };
        let process = InProcess {
            _server: server,
            #[cfg(unix)]
            _folder: secluded.folder,
        };
        Ok((process, endpoint))
    }
}

/// A socket in a folder of our own; where there are none, loopback with a
/// password that nobody knows.
struct Secluded {
    listen: Listen,
    password: Option<String>,
    #[cfg(unix)]
    folder: tempfile::TempDir,
}

impl Secluded {
    #[cfg(unix)]
    fn new() -> std::io::Result<Secluded> {
        let folder = super::folder::private_folder()?;
        Ok(Secluded {
            listen: Listen::Unix(folder.path().join("cache.sock")),
            password: None,
            folder,
        })
    }

    #[cfg(not(unix))]
    fn new() -> std::io::Result<Secluded> {
        let mut secret = [0; 16];
        getrandom::fill(&mut secret).map_err(std::io::Error::other)?;
        let mut password = String::new();
        crate::cache::codec::push_hex(&mut password, &secret);
        Ok(Secluded {
            listen: Listen::Tcp {
                addr: std::net::Ipv4Addr::LOCALHOST.into(),
                port: 0,
            },
            password: Some(password),
        })
    }
}
