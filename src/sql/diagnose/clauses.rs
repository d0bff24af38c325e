//! The clauses of a statement, read from its tokens.

use super::source::Source;

/// The clauses of a query in the order in which they are written.
const ORDER: &[(&str, &str)] = &[
    ("from", "FROM"),
    ("where", "WHERE"),
    ("group", "GROUP BY"),
    ("having", "HAVING"),
    ("order", "ORDER BY"),
    ("limit", "LIMIT"),
];

/// Words that begin another part of a statement.
const STARTS: &[&str] = &[
    "select",
    "from",
    "where",
    "group",
    "having",
    "order",
    "limit",
    "on",
    "using",
    "set",
    "values",
    "returning",
    "join",
    "union",
    "intersect",
    "except",
    "update",
    "into",
    "table",
];

impl Source<'_> {
    /// Whether token `i` is a word that begins a clause after the result list,
    /// or closes the list.
    pub fn ends_list(&self, i: usize) -> bool {
        let by = |i| self.is(i + 1, "by");
        self.is_any(
            i,
            &[
                "from",
                "where",
                "having",
                "union",
                "intersect",
                "except",
                "returning",
                ")",
            ],
        ) || self.is_any(i, &["group", "order"]) && by(i)
            || self.is(i, "limit") && !self.is_any(i + 1, &[",", "from", ")"])
    }

    /// The word that begins the clause in which token `i` stands, in lower
    /// case, and its index; `(` if a parenthesis opens nearer.
    pub fn clause(&self, i: usize) -> Option<(String, usize)> {
        let mut closed = 0_usize;
        for at in (0..i.min(self.tokens.len())).rev() {
            match self.text(at) {
                ")" => closed += 1,
                "(" if closed == 0 => return Some(("(".to_owned(), at)),
                "(" => closed -= 1,
                _ if closed == 0 && self.is_any(at, STARTS) => {
                    return Some((self.text(at).to_ascii_lowercase(), at));
                }
                _ => {}
            }
        }
        None
    }

    /// The clause that a token inside of parentheses belongs to, too.
    pub fn outer_clause(&self, i: usize) -> Option<(String, usize)> {
        let mut found = self.clause(i)?;
        while found.0 == "(" {
            found = self.clause(found.1)?;
        }
        Some(found)
    }

    /// If token `i` begins a clause that had to come earlier: how both clauses
    /// are called, this one and the one that stands before it.
    pub fn clause_out_of_order(&self, i: usize) -> Option<(&'static str, &'static str)> {
        let rank = |at| ORDER.iter().position(|(word, _)| self.is(at, word));
        let here = rank(i)?;
        let mut closed = 0_usize;
        for at in (0..i).rev() {
            match self.text(at) {
                ")" => closed += 1,
                "(" if closed == 0 => return None,
                "(" => closed -= 1,
                _ if closed > 0 => {}
                _ if self.is_any(at, &["select", "union", "intersect", "except"]) => return None,
                _ => match rank(at) {
                    Some(there) if there >= here => return Some((ORDER[here].1, ORDER[there].1)),
                    _ => {}
                },
            }
        }
        None
    }
}
