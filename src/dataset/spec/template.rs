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
    while let Some((before, from)) = rest.split_once('{') {
        if !before.is_empty() {
            pieces.push(Piece::Text(before.to_owned()));
        }
        let (inside, after) = from
            .split_once('}')
            .ok_or_else(|| format!("{{{from} has no closing brace"))?;
        let piece = placeholder(names, table, inside, slot + taken)?;
        taken += u64::from(matches!(piece, Piece::Pick { .. } | Piece::Word { .. }));
        pieces.push(piece);
        rest = after;
    }
    if !rest.is_empty() {
        pieces.push(Piece::Text(rest.to_owned()));
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
