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
    #[error(
        "cannot speak {0}://: write redis://host:port, rediss:// for TLS, \
         redis+cluster://host:port,host:port or unix:///path/to/socket"
    )]
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

const SCHEMES: [&str; 7] = [
    "redis",
    "rediss",
    "valkey",
    "valkeys",
    "unix",
    "redis+unix",
    "valkey+unix",
];

/// Clusters, and what one of their nodes would be called.
const CLUSTERS: [(&str, &str); 4] = [
    ("redis+cluster", "redis"),
    ("rediss+cluster", "rediss"),
    ("valkey+cluster", "redis"),
    ("valkeys+cluster", "rediss"),
];

impl FromStr for Url {
    type Err = BadUrl;

    fn from_str(text: &str) -> Result<Url, BadUrl> {
        let url = Url(text.to_owned());
        let scheme = text.split(':').next().unwrap_or_default();
        if !SCHEMES.contains(&scheme) && !CLUSTERS.iter().any(|(name, _)| *name == scheme) {
            return Err(BadUrl::Scheme(scheme.to_owned()));
        }
        let (_, rest) = text.split_once("://").unwrap_or_default();
        let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
        if !is_socket(scheme) && rest[end..].contains('@') {
            // Else its first half would be taken for the host.
            return Err(url.malformed("write / ? # as %2F %3F %23 in a password"));
        }
        url.parts()?;
        Ok(url)
    }
}

impl Url {
    /// What the URL says: of each seed, if it names a cluster.
    fn parts(&self) -> Result<Vec<redis::ConnectionInfo>, BadUrl> {
        let read = |url: &str| {
            url.into_connection_info()
                .map_err(|error| self.malformed(&error.to_string()))
        };
        let Some(node) = self.cluster() else {
            return Ok(vec![read(&self.0)?]);
        };
        let (_, rest) = self.0.split_once("://").unwrap_or_default();
        let (rest, fragment) = match rest.split_once('#') {
            Some((rest, fragment)) => (rest, format!("#{fragment}")),
            None => (rest, String::new()),
        };
        let (secret, rest) = match rest.rsplit_once('@') {
            Some((secret, rest)) => (format!("{secret}@"), rest),
            None => (String::new(), rest),
        };
        let (hosts, database) = rest.split_once('/').unwrap_or((rest, ""));
        if !matches!(database, "" | "0") {
            return Err(self.malformed("a cluster has only database 0"));
        }
        if hosts.split(',').any(str::is_empty) {
            return Err(self.malformed("write its seeds as host:port,host:port"));
        }
        let seeds = hosts.split(',');
        seeds
            .map(|host| read(&format!("{node}://{secret}{host}{fragment}")))
            .collect()
    }

    /// The scheme of a node, for a cluster.
    fn cluster(&self) -> Option<&'static str> {
        let scheme = self.0.split("://").next().unwrap_or_default();
        let found = CLUSTERS.iter().find(|(name, _)| *name == scheme);
        found.map(|(_, node)| *node)
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
        let infos = self.parts()?;
        let mut places = infos
            .iter()
            .map(|info| self.place(info.addr()))
            .collect::<Result<Vec<_>, _>>()?;
        let (Some(first), Some(place)) = (infos.first(), places.first().cloned()) else {
            return Err(self.malformed("it names no host"));
        };
        let settings = first.redis_settings();
        Ok(Endpoint {
            place: match self.cluster() {
                Some(_) => Place::Cluster {
                    seeds: std::mem::take(&mut places),
                },
                None => place,
            },
            tls: match first.addr() {
                ConnectionAddr::TcpTls { insecure: true, .. } => Some(TlsCheck::Nothing),
                ConnectionAddr::TcpTls { .. } => Some(TlsCheck::Certificate),
                _ => None,
            },
            user: settings.username().map(str::to_owned),
            password: settings.password().map(str::to_owned),
            database: settings.db(),
        })
    }

    fn place(&self, address: &ConnectionAddr) -> Result<Place, BadUrl> {
        match address {
            ConnectionAddr::Tcp(host, port) | ConnectionAddr::TcpTls { host, port, .. } => {
                match Place::at(host, *port) {
                    Place::Tcp { addresses, .. } if addresses.is_empty() => {
                        Err(self.malformed(&format!("no such host: {host}")))
                    }
                    place => Ok(place),
                }
            }
            ConnectionAddr::Unix(path) => Ok(Place::Unix(path.clone())),
            _ => Err(self.malformed("this kind of connection is not built in")),
        }
    }
}

impl fmt::Display for Url {
    /// Without the password.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&without_password(&self.0))
    }
}

/// Whether what follows the scheme is a path.
fn is_socket(scheme: &str) -> bool {
    scheme.ends_with("unix")
}

/// `url` with `***` in the place of its password. A host's stands before the
/// last `@`, whatever it is made of; a socket's in the query. What is no URL
/// stays as it is.
pub fn without_password(url: &str) -> String {
    let Some((scheme, rest)) = url.split_once("://") else {
        return url.to_owned();
    };
    let (user, place) = match rest.rsplit_once('@').filter(|_| !is_socket(scheme)) {
        Some((secret, place)) => match secret.split_once(':') {
            Some((user, _)) => (format!("{user}:***@"), place),
            None => (format!("{secret}@"), place),
        },
        None => (String::new(), rest),
    };
    let mut out = format!("{scheme}://{user}");
    let (place, query) = match place.split_once('?') {
        Some((place, query)) => (place, Some(query)),
        None => (place, None),
    };
    out.push_str(place);
    for (at, part) in query.into_iter().flat_map(|it| it.split('&')).enumerate() {
        out.push(if at == 0 { '?' } else { '&' });
        match part.split_once('=') {
            Some((name @ ("pass" | "password"), _)) => {
                out.push_str(name);
                out.push_str("=***");
            }
            _ => out.push_str(part),
        }
    }
    out
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
    /// A cluster.
    Cluster {
        /// Nodes that know the others, all on TCP.
        seeds: Vec<Place>,
    },
}

/// What is checked of a server that is reached with TLS.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TlsCheck {
    /// That its certificate is for its name and from somebody trusted.
    Certificate,
    /// Nothing, as `#insecure` asks.
    Nothing,
}

impl Place {
    /// On TCP, at a host whose name is looked up now: without addresses if
    /// there is no such host.
    pub fn at(host: &str, port: u16) -> Place {
        let addresses = (host, port).to_socket_addrs();
        Place::Tcp {
            addresses: addresses.map(Iterator::collect).unwrap_or_default(),
            name: if host.contains(':') {
                format!("[{host}]:{port}")
            } else {
                format!("{host}:{port}")
            },
        }
    }

    /// The name that a certificate must be for: the host's, without port.
    pub fn host(&self) -> &str {
        match self {
            Place::Tcp { name, .. } => {
                let host = name.rsplit_once(':').map_or(&**name, |(host, _)| host);
                host.trim_start_matches('[').trim_end_matches(']')
            }
            _ => "localhost",
        }
    }

    /// Whether both are the same, by an address that both have.
    pub fn is(&self, other: &Place) -> bool {
        match (self, other) {
            (
                Place::Tcp { addresses, .. },
                Place::Tcp {
                    addresses: theirs, ..
                },
            ) => addresses.iter().any(|address| theirs.contains(address)),
            _ => self == other,
        }
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Place::Tcp { name, .. } => f.write_str(name),
            Place::Unix(path) => write!(f, "{}", path.display()),
            Place::Cluster { seeds } => {
                for (at, seed) in seeds.iter().enumerate() {
                    write!(f, "{}{seed}", if at > 0 { "," } else { "" })?;
                }
                Ok(())
            }
        }
    }
}

/// All that connecting needs.
#[derive(Clone, PartialEq, Eq)]
pub struct Endpoint {
    /// Where it listens.
    pub place: Place,
    /// With TLS, and what is checked then.
    pub tls: Option<TlsCheck>,
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
            .field("tls", &self.tls)
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
            "redis://:s3%3Fcret@127.0.0.1",
            "unix:///tmp/x.sock?pass=s3@cret",
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
        for text in [
            "redis://ada:s3cret@host/x",
            "redis://:s3?cret@127.0.0.1:1",
            "redis://:s3/cret@127.0.0.1:1",
            "redis://:s3#cret@127.0.0.1:1",
            "redis+cluster://:s3?cret@127.0.0.1:1/1",
        ] {
            let bad: BadUrl = text.parse::<Url>().unwrap_err();
            assert!(!bad.to_string().contains("cret"), "{bad}");
        }
    }

    #[test]
    fn half_a_password_is_no_port() {
        let bad: BadUrl = "redis://ada:123?45@host".parse::<Url>().unwrap_err();
        assert_eq!(
            bad.to_string(),
            "redis://ada:***@host is no address of a cache server: \
             write / ? # as %2F %3F %23 in a password"
        );
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
    fn tls_is_asked_for_by_the_scheme() {
        let tls = |text: &str| text.parse::<Url>().unwrap().resolve().unwrap().tls;
        assert_eq!(tls("redis://127.0.0.1"), None);
        assert_eq!(tls("rediss://127.0.0.1"), Some(TlsCheck::Certificate));
        assert_eq!(tls("rediss://127.0.0.1#insecure"), Some(TlsCheck::Nothing));
        assert_eq!(
            tls("rediss+cluster://127.0.0.1,127.0.0.1:7001#insecure"),
            Some(TlsCheck::Nothing)
        );
        assert!("rediss://127.0.0.1#unsafe".parse::<Url>().is_err());
    }

    #[test]
    fn a_cluster_has_several_seeds() {
        let url: Url = "redis+cluster://ada:s3cret@127.0.0.1:7000,[::1]:7001,127.0.0.1/0"
            .parse()
            .unwrap();
        let endpoint = url.resolve().unwrap();
        assert_eq!(
            endpoint.place.to_string(),
            "127.0.0.1:7000,[::1]:7001,127.0.0.1:6379"
        );
        assert_eq!(endpoint.password.as_deref(), Some("s3cret"));
        assert_eq!(
            url.to_string(),
            "redis+cluster://ada:***@127.0.0.1:7000,[::1]:7001,127.0.0.1/0"
        );
        for wrong in [
            "redis+cluster://",
            "redis+cluster://127.0.0.1:7000,,127.0.0.1",
            "redis+cluster://:s3cret@127.0.0.1:7000/1",
            "redis+cluster://127.0.0.1:seven",
        ] {
            let error = wrong.parse::<Url>().unwrap_err().to_string();
            assert!(!error.contains("s3cret"), "{error}");
        }
    }

    #[test]
    fn what_is_not_spoken_is_named() {
        let no: BadUrl = "http://host".parse::<Url>().unwrap_err();
        assert_eq!(
            no.to_string(),
            "cannot speak http://: write redis://host:port, rediss:// for TLS, \
             redis+cluster://host:port,host:port or unix:///path/to/socket"
        );
        assert!("redis://host:port".parse::<Url>().is_err());
        assert!("redis://host/notanumber".parse::<Url>().is_err());
    }
}
