//! What a CREATE INDEX is written on: its columns, expressions and condition.

use super::lex;

/// The parts of a CREATE INDEX, as they are written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IndexText<'a> {
    /// Its columns and expressions in order, without COLLATE, ASC and DESC.
    pub columns: Vec<&'a str>,
    /// What stands after WHERE.
    pub condition: Option<&'a str>,
}

/// Takes the text of a CREATE INDEX, as `sqlite_schema` holds it, apart. `None`
/// for another text.
pub fn index_text(create: &str) -> Option<IndexText<'_>> {
    let mut tokens = lex(create)
        .filter(|token| !token.is_blank())
        .skip_while(|token| !token.text(create).eq_ignore_ascii_case("on"));
    let open = tokens.find(|token| token.text(create) == "(")?;
    let (mut depth, mut start) = (1, open.range.end);
    // Where the column ends, and whether the next word is the name of a collation.
    let (mut end, mut named) = (None, false);
    let mut columns = Vec::new();
    for token in tokens.by_ref() {
        let word = token.text(create);
        match word {
            "(" => depth += 1,
            ")" => depth -= 1,
            _ => {}
        }
        if depth == 0 || depth == 1 && word == "," {
            let end = end.take().unwrap_or(token.range.start);
            columns.push(create.get(start..end)?.trim());
            start = token.range.end;
        } else if depth == 1 && !named {
            let is = |it: &str| word.eq_ignore_ascii_case(it);
            if is("collate") || is("asc") || is("desc") {
                end = end.or(Some(token.range.start));
                named = is("collate");
                continue;
            }
            // It went on: the COLLATE was within an expression.
            end = None;
        }
        named = false;
        if depth == 0 {
            break;
        }
    }
    let condition = tokens
        .next()
        .filter(|token| token.text(create).eq_ignore_ascii_case("where"))
        .and_then(|token| create.get(token.range.end..))
        .map(|text| text.trim().trim_end_matches(';').trim_end());
    (depth == 0).then_some(IndexText { columns, condition })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_expressions_and_the_condition_are_told_apart() {
        let text = "CREATE UNIQUE INDEX \"on\" ON t(a, lower(b) COLLATE NOCASE DESC, \
                    c collate \"desc\", coalesce(d, ')') asc, e COLLATE nocase || 'x')\n\
                    WHERE a > 1 AND c = ';';";
        let parts = index_text(text).unwrap();
        assert_eq!(
            parts.columns,
            [
                "a",
                "lower(b)",
                "c",
                "coalesce(d, ')')",
                "e COLLATE nocase || 'x'"
            ]
        );
        assert_eq!(parts.condition, Some("a > 1 AND c = ';'"));
        assert_eq!(
            index_text("create index i on t(a)").unwrap().condition,
            None
        );
        assert_eq!(index_text("create index i on t(a"), None);
        assert_eq!(index_text("select 1"), None);
    }
}
