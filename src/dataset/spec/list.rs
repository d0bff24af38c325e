//! Text lists: one entry a line, with `#` comments and blank lines between.
//!
//! Two spaces of indentation put an entry under the one above it, and after a
//! colon may come words that belong to it: `    Tea: Green Tea, Black Tea`.

use super::fold::slug;

/// A file of `texts/`.
#[derive(Debug, Clone)]
pub struct List {
    /// Its name, without `.txt`.
    pub name: String,
    /// At least one.
    pub entries: Vec<Entry>,
}

/// One line of a list.
#[derive(Debug, Clone)]
pub struct Entry {
    /// The text before the colon.
    pub text: String,
    /// The entry that this one is indented under.
    pub above: Option<usize>,
    /// Whether no other entry is indented under this one.
    pub is_leaf: bool,
    /// The words after the colon.
    pub words: Vec<String>,
    /// The text as an e-mail address would spell it; `None` when it has letters
    /// that no address spells.
    pub slug: Option<String>,
}

impl List {
    /// Reads a list, or says which line is wrong.
    pub fn parse(name: &str, text: &str) -> Result<List, String> {
        let mut entries: Vec<Entry> = Vec::new();
        // The latest entry of each depth.
        let mut open: Vec<usize> = Vec::new();
        for (number, line) in text.lines().enumerate() {
            let content = line.trim();
            if content.is_empty() || content.starts_with('#') {
                continue;
            }
            let indent = line.len() - line.trim_start_matches(' ').len();
            let depth = indent / 2;
            if indent % 2 != 0 || depth > open.len() {
                return Err(format!(
                    "line {}: indent by two spaces for each level",
                    number + 1
                ));
            }
            let (text, words) = content.split_once(':').unwrap_or((content, ""));
            open.truncate(depth);
            let above = open.last().copied();
            if let Some(above) = above {
                entries[above].is_leaf = false;
            }
            open.push(entries.len());
            entries.push(Entry {
                text: text.trim().to_owned(),
                above,
                is_leaf: true,
                words: words
                    .split(',')
                    .map(|word| word.trim().to_owned())
                    .filter(|word| !word.is_empty())
                    .collect(),
                slug: slug(text),
            });
        }
        if entries.is_empty() {
            return Err("the list is empty".to_owned());
        }
        Ok(List {
            name: name.to_owned(),
            entries,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn indentation_makes_a_tree() {
        let list = List::parse("t", "# goods\nA\n  B: x, y z\n  C\n\nD\n").unwrap();
        let above: Vec<_> = list.entries.iter().map(|e| e.above).collect();
        assert_eq!(above, [None, Some(0), Some(0), None]);
        assert_eq!(list.entries[1].words, ["x", "y z"]);
        assert!(!list.entries[0].is_leaf && list.entries[3].is_leaf);
    }

    #[test]
    fn a_wrong_line_is_named() {
        let error = List::parse("t", "A\n    B\n").unwrap_err();
        assert_eq!(error, "line 2: indent by two spaces for each level");
        assert!(List::parse("t", "# nothing\n").is_err());
    }
}
