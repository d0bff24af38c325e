use std::fs;

use super::*;

/// A dataset of two tables, changed in one place.
fn load(from: &str, to: &str) -> Result<Spec, BadSpec> {
    const TOML: &str = r#"
name = "pair"
story = "Cats and what they eat."

[[table]]
name = "cats"
rows = { per = 0.5, at_least = 3 }

[table.columns]
id = { rule = "key" }
name = { rule = "template", text = "{names}" }
born = { rule = "moment", from = "2020-01-01", until = "2021-01-01" }
mood = { rule = "choice", of = { calm = 3, wild = 1 } }
note = { rule = "template", null = { by = "mood", of = { calm = 1, wild = 0.5 } }, text = '{{"mood":"{mood.value}"}}' }

[[table]]
name = "meals"
rows = { each = "cats", number = [1, 2, 1] }

[table.columns]
id = { rule = "key" }
cat_id = { rule = "parent" }
guest_id = { rule = "reference", to = "cats", distinct = true, except = "cat_id" }
eaten_at = { rule = "after", of = "cat_id.born", median_hours = 2, sigma = 1 }
"#;
    const SCHEMA: &str = "
CREATE TABLE cats (id INTEGER PRIMARY KEY, name TEXT, born TEXT, mood TEXT, note TEXT);
CREATE TABLE meals (id INTEGER PRIMARY KEY, cat_id INTEGER NOT NULL REFERENCES cats (id), guest_id INTEGER,
                    eaten_at TEXT NOT NULL);";
    assert!(TOML.contains(from) || SCHEMA.contains(from), "{from:?}");
    let folder = tempfile::tempdir().unwrap();
    let write = |file: &str, text: &str| fs::write(folder.path().join(file), text).unwrap();
    fs::create_dir(folder.path().join("texts")).unwrap();
    write("dataset.toml", &TOML.replace(from, to));
    write("schema.sql", &SCHEMA.replace(from, to));
    write("texts/names.txt", "Minka\nTom\n");
    Spec::load(folder.path())
}

/// What is said of a change, without the name of the folder.
fn said(from: &str, to: &str) -> String {
    let problems = load(from, to).unwrap_err().problems;
    let lines: Vec<String> = problems
        .into_iter()
        .map(|mut problem| {
            let file = std::path::Path::new(&problem.file).file_name().unwrap();
            problem.file = file.to_string_lossy().into_owned();
            problem.to_string()
        })
        .collect();
    lines.join("\n")
}

#[test]
fn a_sound_folder_loads() {
    let spec = load("pair", "pair").unwrap();
    assert_eq!(spec.name(), "pair");
    let rows: Vec<u64> = spec.estimate(Scale::Tiny).iter().map(|t| t.rows).collect();
    assert_eq!(rows, [100, 100]);
    assert_eq!(
        spec.shapes()[1].columns[1].references.as_deref(),
        Some("cats")
    );
}

#[test]
fn each_mistake_is_named_with_its_place() {
    let cases = [
        ("born = {", "bornn = {"),
        ("mood TEXT", "mood TEXT, paws INTEGER"),
        ("CREATE TABLE meals", "CREATE TABLE meal"),
        ("rule = \"choice\"", "rule = \"choise\""),
        ("median_hours = 2", "median_hour = 2"),
        ("calm = 3", "calm = -3"),
        ("cat_id.born", "cat_id.bron"),
        ("cat_id.born", "cat_id.mood"),
        ("cat_id.born", "eaten_at"),
        ("{names}", "{name}"),
        ("{names}", "{names"),
        ("each = \"cats\"", "each = \"meals\""),
        (
            "number = [1, 2, 1]",
            "by = \"mood\", numbers = { calm = [1] }",
        ),
        (
            "rows = { per = 0.5, at_least = 3 }",
            "rows = { at_least = 3 }",
        ),
        ("wild = 0.5", "wild = 1.5"),
        ("wild = 0.5 ", "tame = 0.5 "),
        ("{mood.value}", "{name.value}"),
        ("number = [1, 2, 1]", "number = 100"),
        ("number = [1, 2, 1]", "number = { power = -1 }"),
        ("after\"", "rhythm\""),
        ("2021-01-01", "2020-02-30"),
        ("name = \"pair\"", "name = \"Pair of cats\""),
        ("Cats and what they eat.", " "),
    ];
    let mut lines = String::new();
    for (from, to) in cases {
        lines.push_str(&format!(
            "{to}\n    {}\n",
            said(from, to).replace('\n', "\n    ")
        ));
    }
    insta::assert_snapshot!(lines);
}

#[test]
fn the_rows_of_one_parent_keep_apart() {
    // Two guests of each cat, out of the two other cats there are.
    let spec = load("number = [1, 2, 1]", "number = { power = 0, at_most = 2 }").unwrap();
    let spec = Spec {
        tables: {
            let mut tables = spec.tables.clone();
            tables[0].rows = RowRule::Per {
                share: 0.0,
                at_least: 3,
            };
            tables
        },
        ..spec
    };
    let db = rusqlite::Connection::open_in_memory().unwrap();
    let interrupt = crate::interrupt::Interrupt::new();
    let watcher = &mut crate::progress::ignore;
    crate::dataset::generate_into(&db, &spec, Scale::Tiny, 1, &interrupt, watcher).unwrap();
    let count = |sql| db.query_row(sql, [], |row| row.get::<_, i64>(0)).unwrap();
    let all = count("SELECT count(*) FROM meals");
    assert!(all > 0);
    let pairs = "SELECT count(*) FROM (SELECT DISTINCT cat_id, guest_id FROM meals)";
    assert_eq!(count(pairs), all);
    assert_eq!(
        count("SELECT count(*) FROM meals WHERE guest_id = cat_id"),
        0
    );
    let calm = "SELECT count(*) FROM cats WHERE mood = 'calm' AND note NOT NULL";
    assert_eq!(count(calm), 0);
    let json = r#"SELECT count(*) FROM cats WHERE note NOT NULL AND note <> '{"mood":"wild"}'"#;
    assert_eq!(count(json), 0);
}

#[test]
fn broken_files_are_named() {
    assert!(said("INTEGER PRIMARY KEY", "INTEGER PRIMARY KY").starts_with("schema.sql: "));
    assert!(said("[[table]]", "[[table]").starts_with("dataset.toml: TOML parse error"));
    let nowhere = Spec::load(FilePath::new("/nowhere")).unwrap_err();
    assert!(
        nowhere.to_string().starts_with("/nowhere/dataset.toml: "),
        "{nowhere}"
    );
}

#[test]
fn other_content_is_another_fingerprint() {
    let one = load("pair", "pair").unwrap();
    let other = load("calm = 3", "calm = 2").unwrap();
    assert_ne!(one.fingerprint(), other.fingerprint());
}

#[test]
fn each_rule_is_explained_to_authors() {
    let guide = include_str!("../../../datasets/README.md");
    let rules = said("rule = \"choice\"", "rule = \"?\"");
    let (_, rules) = rules.split_once("expected one of ").unwrap();
    for rule in rules.split(", ") {
        assert!(guide.contains(rule), "{rule}");
    }
}
