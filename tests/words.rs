//! The words that dbdojo explains: each entry has its three lines, what it
//! says to type runs, and every term that the output uses has an entry.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use assert_cmd::Command;
use dbdojo::sql;
use dbdojo::view::{Style, words as view};
use dbdojo::words;

/// Terms that the output uses in their plain English meaning.
const EVERYDAY: &[&str] = &[
    "column",
    "columns",
    "exercise is",
    "exercises are",
    "found",
    "line",
    "lines",
    "measured",
    "query",
    "next",
    "review",
    "sample",
    "spike",
    "spikes",
    "times",
    "try",
    "with",
    "write",
    "writes",
    "you said",
];

fn drawn(word: &words::Word) -> String {
    let mut out = Vec::new();
    view::write_word(&mut out, &Style::PIPED, word).unwrap();
    String::from_utf8(out).unwrap()
}

#[test]
fn an_entry_is_three_lines_that_fit() {
    for word in words::words() {
        let text = drawn(word);
        assert_eq!(text.lines().count(), 3, "{text}");
        for line in text.lines() {
            assert!(line.chars().count() <= 80, "{text}");
        }
        assert!(word.says.ends_with('.'), "{text}");
        assert_ne!(word.r#try.is_some(), word.example.is_some(), "{text}");
        if let Some(example) = &word.example {
            assert!(!example.is_empty(), "{text}");
        }
    }
}

#[test]
fn the_list_fits_and_breaks_no_name() {
    let mut out = Vec::new();
    view::write_list(&mut out, &Style::PIPED, words::topics()).unwrap();
    let text = String::from_utf8(out).unwrap();
    assert!(
        text.lines().all(|line| line.chars().count() <= 80),
        "{text}"
    );
    for word in words::words() {
        assert!(
            text.contains(&format!(" {}", word.name)),
            "{}: {text}",
            word.name
        );
    }
}

#[test]
fn each_name_leads_to_one_entry() {
    let mut seen = BTreeSet::new();
    for name in words::names() {
        assert!(seen.insert(name.to_ascii_lowercase()), "{name} twice");
        assert!(words::find(&name.to_uppercase()).is_some(), "{name}");
    }
}

#[test]
fn authors_words_do_not_reach_learners() {
    let text: String = words::words()
        .map(drawn)
        .chain([words::cheat_sheet().to_owned()])
        .collect();
    for line in text.lines() {
        for word in line.split(|c: char| !c.is_alphabetic()) {
            let word = word.to_ascii_lowercase();
            assert!(
                !["arm", "arms", "mutant", "mutants", "variant", "variants"]
                    .contains(&word.as_str()),
                "{line}"
            );
        }
    }
}

#[test]
fn what_an_entry_says_to_type_runs() {
    let home = tempfile::tempdir().unwrap();
    for word in words::words() {
        let Some(typed) = &word.r#try else { continue };
        let run = Command::cargo_bin("dbdojo")
            .unwrap()
            .env("DBDOJO_HOME", home.path())
            .args(["-d", "shop@tiny"])
            .write_stdin(format!("{typed}\n"))
            .output()
            .unwrap();
        let told = String::from_utf8_lossy(&run.stderr);
        assert!(run.status.success(), "{}: {typed}: {told}", word.name);
    }
}

#[test]
fn the_page_of_what_to_type_is_a_page_of_what_exists() {
    let page = words::cheat_sheet();
    assert!(page.lines().count() <= 45);
    assert!(page.lines().all(|line| line.len() <= 80 && line.is_ascii()));
    let shell = sources("src/shell/dot");
    let exists = |command: &str| {
        let quoted = format!("\"{command}\"");
        shell.iter().any(|(_, text)| text.contains(&quoted))
    };
    for line in page.lines() {
        for word in line.split_whitespace() {
            if word.starts_with('.') && word.len() > 1 && word != "..." {
                let command = word.trim_end_matches(['.', ',', ';', ':']);
                assert!(exists(command), "{command}: {line}");
            }
        }
    }
}

/// The Rust files under `folder`, without their tests.
fn sources(folder: &str) -> Vec<(PathBuf, String)> {
    let mut found = Vec::new();
    gather(
        &Path::new(env!("CARGO_MANIFEST_DIR")).join(folder),
        &mut found,
    );
    assert!(!found.is_empty(), "{folder}");
    found
}

fn gather(path: &Path, found: &mut Vec<(PathBuf, String)>) {
    if path.is_dir() {
        for entry in fs::read_dir(path).unwrap() {
            gather(&entry.unwrap().path(), found);
        }
    } else if path.extension().is_some_and(|it| it == "rs") && !path.ends_with("tests.rs") {
        let text = fs::read_to_string(path).unwrap();
        let code = text.split("#[cfg(test)]").next().unwrap().to_owned();
        found.push((path.to_owned(), code));
    }
}

/// The string literals of Rust code with what stands before each.
fn literals(code: &str) -> Vec<(&str, &str)> {
    let mut found = Vec::new();
    let mut at = 0;
    for line in code.split_inclusive('\n') {
        let (start, end) = (at, at + line.len());
        at = end;
        if line.trim_start().starts_with("//") {
            continue;
        }
        let mut rest = start;
        while let Some(open) = code[rest..end].find('"').map(|i| rest + i) {
            let Some(length) = code[open + 1..].find('"') else {
                break;
            };
            let close = open + 1 + length;
            found.push((code[..open].trim_end(), &code[open + 1..close]));
            rest = close + 1;
            if rest >= end {
                break;
            }
        }
    }
    found
}

/// A label is a word or two, no sentence and no format.
fn is_term(text: &str) -> bool {
    let letters = |c: char| c.is_ascii_alphanumeric() || " -/,%+".contains(c);
    (2..24).contains(&text.len())
        && text != "and"
        && text.chars().all(letters)
        && text.starts_with(|c: char| c.is_ascii_alphabetic())
}

/// The terms in a view's code: the nouns that it counts, the labels of its
/// tables and lines, the heads of its columns.
fn terms_of_view(code: &str, found: &mut BTreeSet<String>) {
    for (before, text) in literals(code) {
        let statement = before.rsplit([';', '{', '}']).next().unwrap();
        // counted(n, "page fetch", "page fetches")
        let is_noun = statement.contains("counted(") && before.ends_with(',');
        // row("hit ratio", ..), wrap(out, "verdict", ..), labelled(out, style, TEXT_COLUMN, "it costs", ..)
        // However it is broken into lines.
        let call: String = statement.split_whitespace().collect();
        let is_label = ["row(", "wrap(out,"].iter().any(|it| before.ends_with(it))
            || call.ends_with("labelled(out,style,")
            || call.ends_with("labelled(out,style,TEXT_COLUMN,");
        // "break-even  {} ms a query": a label in front of a figure
        let label = match text.split_once("  ") {
            Some((label, _)) => Some(label),
            None => (is_noun || is_label).then_some(text),
        };
        found.extend(label.filter(|it| is_term(it)).map(str::to_owned));
    }
    // "policy", "holds", "share": a line of nothing else is the heads of columns.
    for line in code.lines() {
        let quoted = line.trim().strip_prefix('"');
        let Some(list) = quoted.and_then(|it| it.strip_suffix('"')) else {
            continue;
        };
        let heads: Vec<&str> = list.split("\", \"").collect();
        if heads.len() > 2 {
            let named = heads.into_iter().filter(|head| !head.is_empty());
            found.extend(named.map(str::to_owned));
        }
    }
}

/// Every term that the output uses, with where.
fn terms() -> BTreeMap<String, String> {
    let mut terms = BTreeMap::new();
    let mut add = |path: &Path, found: BTreeSet<String>| {
        for term in found {
            terms.insert(term, path.display().to_string());
        }
    };
    for folder in ["src/view", "src/plan", "src/lab/report"] {
        for (path, code) in sources(folder) {
            let mut found = BTreeSet::new();
            terms_of_view(&code, &mut found);
            add(&path, found);
        }
    }
    // The codes of findings and the kinds of nodes.
    for (path, code) in sources("src/plan") {
        let is_code = |text: &&str| {
            text.starts_with(|c: char| c.is_ascii_lowercase())
                && text.contains('-')
                && text.chars().all(|c| c.is_ascii_lowercase() || c == '-')
        };
        let found = literals(&code).into_iter().map(|(_, text)| text);
        add(&path, found.filter(is_code).map(str::to_owned).collect());
    }
    let codes = sql::lint::LINTS.iter().map(|lint| lint.code.to_owned());
    add(Path::new("lints"), codes.collect());
    terms
}

#[test]
fn every_term_of_the_output_has_an_entry() {
    let terms = terms();
    // What must have been seen, or the search itself is broken.
    for known in [
        "page fetch",
        "VM step",
        "hit ratio",
        "break-even",
        "mean, ms",
        "verdict",
        "it costs",
        "temp-b-tree",
        "full-scan",
        "covering-index",
        "limit-without-order",
        "rows visited",
    ] {
        assert!(terms.contains_key(known), "{known}: {terms:#?}");
    }
    let missing: Vec<_> = terms
        .iter()
        .filter(|(term, _)| words::find(term).is_none() && !EVERYDAY.contains(&term.as_str()))
        .collect();
    assert!(
        missing.is_empty(),
        "no entry under words/ has these names: {missing:#?}"
    );
    for plain in EVERYDAY {
        assert!(terms.contains_key(*plain), "{plain} is not used any more");
    }
}

/// The vocabulary of the design, and the words of the first screen.
#[test]
fn the_vocabulary_has_entries() {
    for word in [
        "dataset",
        "scale",
        "practice database",
        "session",
        "plan node",
        "finding",
        "cache server",
        "cache-aside",
        "hit ratio",
        "workload",
        "rows visited",
        "page fetch",
        "database read",
        "policy",
        "lesson",
        "exercise",
        "loop",
        "covering",
        "selectivity",
        "temp b-tree",
        "break-even",
    ] {
        assert!(words::find(word).is_some(), "{word}");
    }
}
