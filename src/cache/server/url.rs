//! Addresses of cache servers that somebody else runs.

use std::fmt;
use std::net::{SocketAddr, ToSocketAddrs};
use std::path::PathBuf;
use std::str::FromStr;

use redis::{ConnectionAddr, IntoConnectionInfo};

/// A URL of a cache server. It may hold a password: neither `Display` nor
/// `Debug` prints it.
#[derive(Clone, PartialEq, Eq)]
pub struct Url(String);

/// A URL that cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BadUrl {
    /// The scheme is one that is not spoken.
    #[error("cannot speak {0}://: write redis://host:port or unix:///path/to/socket")]
    Scheme(String),
    /// The rest is wrong.
    #[error("{url} is no address of a cache server: {why}")]
    Malformed {
        /// The URL, without its password.
        url: String,
        /// What is wrong with it.
        why: String,
    },
}

const SCHEMES: [&str; 5] = ["redis", "valkey", "unix", "redis+unix", "valkey+unix"];

impl FromStr for Url {
    type Err = BadUrl;

    fn from_str(text: &str) -> Result<Url, BadUrl> {
        let url = Url(text.to_owned());
        let scheme = text.split(':').next().unwrap_or_default();
        if !SCHEMES.contains(&scheme) {
            return Err(BadUrl::Scheme(scheme.to_owned()));
        }
        url.parts()?;
        Ok(url)
    }
}

impl Url {
    fn parts(&self) -> Result<redis::ConnectionInfo, BadUrl> {
        self.0
            .as_str()
            .into_connection_info()
            .map_err(|error| self.malformed(&error.to_string()))
    }

    fn malformed(&self, why: &str) -> BadUrl {
        BadUrl::Malformed {
            url: self.to_string(),
            why: why.to_owned(),
        }
    }

    /// Where to connect. Looks the host name up, once: a read through the
    /// cache must not wait for a name server.
    ///
    /// # Errors
    /// [`BadUrl::Malformed`] when the host name is not known.
    pub fn resolve(&self) -> Result<Endpoint, BadUrl> {
        let info = self.parts()?;
        let place = match info.addr() {
            ConnectionAddr::Tcp(host, port) => {
                let addresses = (host.as_str(), *port)
                    .to_socket_addrs()
                    .map_err(|_| self.malformed(&format!("no such host: {host}")))?;
                Place::Tcp {
                    addresses: addresses.collect(),
                    name: if host.contains(':') {
                        format!("[{host}]:{port}")
                    } else {
                        format!("{host}:{port}")
                    },
                }
            }
            ConnectionAddr::Unix(path) => Place::Unix(path.clone()),
            _ => return Err(self.malformed("this kind of connection is not built in")),
        };
        let settings = info.redis_settings();
        Ok(Endpoint {
            place,
            user: settings.username().map(str::to_owned),
            password: settings.password().map(str::to_owned),
            database: settings.db(),
        })
    }
}

impl fmt::Display for Url {
    /// Without the password.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (scheme, rest) = self.0.split_once("://").unwrap_or(("", &self.0));
        // A socket's password is in its query, a host's before the last @.
        let (rest, query) = rest.split_once('?').unwrap_or((rest, ""));
        let rest = match rest.rsplit_once('@') {
            Some((secret, host)) => {
                let user = secret.split(':').next().unwrap_or_default();
                format!("{user}:***@{host}")
            }
            None => rest.to_owned(),
        };
        write!(f, "{scheme}://{rest}")?;
        if let Some(database) = query.split('&').find(|part| part.starts_with("db=")) {
            write!(f, "?{database}")?;
        }
        Ok(())
    }
}

impl fmt::Debug for Url {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Url({self})")
    }
}

/// Where a server listens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Place {
    /// On TCP.
    Tcp {
        /// Tried in this order.
        addresses: Vec<SocketAddr>,
        /// As the person wrote it.
        name: String,
    },
    /// On a socket of this machine.
    Unix(PathBuf),
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Place::Tcp { name, .. } => f.write_str(name),
            Place::Unix(path) => write!(f, "{}", path.display()),
        }
    }
}

/// All that connecting needs.
#[derive(Clone, PartialEq, Eq)]
pub struct Endpoint {
    /// Where it listens.
    pub place: Place,
    /// Who we are, if not the default user.
    pub user: Option<String>,
    /// Never printed.
    pub password: Option<String>,
    /// The number of the database to select.
    pub database: i64,
}

impl fmt::Debug for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Endpoint")
            .field("place", &self.place)
            .field("user", &self.user)
            .field("password", &self.password.as_ref().map(|_| "***"))
            .field("database", &self.database)
            .finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_is_never_printed() {
        for text in [
            "redis://ada:s3cret@127.0.0.1:6379/2",
            "redis://:s3cret@127.0.0.1",
            "redis://:s3@cret@127.0.0.1",
            "unix:///tmp/x.sock?user=ada&pass=s3cret&db=3",
        ] {
            let url: Url = text.parse().unwrap();
            let endpoint = url.resolve().unwrap();
            for shown in [
                format!("{url}"),
                format!("{url:?}"),
                format!("{endpoint:?}"),
            ] {
                assert!(!shown.contains("cret"), "{shown}");
            }
        }
        let bad: BadUrl = "redis://ada:s3cret@host/x".parse::<Url>().unwrap_err();
        assert!(!bad.to_string().contains("cret"), "{bad}");
    }

    #[test]
    fn the_parts_are_read() {
        let url: Url = "valkey://ada:p%40ss@127.0.0.1:7000/2".parse().unwrap();
        let endpoint = url.resolve().unwrap();
        assert_eq!(endpoint.place.to_string(), "127.0.0.1:7000");
        assert_eq!(endpoint.user.as_deref(), Some("ada"));
        assert_eq!(endpoint.password.as_deref(), Some("p@ss"));
        assert_eq!(endpoint.database, 2);
        assert_eq!(url.to_string(), "valkey://ada:***@127.0.0.1:7000/2");
        let url: Url = "unix:///tmp/x.sock?db=3".parse().unwrap();
        assert_eq!(url.resolve().unwrap().database, 3);
        assert_eq!(url.to_string(), "unix:///tmp/x.sock?db=3");
    }

    #[test]
    fn what_is_not_spoken_is_named() {
        let no: BadUrl = "rediss://host".parse::<Url>().unwrap_err();
        assert_eq!(
            no.to_string(),
            "cannot speak rediss://: write redis://host:port or unix:///path/to/socket"
        );
        assert!("redis://host:port".parse::<Url>().is_err());
        assert!("redis://host/notanumber".parse::<Url>().is_err());
    }
}
