//! The commands that went to the cache server, and what it holds.

use std::io::{self, Write};
use std::time::Duration;

use super::plain_duration;
use crate::cache::layer::Listed;
use crate::cache::trace::Command;
use crate::units;
use crate::view::{Style, cell, sanitize};

/// `.cache trace`: each command with its time and reply.
///
/// # Errors
/// Those of `out`.
pub fn write_trace(out: &mut dyn Write, style: &Style, commands: &[Command]) -> io::Result<()> {
    for command in commands {
        let time = format!("{:>8} ms  ", units::milliseconds(command.time));
        let room = style.width.max(40) - time.len();
        let mut text = sanitize::one_line(&command.text);
        if !style.unicode {
            text = text.replace('…', "...").into();
        }
        let mut start = style.dim(&time);
        let mut rest = &*text;
        while cell::width(rest) > room {
            let (line, after) = rest.split_at(end_of_line(rest, room));
            writeln!(out, "{start}{line}")?;
            start = " ".repeat(time.len());
            rest = after;
        }
        write!(out, "{start}{rest}")?;
        let reply = format!("  {}", style.dim(&command.reply));
        if cell::width(rest) + 2 + cell::width(&command.reply) > room {
            write!(out, "\n{:1$}", "", time.len())?;
        }
        writeln!(out, "{}", reply)?;
    }
    Ok(())
}

/// How many bytes of `text` fit `room` columns; one character at least.
fn end_of_line(text: &str, room: usize) -> usize {
    let mut end = 0;
    for (at, c) in text.char_indices() {
        let next = at + c.len_utf8();
        if cell::width(&text[..next]) > room && end > 0 {
            break;
        }
        end = next;
    }
    end
}

/// `.cache show PATTERN`, when none of `all` cached results matches.
///
/// # Errors
/// Those of `out`.
pub fn write_no_match(out: &mut dyn Write, all: usize) -> io::Result<()> {
    match all {
        0 => writeln!(out, "nothing is cached"),
        1 => writeln!(out, "the one cached result does not match"),
        _ => {
            let all = units::count(all as u64);
            writeln!(out, "none of the {all} cached results match")
        }
    }
}

/// `.cache show`: what is cached, what it holds, and for how much longer.
///
/// # Errors
/// Those of `out`.
pub fn write_entries(out: &mut dyn Write, style: &Style, entries: &[Listed]) -> io::Result<()> {
    if entries.is_empty() {
        return writeln!(out, "nothing is cached");
    }
    for listed in entries {
        let left = match listed.ttl_left {
            Some(Duration::ZERO) => "expired".to_owned(),
            Some(left) => format!("{} left", plain_duration(left)),
            None => "no TTL".to_owned(),
        };
        let size = units::bytes(listed.bytes as u64);
        let holds = match &listed.entry {
            Some(entry) => {
                let rows = units::counted(entry.rows.rows.len() as u64, "row", "rows");
                let room = style.width.max(40).saturating_sub(2);
                let sql = sanitize::one_line(&entry.sql);
                let (sql, _) = cell::shortened(&sql, room, cell::ellipsis(style));
                writeln!(out, "{sql}")?;
                format!("{rows}, {size}, {left}")
            }
            None => {
                writeln!(out, "(not readable)")?;
                format!("{size}, {left}")
            }
        };
        writeln!(out, "    {holds}")?;
        writeln!(out, "    {}", style.dim(&listed.key))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cache::codec::{Entry, Stamp};
    use crate::sandbox::ResultSet;

    const KEY: &str = "dojo:shop:1f3a9c2e:61241374a476edeac1cc9cbad8c953d3";

    fn drawn(write: impl FnOnce(&mut Vec<u8>) -> io::Result<()>) -> String {
        let mut out = Vec::new();
        write(&mut out).unwrap();
        let text = String::from_utf8(out).unwrap();
        assert!(
            text.lines().all(|line| line.chars().count() <= 80),
            "{text}"
        );
        text
    }

    #[test]
    fn each_command_is_a_line() {
        let command = |text: String, reply: &str, micros| Command {
            text,
            reply: reply.into(),
            time: Duration::from_micros(micros),
        };
        let commands = [
            command(format!("GET {KEY}"), "(nil)", 21),
            command(
                format!("SET {KEY} '{{\"sql\":\"select … (312 B) PX 30000"),
                "OK",
                30,
            ),
        ];
        let text = drawn(|out| write_trace(out, &Style::PIPED, &commands));
        insta::assert_snapshot!(text, @r#"
        0.021 ms  GET dojo:shop:1f3a9c2e:61241374a476edeac1cc9cbad8c953d3  (nil)
        0.030 ms  SET dojo:shop:1f3a9c2e:61241374a476edeac1cc9cbad8c953d3 '{"sql":"se
                  lect … (312 B) PX 30000  OK
        "#);
    }

    #[test]
    fn what_is_cached_is_shown_by_its_statement() {
        let listed = |entry| Listed {
            key: KEY.into(),
            ttl_left: Some(Duration::from_secs(27)),
            bytes: 312,
            entry,
        };
        let entry = Entry {
            sql: "select id, status from orders where customer_id = 42 and status = 'open'"
                .repeat(2),
            params: Vec::new(),
            stamp: Stamp::default(),
            rows: ResultSet::default(),
        };
        let expired = Listed {
            ttl_left: Some(Duration::ZERO),
            ..listed(Some(Entry {
                sql: "select 1 from orders".into(),
                ..entry.clone()
            }))
        };
        let entries = [listed(Some(entry)), listed(None), expired];
        let text = drawn(|out| write_entries(out, &Style::PIPED, &entries));
        insta::assert_snapshot!(text, @r#"
        select id, status from orders where customer_id = 42 and status = 'open'selec…
            0 rows, 312 B, 27 s left
            dojo:shop:1f3a9c2e:61241374a476edeac1cc9cbad8c953d3
        (not readable)
            312 B, 27 s left
            dojo:shop:1f3a9c2e:61241374a476edeac1cc9cbad8c953d3
        select 1 from orders
            0 rows, 312 B, expired
            dojo:shop:1f3a9c2e:61241374a476edeac1cc9cbad8c953d3
        "#);
        let unmatched = |all| drawn(|out| write_no_match(out, all));
        assert_eq!(unmatched(0), "nothing is cached\n");
        assert_eq!(unmatched(1), "the one cached result does not match\n");
        assert_eq!(unmatched(12), "none of the 12 cached results match\n");
        let nothing = drawn(|out| write_entries(out, &Style::PIPED, &[]));
        assert_eq!(nothing, "nothing is cached\n");
    }
}
