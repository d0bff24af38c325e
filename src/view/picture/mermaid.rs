//! A plan as Mermaid text: a flow chart from the statement down to its steps.

use std::fmt::Write as _;
use std::io;

use super::fit::{statement, wrapped};
use super::step::{Step, steps, totals};
use crate::plan::Explanation;

/// Writes `plan` as a Mermaid flow chart.
///
/// # Errors
/// What writing to `out` met.
pub fn write(out: &mut dyn io::Write, plan: &Explanation) -> io::Result<()> {
    out.write_all(chart(plan).as_bytes())
}

/// Columns and lines that a box shows of the statement.
const SQL_ROOM: usize = 60;
const SQL_LINES: usize = 4;

fn chart(plan: &Explanation) -> String {
    let steps = steps(plan);
    let mut text = "flowchart TD\n".to_owned();
    let mut lines = wrapped(&statement(&plan.sql), SQL_ROOM, SQL_LINES);
    lines.extend(totals(plan));
    // Writing to a String cannot fail.
    let _ = writeln!(text, "  query{}", boxed(&lines));
    // The node that the next one of each depth hangs from.
    let mut above: Vec<String> = vec!["query".to_owned()];
    let heaviest = heaviest(&steps);
    for (at, step) in steps.iter().enumerate() {
        let name = format!("step{}", at + 1);
        let mut lines = wrapped(&step.label, SQL_ROOM, 3);
        lines.extend((!step.figures.is_empty()).then(|| step.figures.clone()));
        lines.extend(step.percent().map(|it| format!("{it} of the rows visited")));
        let _ = writeln!(text, "  {name}{}", boxed(&lines));
        above.truncate(step.depth + 1);
        let from = above.last().map_or("query", String::as_str);
        let _ = writeln!(text, "  {from} --> {name}");
        if heaviest == Some(at) {
            let _ = writeln!(text, "  style {name} stroke-width:3px");
        }
        above.push(name);
    }
    text
}

/// The step with more than half of the rows visited, where there are several.
fn heaviest(steps: &[Step]) -> Option<usize> {
    let one = steps.iter().position(|it| it.share > Some(0.5))?;
    (steps.len() > 1).then_some(one)
}

fn boxed(lines: &[String]) -> String {
    let lines: Vec<String> = lines.iter().map(|line| escaped(line)).collect();
    format!("[\"{}\"]", lines.join("<br>"))
}

/// Mermaid writes what has a meaning of its own as `#name;`. Words that end a
/// line of its grammar are harmless inside quotes.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '"' => out.push_str("#quot;"),
            '<' => out.push_str("#lt;"),
            '>' => out.push_str("#gt;"),
            '&' => out.push_str("#amp;"),
            // `#` and `;` make entities, a backquote begins Markdown, `%%` a
            // comment, a backslash may escape.
            '#' | ';' | '`' | '\\' | '%' => {
                let _ = write!(out, "#{};", u32::from(c));
            }
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_cannot_leave_its_box() {
        assert_eq!(
            escaped("a\"]; click <b>&#`%%"),
            "a#quot;]#59; click #lt;b#gt;#amp;#35;#96;#37;#37;"
        );
    }
}
