//! One spelling for statements that mean the same, for the keys of a cache.

use super::lexer::{Token, TokenKind, lex};

/// `sql` in its canonical spelling: comments gone, one blank or none between
/// tokens, keywords in lower case, no `;` at the end. It never changes what a
/// statement means nor the names of its result's columns:
///
/// - SQLite names an unaliased column after the *text* of its expression
///   (`select a+ b` gives a column `a+ b`), and an alias as it is spelt. So the
///   items of every result list, `returning` included, are kept to the letter;
///   only the blanks around an item and its `as` are folded.
/// - A common table expression's column list names columns, so the words in it
///   keep their case.
/// - Names keep their case everywhere: `from T` and `from t` are two keys. That
///   costs a shared entry at times, never a wrong answer.
pub fn normalize(sql: &str) -> String {
    let mut tokens: Vec<Token> = lex(sql).filter(|t| !t.is_blank()).collect();
    while tokens.last().is_some_and(|t| t.text(sql) == ";") {
        tokens.pop();
    }
    let column_lists = possible_column_lists(sql, &tokens);

    let mut out = String::with_capacity(sql.len());
    let mut list = ResultList::default();
    let mut names_until = 0;
    for (i, token) in tokens.iter().enumerate() {
        let before = i.checked_sub(1).map(|last| &tokens[last]);
        names_until = names_until.max(column_lists[i]);
        let part = list.part(sql, before, token);
        match before {
            // A vertical tab is no token, but behind a blank it is a blank: what
            // SQLite will refuse stays as it is.
            Some(before)
                if part == Part::InsideItem
                    || [before.kind, token.kind].contains(&TokenKind::Illegal) =>
            {
                out.push_str(&sql[before.range.end..token.range.start]);
            }
            Some(before) if is_spaced(sql, before, token) => out.push(' '),
            _ => {}
        }
        if token.kind == TokenKind::Keyword && part == Part::Plain && i >= names_until {
            out.push_str(&token.text(sql).to_ascii_lowercase());
        } else {
            out.push_str(token.text(sql));
        }
    }
    out
}

/// How much of a token's surroundings must stay.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Part {
    /// Nothing: blanks may change, and the case of a keyword.
    Plain,
    /// The token: it begins an item, or is an alias.
    Item,
    /// The token and the text between it and the one before.
    InsideItem,
}

/// Follows the result lists of a statement: from `select` or `returning` to
/// the clause after it.
#[derive(Debug, Default)]
struct ResultList {
    /// Open parentheses.
    depth: usize,
    /// The depth of the list that we are in.
    list: Option<usize>,
    /// Whether the item has begun.
    begun: bool,
    /// Whether the item's `as` has been seen.
    aliased: bool,
}

impl ResultList {
    fn part(&mut self, sql: &str, before: Option<&Token>, token: &Token) -> Part {
        let text = token.text(sql);
        if text == ")" {
            self.depth = self.depth.saturating_sub(1);
        }
        let part = self.place(sql, before, token);
        if text == "(" {
            self.depth += 1;
        }
        part
    }

    fn place(&mut self, sql: &str, before: Option<&Token>, token: &Token) -> Part {
        let text = token.text(sql);
        let keyword = |words: &[&str]| {
            token.kind == TokenKind::Keyword && words.iter().any(|w| text.eq_ignore_ascii_case(w))
        };
        let follows = |word: &str| before.is_some_and(|b| b.text(sql).eq_ignore_ascii_case(word));

        if let Some(depth) = self.list {
            let clause = text == ";" || keyword(NEXT_CLAUSES);
            // `a is distinct from b`, `percentile_cont(0.5) within group (...)`
            let in_expression = self.begun
                && (keyword(&["from"]) && follows("distinct")
                    || keyword(&["group"]) && follows("within"));
            if self.depth < depth || self.depth == depth && clause && !in_expression {
                self.list = None;
            }
        }
        let Some(depth) = self.list else {
            if keyword(&["select", "returning"]) {
                self.list = Some(self.depth);
                self.begun = false;
                self.aliased = false;
            }
            return Part::Plain;
        };
        if self.depth == depth && text == "," {
            self.begun = false;
            self.aliased = false;
            Part::Plain
        } else if self.depth == depth && self.begun && keyword(&["as"]) {
            self.aliased = true;
            Part::Plain
        } else if !self.begun && follows("select") && keyword(&["distinct", "all"]) {
            Part::Plain
        } else if self.aliased || !self.begun {
            self.begun = true;
            Part::Item
        } else {
            Part::InsideItem
        }
    }
}

/// What ends a result list, at its own depth.
const NEXT_CLAUSES: &[&str] = &[
    "from",
    "where",
    "group",
    "having",
    "order",
    "limit",
    "union",
    "intersect",
    "except",
    "returning",
];

/// For each `(` whose `)` is followed by `as`, the index of that `)`, otherwise
/// 0: among them are all column lists of common table expressions.
fn possible_column_lists(sql: &str, tokens: &[Token]) -> Vec<usize> {
    let mut close = vec![0; tokens.len()];
    let mut open = Vec::new();
    for (i, token) in tokens.iter().enumerate() {
        match token.text(sql) {
            "(" => open.push(i),
            ")" => {
                let named = tokens
                    .get(i + 1)
                    .is_some_and(|next| next.text(sql).eq_ignore_ascii_case("as"));
                if let (Some(start), true) = (open.pop(), named) {
                    close[start] = i;
                }
            }
            _ => {}
        }
    }
    close
}

/// Whether the canonical spelling has a blank between two tokens. Where it has
/// none, the two read the same side by side.
fn is_spaced(sql: &str, before: &Token, token: &Token) -> bool {
    let is_plain_name = matches!(
        before.kind,
        TokenKind::Identifier | TokenKind::QuotedIdentifier
    );
    match (before.text(sql), token.text(sql)) {
        ("(", _) | (_, "," | ")" | ";") => false,
        (_, "." | "(") if is_plain_name => false,
        (".", "*") => false,
        (".", _) => !token.is_name(),
        _ => true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn spellings_meet() {
        let canonical = "select id, name from t where a = 1 and t.b in (1, 2) order by c desc";
        for spelling in [
            canonical,
            "SELECT id,name\n  FROM t -- the table\nWHERE a=1 AND t . b IN ( 1 ,2 )\nORDER BY c DESC;",
            "/* x */ Select\tid , name From t Where a = 1 And t.b In(1,2) Order By c Desc ; ;",
        ] {
            assert_eq!(normalize(spelling), canonical);
        }
    }

    #[test]
    fn what_sqlite_refuses_does_not_become_another_statement() {
        for sql in [
            "select 1 from t\u{b}",
            "a\u{b}",
            "a /**/ \u{1}b",
            "x'1\u{b}",
        ] {
            assert_eq!(normalize(sql), sql);
            assert_eq!(normalize(&normalize(sql)), normalize(sql));
        }
    }

    #[test]
    fn what_names_a_column_is_kept() {
        for (sql, normal) in [
            ("SELECT  a+  b , NOT c FROM t", "select a+  b, NOT c from t"),
            (
                "SELECT DISTINCT  a AS  Total FROM t",
                "select distinct a as Total from t",
            ),
            (
                "SELECT a IS DISTINCT FROM  b FROM  t",
                "select a IS DISTINCT FROM  b from t",
            ),
            (
                "SELECT (SELECT  max(x) FROM  u) FROM  t",
                "select (SELECT  max(x) FROM  u) from t",
            ),
            (
                "SELECT * FROM (SELECT a/**/+b FROM  t)  WHERE  1",
                "select * from (select a/**/+b from t) where 1",
            ),
            (
                "WITH x ( KEY ) AS ( SELECT  1 ) SELECT * FROM x",
                "with x(KEY) as (select 1) select * from x",
            ),
            (
                "DELETE FROM t RETURNING  a+  b",
                "delete from t returning a+  b",
            ),
            ("SELECT 1  UNION  SELECT  2", "select 1 union select 2"),
        ] {
            assert_eq!(normalize(sql), normal);
        }
    }

    #[test]
    fn the_end_is_bare() {
        assert_eq!(normalize(""), "");
        assert_eq!(normalize(" ; -- x"), "");
        assert_eq!(normalize("select 'a ;"), "select 'a ;");
    }

    /// The tokens that mean something, keywords in one case.
    fn meaning(sql: &str) -> Vec<(TokenKind, String)> {
        let mut tokens: Vec<_> = lex(sql)
            .filter(|t| !t.is_blank())
            .map(|t| match t.kind {
                TokenKind::Keyword => (t.kind, t.text(sql).to_ascii_lowercase()),
                kind => (kind, t.text(sql).to_owned()),
            })
            .collect();
        while tokens.last().is_some_and(|t| t.1 == ";") {
            tokens.pop();
        }
        tokens
    }

    proptest! {
        #[test]
        fn normalizing_is_idempotent_and_keeps_the_meaning(
            sql in "((SELECT|from|As|distinct|with|a|b|x|1|\\.5|\\.|\\$a|:|'s'|\"q\"|\\[|\\]|;|,|\\(|\\)|-|/|\\*|--|/\\*|\\*/|\n|\\PC)[ ]?)*"
        ) {
            let once = normalize(&sql);
            prop_assert_eq!(meaning(&once), meaning(&sql));
            prop_assert_eq!(normalize(&once), once);
        }
    }
}
