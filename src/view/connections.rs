//! The connections of a session, and what each holds.

use std::io::{self, Write};

use super::{Style, sanitize};
use crate::sandbox::Standing;

/// A line for each connection and one for each thing that it holds, with the
/// statement since which it does; then what the journal means for them.
///
/// # Errors
/// What `out` returns.
pub fn write(
    out: &mut dyn Write,
    style: &Style,
    standings: &[Standing],
    journal: Option<&str>,
) -> io::Result<()> {
    let width = standings.iter().map(|s| s.name.len()).max().unwrap_or(0);
    for standing in standings {
        let name = format!("{:<width$}", standing.name);
        let state = if standing.hold.began.is_some() {
            "in a transaction"
        } else {
            "no transaction"
        };
        let here = if standing.current {
            "   you are here"
        } else {
            ""
        };
        writeln!(out, "{}   {state}{}", style.accent(&name), style.dim(here))?;
        for (what, since) in locks(standing) {
            writeln!(out, "{:width$}   {what}", "")?;
            writeln!(out, "{:width$}     {}", "", sanitize::one_line(since))?;
        }
    }
    match journal {
        Some(journal) if standings.len() > 1 => {
            writeln!(out, "{}", style.dim(&rule_of(journal)))
        }
        _ => Ok(()),
    }
}

/// What is held, the strongest first: who writes reads, too.
fn locks(standing: &Standing) -> Vec<(&'static str, &str)> {
    let hold = &standing.hold;
    let mut locks = Vec::new();
    if let Some(since) = &hold.waits {
        locks.push(("waits until nobody reads, since", since.as_str()));
    }
    if let Some(since) = &hold.writes {
        locks.push(("holds the write lock since", since.as_str()));
    }
    match &hold.reads {
        Some(since) if hold.began.is_some() && hold.writes.as_ref() != Some(since) => {
            locks.push(("reads since", since.as_str()));
        }
        _ => {}
    }
    if let (Some(since), true) = (&hold.began, locks.is_empty()) {
        locks.push(("holds no lock yet; began with", since.as_str()));
    }
    locks
}

/// What is said when a second connection opens beside the first.
pub fn opened_second(name: &str, other: &str, journal: &str) -> String {
    format!(
        "connection {name} is open beside {other}, on the same copy of the data.\n\
         {}\n\
         .conn {other} goes back, .conn lists who holds what.",
        rule_of(journal)
    )
}

/// Who is in whose way, by the journal mode.
fn rule_of(journal: &str) -> String {
    if journal.eq_ignore_ascii_case("wal") {
        "journal WAL: a transaction sees the data as of its first read; one writes at a\n\
         time, and readers and the writer do not disturb each other."
            .to_owned()
    } else {
        format!(
            "journal {}: one writes at a time, and its COMMIT has to wait until nobody\n\
             reads. PRAGMA journal_mode = wal lets readers keep their own state.",
            journal.to_ascii_uppercase()
        )
    }
}
