//! A card for a pull request: the query before and after, what to do, and how
//! to measure it again. GitHub's Markdown.

use std::io::{self, Write};

use super::worth::{Unit, index_costs, keys, not_measured, pays, percent, server, sides, verdict};
use crate::lab::worth::{Best, Worth};

/// What stands on a card besides the figures.
#[derive(Debug, Clone, Copy)]
pub struct Card<'a> {
    /// What was measured.
    pub worth: &'a Worth,
    /// The label of the data, such as `shop@small`.
    pub data: &'a str,
    /// The command line that measures it again.
    pub command: &'a str,
    /// SQLite's version.
    pub sqlite: &'a str,
    /// The machine, in a few words.
    pub machine: &'a str,
    /// Leaves out SQL, names of tables and files.
    pub redacted: bool,
}

/// Writes the card.
///
/// # Errors
/// What writing to `out` met.
pub fn write(out: &mut dyn Write, card: &Card<'_>) -> io::Result<()> {
    let worth = card.worth;
    let unit = Unit::of(worth);
    writeln!(out, "### {}\n", title(worth))?;
    writeln!(out, "{}\n", verdict(worth))?;
    if card.redacted {
        writeln!(out, "The SQL is left out.\n")?;
    } else {
        write_code(out, "sql", &format!("{};", worth.subject.sql))?;
    }
    let at = percent(worth.verdict.hit_ratio);
    let (u, has_index) = (unit.word(), worth.indexed.is_some());
    write!(out, "| {u} a read | before | with a cache, {at} hits |")?;
    writeln!(
        out,
        "{}",
        if has_index {
            " with the index | with both |"
        } else {
            ""
        }
    )?;
    writeln!(
        out,
        "|---|---:|---:|{}",
        if has_index { "---:|---:|" } else { "" }
    )?;
    for (name, figures) in sides(worth) {
        write!(out, "| {name} |")?;
        for figure in figures {
            write!(out, " {} |", unit.figure(figure))?;
        }
        writeln!(out)?;
    }
    writeln!(out)?;
    writeln!(
        out,
        "One read of the cache takes {}, one write {}; {}.\n",
        unit.named(worth.costs.get),
        unit.figure(worth.costs.set),
        pays(worth, unit)
    )?;
    if let Some(indexed) = &worth.indexed {
        writeln!(out, "The index costs {}.\n", index_costs(worth))?;
        if !card.redacted {
            let ddl: Vec<String> = indexed
                .ddl
                .iter()
                .map(|it| format!("{};", it.trim_end_matches(';')))
                .collect();
            write_code(out, "sql", &ddl.join("\n"))?;
        }
    }
    writeln!(out, "Not measured: {}.\n", not_measured(worth))?;
    write_origin(out, card)
}

/// What measured it, and how to do it again.
fn write_origin(out: &mut dyn Write, card: &Card<'_>) -> io::Result<()> {
    let worth = card.worth;
    writeln!(out, "<details><summary>How this was measured</summary>\n")?;
    if card.redacted {
        writeln!(
            out,
            "{} keys, {} reads of each kind, in turns; medians; seed {}.\n",
            worth.keys.tuples.len(),
            worth.reads,
            worth.seed
        )?;
    } else {
        write_code(out, "sh", card.command)?;
        // A bar would end a cell, a tag would be taken for one.
        let keys = keys(worth).replace('<', "&lt;");
        writeln!(
            out,
            "Keys: {keys}; seed {}; data {}.\n",
            worth.seed, card.data
        )?;
    }
    let cache = match worth.server.private {
        true => server(worth),
        // An address is nobody else's business.
        false => format!("{} {}", worth.server.name.name(), worth.server.version),
    };
    writeln!(
        out,
        "dbdojo {}, SQLite {}, {cache}; {}.\n",
        env!("CARGO_PKG_VERSION"),
        card.sqlite,
        card.machine
    )?;
    writeln!(out, "</details>")
}

fn title(worth: &Worth) -> &'static str {
    match worth.verdict.here {
        Best::Nothing => "A cache would not help this query",
        Best::Cache => "A cache would help this query",
        Best::Index => "This query needs an index, not a cache",
        Best::Both => "This query needs an index first; then a cache helps",
    }
}

/// A fenced block whose fence is longer than any run of backticks within.
fn write_code(out: &mut dyn Write, language: &str, text: &str) -> io::Result<()> {
    let longest = text.split(|it| it != '`').map(str::len).max().unwrap_or(0);
    let fence = "`".repeat(longest.max(2) + 1);
    writeln!(out, "{fence}{language}\n{text}\n{fence}\n")
}
