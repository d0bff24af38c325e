//! What a server is told when it starts.

use std::fmt;
use std::net::IpAddr;
use std::path::PathBuf;
use std::str::FromStr;

/// What a server is told when it starts.
#[derive(Clone)]
pub struct Config {
    /// Where clients connect.
    pub listen: Listen,
    /// Evict (or refuse writes) beyond this many bytes of data; `None` is no limit.
    pub maxmemory: Option<u64>,
    /// What to evict.
    pub policy: MaxmemoryPolicy,
    /// What `AUTH` must say. An address other than loopback needs one.
    pub password: Option<String>,
}

impl fmt::Debug for Config {
    /// Without the password.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Config")
            .field("listen", &self.listen)
            .field("maxmemory", &self.maxmemory)
            .field("policy", &self.policy)
            .field("password", &self.password.as_ref().map(|_| "***"))
            .finish()
    }
}

/// Where clients connect.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Listen {
    /// A socket file, made with mode 0600. Not on Windows.
    Unix(PathBuf),
    /// A TCP port.
    Tcp {
        /// The address to bind.
        addr: IpAddr,
        /// The port; 0 takes a free one.
        port: u16,
    },
}

/// What happens when memory is full, under Redis's names.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum MaxmemoryPolicy {
    /// Refuse writes that need memory.
    #[default]
    NoEviction,
    /// Evict the key whose last use is longest ago. Exact, where Redis samples.
    AllkeysLru,
}

impl MaxmemoryPolicy {
    /// All of them, in the order messages list them.
    pub const ALL: [MaxmemoryPolicy; 2] =
        [MaxmemoryPolicy::NoEviction, MaxmemoryPolicy::AllkeysLru];

    /// Redis's name, such as `allkeys-lru`.
    pub fn name(self) -> &'static str {
        match self {
            MaxmemoryPolicy::NoEviction => "noeviction",
            MaxmemoryPolicy::AllkeysLru => "allkeys-lru",
        }
    }

    /// `noeviction, allkeys-lru`: for messages.
    pub fn names() -> String {
        MaxmemoryPolicy::ALL.map(MaxmemoryPolicy::name).join(", ")
    }
}

impl fmt::Display for MaxmemoryPolicy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// A policy that the built-in server does not have.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("no maxmemory policy {0:?}; the built-in server has {names}", names = MaxmemoryPolicy::names())]
pub struct UnknownPolicy(String);

impl FromStr for MaxmemoryPolicy {
    type Err = UnknownPolicy;

    fn from_str(text: &str) -> Result<MaxmemoryPolicy, UnknownPolicy> {
        MaxmemoryPolicy::ALL
            .into_iter()
            .find(|policy| policy.name().eq_ignore_ascii_case(text))
            .ok_or_else(|| UnknownPolicy(text.to_owned()))
    }
}
