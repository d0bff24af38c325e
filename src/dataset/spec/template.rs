//! Texts with entries of lists in them: `{adjectives} {category_id.words}`.

use super::resolve::Names;
use super::rule::Piece;

/// The pieces of a text, and how many random words they take from `slot` on.
pub fn parse(
    names: &Names<'_>,
    table: usize,
    text: &str,
    slot: u64,
) -> Result<(Vec<Piece>, u64), String> {
    let mut pieces = Vec::new();
    let mut taken = 0;
    let mut rest = text;
    let mut literal = String::new();
    while let Some(at) = rest.find(['{', '}']) {
        literal.push_str(&rest[..at]);
        let (brace, from) = rest[at..].split_at(1);
        // A brace that is meant is written twice, as in Rust's own templates.
        if brace == "}" || from.starts_with('{') {
            literal.push_str(brace);
            rest = from.strip_prefix(brace).unwrap_or(from);
            continue;
        }
        if !literal.is_empty() {
            pieces.push(Piece::Text(std::mem::take(&mut literal)));
        }
        let (inside, after) = from
            .split_once('}')
            .ok_or_else(|| format!("{{{from} has no closing brace"))?;
        let piece = placeholder(names, table, inside, slot + taken)?;
        taken += u64::from(matches!(piece, Piece::Pick { .. } | Piece::Word { .. }));
        pieces.push(piece);
        rest = after;
    }
    literal.push_str(rest);
    if !literal.is_empty() {
        pieces.push(Piece::Text(literal));
    }
    Ok((pieces, taken))
}

fn placeholder(names: &Names<'_>, table: usize, inside: &str, slot: u64) -> Result<Piece, String> {
    let Some((column_name, what)) = inside.split_once('.') else {
        let list = names.list(inside)?;
        return Ok(Piece::Pick { list, slot });
    };
    let column = names.column_of(table, column_name)?;
    if let Some(lists) = names.combined(table, column) {
        if what == "round" {
            return Ok(Piece::Round { column });
        }
        let (name, slug) = match what.split_once(':') {
            None => (what, false),
            Some((name, "slug")) => (name, true),
            Some((_, other)) => return Err(format!("{other} is not known; slug is")),
        };
        let part = lists.iter().position(|list| list == name);
        let part = part.ok_or_else(|| format!("{column_name} combines no list {name}"))?;
        if slug {
            are_distinct_slugs(names, name)?;
        }
        return Ok(Piece::Part { column, part, slug });
    }
    if what == "value" {
        if names.is_uncounted_key(table, column) {
            return Err(format!("the key {column_name} is not known here"));
        }
        return Ok(Piece::Value { column });
    }
    if what != "words" {
        return Err(format!(
            "{{{inside}}} is not known; {{{column_name}.words}} could be"
        ));
    }
    let list = names.list_behind(table, column)?;
    if let Some(entry) =
        (names.lists[list].entries.iter()).find(|e| e.is_leaf && e.words.is_empty())
    {
        return Err(format!("{} has no words after a colon", entry.text));
    }
    Ok(Piece::Word { column, list, slot })
}

/// Two names with the same slug would make one e-mail address.
fn are_distinct_slugs(names: &Names<'_>, list: &str) -> Result<(), String> {
    let entries = &names.lists[names.list(list)?].entries;
    let mut seen = std::collections::BTreeMap::new();
    for entry in entries {
        let slug = entry.slug.as_ref();
        let slug = slug.ok_or_else(|| format!("{} has no spelling in an address", entry.text))?;
        if let Some(other) = seen.insert(slug, &entry.text) {
            return Err(format!("{other} and {} are both {slug}", entry.text));
        }
    }
    Ok(())
}
