//! The line that says which cache answers from now on.

use std::io::{self, Write};

use super::plain_duration;
use crate::cache::aside::{Jitter, Protection, Strategy};
use crate::cache::codec::Encoding;
use crate::cache::layer::LONGEST_ON_FOREIGN_SERVER;
use crate::cache::server::Kind;
use crate::cache::{Invalidation, Options, Server};
use crate::units;
use crate::view::{Style, cell};

/// `cache-aside on: redis 7.0.15 on a private socket, TTL 30 s, delete on write`.
///
/// # Errors
/// Those of `out`.
pub fn write_opened(
    out: &mut dyn Write,
    style: &Style,
    server: &Server,
    options: &Options,
) -> io::Result<()> {
    let start = format!("{} on: ", options.rules.strategy.name());
    let mut line = format!("{start}{}", whereabouts(server));
    let rules = rules(server, options);
    let all = rules.join(", ");
    if cell::width(&line) + 2 + cell::width(&all) <= style.width {
        writeln!(out, "{line}, {all}")?;
    } else {
        let indent = " ".repeat(start.len());
        let mut separator = String::new();
        for rule in rules {
            let fits = cell::width(&line) + 3 + cell::width(&rule) <= style.width;
            if separator.is_empty() || !fits {
                writeln!(out, "{line}{}", separator.trim_end())?;
                line = format!("{indent}{rule}");
            } else {
                line = format!("{line}{separator}{rule}");
            }
            separator = ", ".to_owned();
        }
        writeln!(out, "{line}")?;
    }
    match &server.full {
        Some((bytes, policy)) if *bytes > 0 => {
            let holds = units::bytes(*bytes);
            let then = when_full(policy);
            let sentence = format!("it holds {holds}; when full it {then}");
            writeln!(out, "{}", style.dim(&sentence))
        }
        _ => Ok(()),
    }
}

/// What was chosen, a few words each; what is not in force is not named.
fn rules(server: &Server, options: &Options) -> Vec<String> {
    let mut rules = Vec::new();
    rules.push(match options.rules.ttl {
        Some(ttl) => {
            let mut rule = format!("TTL {}", plain_duration(ttl));
            if options.rules.jitter != Jitter::NONE {
                rule.push_str(&format!(" +-{}", options.rules.jitter));
            }
            if options.rules.sliding {
                rule.push_str(" sliding");
            }
            rule
        }
        None if server.private => "no TTL".to_owned(),
        None => format!(
            "no TTL but {} there",
            plain_duration(LONGEST_ON_FOREIGN_SERVER)
        ),
    });
    if let Some(negative) = options.rules.negative {
        rules.push(format!("without rows {}", plain_duration(negative)));
    }
    let writes = match options.rules.invalidation {
        Invalidation::None => "never dropped",
        Invalidation::Ttl => "stale until the TTL ends",
        Invalidation::DeleteOnWrite => "delete on write",
        Invalidation::Versioned => "versioned by table",
    };
    rules.push(writes.to_owned());
    if let Strategy::WriteBehind { queue, delay } = options.rules.strategy {
        let queue = units::counted(queue.into(), "write", "writes");
        rules.push(format!(
            "{queue} wait at most, till a statement comes after {}",
            plain_duration(delay)
        ));
    }
    match options.rules.protection {
        Protection::None => {}
        Protection::SingleFlight => rules.push("single-flight".to_owned()),
        Protection::Lock { lease } => rules.push(format!("lock for {}", plain_duration(lease))),
        Protection::XFetch { beta } => rules.push(format!("xfetch with beta {beta}")),
        Protection::StaleWhileRevalidate { window } => {
            rules.push(format!(
                "stale for {} while revalidating",
                plain_duration(window)
            ));
        }
    }
    if options.encoding != Encoding::Json {
        rules.push("MessagePack".to_owned());
    }
    rules
}

/// `redis 7.0.15 on a private socket`: which server, and where it is.
pub fn whereabouts(server: &Server) -> String {
    match (server.name, server.private) {
        (Kind::Builtin, true) => "built-in server in this process (not Redis)".to_owned(),
        (_, true) => format!("{server} on a private socket"),
        (_, false) => format!("{server} at {}", server.address),
    }
}

/// What a `maxmemory-policy` means, after "when full it".
fn when_full(policy: &str) -> String {
    let means = match policy {
        "noeviction" => "refuses new results",
        "allkeys-lru" => "drops what was read longest ago",
        "allkeys-lfu" => "drops what is read least",
        "allkeys-random" => "drops anything",
        "volatile-ttl" => "drops what expires soonest",
        "volatile-lru" => "drops, of what has a TTL, what was read longest ago",
        "volatile-lfu" => "drops, of what has a TTL, what is read least",
        "volatile-random" => "drops anything that has a TTL",
        _ => return format!("follows {policy}"),
    };
    format!("{means} ({policy})")
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::cache::aside::Rules;

    fn drawn(server: &Server, options: &Options) -> String {
        let mut out = Vec::new();
        write_opened(&mut out, &Style::PIPED, server, options).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn the_server_is_called_by_its_name() {
        let builtin = Server {
            name: Kind::Builtin,
            version: "0.1.0".into(),
            address: "/tmp/x/cache.sock".into(),
            private: true,
            full: Some((0, "noeviction".into())),
        };
        let thirty = Options {
            rules: Rules {
                ttl: Some(Duration::from_secs(30)),
                ..Rules::default()
            },
            ..Options::default()
        };
        insta::assert_snapshot!(drawn(&builtin, &thirty), @r"
        cache-aside on: built-in server in this process (not Redis)
                        TTL 30 s, delete on write
        ");
        let many = Options {
            rules: Rules {
                jitter: Jitter::from_thousandths(100).unwrap(),
                negative: Some(Duration::from_secs(5)),
                invalidation: Invalidation::Versioned,
                protection: Protection::ALL[4],
                strategy: Strategy::ReadThrough,
                ..thirty.rules
            },
            encoding: Encoding::MessagePack,
            ..thirty
        };
        insta::assert_snapshot!(drawn(&builtin, &many), @r"
        read-through on: built-in server in this process (not Redis)
                         TTL 30 s +-10%, without rows 5 s, versioned by table,
                         stale for 10 s while revalidating, MessagePack
        ");
        let behind = Options {
            rules: Rules {
                strategy: Strategy::ALL[3],
                ..Rules::default()
            },
            ..Options::default()
        };
        insta::assert_snapshot!(drawn(&builtin, &behind), @r"
        write-behind on: built-in server in this process (not Redis)
                         no TTL, delete on write,
                         100 writes wait at most, till a statement comes after 1 s
        ");
        let spawned = Server {
            name: Kind::Valkey,
            version: "8.0.1".into(),
            full: Some((64_000_000, "allkeys-lru".into())),
            ..builtin
        };
        insta::assert_snapshot!(drawn(&spawned, &Options::default()), @r"
        cache-aside on: valkey 8.0.1 on a private socket, no TTL, delete on write
        it holds 64 MB; when full it drops what was read longest ago (allkeys-lru)
        ");
        let foreign = Server {
            name: Kind::Redis,
            version: "7.0.15".into(),
            address: "127.0.0.1:6379".into(),
            private: false,
            full: None,
        };
        insta::assert_snapshot!(drawn(&foreign, &Options::default()), @r"
        cache-aside on: redis 7.0.15 at 127.0.0.1:6379
                        no TTL but 24 h there, delete on write
        ");
    }
}
