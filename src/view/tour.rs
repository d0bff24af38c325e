//! The tour, one step a screen: what we ask, what is typed, what came of it,
//! and what to notice.

use std::io::{self, Write};
use std::time::Duration;

use super::footer::{Footer, Outcome, write_footer};
use super::result::{self, Counts};
use super::{Format, Style, cache, cell, highlight, plan, prose, what_if};
use crate::lesson::tour::{Against, Door, Read, Scene, Shown, Side, Told};
use crate::units::{counted, duration};

/// Prose and tables stay this narrow on wider screens, too.
const WIDEST: usize = 80;

/// Where the sentences of "what you did" begin.
const TOLD_COLUMN: usize = 14;

/// Draws one step. `prompt` stands before what is typed.
///
/// # Errors
/// What `out` returns.
pub fn write_scene(
    out: &mut dyn Write,
    style: &Style,
    prompt: &str,
    scene: &Scene,
) -> io::Result<()> {
    write_heading(out, style, scene)?;
    if !scene.asks.is_empty() {
        write_prose(out, style, &scene.asks)?;
        writeln!(out)?;
    }
    for shown in &scene.shown {
        write_shown(out, style, prompt, shown)?;
    }
    if !scene.notice.is_empty() {
        writeln!(out)?;
        write_prose(out, style, &scene.notice)?;
    }
    if let Some(question) = &scene.question {
        writeln!(out)?;
        for line in prose::wrapped(question, style.width.min(WIDEST), 0) {
            writeln!(out, "{}", style.bold(&line))?;
        }
    }
    Ok(())
}

/// Draws the ways on; with `learn`, the words before a lesson's id.
///
/// # Errors
/// What `out` returns.
pub fn write_doors(
    out: &mut dyn Write,
    style: &Style,
    learn: &str,
    doors: &[Door],
) -> io::Result<()> {
    const NUMBERS: [&str; 5] = ["No", "One", "Two", "Three", "Four"];
    let number = NUMBERS.get(doors.len()).unwrap_or(&"Many");
    let plural = if doors.len() == 1 { "door" } else { "doors" };
    let text =
        format!("{number} {plural}. Behind each, exercises that run what you type and check it:");
    write_prose(out, style, &text)?;
    let widest = |text: fn(&Door) -> &str| doors.iter().map(|it| cell::width(text(it))).max();
    let track = widest(|it| &it.track).unwrap_or(0);
    let command = |door: &Door| format!("{learn} {}", door.lesson);
    let longest = doors.iter().map(|it| command(it).len()).max().unwrap_or(0);
    for (at, door) in doors.iter().enumerate() {
        let (number, command) = ((at + 1).to_string(), command(door));
        let gap = track + 3 - cell::width(&door.track);
        let taken = track + longest + cell::width(&door.title) + 11;
        let title = match taken <= style.width.min(WIDEST) {
            true => {
                let gap = longest + 3 - command.len();
                format!("{:gap$}{}", "", style.dim(&door.title))
            }
            false => String::new(),
        };
        writeln!(
            out,
            "  {}  {}{:gap$}{}{title}",
            style.accent(&number),
            style.bold(&door.track),
            "",
            style.accent(&command),
        )?;
    }
    Ok(())
}

fn write_heading(out: &mut dyn Write, style: &Style, scene: &Scene) -> io::Result<()> {
    let arrow = if style.unicode && !style.plain {
        "▸"
    } else {
        ">"
    };
    let place = format!("{} of {}", scene.number, scene.of);
    let taken = cell::width("tour > ") + cell::width(&scene.title) + place.len();
    let gap = match style.plain {
        true => 2,
        false => style.width.min(WIDEST).saturating_sub(taken).max(2),
    };
    writeln!(
        out,
        "{} {}{:gap$}{}",
        style.dim(&format!("tour {arrow}")),
        style.bold(&scene.title),
        "",
        style.dim(&place)
    )
}

fn write_prose(out: &mut dyn Write, style: &Style, text: &str) -> io::Result<()> {
    for line in prose::wrapped(text, style.width.min(WIDEST), 0) {
        writeln!(out, "{line}")?;
    }
    Ok(())
}

fn write_shown(out: &mut dyn Write, style: &Style, prompt: &str, shown: &Shown) -> io::Result<()> {
    match shown {
        Shown::Typed(text) if text.starts_with('.') => {
            writeln!(out, "{}{text}", style.accent(prompt))
        }
        Shown::Typed(text) => {
            let text = highlight::highlight(text, style);
            writeln!(out, "{}{text}", style.accent(prompt))
        }
        Shown::Rows { rows, elapsed } => {
            let mut table = result::writer(Format::Table, out, *style, result::Options::default());
            rows.replay(&mut *table)?;
            let counts = table.counts();
            drop(table);
            let footer = Footer {
                elapsed: Some(*elapsed),
                ..footer(Outcome::Rows(counts))
            };
            write_footer(out, style, &footer)
        }
        Shown::Plan(explained) => plan::write_in_shell(out, style, false, explained),
        Shown::Weighed(weighed) => what_if::write(out, style, weighed, None),
        Shown::CacheOn { server, options } => cache::write_opened(out, style, server, options),
        Shown::Served {
            rows,
            outcome,
            times,
        } => {
            let counts = Counts {
                rows: *rows,
                shown: *rows,
            };
            let footer = Footer {
                note: Some(cache::served_note(outcome, times)),
                ..footer(Outcome::Rows(counts))
            };
            write_footer(out, style, &footer)
        }
        Shown::Done { elapsed } => {
            let footer = Footer {
                elapsed: Some(*elapsed),
                ..footer(Outcome::Done)
            };
            write_footer(out, style, &footer)
        }
        Shown::Against(against) => write_against(out, style, against),
        Shown::Stale(sides) => write_stale(out, style, sides),
        Shown::Told(told) => write_told(out, style, told),
    }
}

fn footer(outcome: Outcome) -> Footer {
    Footer {
        outcome,
        elapsed: None,
        note: None,
        hint: None,
    }
}

fn write_against(out: &mut dyn Write, style: &Style, it: &Against) -> io::Result<()> {
    let both = |name: &str, sides: [Duration; 2]| (name.to_owned(), sides.map(duration));
    let sides = Sides {
        corner: format!("median of {}", it.runs),
        names: ["without the index".to_owned(), "with the index".to_owned()],
        figures: true,
        rows: vec![
            both("the database answers in", it.database),
            both("a hit in the cache takes", it.hit),
        ],
    };
    writeln!(out)?;
    sides.write(out, style)
}

fn write_stale(out: &mut dyn Write, style: &Style, sides: &[Side; 2]) -> io::Result<()> {
    let read = |it: &Read| {
        let who = if it.hit { "HIT" } else { "MISS" };
        format!("{} ({who})", it.status)
    };
    let again = |it: &Side| match it.is_stale() {
        true => format!("{}: stale", read(&it.after)),
        false => read(&it.after),
    };
    let wrote = |it: &Side| {
        let rows = counted(it.changed, "row", "rows");
        match it.dropped {
            0 => format!("{rows} changed"),
            dropped => format!("{rows} changed, {dropped} dropped"),
        }
    };
    let of_both = |text: &dyn Fn(&Side) -> String| [text(&sides[0]), text(&sides[1])];
    let table = Sides {
        corner: String::new(),
        names: of_both(&|it| it.name.clone()),
        figures: false,
        rows: vec![
            ("the page says".to_owned(), of_both(&|it| read(&it.before))),
            ("the shop writes".to_owned(), of_both(&wrote)),
            ("the page says".to_owned(), of_both(&again)),
            (
                "the database says".to_owned(),
                of_both(&|it| it.truth.clone()),
            ),
        ],
    };
    writeln!(out)?;
    table.write(out, style)
}

/// The same things of two sides, beside each other.
struct Sides {
    corner: String,
    names: [String; 2],
    /// Whether they are figures, which stand at the right of their column.
    figures: bool,
    rows: Vec<(String, [String; 2])>,
}

impl Sides {
    fn write(&self, out: &mut dyn Write, style: &Style) -> io::Result<()> {
        let all = || self.rows.iter();
        let widest = |texts: &mut dyn Iterator<Item = &String>| {
            texts.map(|text| cell::width(text)).max().unwrap_or(0)
        };
        let label = widest(&mut all().map(|it| &it.0).chain([&self.corner]));
        let columns = [0, 1].map(|at| {
            let cells = all().map(|it| &it.1[at]);
            widest(&mut cells.chain([&self.names[at]]))
        });
        let [first, second] = columns;
        if style.plain || label + first + second + 8 > style.width {
            return self.write_apart(out);
        }
        let line = |name: &str, [a, b]: &[String; 2]| match self.figures {
            true => format!("{name:label$}    {a:>first$}    {b:>second$}"),
            false => format!("{name:label$}    {a:first$}    {b:second$}"),
        };
        let head = line(&self.corner, &self.names);
        writeln!(out, "{}", style.dim(head.trim_end()))?;
        for (name, sides) in &self.rows {
            writeln!(out, "{}", line(name, sides).trim_end())?;
        }
        Ok(())
    }

    /// One side after the other: for who hears it, and on a narrow screen.
    fn write_apart(&self, out: &mut dyn Write) -> io::Result<()> {
        for (at, name) in self.names.iter().enumerate() {
            writeln!(out, "{name}:")?;
            for (what, sides) in &self.rows {
                writeln!(out, "  {what}: {}", sides[at])?;
            }
        }
        Ok(())
    }
}

fn write_told(out: &mut dyn Write, style: &Style, told: &[Told]) -> io::Result<()> {
    let room = style.width.min(WIDEST).saturating_sub(TOLD_COLUMN).max(20);
    for it in told {
        for (at, line) in prose::wrapped(&it.says, room, 0).iter().enumerate() {
            let name = if at == 0 { it.name.as_str() } else { "" };
            let name = format!("{name:TOLD_COLUMN$}");
            writeln!(out, "{}{line}", style.accent(&name))?;
        }
    }
    Ok(())
}
