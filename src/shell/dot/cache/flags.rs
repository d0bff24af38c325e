//! The flags of `.cache on`.

use std::str::FromStr;
use std::time::Duration;

use crate::cache::aside::{Beta, Misplaced, Strategy};
use crate::cache::{Choice, Options};
use crate::commands::Failure;
use crate::sql::nearest;
use crate::units;

/// Each flag and the words that Tab offers after it.
pub(super) const FLAGS: &[(&str, &[&str])] = &[
    ("--ttl", &["30s", "5min"]),
    ("--jitter", &["10%"]),
    ("--sliding", &[]),
    ("--negative", &["5s"]),
    (
        "--invalidation",
        &["delete-on-write", "none", "ttl", "versioned"],
    ),
    (
        "--protect",
        &[
            "lock",
            "none",
            "single-flight",
            "stale-while-revalidate",
            "xfetch",
        ],
    ),
    ("--beta", &["1"]),
    ("--lease", &["3s"]),
    ("--stale", &["10s"]),
    (
        "--strategy",
        &[
            "cache-aside",
            "read-through",
            "write-behind",
            "write-through",
        ],
    ),
    ("--queue", &["100"]),
    ("--delay", &["1s"]),
    ("--encoding", &["json", "msgpack"]),
];

/// What follows `.cache on`: a server, if one is named, and the options.
///
/// # Errors
/// A usage [`Failure`] that names the flag.
pub(super) fn read(words: &[&str]) -> Result<(Option<Choice>, Options), Failure> {
    let mut options = Options::default();
    let mut server = None;
    let mut beta: Option<Beta> = None;
    let (mut lease, mut window) = (None, None);
    let (mut longest_queue, mut longest_delay) = (None, None);
    let mut words = words.iter();
    while let Some(word) = words.next() {
        let (flag, mut joined) = match word.split_once('=') {
            Some((flag, value)) if flag.starts_with("--") => (flag, Some(value)),
            _ => (*word, None),
        };
        let mut value = || {
            let value = joined.take().or_else(|| words.next().copied());
            value.ok_or_else(|| Failure::usage(format!("{flag} needs a value, {}", example(flag))))
        };
        match flag {
            "--ttl" => options.rules.ttl = Some(duration(value()?)?),
            "--jitter" => options.rules.jitter = parsed(value()?)?,
            "--sliding" => options.rules.sliding = true,
            "--negative" => options.rules.negative = Some(duration(value()?)?),
            "--invalidation" => options.rules.invalidation = parsed(value()?)?,
            "--protect" => options.rules.protection = parsed(value()?)?,
            "--beta" => beta = Some(parsed(value()?)?),
            "--lease" => lease = Some(duration(value()?)?),
            "--stale" => window = Some(duration(value()?)?),
            "--strategy" => options.rules.strategy = parsed(value()?)?,
            "--queue" => longest_queue = Some(count(value()?)?),
            "--delay" => longest_delay = Some(duration(value()?)?),
            "--encoding" => options.encoding = parsed(value()?)?,
            unknown if unknown.starts_with('-') => return Err(no_such_flag(unknown)),
            named => server = Some(parsed(named)?),
        }
        if joined.is_some() {
            return Err(Failure::usage(format!("{flag} takes no value")));
        }
    }
    if let Strategy::WriteBehind { queue, delay } = &mut options.rules.strategy {
        *queue = longest_queue.unwrap_or(*queue);
        *delay = longest_delay.unwrap_or(*delay);
    } else if longest_queue.is_some() || longest_delay.is_some() {
        let flag = longest_queue.map_or("--delay", |_| "--queue");
        let to = "a setting of --strategy write-behind";
        return Err(Failure::usage(format!("{flag} is {to}")));
    }
    options.rules.protection = options
        .rules
        .protection
        .with(beta, lease, window)
        .map_err(misplaced)?;
    Ok((server, options))
}

/// Reads a value by the type it is for, whose errors say what there is.
fn parsed<T: FromStr<Err: ToString>>(text: &str) -> Result<T, Failure> {
    text.parse()
        .map_err(|error: T::Err| Failure::usage(error.to_string()))
}

fn misplaced(error: Misplaced) -> Failure {
    let Misplaced { setting, of } = error;
    Failure::usage(format!("--{setting} is a setting of --protect {of}"))
}

fn duration(text: &str) -> Result<Duration, Failure> {
    units::parse_duration(text).map_err(|error| Failure::usage(error.to_string()))
}

fn count(text: &str) -> Result<u32, Failure> {
    let bad = || Failure::usage(format!("{text:?} is no number of writes, such as 100"));
    text.parse().map_err(|_| bad())
}

fn example(flag: &str) -> String {
    let values = FLAGS.iter().find(|(name, _)| *name == flag);
    match values.and_then(|(_, values)| values.first()) {
        Some(value) => format!("as in {flag} {value}"),
        None => "which is missing".to_owned(),
    }
}

fn no_such_flag(flag: &str) -> Failure {
    let names = FLAGS.iter().map(|(name, _)| *name);
    let hint = match nearest(flag, names.clone()) {
        Some(near) => format!("did you mean {near}?"),
        None => format!("there are {}", names.collect::<Vec<_>>().join(", ")),
    };
    Failure::usage(format!("there is no {flag} here; {hint}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cache::Invalidation;
    use crate::cache::aside::Protection;
    use crate::cache::codec::Encoding;

    fn options(line: &str) -> Result<Options, String> {
        let words: Vec<&str> = line.split_whitespace().collect();
        read(&words)
            .map(|(_, options)| options)
            .map_err(|failure| failure.message.unwrap_or_default())
    }

    #[test]
    fn each_flag_sets_its_rule() {
        let all = options(
            "builtin --ttl 30s --jitter=10% --negative 5s --invalidation versioned --protect \
             xfetch --beta 1.5 --strategy write-through --encoding msgpack",
        )
        .unwrap();
        assert_eq!(all.rules.ttl, Some(Duration::from_secs(30)));
        assert_eq!(all.rules.jitter.to_string(), "10%");
        assert_eq!(all.rules.negative, Some(Duration::from_secs(5)));
        assert_eq!(all.rules.invalidation, Invalidation::Versioned);
        let beta = "1.5".parse().unwrap();
        assert_eq!(all.rules.protection, Protection::XFetch { beta });
        assert_eq!(all.rules.strategy, Strategy::WriteThrough);
        assert_eq!(all.encoding, Encoding::MessagePack);
        let behind = options("--strategy write-behind --queue 20 --delay=5s").unwrap();
        let (queue, delay) = (20, Duration::from_secs(5));
        assert_eq!(
            behind.rules.strategy,
            Strategy::WriteBehind { queue, delay }
        );
        assert!(options("--ttl 1min --sliding").unwrap().rules.sliding);
        let lock = options("--lease 200ms --protect lock")
            .unwrap()
            .rules
            .protection;
        let lease = Duration::from_millis(200);
        assert_eq!(lock, Protection::Lock { lease });
    }

    #[test]
    fn what_tab_offers_is_understood() {
        for (flag, values) in FLAGS {
            for value in values
                .iter()
                .copied()
                .chain(values.is_empty().then_some(""))
            {
                let needed = match *flag {
                    "--beta" => "--protect xfetch",
                    "--lease" => "--protect lock",
                    "--stale" => "--protect stale-while-revalidate",
                    "--queue" | "--delay" => "--strategy write-behind",
                    _ => "",
                };
                let line = format!("{flag} {value} {needed}");
                assert!(options(&line).is_ok(), "{line}");
            }
        }
    }

    #[test]
    fn wrong_flags_are_told_what_is_right() {
        let bad = |line: &str| options(line).unwrap_err();
        insta::assert_snapshot!(bad("--protekt lock"), @"there is no --protekt here; did you mean --protect?");
        insta::assert_snapshot!(bad("--jitter"), @"--jitter needs a value, as in --jitter 10%");
        insta::assert_snapshot!(bad("--beta 1"), @"--beta is a setting of --protect xfetch");
        insta::assert_snapshot!(bad("--protect xfetch --stale 1s"), @"--stale is a setting of --protect stale-while-revalidate");
        insta::assert_snapshot!(bad("--queue 5"), @"--queue is a setting of --strategy write-behind");
        insta::assert_snapshot!(bad("--queue -5 --strategy write-behind"), @r#""-5" is no number of writes, such as 100"#);
        insta::assert_snapshot!(bad("--sliding=yes"), @"--sliding takes no value");
        for line in [
            "--ttl x",
            "--protect mutex",
            "--beta -1 --protect xfetch",
            "reddis",
        ] {
            assert!(options(line).is_err(), "{line}");
        }
    }
}
