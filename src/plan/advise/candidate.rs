//! One index that might help.

use super::schema::{Schema, Table, quoted};

/// Characters of a name.
const LONGEST_NAME: usize = 48;

/// An index that might help.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Candidate {
    pub(super) table: String,
    pub(super) name: String,
    pub(super) key: Vec<Part>,
    /// How many parts of the key find or order rows; the rest are there so
    /// that the table need not be read.
    pub(super) leading: usize,
    /// Only rows that meet this are in it.
    pub(super) condition: Option<String>,
}

/// One part of a key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Part {
    /// As SQL, with a collation where it is not the column's own.
    pub(super) text: String,
    /// The column; `None` for an expression.
    pub(super) column: Option<usize>,
    pub(super) descending: bool,
}

impl Part {
    pub(super) fn column(table: &Table, column: usize, descending: bool) -> Part {
        Part {
            text: quoted(&table.columns[column].name),
            column: Some(column),
            descending,
        }
    }

    /// Whether it holds its column as it is, so that nothing else need.
    pub(super) fn is_plain(&self) -> bool {
        self.column.is_some()
    }

    pub(super) fn is_on_same(&self, other: &Part) -> bool {
        match (self.column, other.column) {
            (None, None) => self.text == other.text,
            (mine, theirs) => mine == theirs,
        }
    }

    fn sql(&self) -> String {
        let descending = if self.descending { " DESC" } else { "" };
        format!("{}{descending}", self.text)
    }
}

impl Candidate {
    /// `create index i on t(a, b) where ..`, without a semicolon.
    pub(super) fn ddl(&self) -> String {
        let key: Vec<String> = self.key.iter().map(Part::sql).collect();
        let condition = match &self.condition {
            Some(condition) => format!(" where {condition}"),
            None => String::new(),
        };
        format!(
            "create index {} on {}({}){condition}",
            quoted(&self.name),
            quoted(&self.table),
            key.join(", ")
        )
    }

    /// The same key with nothing behind what finds and orders rows.
    pub(super) fn is_covering(&self) -> bool {
        self.key.len() > self.leading
    }

    pub(super) fn is_plain(&self) -> bool {
        !self.is_covering()
            && self.condition.is_none()
            && self.key.iter().all(|it| it.column.is_some())
    }

    /// The same table, key and condition. Which way a key of one part runs
    /// makes no difference: an index is read from either end.
    pub(super) fn same(&self, other: &Candidate) -> bool {
        let texts = |it: &Candidate| -> Vec<String> {
            match it.key.as_slice() {
                [one] => vec![one.text.clone()],
                all => all.iter().map(Part::sql).collect(),
            }
        };
        self.table == other.table
            && self.condition == other.condition
            && (texts(self) == texts(other) || self.reversed(other))
    }

    fn reversed(&self, other: &Candidate) -> bool {
        self.key.len() == other.key.len()
            && self
                .key
                .iter()
                .zip(&other.key)
                .all(|(a, b)| a.text == b.text && a.descending != b.descending)
    }

    /// Whether `other` does all that this one does: its key begins with this.
    pub(super) fn is_beginning_of(&self, other: &Candidate) -> bool {
        self.table == other.table
            && self.condition == other.condition
            && self.key.len() < other.key.len()
            && other.key.starts_with(&self.key)
    }

    /// Whether an index that there is begins with this key, or the table's own
    /// primary key does, or this one with that: then it is the table again.
    pub(super) fn exists(&self, schema: &Schema, table: &Table) -> bool {
        if self.condition.is_some() || self.key.iter().any(|it| it.column.is_none()) {
            return false;
        }
        let columns: Vec<Option<usize>> = self.key.iter().map(|it| it.column).collect();
        let own: Vec<Option<usize>> = table.key.iter().copied().map(Some).collect();
        if own.starts_with(&columns) || (!own.is_empty() && columns.starts_with(&own)) {
            return true;
        }
        let mine: Vec<(Option<&str>, String, bool)> = self
            .key
            .iter()
            .filter_map(|it| {
                let column = &table.columns[it.column?];
                let collation = it.text.rsplit_once(" COLLATE ").map_or_else(
                    || column.collation.clone(),
                    |(_, collation)| collation.to_owned(),
                );
                Some((Some(column.name.as_str()), collation, it.descending))
            })
            .collect();
        schema.indexes.iter().any(|index| {
            !index.partial
                && index.table == self.table
                && index.key.len() >= mine.len()
                && index.key.iter().zip(&mine).all(|(there, mine)| {
                    (there.0.as_deref(), there.1.as_str(), there.2)
                        == (mine.0, mine.1.as_str(), mine.2)
                })
        })
    }

    /// A name that tells the table and the columns, as far as there is room;
    /// not yet a free one.
    pub(super) fn base_name(&self, table: &Table) -> String {
        let name = self.name_of(table, self.key.len(), "");
        if name.len() <= LONGEST_NAME {
            return name;
        }
        let mut name = self.name_of(table, self.leading, "_covering");
        if let Some((at, _)) = name.char_indices().nth(LONGEST_NAME) {
            name.truncate(at);
        }
        name.trim_end_matches('_').to_owned()
    }

    fn name_of(&self, table: &Table, parts: usize, tail: &str) -> String {
        let tail = if self.is_covering() { tail } else { "" };
        let mut words = vec![self.table.clone()];
        for part in self.key.iter().take(parts) {
            words.push(match part.column {
                Some(column) => table.columns[column].name.clone(),
                None => words_of(&part.text),
            });
        }
        if let Some(condition) = &self.condition {
            words.push(format!("where_{}", words_of(condition)));
        }
        words.retain(|word| !word.is_empty());
        words.join("_") + tail
    }
}

/// The letters and digits of an expression, for a name.
fn words_of(text: &str) -> String {
    let plain: String = text
        .chars()
        .map(|c| if c.is_ascii_alphanumeric() { c } else { ' ' })
        .collect();
    plain
        .split_whitespace()
        .collect::<Vec<_>>()
        .join("_")
        .to_ascii_lowercase()
}
