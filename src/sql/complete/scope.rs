//! Which tables, aliases and common table expressions the cursor can name.

use std::borrow::Cow;

use super::cursor::Cursor;
use super::place::is_distinct_from;
use super::{Schema, TokenKind};
use crate::sql::unquote;

/// SQLite joins no more tables than this.
const MAX_JOINED: usize = 64;

/// SQLite's results have no more columns than this.
const MAX_COLUMNS: usize = 2000;

/// How many queries around the cursor are read, from it outwards; the outermost
/// is read, too, for its common table expressions. Nobody nests so deep by
/// hand, and each costs a walk through its own subqueries.
const MAX_LEVELS: usize = 16;

/// How deep subqueries in FROM are read for the columns they give.
const MAX_DEPTH: usize = 8;

/// Something with columns that a FROM names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Relation {
    name: String,
    alias: Option<String>,
    /// Its columns, as far as they are known.
    pub columns: Vec<String>,
}

impl Relation {
    /// The name that it has in its statement: the alias hides the other.
    pub fn called(&self) -> &str {
        self.alias.as_deref().unwrap_or(&self.name)
    }
}

/// What is in scope at the cursor.
pub(super) struct Scopes {
    levels: Vec<Vec<Relation>>,
    common_tables: Vec<Relation>,
    result_columns: Vec<String>,
}

impl Scopes {
    /// Reads the statement around the cursor, also what stands behind it.
    pub fn around(cursor: &Cursor<'_>, schema: &Schema) -> Scopes {
        let reader = Reader { cursor, schema };
        let mut common_tables = Vec::new();
        let mut levels = Vec::new();
        let mut result_columns = Vec::new();
        for (start, end) in groups(cursor) {
            let body = reader.read_with(start, end, &mut common_tables, 0);
            let (from, to) = arm(cursor, body.min(cursor.at).max(start), end);
            let relations = reader.relations(from, to, &common_tables, 0);
            if !relations.is_empty() || cursor.is(from, &["select"]) {
                result_columns = reader.aliases(from, to);
                levels.push(relations);
            }
        }
        levels.reverse();
        Scopes {
            levels,
            common_tables,
            result_columns,
        }
    }

    /// The relations of the innermost query, then those of the query around
    /// it, and so on.
    pub fn levels(&self) -> impl Iterator<Item = &[Relation]> {
        self.levels.iter().map(Vec::as_slice)
    }

    /// Whether no relation is known.
    pub fn is_empty(&self) -> bool {
        self.levels.iter().all(Vec::is_empty)
    }

    /// The relation that goes by this name or alias, the innermost first.
    pub fn relation(&self, name: &str) -> Option<&Relation> {
        self.levels
            .iter()
            .flatten()
            .find(|relation| relation.called().eq_ignore_ascii_case(name))
    }

    /// The names of the common table expressions, the innermost first.
    pub fn common_tables(&self) -> impl Iterator<Item = &str> {
        self.common_tables.iter().rev().map(|t| t.name.as_str())
    }

    /// The names that the innermost query gives its columns with AS.
    pub fn result_columns(&self) -> impl Iterator<Item = &str> {
        self.result_columns.iter().map(String::as_str)
    }
}

/// The groups of tokens around the cursor, from the whole statement inwards:
/// that and the innermost.
fn groups(cursor: &Cursor<'_>) -> Vec<(usize, usize)> {
    let mut groups = vec![(0, cursor.len())];
    let inner = (0..cursor.at)
        .filter(|&i| cursor.text(i) == "(" && cursor.close(i) >= cursor.at)
        .map(|i| (i + 1, cursor.close(i)));
    groups.extend(inner);
    let left_out = groups.len().saturating_sub(1 + MAX_LEVELS);
    groups.drain(1..1 + left_out);
    groups
}

/// The part of a compound query (UNION and its like) that holds the cursor.
fn arm(cursor: &Cursor<'_>, start: usize, end: usize) -> (usize, usize) {
    let (mut from, mut i) = (start, start);
    while i < end {
        if cursor.is(i, &["union", "except", "intersect"]) {
            if i >= cursor.at {
                return (from, i);
            }
            from = i + 1;
            if cursor.is(from, &["all"]) && from < cursor.at {
                from += 1;
            }
        }
        i = cursor.next(i);
    }
    (from, end)
}

/// Reads relations from tokens.
struct Reader<'c, 'a> {
    cursor: &'c Cursor<'a>,
    schema: &'c Schema,
}

impl<'a> Reader<'_, 'a> {
    /// The relations of the query between two tokens, its subqueries' apart.
    fn relations(
        &self,
        start: usize,
        end: usize,
        common: &[Relation],
        depth: usize,
    ) -> Vec<Relation> {
        let mut found = Vec::new();
        let mut i = start;
        while i < end && found.len() < MAX_JOINED {
            let cursor = self.cursor;
            let introduces = cursor.is(i, &["join", "into"])
                || cursor.is(i, &["from"]) && !is_distinct_from(cursor, i)
                || cursor.is(i, &["update"]) && i == start
                || cursor.is(i, &["table"]) && cursor.starts_with("alter")
                || cursor.is(i, &["on"]) && cursor.starts_with("create");
            if !introduces {
                i = cursor.next(i);
                continue;
            }
            let lists = cursor.is(i, &["from", "join"]);
            i += 1;
            if cursor.is(i, &["or"]) {
                i += 2;
            }
            i = self.read_list(i, end, lists, common, depth, &mut found);
        }
        found
    }

    /// Reads the relation at `i`, and those after commas if `lists`; returns
    /// the token after them.
    fn read_list(
        &self,
        mut i: usize,
        end: usize,
        lists: bool,
        common: &[Relation],
        depth: usize,
        found: &mut Vec<Relation>,
    ) -> usize {
        loop {
            i = self.read_relation(i, end, common, depth, found);
            if !(lists && i < end && self.cursor.text(i) == "," && found.len() < MAX_JOINED) {
                return i;
            }
            i += 1;
        }
    }

    fn read_relation(
        &self,
        i: usize,
        end: usize,
        common: &[Relation],
        depth: usize,
        found: &mut Vec<Relation>,
    ) -> usize {
        let cursor = self.cursor;
        // The name that is being typed is not among the tokens.
        let is_typed = i == cursor.at && !cursor.word.typed.is_empty();
        if i >= end || is_typed {
            return i;
        }
        if cursor.text(i) == "(" {
            let close = cursor.close(i).min(end);
            if !cursor.is(i + 1, &["select", "values", "with"]) {
                if depth < MAX_DEPTH {
                    self.read_list(i + 1, close, true, common, depth + 1, found);
                    let joined = self.relations(i + 1, close, common, depth + 1);
                    found.extend(joined);
                }
                return close + 1;
            }
            let columns = self.result(i + 1, close, common, depth + 1);
            let (alias, next) = self.alias(close + 1, end);
            if let Some(name) = alias {
                found.push(Relation {
                    name,
                    alias: None,
                    columns,
                });
            }
            return next;
        }
        let Some(mut name) = self.name(i) else {
            return i;
        };
        let mut next = i + 1;
        let mut qualified = false;
        if cursor.text(next) == "." {
            let Some(table) = self.name(next + 1).filter(|_| next + 1 != cursor.at) else {
                // `from main.` and the name is being typed.
                return next + 1;
            };
            (name, next, qualified) = (table, next + 2, true);
        }
        let common = common
            .iter()
            .rfind(|t| !qualified && t.name.eq_ignore_ascii_case(&name));
        let columns = match (common, self.schema.table(&name)) {
            (Some(table), _) => table.columns.clone(),
            (None, Some(table)) => table.column_names().map(str::to_owned).collect(),
            (None, None) => columns_of_function(&name),
        };
        if cursor.text(next) == "(" {
            next = cursor.close(next) + 1;
        }
        let (alias, next) = self.alias(next, end);
        found.push(Relation {
            name: name.into_owned(),
            alias,
            columns,
        });
        next
    }

    /// The alias at token `i`, if there is one, and the token after it.
    fn alias(&self, i: usize, end: usize) -> (Option<String>, usize) {
        let named = self.cursor.is(i, &["as"]);
        let at = i + usize::from(named);
        let fits = match self.cursor.kind(at) {
            Some(TokenKind::Identifier | TokenKind::QuotedIdentifier) => true,
            Some(TokenKind::Keyword) => named,
            _ => false,
        };
        if at < end && fits {
            let alias = unquote(self.cursor.text(at)).into_owned();
            (Some(alias), at + 1)
        } else {
            (None, at)
        }
    }

    /// Reads the common table expressions that begin at `start`, if any do,
    /// and returns the token after them.
    fn read_with(
        &self,
        start: usize,
        end: usize,
        common: &mut Vec<Relation>,
        depth: usize,
    ) -> usize {
        let cursor = self.cursor;
        let mut i = start;
        while cursor.is(i, &["explain", "query", "plan"]) && i < end {
            i += 1;
        }
        if !cursor.is(i, &["with"]) || depth > MAX_DEPTH {
            return i;
        }
        i += 1;
        if cursor.is(i, &["recursive"]) {
            i += 1;
        }
        while let Some(name) = self.name(i).filter(|_| i < end) {
            i += 1;
            let mut columns = Vec::new();
            if cursor.text(i) == "(" {
                let close = cursor.close(i);
                columns.extend(
                    (i + 1..close)
                        .filter_map(|i| self.name(i))
                        .map(Cow::into_owned),
                );
                i = close + 1;
            }
            while cursor.is(i, &["as", "not", "materialized"]) {
                i += 1;
            }
            if cursor.text(i) == "(" {
                if columns.is_empty() {
                    columns = self.result(i + 1, cursor.close(i), common, depth + 1);
                }
                i = cursor.close(i) + 1;
            }
            common.push(Relation {
                name: name.into_owned(),
                alias: None,
                columns,
            });
            if cursor.text(i) != "," {
                break;
            }
            i += 1;
        }
        i
    }

    /// The columns that the query between two tokens gives.
    fn result(&self, start: usize, end: usize, common: &[Relation], depth: usize) -> Vec<String> {
        if depth > MAX_DEPTH {
            return Vec::new();
        }
        let mut common = common.to_vec();
        let start = self.read_with(start, end, &mut common, depth);
        if self.cursor.is(start, &["values"]) && self.cursor.text(start + 1) == "(" {
            let values = self.items(start + 2, self.cursor.close(start + 1)).len();
            return (1..=values.min(MAX_COLUMNS))
                .map(|n| format!("column{n}"))
                .collect();
        }
        let end = self.arm_end(start, end);
        let relations = self.relations(start, end, &common, depth);
        let mut columns = Vec::new();
        for (from, to) in self.select_list(start, end) {
            let last = to - 1;
            if self.cursor.text(last) == "*" {
                let of = (from + 2 == last).then(|| self.name(from)).flatten();
                let named = relations.iter().filter(|r| {
                    of.as_ref()
                        .is_none_or(|name| r.called().eq_ignore_ascii_case(name))
                });
                columns.extend(named.flat_map(|r| r.columns.iter().cloned()));
            } else {
                columns.extend(self.result_name(from, last));
            }
            columns.truncate(MAX_COLUMNS);
        }
        columns
    }

    /// The end of the first query of a compound.
    fn arm_end(&self, start: usize, end: usize) -> usize {
        let mut i = start;
        while i < end && !self.cursor.is(i, &["union", "except", "intersect"]) {
            i = self.cursor.next(i);
        }
        i.min(end)
    }

    /// The items between SELECT and FROM, each not empty.
    fn select_list(&self, start: usize, end: usize) -> Vec<(usize, usize)> {
        if !self.cursor.is(start, &["select"]) {
            return Vec::new();
        }
        let mut from = start + 1;
        if self.cursor.is(from, &["distinct", "all"]) {
            from += 1;
        }
        let mut to = from;
        while to < end
            && !self
                .cursor
                .is(to, &["from", "where", "group", "order", "limit"])
        {
            to = self.cursor.next(to);
        }
        self.items(from, to.min(end))
    }

    /// What commas part between two tokens.
    fn items(&self, start: usize, end: usize) -> Vec<(usize, usize)> {
        let mut items = Vec::new();
        let (mut from, mut i) = (start, start);
        while i < end {
            if self.cursor.text(i) == "," {
                items.push((from, i));
                from = i + 1;
            }
            i = self.cursor.next(i);
        }
        items.push((from, end));
        items.retain(|(from, to)| from < to);
        items
    }

    /// The name of a result column whose tokens are `from..=last`: its alias,
    /// or that of the column it is.
    fn result_name(&self, from: usize, last: usize) -> Option<String> {
        let name = self.name(last)?;
        let is_column = from == last || self.cursor.text(last - 1) == ".";
        let is_alias = from < last
            && (self.cursor.is(last - 1, &["as", "end", "null"])
                || self.cursor.text(last - 1) == ")"
                || self.cursor.kind(last - 1) != Some(TokenKind::Operator)
                    && self.cursor.kind(last - 1) != Some(TokenKind::Keyword));
        (is_column || is_alias).then(|| name.into_owned())
    }

    /// What a query calls its columns with AS.
    fn aliases(&self, start: usize, end: usize) -> Vec<String> {
        self.select_list(start, end)
            .into_iter()
            .filter(|(from, to)| to - from > 2 && self.cursor.is(to - 2, &["as"]))
            .filter_map(|(_, to)| self.name(to - 1))
            .map(Cow::into_owned)
            .collect()
    }

    /// The name that token `i` spells, if it can be one.
    fn name(&self, i: usize) -> Option<Cow<'a, str>> {
        let text = self.cursor.text(i);
        match self.cursor.kind(i) {
            Some(TokenKind::Identifier | TokenKind::QuotedIdentifier) => Some(unquote(text)),
            Some(TokenKind::Keyword) if !crate::sql::is_reserved(text) => Some(Cow::Borrowed(text)),
            _ => None,
        }
    }
}

/// The columns of the functions that stand in a FROM.
fn columns_of_function(name: &str) -> Vec<String> {
    let names: &[&str] = match name.to_ascii_lowercase().as_str() {
        "json_each" | "json_tree" => &[
            "key", "value", "type", "atom", "id", "parent", "fullkey", "path",
        ],
        _ => &[],
    };
    names.iter().map(|&name| name.to_owned()).collect()
}
