//! What an answer is worth, as a learner reads it and as a program does.

use std::io::{self, Write};

use serde::Serialize;

use super::{INDENT, Style, labelled, write_json};
use crate::lesson::{Bounded, Exercise, Feedback, Lesson, Prediction, Verdict, Work};
use crate::plan::COUNTS_ROWS;
use crate::sandbox::Counters;
use crate::units::{count, counted};

/// What an answer is worth, and why.
///
/// # Errors
/// What `out` returns.
pub fn write_verdict(out: &mut dyn Write, style: &Style, verdict: &Verdict) -> io::Result<()> {
    if let Some(prediction) = &verdict.prediction {
        write_prediction(out, style, prediction)?;
        return match &verdict.workload {
            Some(result) => labelled(out, style, "", &format!("In virtual time: {result}.")),
            None => Ok(()),
        };
    }
    match &verdict.feedback {
        None => {
            labelled(out, style, "passed", &praise(verdict))?;
            write_bounded(out, style, &verdict.bounded)?;
        }
        Some(feedback) => {
            let label = match feedback {
                Feedback::Plan(_) => "almost",
                _ => "not yet",
            };
            let text = feedback.to_string();
            let text = match verdict.place() {
                None => text,
                Some(place) => format!("right on your data, but {place}: {text}"),
            };
            let stop = if text.ends_with(['?', '.']) { "" } else { "." };
            labelled(out, style, label, &format!("{text}{stop}"))?;
        }
    }
    if let Some(result) = &verdict.workload {
        labelled(out, style, "", &format!("In virtual time: {result}."))?;
    }
    if let Some(sentence) = verdict.misconception.as_ref().or(verdict.question.as_ref()) {
        labelled(out, style, "", sentence)?;
    }
    if let Some(statement) = verdict.left_out.first() {
        let first = statement.split_whitespace().next().unwrap_or_default();
        let text = format!(
            "Your {} was left out: the answer is judged on the rows as they were.",
            first.to_uppercase()
        );
        labelled(out, style, "", &text)?;
    }
    Ok(())
}

/// Each bounded figure: the learner's, the bound, and what it was at first.
fn write_bounded(out: &mut dyn Write, style: &Style, bounded: &[Bounded]) -> io::Result<()> {
    if bounded.is_empty() {
        return Ok(());
    }
    let at_first = |row: &Bounded| row.at_first.clone().unwrap_or_else(|| "-".to_owned());
    let rows = bounded.iter().map(|row| {
        [
            row.what.to_owned(),
            row.yours.clone(),
            row.bound.clone(),
            at_first(row),
        ]
    });
    let head = ["", "yours", "asked for", "at first"].map(str::to_owned);
    let rows: Vec<[String; 4]> = std::iter::once(head).chain(rows).collect();
    let widest = |at: usize| rows.iter().map(|row| row[at].chars().count()).max();
    let [what, yours, bound, first] = [0, 1, 2, 3].map(|at| widest(at).unwrap_or(0));
    for (at, [of, mine, asked, before]) in rows.iter().enumerate() {
        let line = format!("{of:<what$}   {mine:>yours$}   {asked:>bound$}   {before:>first$}");
        let line = if at == 0 { style.dim(&line) } else { line };
        writeln!(out, "{:INDENT$}{line}", "")?;
    }
    Ok(())
}

/// A guess beside the measurement.
fn write_prediction(out: &mut dyn Write, style: &Style, prediction: &Prediction) -> io::Result<()> {
    if let Some(guess) = prediction.guess_shown() {
        labelled(out, style, "you said", &guess)?;
    }
    let close = prediction.closeness();
    let close = close.map_or_else(String::new, |close| format!(": {close}"));
    let measured = prediction.measured_shown();
    labelled(out, style, "measured", &format!("{measured}{close}."))
}

fn praise(verdict: &Verdict) -> String {
    let visited = |work: &Option<Work>| work.and_then(|work| work.visited_rows);
    if verdict.workload.is_some() {
        return "within the bounds, with these readers and with others like them.".to_owned();
    }
    match (visited(&verdict.work), visited(&verdict.starter)) {
        (Some(now), Some(before)) if now < before => {
            let sorts = |work: &Option<Work>| work.map_or(0, |work| work.counters.sorts);
            let no_sort = if sorts(&verdict.starter) > 0 && sorts(&verdict.work) == 0 {
                ", and no sort"
            } else {
                ""
            };
            let now = counted(now, "row", "rows");
            format!("{now} visited instead of {}{no_sort}.", count(before))
        }
        _ if verdict.work.is_none() => {
            "as asked, on your data and on other data like it.".to_owned()
        }
        _ if !COUNTS_ROWS => "the right rows, on your data and on hidden tables like it. This \
             build of dbdojo cannot count rows visited, so a bound on them was not checked."
            .to_owned(),
        _ => "the right rows, on your data and on hidden tables like it.".to_owned(),
    }
}

/// A verdict as data: the contract of `learn --answer --format json`.
///
/// # Errors
/// What `out` returns.
pub fn write_verdict_json(
    out: &mut dyn Write,
    lesson: &Lesson,
    exercise: &Exercise,
    verdict: &Verdict,
) -> io::Result<()> {
    #[derive(Serialize)]
    struct Contract<'a> {
        lesson: &'a str,
        exercise: &'a str,
        passed: bool,
        feedback: Option<String>,
        variant: Option<String>,
        misconception: Option<&'a str>,
        counters: Option<Counted>,
        #[serde(skip_serializing_if = "Option::is_none")]
        prediction: Option<Predicted>,
        #[serde(skip_serializing_if = "Option::is_none")]
        workload: Option<Played>,
    }
    #[derive(Serialize)]
    struct Played {
        reads: u64,
        hit_ratio: f64,
        database_reads: u64,
        stale_reads: u64,
        mean_us: u128,
        p99_us: u128,
    }
    #[derive(Serialize)]
    struct Predicted {
        guess: Option<String>,
        measured: String,
        close: bool,
    }
    #[derive(Serialize)]
    struct Counted {
        rows_visited: Option<u64>,
        vm_steps: u64,
        fullscan_steps: u64,
        sorts: u64,
        auto_indexes: u64,
        page_fetches: u64,
    }
    let counters = verdict.work.map(|work| {
        let Counters {
            vm_steps,
            fullscan_steps,
            sorts,
            auto_indexes,
            page_fetches,
        } = work.counters;
        Counted {
            rows_visited: work.visited_rows,
            vm_steps,
            fullscan_steps,
            sorts,
            auto_indexes,
            page_fetches,
        }
    });
    write_json(
        out,
        &Contract {
            lesson: &lesson.id,
            exercise: &exercise.slug,
            passed: verdict.passed,
            feedback: verdict.feedback.as_ref().map(ToString::to_string),
            variant: verdict.ground.name(),
            misconception: verdict.misconception.as_deref(),
            counters,
            prediction: verdict.prediction.as_ref().map(|prediction| Predicted {
                guess: prediction.guess_shown(),
                measured: prediction.measured_shown(),
                close: prediction.is_close(),
            }),
            workload: verdict.workload.map(|result| Played {
                reads: result.reads,
                hit_ratio: result.hit_ratio,
                database_reads: result.database_reads,
                stale_reads: result.stale_reads,
                mean_us: result.mean.as_micros(),
                p99_us: result.p99.as_micros(),
            }),
        },
    )
}
