//! The page about workloads: its examples are workloads, and it tells of each
//! key that a file may have.

use dbdojo::lab::workload::Workload;

const PAGE: &str = include_str!("../docs/workloads.md");

#[test]
fn the_examples_are_workloads() {
    let examples: Vec<&str> = PAGE
        .split("```toml\n")
        .skip(1)
        .map(|rest| rest.split("```").next().unwrap())
        .collect();
    assert_eq!(examples.len(), 3);
    for example in &examples {
        Workload::parse("example", None, example).unwrap();
    }
}

#[test]
fn each_key_is_told_of() {
    let source = include_str!("../src/lab/workload/file.rs");
    let structs = source.split("/// Reads `text`").next().unwrap();
    let keys: Vec<&str> = structs
        .lines()
        .filter_map(|line| line.strip_prefix("    ")?.split_once(": "))
        .map(|(key, _)| key)
        .filter(|key| key.chars().all(|c| c.is_ascii_lowercase() || c == '_'))
        .collect();
    assert!(keys.len() > 25, "{keys:?}");
    for key in keys {
        let told = PAGE.contains(&format!("`{key}`"))
            || PAGE.contains(&format!("[{key}]"))
            || PAGE.contains(&format!("[simulated.{key}]"))
            || PAGE.contains(&format!(" {key} = "))
            || PAGE
                .lines()
                .any(|line| line.starts_with(&format!("{key} = ")));
        assert!(told, "docs/workloads.md does not tell of {key}");
    }
}
