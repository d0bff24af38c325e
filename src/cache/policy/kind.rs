//! The policies by name.

use std::fmt;

/// An eviction policy, as people ask for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, clap::ValueEnum)]
pub enum PolicyKind {
    /// Evicts what was used least recently
    Lru,
    /// Evicts what came first, used or not
    Fifo,
    /// Evicts anything
    Random,
    /// Evicts what was used least often
    Lfu,
    /// FIFO with a second chance for what was used
    Clock,
    /// Adapts between recency and frequency
    Arc,
    /// A queue with a hand that skips what was used
    Sieve,
    /// A small queue before a large one, and names of what left
    #[value(name = "s3-fifo", alias = "s3fifo")]
    S3Fifo,
    /// Lets in what was asked for more often than what it replaces
    #[value(name = "w-tinylfu", alias = "wtinylfu")]
    WTinyLfu,
    /// Redis's allkeys-lru: the longest idle of a few samples
    RedisLru,
    /// Redis's allkeys-lfu: the least used of a few samples
    RedisLfu,
    /// Belady's optimum: evicts what is needed again last; knows the future
    Opt,
}

impl PolicyKind {
    /// All of them.
    pub const ALL: [PolicyKind; 12] = [
        PolicyKind::Lru,
        PolicyKind::Fifo,
        PolicyKind::Random,
        PolicyKind::Lfu,
        PolicyKind::Clock,
        PolicyKind::Arc,
        PolicyKind::Sieve,
        PolicyKind::S3Fifo,
        PolicyKind::WTinyLfu,
        PolicyKind::RedisLru,
        PolicyKind::RedisLfu,
        PolicyKind::Opt,
    ];

    /// The name in reports, such as `lru`.
    pub fn name(self) -> &'static str {
        match self {
            PolicyKind::Lru => "lru",
            PolicyKind::Fifo => "fifo",
            PolicyKind::Random => "random",
            PolicyKind::Lfu => "lfu",
            PolicyKind::Clock => "clock",
            PolicyKind::Arc => "arc",
            PolicyKind::Sieve => "sieve",
            PolicyKind::S3Fifo => "s3-fifo",
            PolicyKind::WTinyLfu => "w-tinylfu",
            PolicyKind::RedisLru => "redis-lru",
            PolicyKind::RedisLfu => "redis-lfu",
            PolicyKind::Opt => "opt",
        }
    }
}

impl fmt::Display for PolicyKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}
