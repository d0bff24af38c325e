//! Holds the house to its plan: imports point downwards only, the domain
//! never prints, views never query.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

use std::fs;
use std::path::{Path, PathBuf};

/// Top to bottom. A module may import from those after it, and from itself.
const FLOORS: &[&str] = &[
    "shell",
    "commands",
    "view",
    "lesson",
    "lab",
    "session",
    "cache",
    "plan",
    "sandbox",
    "dataset",
    "sql",
    "clock",
    "dirs",
    "interrupt",
    "progress",
    "units",
    "words",
];

/// The lowest floor: modules there stand beside each other.
const GROUND: &[&str] = &["clock", "dirs", "interrupt", "progress", "units", "words"];

fn rust_files(dir: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(dir).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            rust_files(&path, found);
        } else if path.extension().is_some_and(|e| e == "rs") {
            found.push(path);
        }
    }
}

/// (floor, path, text) of each source file that belongs to a floor.
fn sources() -> Vec<(String, PathBuf, String)> {
    let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut files = Vec::new();
    rust_files(&src, &mut files);
    files
        .into_iter()
        .filter_map(|path| {
            let first = path.strip_prefix(&src).unwrap().iter().next()?;
            let floor = first.to_str()?.trim_end_matches(".rs").to_owned();
            (floor != "lib" && floor != "main").then(|| {
                let text = fs::read_to_string(&path).unwrap();
                (floor, path, text)
            })
        })
        .collect()
}

/// The floors that code names, as in `use crate::plan::Tree` or
/// `use crate::{plan, view::Style}`, each with the number of its line.
fn named_floors(text: &str) -> Vec<(usize, String)> {
    let mut named = Vec::new();
    for (at, _) in text.match_indices("crate::") {
        let before = &text[..at];
        let line = before.lines().last().unwrap_or_default();
        if !before.ends_with('\n') && line.trim_start().starts_with("//") {
            continue;
        }
        let number = before.matches('\n').count() + 1;
        let rest = &text[at + "crate::".len()..];
        let is_name = |c: char| c.is_alphanumeric() || c == '_';
        let mut depth = 0;
        let mut starts = true;
        for (i, c) in rest.char_indices() {
            match c {
                '{' => depth += 1,
                '}' => depth -= 1,
                ',' if depth == 1 => starts = true,
                _ if starts && is_name(c) && depth < 2 => {
                    let name = &rest[i..];
                    let end = name.find(|c| !is_name(c)).unwrap_or(name.len());
                    named.push((number, name[..end].to_owned()));
                    starts = false;
                }
                _ => {}
            }
            if depth == 0 {
                break;
            }
        }
    }
    named
}

#[test]
fn every_way_to_name_a_floor_is_seen() {
    let text = "use crate::plan::Tree;\n// crate::view\nuse crate::{\n    dataset, sql::{lex, x},\n};\nlet x = crate::units::y();";
    let named: Vec<String> = named_floors(text).into_iter().map(|it| it.1).collect();
    assert_eq!(named, ["plan", "dataset", "sql", "units"]);
}

#[test]
fn imports_point_downwards_only() {
    let height = |floor: &str| FLOORS.iter().position(|f| *f == floor);
    let mut wrong = Vec::new();
    for (floor, path, text) in sources() {
        let here = height(&floor).unwrap_or_else(|| panic!("{floor} has no floor in FLOORS"));
        for (number, other) in named_floors(&text) {
            let Some(there) = height(&other) else {
                continue;
            };
            let beside = GROUND.contains(&floor.as_str()) && GROUND.contains(&other.as_str());
            if there < here && !beside {
                wrong.push(format!("{}:{number}: {other}", path.display()));
            }
        }
    }
    assert!(
        wrong.is_empty(),
        "imports that point upwards:\n{}",
        wrong.join("\n")
    );
}

#[test]
fn views_never_query_and_the_domain_never_prints() {
    let mut wrong = Vec::new();
    for (floor, path, text) in sources() {
        let banned: &[&str] = match floor.as_str() {
            "view" => &["rusqlite::", "redis::", "println!", "eprintln!"],
            _ => &["println!", "eprintln!"],
        };
        let code = text.split("#[cfg(test)]").next().unwrap_or_default();
        for word in banned {
            if code
                .lines()
                .any(|line| !line.trim_start().starts_with("//") && line.contains(word))
            {
                wrong.push(format!("{} uses {word}", path.display()));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
