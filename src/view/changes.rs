//! What of the learner's own would go, or has gone.

use std::io::{self, Write};

use super::{Style, prose, sanitize};
use crate::sandbox::{Changes, Mark, Object};
use crate::units;

/// Names listed at most for one kind of thing.
const NAMED: usize = 8;

/// What `.reset` is about to throw away, a line or two for each kind; `marks`
/// are those that go as well.
///
/// # Errors
/// What `out` returns.
pub fn write_loss(
    out: &mut dyn Write,
    style: &Style,
    label: &str,
    changes: &Changes,
    marks: &[Mark],
) -> io::Result<()> {
    writeln!(out, "This throws away what you made of {label}:")?;
    let screen = style.width.clamp(20, 80);
    for (what, names) in lines(changes, marks) {
        let label = format!("  {what:<11}");
        let mut start = style.accent(&label);
        for line in prose::wrapped(&names, screen.saturating_sub(label.len()), 0) {
            writeln!(out, "{start}{line}")?;
            start = " ".repeat(label.len());
        }
    }
    Ok(())
}

/// The same in one sentence's part: `index i; 3 rows changed in orders`.
pub fn in_short(changes: &Changes, marks: &[Mark]) -> String {
    let parts = lines(changes, marks)
        .into_iter()
        .map(|(what, names)| match what {
            "rows" => names,
            what => format!("{what} {names}"),
        });
    parts.collect::<Vec<_>>().join("; ")
}

fn lines(changes: &Changes, marks: &[Mark]) -> Vec<(&'static str, String)> {
    let mut lines = Vec::new();
    for kind in ["table", "index", "view", "trigger"] {
        let made = of_kind(&changes.made, kind);
        if !made.is_empty() {
            lines.push((kind, named(&made)));
        }
    }
    let temporary: Vec<&str> = changes.temporary.iter().map(String::as_str).collect();
    let all = |objects| Vec::from_iter(names(objects));
    for (what, names) in [
        ("temporary", temporary),
        ("altered", all(&changes.altered)),
        ("dropped", all(&changes.dropped)),
    ] {
        if !names.is_empty() {
            lines.push((what, named(&names)));
        }
    }
    if !changes.tables.is_empty() {
        let tables: Vec<&str> = changes.tables.iter().map(String::as_str).collect();
        let rows = match changes.rows {
            // Triggers, or INSERT OR IGNORE: what changed was not counted.
            0 => "some changed".to_owned(),
            rows => format!("{} changed", units::counted(rows, "row", "rows")),
        };
        lines.push(("rows", format!("{rows} in {}", named(&tables))));
    }
    match marks {
        [] => {}
        [mark] => lines.push(("mark", named(&[&mark.name]))),
        marks => {
            let names: Vec<&str> = marks.iter().map(|mark| mark.name.as_str()).collect();
            lines.push(("marks", named(&names)));
        }
    }
    lines
}

fn names(objects: &[Object]) -> impl Iterator<Item = &str> {
    objects.iter().map(|object| object.name.as_str())
}

fn of_kind<'a>(objects: &'a [Object], kind: &str) -> Vec<&'a str> {
    let of_kind = objects.iter().filter(|object| object.kind == kind);
    of_kind.map(|object| object.name.as_str()).collect()
}

fn named(names: &[&str]) -> String {
    let shown: Vec<String> = names
        .iter()
        .take(NAMED)
        .map(|n| sanitize::one_line(n).into_owned())
        .collect();
    let mut text = shown.join(", ");
    if names.len() > NAMED {
        text.push_str(&format!(" and {} more", names.len() - NAMED));
    }
    text
}
