//! Who answers: the name and version that a server gives itself.

use std::fmt;

use redis::Value;

use super::url::{Endpoint, Place};
use crate::cache::connection::{Connection, Fault};

/// The kinds of cache server.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Kind {
    /// Redis itself, or something that says it is.
    Redis,
    /// Valkey.
    Valkey,
    /// The server in this process. Never called Redis.
    Builtin,
}

impl Kind {
    /// The word in reports.
    pub fn name(self) -> &'static str {
        match self {
            Kind::Redis => "redis",
            Kind::Valkey => "valkey",
            Kind::Builtin => "builtin",
        }
    }
}

/// The server that answers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Server {
    /// What it is.
    pub name: Kind,
    /// Its own version.
    pub version: String,
    /// Where it listens; never a password.
    pub address: String,
    /// Whether it was started for this process alone.
    pub private: bool,
    /// What it does when it is full: its `maxmemory-policy`, and after how
    /// many bytes (0: no limit). `None` if it does not say.
    pub full: Option<(u64, String)>,
}

impl Server {
    /// Asks the server at the other end who it is.
    ///
    /// # Errors
    /// The [`Fault`] of asking.
    pub fn identify(
        connection: &mut Connection,
        endpoint: &Endpoint,
        private: bool,
    ) -> Result<Server, Fault> {
        let info = match connection.ask(&redis::cmd("INFO"))? {
            Value::BulkString(bytes) => String::from_utf8_lossy(&bytes).into_owned(),
            Value::VerbatimString { text, .. } => text,
            _ => return Err(Fault::Broken("its INFO is no text".to_owned())),
        };
        let (name, version) = recognise(&info)
            .ok_or_else(|| Fault::Broken("its INFO names no version".to_owned()))?;
        let limit = info_field(&info, "maxmemory").and_then(|bytes| bytes.parse().ok());
        let policy = info_field(&info, "maxmemory_policy").map(str::to_owned);
        Ok(Server {
            name,
            version,
            address: match &endpoint.place {
                Place::Cluster { .. } => {
                    let nodes = connection.nodes() as u64;
                    let nodes = crate::units::counted(nodes, "node", "nodes");
                    format!("{} (a cluster of {nodes})", endpoint.place)
                }
                place => place.to_string(),
            },
            private,
            full: limit.zip(policy),
        })
    }
}

impl fmt::Display for Server {
    /// `redis 7.0.15`, `built-in server`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.name {
            Kind::Builtin => f.write_str("built-in server"),
            kind => write!(f, "{} {}", kind.name(), self.version),
        }
    }
}

/// Kind and version from the text of an `INFO` reply. Valkey and the built-in
/// server give a Redis version, too, for clients that insist on one.
fn recognise(info: &str) -> Option<(Kind, String)> {
    let version_of = |name: &str| info_field(info, name).map(str::to_owned);
    if info_field(info, "server_name") == Some("dbdojo-builtin") {
        return version_of("server_version").map(|version| (Kind::Builtin, version));
    }
    if let Some(version) = version_of("valkey_version") {
        return Some((Kind::Valkey, version));
    }
    version_of("redis_version").map(|version| (Kind::Redis, version))
}

/// The field `name` of the text of an `INFO` reply.
pub fn info_field<'a>(info: &'a str, name: &str) -> Option<&'a str> {
    info.lines().find_map(|line| {
        let (key, value) = line.split_once(':')?;
        (key == name).then(|| value.trim_end())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_server_is_called_by_its_own_name() {
        let redis = "# Server\r\nredis_version:7.0.15\r\nos:Linux\r\n";
        let valkey =
            "# Server\r\nredis_version:7.2.4\r\nserver_name:valkey\r\nvalkey_version:8.0.1\r\n";
        let builtin =
            "server_name:dbdojo-builtin\r\nserver_version:0.1.0\r\nredis_version:7.2.0\r\n";
        assert_eq!(recognise(redis), Some((Kind::Redis, "7.0.15".into())));
        assert_eq!(recognise(valkey), Some((Kind::Valkey, "8.0.1".into())));
        assert_eq!(recognise(builtin), Some((Kind::Builtin, "0.1.0".into())));
        assert_eq!(recognise("hello"), None);
    }

    /// The first lines of INFO as servers in use have given them, from reports
    /// in the trackers of redis/redis (9620, 11859, 14267, 15175) and
    /// valkey-io/valkey (1775, 2561).
    #[test]
    fn recorded_replies_name_redis_6_2_to_8_and_valkey() {
        for (info, name, version) in [
            ("redis_version:6.2.3", Kind::Redis, "6.2.3"),
            ("redis_version:7.0.8", Kind::Redis, "7.0.8"),
            ("redis_version:8.0.2", Kind::Redis, "8.0.2"),
            ("redis_version:8.6.3", Kind::Redis, "8.6.3"),
            (
                "redis_version:7.2.4\r\nserver_name:valkey\r\nvalkey_version:8.0.2",
                Kind::Valkey,
                "8.0.2",
            ),
            (
                "redis_version:7.2.4\r\nserver_name:valkey\r\nvalkey_version:8.1.2\r\n\
                 valkey_release_stage:ga",
                Kind::Valkey,
                "8.1.2",
            ),
        ] {
            let info = format!(
                "# Server\r\n{info}\r\nredis_git_sha1:00000000\r\nredis_git_dirty:0\r\n\
                 redis_mode:standalone\r\narch_bits:64\r\n"
            );
            assert_eq!(recognise(&info), Some((name, version.into())), "{info}");
        }
    }

    #[test]
    fn a_field_is_matched_whole() {
        let info = "maxmemory_human:1M\r\nmaxmemory:1000000\r\n";
        assert_eq!(info_field(info, "maxmemory"), Some("1000000"));
    }
}
