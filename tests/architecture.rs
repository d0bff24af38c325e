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

/// The floors that a line of code names, as in `use crate::plan::Tree`.
fn named_floors(line: &str) -> impl Iterator<Item = &str> {
    line.split("crate::").skip(1).map(|rest| {
        let end = rest
            .find(|c: char| !c.is_alphanumeric() && c != '_')
            .unwrap_or(rest.len());
        &rest[..end]
    })
}

#[test]
fn imports_point_downwards_only() {
    let height = |floor: &str| FLOORS.iter().position(|f| *f == floor);
    let mut wrong = Vec::new();
    for (floor, path, text) in sources() {
        let here = height(&floor).unwrap_or_else(|| panic!("{floor} has no floor in FLOORS"));
        for (number, line) in text.lines().enumerate() {
            let code = line.trim_start();
            if code.starts_with("//") {
                continue;
            }
            for other in named_floors(code) {
                let Some(there) = height(other) else { continue };
                let beside = GROUND.contains(&floor.as_str()) && GROUND.contains(&other);
                if there < here && !beside {
                    wrong.push(format!("{}:{}: {}", path.display(), number + 1, code));
                }
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
