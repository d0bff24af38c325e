//! The words that dbdojo uses, each explained with an example, and the page of
//! what to type: files under `words/`, embedded.

use std::sync::OnceLock;

use include_dir::{Dir, include_dir};
use serde::Deserialize;

static FILES: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/words");

/// Words that belong together: one file.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Topic {
    /// What they are about.
    pub topic: String,
    /// The words, those that others build on first.
    #[serde(rename = "word")]
    pub words: Vec<Word>,
}

/// One word, or a term of a few.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Word {
    /// How it is printed.
    pub name: String,
    /// Other names, other forms, and labels under which it is printed.
    #[serde(default)]
    pub also: Vec<String>,
    /// What it means: two lines of 80 columns beside the name.
    pub says: String,
    /// Something to type that shows it.
    pub r#try: Option<String>,
    /// How it looks, where there is nothing short to type.
    pub example: Option<String>,
}

impl Word {
    /// Its name and its other names.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        std::iter::once(self.name.as_str()).chain(self.also.iter().map(String::as_str))
    }
}

/// All words by topic, in the order of the files.
pub fn topics() -> &'static [Topic] {
    static TOPICS: OnceLock<Vec<Topic>> = OnceLock::new();
    TOPICS.get_or_init(|| {
        let mut files: Vec<_> = FILES.files().collect();
        files.retain(|file| file.path().extension().is_some_and(|it| it == "toml"));
        files.sort_by_key(|file| file.path());
        files
            .into_iter()
            .map(|file| {
                let text = file.contents_utf8().unwrap_or_default();
                toml::from_str(text).expect("the files are embedded, and a test reads them all")
            })
            .collect()
    })
}

/// All words.
pub fn words() -> impl Iterator<Item = &'static Word> {
    topics().iter().flat_map(|topic| &topic.words)
}

/// Every name of every word.
pub fn names() -> impl Iterator<Item = &'static str> {
    words().flat_map(Word::names)
}

/// The word that goes by this name, in any case.
pub fn find(name: &str) -> Option<&'static Word> {
    words().find(|word| word.names().any(|it| it.eq_ignore_ascii_case(name)))
}

/// What to type, on one page.
pub fn cheat_sheet() -> &'static str {
    FILES
        .get_file("cheat.txt")
        .and_then(|file| file.contents_utf8())
        .expect("the file is embedded, and a test reads it")
}
