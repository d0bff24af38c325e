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
    /// Of the keys with a time-to-live, evict what was used longest ago.
    VolatileLru,
    /// Of the keys with a time-to-live, evict what is used least often.
    VolatileLfu,
    /// Evict any key with a time-to-live.
    VolatileRandom,
    /// Evict what expires soonest.
    VolatileTtl,
    /// Evict what was used longest ago.
    AllkeysLru,
    /// Evict what is used least often.
    AllkeysLfu,
    /// Evict any key.
    AllkeysRandom,
    /// Refuse writes that need memory.
    #[default]
    NoEviction,
}

impl MaxmemoryPolicy {
    /// All of them, in the order of Redis's messages.
    pub const ALL: [MaxmemoryPolicy; 8] = [
        MaxmemoryPolicy::VolatileLru,
        MaxmemoryPolicy::VolatileLfu,
        MaxmemoryPolicy::VolatileRandom,
        MaxmemoryPolicy::VolatileTtl,
        MaxmemoryPolicy::AllkeysLru,
        MaxmemoryPolicy::AllkeysLfu,
        MaxmemoryPolicy::AllkeysRandom,
        MaxmemoryPolicy::NoEviction,
    ];

    /// Redis's name, such as `allkeys-lru`.
    pub fn name(self) -> &'static str {
        match self {
            MaxmemoryPolicy::VolatileLru => "volatile-lru",
            MaxmemoryPolicy::VolatileLfu => "volatile-lfu",
            MaxmemoryPolicy::VolatileRandom => "volatile-random",
            MaxmemoryPolicy::VolatileTtl => "volatile-ttl",
            MaxmemoryPolicy::AllkeysLru => "allkeys-lru",
            MaxmemoryPolicy::AllkeysLfu => "allkeys-lfu",
            MaxmemoryPolicy::AllkeysRandom => "allkeys-random",
            MaxmemoryPolicy::NoEviction => "noeviction",
        }
    }

    /// Whether only keys with a time-to-live are evicted.
    pub fn only_volatile(self) -> bool {
        self.name().starts_with("volatile")
    }

    /// Whether it goes by how often a key is used.
    pub fn is_lfu(self) -> bool {
        self.name().ends_with("lfu")
    }

    /// Whether it goes by when a key was last used.
    pub fn is_lru(self) -> bool {
        self.name().ends_with("lru")
    }

    /// `volatile-lru, ..., noeviction`: for messages.
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
