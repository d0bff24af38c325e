//! Advice, drawn: what to build, then before and after, then what it costs.

use std::io::{self, Write};

use super::Style;
use super::beside::{counts_row, inserts_note, inserts_row, times_row, write_figures, write_plan};
use super::prose::{self, labelled};
use super::verdict::{self, Weighed};
use crate::plan::advise::{Advice, Recommendation, Side, Workload};
use crate::units::{self, bytes, count, counted, times};

/// Where the texts beside a label begin.
const TEXT_COLUMN: usize = 12;

/// Of the sets that lost, so many are told.
const MOST_OTHERS: usize = 3;

/// Draws advice for one statement.
///
/// # Errors
/// What writing to `out` met.
pub fn write(out: &mut dyn Write, style: &Style, advice: &Advice) -> io::Result<()> {
    let Some(first) = advice.recommendations.first() else {
        return write_nothing(out, style, advice);
    };
    for ddl in &first.ddl {
        let lines = prose::wrapped(&format!("{ddl};"), style.width.min(80), 4);
        for line in lines {
            writeln!(out, "{}", style.accent(&line))?;
        }
    }
    labelled(out, style, TEXT_COLUMN, "verdict", &reason(advice, first))?;
    writeln!(out)?;
    write_plan(out, style, "now", &advice.baseline.plan)?;
    write_plan(out, style, "with it", &first.after.plan)?;
    writeln!(out)?;
    write_figures(out, style, ["now", "with it"], &figures(advice, first))?;
    labelled(out, style, TEXT_COLUMN, "it costs", &costs(first))?;
    write_redundant(out, style, &first.makes_redundant)?;
    for it in advice.recommendations.iter().skip(1).take(MOST_OTHERS) {
        let pages = counted(it.after.page_fetches, "page fetch", "page fetches");
        let text = format!(
            "{}: {pages}, {}",
            it.indexes.join(" and "),
            bytes(it.size_bytes)
        );
        labelled(out, style, TEXT_COLUMN, "also built", &text)?;
    }
    for line in prose::wrapped(&thought(advice), style.width.min(80), 0) {
        writeln!(out, "{}", style.dim(&line))?;
    }
    Ok(())
}

fn write_nothing(out: &mut dyn Write, style: &Style, advice: &Advice) -> io::Result<()> {
    let pages = counted(advice.baseline.page_fetches, "page", "pages");
    let why = if advice.candidates == 0 {
        format!(
            "no index would help: the statement fetches {pages}, and what it asks for is \
             either indexed already or nothing that an index could narrow down or sort."
        )
    } else {
        format!(
            "no index would help: of {} thought of, SQLite would use none where it has \
             statistics of the data.",
            counted(advice.candidates as u64, "index", "indexes")
        )
    };
    labelled(out, style, TEXT_COLUMN, "verdict", &why)?;
    write_plan(out, style, "now", &advice.baseline.plan)
}

/// Worth it, or why not, in a sentence.
pub(super) fn reason(advice: &Advice, it: &Recommendation) -> String {
    verdict::sentence(&Weighed {
        verdict: it.verdict,
        before: advice.baseline.cost(),
        after: it.after.cost(),
        indexes: &it.indexes,
        size: it.size_bytes,
        plan: &it.after.plan,
    })
}

fn figures(advice: &Advice, it: &Recommendation) -> Vec<super::beside::Row> {
    let sides = [&advice.baseline, &it.after];
    let [first, second] = sides.map(|side: &Side| side.elapsed);
    let name = if first.runs == second.runs {
        format!("time, median of {}", first.runs)
    } else {
        format!("time, median of {} and {}", first.runs, second.runs)
    };
    let mut rows = vec![
        counts_row("page fetches", sides.map(|side| Some(side.page_fetches))),
        times_row(name, first.median, second.median),
    ];
    if let Ok(inserts) = &it.inserts {
        rows.push(inserts_row(inserts));
    }
    rows
}

fn costs(it: &Recommendation) -> String {
    format!(
        "{}, {} to build{}",
        bytes(it.size_bytes),
        units::duration(it.build),
        inserts_note(&it.inserts)
    )
}

fn thought(advice: &Advice) -> String {
    format!(
        "{} thought of, {} planned in {}, {} built, measured and taken back.",
        counted(advice.candidates as u64, "index", "indexes"),
        counted(advice.priced as u64, "set of them", "sets of them"),
        units::duration(advice.thought),
        counted(advice.recommendations.len() as u64, "set", "sets"),
    )
}

/// Draws advice for a workload.
///
/// # Errors
/// What writing to `out` met.
pub fn write_workload(out: &mut dyn Write, style: &Style, it: &Workload) -> io::Result<()> {
    let [now, with_all, with] = it.page_fetches;
    let these = match it.statements.len() {
        1 => "this statement".to_owned(),
        n => format!("these {} statements", count(n as u64)),
    };
    if it.ddl.is_empty() {
        let text = format!("build nothing: no index helps {these} enough.");
        labelled(out, style, TEXT_COLUMN, "verdict", &text)?;
        return write_statements(out, style, it);
    }
    for ddl in &it.ddl {
        for line in prose::wrapped(&format!("{ddl};"), style.width.min(80), 4) {
            writeln!(out, "{}", style.accent(&line))?;
        }
    }
    let indexes = counted(it.ddl.len() as u64, "index", "indexes");
    let verdict = format!(
        "build {}: {} of {} proposed for {these}, and all of them together would \
         fetch {} pages where this fetches {}; now it is {}.",
        if it.ddl.len() == 1 { "it" } else { "them" },
        indexes,
        it.proposed,
        count(with_all as u64),
        count(with as u64),
        count(now as u64),
    );
    labelled(out, style, TEXT_COLUMN, "verdict", &verdict)?;
    writeln!(out)?;
    write_statements(out, style, it)?;
    let costs = format!(
        "{}, {} to build",
        bytes(it.size_bytes),
        units::duration(it.build)
    );
    labelled(out, style, TEXT_COLUMN, "it costs", &costs)?;
    for (table, inserts) in &it.inserts {
        let text = match inserts {
            Ok(inserts) => {
                let slowdown = inserts.slowdown();
                let unchecked = match inserts.unchecked {
                    true => " (measured without foreign keys)",
                    false => "",
                };
                if slowdown > 1.05 {
                    let slower = times(slowdown, 1.0);
                    format!("inserts into {table} {slower} slower{unchecked}")
                } else {
                    format!("inserts into {table} about as fast as before{unchecked}")
                }
            }
            Err(why) => format!("inserts into {table} not measured: {why}"),
        };
        labelled(out, style, TEXT_COLUMN, "", &text)?;
    }
    write_redundant(out, style, &it.makes_redundant)
}

fn write_redundant(out: &mut dyn Write, style: &Style, names: &[String]) -> io::Result<()> {
    let them = match names.len() {
        0 => return Ok(()),
        1 => "it",
        _ => "them",
    };
    let text = format!("{}: no longer needed, drop {them}", names.join(", "));
    labelled(out, style, TEXT_COLUMN, "redundant", &text)
}

fn write_statements(out: &mut dyn Write, style: &Style, it: &Workload) -> io::Result<()> {
    let head = format!(
        "{:>8}  {:>12}  {:>12}  statement",
        "weight", "pages now", "with it"
    );
    writeln!(out, "{}", style.dim(&head))?;
    for one in &it.statements {
        let sql: Vec<&str> = one.sql.split_whitespace().collect();
        let line = format!(
            "{:>8}  {:>12}  {:>12}  {}",
            one.weight,
            count(one.before),
            count(one.after),
            sql.join(" ")
        );
        writeln!(
            out,
            "{}",
            super::plan::cut(style, &line, style.width.min(80))
        )?;
    }
    for (sql, why) in &it.left_out {
        let sql: Vec<&str> = sql.split_whitespace().collect();
        let text = format!("{why}: {}", sql.join(" "));
        labelled(out, style, TEXT_COLUMN, "left out", &text)?;
    }
    Ok(())
}
