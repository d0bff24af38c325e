//! Advice, drawn: what to build, then before and after, then what it costs.

use std::io::{self, Write};

use super::beside::{counts_row, times_row, write_figures, write_plan};
use super::{Style, prose};
use crate::plan::advise::{Advice, Recommendation, Side, Verdict, Why, Workload};
use crate::plan::{Access, Operation};
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
    labelled(out, style, "verdict", &reason(advice, first))?;
    writeln!(out)?;
    write_plan(out, style, "now", &advice.baseline.plan)?;
    write_plan(out, style, "with it", &first.after.plan)?;
    writeln!(out)?;
    write_figures(out, style, ["now", "with it"], &figures(advice, first))?;
    labelled(out, style, "it costs", &costs(first))?;
    if !first.makes_redundant.is_empty() {
        let (names, verb) = (&first.makes_redundant, "no longer needed");
        labelled(
            out,
            style,
            "redundant",
            &format!("{}: {verb}, drop it", names.join(", ")),
        )?;
    }
    for it in advice.recommendations.iter().skip(1).take(MOST_OTHERS) {
        let pages = counted(it.after.page_fetches, "page fetch", "page fetches");
        let text = format!(
            "{}: {pages}, {}",
            it.indexes.join(" and "),
            bytes(it.size_bytes)
        );
        labelled(out, style, "also built", &text)?;
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
            "no index would help: of {} thought of, SQLite would use none.",
            counted(advice.candidates as u64, "index", "indexes")
        )
    };
    labelled(out, style, "verdict", &why)?;
    write_plan(out, style, "now", &advice.baseline.plan)
}

/// Worth it, or why not, in a sentence.
pub(super) fn reason(advice: &Advice, it: &Recommendation) -> String {
    let (before, after) = (advice.baseline.page_fetches, it.after.page_fetches);
    let what = if it.indexes.len() == 1 { "it" } else { "them" };
    let fetches = |n: u64| counted(n, "page fetch", "page fetches");
    match it.verdict {
        Verdict::Build => format!(
            "build {what}: {} instead of {}{}.",
            fetches(after),
            count(before),
            if after > 0 && before / after.max(1) >= 2 {
                format!(", {} fewer", times(before as f64, after as f64))
            } else {
                String::new()
            }
        ),
        Verdict::Skip(Why::Unused) => {
            format!(
                "skip {what}: SQLite does not use {} for this statement.",
                it.indexes.join(", ")
            )
        }
        Verdict::Skip(Why::Slower) if after > before => {
            let more = format!("{} instead of {}", fetches(after), count(before));
            let (then, now) = (it.after.elapsed.median, advice.baseline.elapsed.median);
            if then < now.mul_f64(0.8) {
                format!(
                    "skip {what}: faster while all pages are in memory, but {more}, which a \
                     colder machine would feel."
                )
            } else if looks_up_rows(it) {
                format!("skip {what}: {more}: each row found is looked up in its table again.")
            } else {
                format!("skip {what}: with {what} the statement makes {more}.")
            }
        }
        Verdict::Skip(Why::Slower) => format!(
            "skip {what}: {} instead of {}, and yet the statement takes {} instead of {}.",
            fetches(after),
            count(before),
            units::duration(it.after.elapsed.median),
            units::duration(advice.baseline.elapsed.median)
        ),
        Verdict::Skip(Why::Small) => format!(
            "skip {what} for now: the statement fetches only {}. It may pay once the data has grown.",
            counted(before, "page", "pages")
        ),
        Verdict::Skip(Why::TooLittle) => format!(
            "skip {what}: {} instead of {} saves less than {what} would cost.",
            fetches(after),
            count(before)
        ),
        Verdict::Skip(Why::Surpassed) => format!(
            "skip {what}: {} and {}; the one that is advised does better.",
            fetches(after),
            bytes(it.size_bytes)
        ),
    }
}

fn looks_up_rows(it: &Recommendation) -> bool {
    it.after
        .plan
        .nodes
        .iter()
        .any(|node| match &node.operation {
            Operation::Loop(one) => matches!(
                &one.access,
                Access::Index { name, covering: false, .. } if it.indexes.contains(name)
            ),
            _ => false,
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
        let name = counted(inserts.rows, "insert", "inserts");
        rows.push(times_row(name, inserts.without, inserts.with));
    }
    rows
}

fn costs(it: &Recommendation) -> String {
    let mut costs = format!(
        "{}, {} to build",
        bytes(it.size_bytes),
        units::duration(it.build)
    );
    if let Err(why) = &it.inserts {
        costs += &format!("; inserts not measured: {why}");
    }
    costs
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
    let statements = counted(it.statements.len() as u64, "statement", "statements");
    if it.ddl.is_empty() {
        let text = format!("build nothing: no index helps these {statements} enough.");
        labelled(out, style, "verdict", &text)?;
        return write_statements(out, style, it);
    }
    for ddl in &it.ddl {
        for line in prose::wrapped(&format!("{ddl};"), style.width.min(80), 4) {
            writeln!(out, "{}", style.accent(&line))?;
        }
    }
    let indexes = counted(it.ddl.len() as u64, "index", "indexes");
    let verdict = format!(
        "build {}: {} of {} proposed for these {statements}, and all of them together would \
         fetch {} pages where this fetches {}; now it is {}.",
        if it.ddl.len() == 1 { "it" } else { "them" },
        indexes,
        it.proposed,
        count(with_all as u64),
        count(with as u64),
        count(now as u64),
    );
    labelled(out, style, "verdict", &verdict)?;
    writeln!(out)?;
    write_statements(out, style, it)?;
    let costs = format!(
        "{}, {} to build",
        bytes(it.size_bytes),
        units::duration(it.build)
    );
    labelled(out, style, "it costs", &costs)?;
    for (table, inserts) in &it.inserts {
        let text = match inserts {
            Ok(inserts) => {
                let (with, without) = (inserts.with.as_secs_f64(), inserts.without.as_secs_f64());
                if with > 1.05 * without {
                    format!("inserts into {table} {} slower", times(with, without))
                } else {
                    format!("inserts into {table} about as fast as before")
                }
            }
            Err(why) => format!("inserts into {table} not measured: {why}"),
        };
        labelled(out, style, "", &text)?;
    }
    if !it.makes_redundant.is_empty() {
        let text = format!("{}: no longer needed", it.makes_redundant.join(", "));
        labelled(out, style, "redundant", &text)?;
    }
    Ok(())
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
    Ok(())
}

/// A name and a text that is wrapped beside it.
fn labelled(out: &mut dyn Write, style: &Style, name: &str, text: &str) -> io::Result<()> {
    let room = style.width.min(80).saturating_sub(TEXT_COLUMN);
    for (at, line) in prose::wrapped(text, room, 0).iter().enumerate() {
        let name = format!("{:TEXT_COLUMN$}", if at == 0 { name } else { "" });
        writeln!(out, "{}{line}", style.bold(&name))?;
    }
    Ok(())
}
