//! Kept states of the data.

use std::io::{self, Write};

use super::{Style, changes, prose};
use crate::sandbox::{Changes, MOST_MARK_BYTES, Mark, Object};
use crate::units;

/// All marks with what they hold and what they take on the disk.
///
/// # Errors
/// What `out` returns.
pub fn write_list(out: &mut dyn Write, style: &Style, marks: &[Mark]) -> io::Result<()> {
    if marks.is_empty() {
        return writeln!(
            out,
            "There is no mark yet: .mark keeps the state of your data."
        );
    }
    let width = marks.iter().map(|mark| mark.name.len()).max().unwrap_or(0);
    for mark in marks {
        let name = format!("{:<width$}", mark.name);
        writeln!(
            out,
            "{}   {:>7}   {}",
            style.accent(&name),
            size(mark),
            contents(mark)
        )?;
    }
    let total: u64 = marks.iter().map(|mark| mark.bytes).sum();
    let told = format!(
        "{} of the {} that marks may take; they end with the session.",
        units::bytes(total),
        units::bytes(MOST_MARK_BYTES)
    );
    writeln!(out, "{}", style.dim(&told))
}

/// What `.mark` says.
pub fn kept(mark: &Mark) -> String {
    let place = if mark.bytes > 0 {
        format!("{} on the disk", units::bytes(mark.bytes))
    } else {
        "it takes no space yet".to_owned()
    };
    let (name, contents) = (&mark.name, contents(mark));
    wrapped(&format!(
        "mark {name}: {contents}; {place}. .back {name} brings it back."
    ))
}

/// What `.mark drop` says.
pub fn dropped(mark: &Mark) -> String {
    match mark.bytes {
        0 => format!("mark {} is dropped.", mark.name),
        bytes => format!(
            "mark {} is dropped, {} freed.",
            mark.name,
            units::bytes(bytes)
        ),
    }
}

/// What `.back` says: where one is, and which tables and indexes went.
pub fn back(name: &str, before: &Changes, now: &Changes) -> String {
    let missing = |these: &[Object], those: &[Object]| -> Vec<Object> {
        let gone = these.iter().filter(|object| !those.contains(object));
        gone.cloned().collect()
    };
    let gone = Changes {
        made: missing(&before.made, &now.made),
        ..Changes::default()
    };
    let again = Changes {
        made: missing(&now.made, &before.made),
        ..Changes::default()
    };
    let mut told = format!("The data is as it was at mark {name}.");
    if !gone.is_empty() {
        told.push_str(&format!(" Gone: {}.", changes::in_short(&gone, &[])));
    }
    if !again.is_empty() {
        told.push_str(&format!(" Back: {}.", changes::in_short(&again, &[])));
    }
    wrapped(&told)
}

fn wrapped(text: &str) -> String {
    prose::wrapped(text, 80, 0).join("\n")
}

fn size(mark: &Mark) -> String {
    match mark.bytes {
        0 => "-".to_owned(),
        bytes => units::bytes(bytes),
    }
}

fn contents(mark: &Mark) -> String {
    if mark.changes.is_empty() {
        "the data as at the start".to_owned()
    } else {
        changes::in_short(&mark.changes, &[])
    }
}
