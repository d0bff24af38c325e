//! The first turns of a join: each row of the outer loop, and below it the rows
//! that the loops inside find for it.

use std::io::{self, Write};

use super::cell::{self, Reading};
use super::plan::{cut, outline};
use super::{Style, prose, sanitize};
use crate::plan::join::{MOST_ROWS, Row, Turn, Turns, Unmatched};
use crate::sandbox::{Value, ValueRef};
use crate::units::{count, counted};

/// Draws the turns.
///
/// # Errors
/// What writing to `out` met.
pub fn write(out: &mut dyn Write, style: &Style, it: &Turns) -> io::Result<()> {
    for line in outline(style, &it.plan) {
        writeln!(out, "{}", cut(style, &line, style.width))?;
    }
    let drawn = Drawn { style, it };
    for (at, turn) in it.turns.iter().enumerate() {
        writeln!(out)?;
        drawn.turn(out, at, turn)?;
    }
    if !it.later.is_empty() {
        writeln!(out)?;
        writeln!(
            out,
            "{}",
            style.dim("further on, the first that find something:")
        )?;
    }
    for (at, turn) in it.later.iter().enumerate() {
        writeln!(out)?;
        drawn.turn(out, at, turn)?;
    }
    if let Some(unmatched) = &it.unmatched {
        drawn.unmatched(out, unmatched)?;
    }
    writeln!(out)?;
    for line in prose::wrapped(&drawn.sum(), style.width, 0) {
        writeln!(out, "{line}")?;
    }
    Ok(())
}

struct Drawn<'a> {
    style: &'a Style,
    it: &'a Turns,
}

/// Before each line of a turn but the first.
const INDENT: &str = "   ";

impl Drawn<'_> {
    fn turn(&self, out: &mut dyn Write, at: usize, turn: &Turn) -> io::Result<()> {
        let rows = match turn.rows {
            0 => "no row".to_owned(),
            n if n >= MOST_ROWS => format!("{} rows or more", count(n)),
            n => counted(n, "row", "rows"),
        };
        let arrow = if self.style.unicode { "→" } else { "->" };
        let result = format!("  {arrow} {rows}");
        let room = self.style.width.saturating_sub(cell::width(&result));
        let head = cut(
            self.style,
            &format!("{:<3}{}", at + 1, self.row(&turn.row)),
            room,
        );
        writeln!(
            out,
            "{}{}",
            self.style.bold(&head),
            self.style.accent(&result)
        )?;
        self.below(out, &turn.row, INDENT)
    }

    fn below(&self, out: &mut dyn Write, row: &Row, indent: &str) -> io::Result<()> {
        let level = row.level + 1;
        let Some(table) = self.it.tables.get(level) else {
            return Ok(());
        };
        let alias = sanitize::one_line(&table.alias);
        let kept = row.inner.iter().filter(|it| it.columns.is_some()).count() as u64;
        let more = row.matched.saturating_sub(kept);
        let last_row = row.inner.len().checked_sub(1).filter(|_| more == 0);
        for (at, inner) in row.inner.iter().enumerate() {
            let (branch, bar) = self.branch(Some(at) == last_row);
            let later = if inner.later { "further on: " } else { "" };
            self.line(out, &format!("{indent}{branch}{later}{}", self.row(inner)))?;
            self.below(out, inner, &format!("{indent}{bar}"))?;
        }
        let (branch, _) = self.branch(true);
        if more > 0 {
            let text = format!("{indent}{branch}{}", and_more(more, row.matched, &alias));
            self.line(out, &self.style.dim(&text))?;
        } else if row.inner.is_empty() {
            let text = if table.left {
                format!("{indent}{branch}the conditions of WHERE keep none of its rows")
            } else {
                format!("{indent}{branch}no row of {alias} fits: this one is dropped")
            };
            self.line(out, &text)?;
        }
        Ok(())
    }

    /// What a RIGHT or FULL JOIN adds after the loops.
    fn unmatched(&self, out: &mut dyn Write, it: &Unmatched) -> io::Result<()> {
        let [outer, inner] = [0, 1].map(|at| {
            let table = self.it.tables.get(at);
            sanitize::one_line(table.map_or("", |it| it.alias.as_str()))
        });
        let rows = match it.rows {
            0 => "none".to_owned(),
            n if n >= MOST_ROWS => format!("{} or more", count(n)),
            n => count(n),
        };
        writeln!(out)?;
        let text = format!(
            "after the loops, the rows of {inner} that met no row of {outer}, with NULLs: {rows}"
        );
        for line in prose::wrapped(&text, self.style.width, 0) {
            writeln!(out, "{}", self.style.dim(&line))?;
        }
        let more = it.rows - it.first.len() as u64;
        for (at, row) in it.first.iter().enumerate() {
            let (branch, _) = self.branch(more == 0 && at + 1 == it.first.len());
            self.line(out, &format!("{INDENT}{branch}{}", self.row(row)))?;
        }
        if more > 0 {
            let (branch, _) = self.branch(true);
            let text = format!("{INDENT}{branch}{}", and_more(more, it.rows, &inner));
            self.line(out, &self.style.dim(&text))?;
        }
        Ok(())
    }

    fn branch(&self, last: bool) -> (&'static str, &'static str) {
        match (self.style.plain, self.style.unicode, last) {
            (true, ..) => ("  ", "  "),
            (_, true, false) => ("├─ ", "│  "),
            (_, true, true) => ("└─ ", "   "),
            (_, false, false) => ("|- ", "|  "),
            (_, false, true) => ("`- ", "   "),
        }
    }

    fn line(&self, out: &mut dyn Write, text: &str) -> io::Result<()> {
        writeln!(out, "{}", cut(self.style, text, self.style.width))
    }

    fn row(&self, row: &Row) -> String {
        let alias = self
            .it
            .tables
            .get(row.level)
            .map_or("", |it| it.alias.as_str());
        let alias = sanitize::one_line(alias);
        let Some(columns) = &row.columns else {
            let join = if self.it.unmatched.is_some() {
                "FULL"
            } else {
                "LEFT"
            };
            return format!("{alias}  NULL: none fits, and the {join} JOIN keeps the row");
        };
        let shown: Vec<String> = columns
            .iter()
            .map(|(name, value)| format!("{} {}", sanitize::one_line(name), self.value(value)))
            .collect();
        format!("{alias}  {}", shown.join(", "))
    }

    fn value(&self, value: &Value) -> String {
        let mut text = String::new();
        Reading::short(self.style).append(ValueRef::from(value), &mut text);
        cut(self.style, &text, 24)
    }

    /// How many rows the turns became.
    fn sum(&self) -> String {
        let it = self.it;
        let table = it.tables.first().map_or("", |it| it.name.as_str());
        let inner = it.tables.get(1).map_or("", |it| it.name.as_str());
        let turns = it.turns.len() as u64;
        if turns == 0 {
            return format!(
                "No row of {table} passes its conditions, so the loop over {inner} never starts."
            );
        }
        let rows: u64 = it.turns.iter().map(|turn| turn.rows).sum();
        let capped = it.turns.iter().any(|turn| turn.rows >= MOST_ROWS);
        let least = if capped { "at least " } else { "" };
        let first = if it.more { "The first " } else { "" };
        let mut text = format!(
            "{first}{} of {table} became {least}{}.",
            counted(turns, "row", "rows"),
            match rows {
                0 => "none".to_owned(),
                rows => counted(rows, "row", "rows"),
            }
        );
        let without = it.turns.iter().filter(|turn| turn.rows == 0).count() as u64;
        if without > 0 && rows > 0 {
            text += &format!(
                " {} found no partner and is in none of them.",
                count(without)
            );
            if without > 1 {
                text = text.replace("and is in", "and are in");
            }
        }
        if rows > turns {
            text += &format!(" So a sum over {table} counts some of its rows more than once.");
        }
        if it.grouped {
            text += " These are the rows before grouping.";
        }
        text
    }
}

/// That `more` of `all` rows are not shown; `all` may be no more than were
/// counted.
fn and_more(more: u64, all: u64, of: &str) -> String {
    let more = count(more);
    if all >= MOST_ROWS {
        format!("and {more} or more of {of}")
    } else {
        format!("and {more} more of {of}")
    }
}
