//! The known word that a mistyped one probably meant, at the end of a message.

use crate::sql;

/// The candidate nearest to `word`, if one is near enough to be proposed.
pub fn nearest<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<String> {
    sql::nearest(word, candidates).map(str::to_owned)
}

/// `; did you mean shop?`, or nothing: the end of a message.
pub fn did_you_mean(nearest: Option<&str>) -> String {
    nearest.map_or_else(String::new, |word| format!("; did you mean {word}?"))
}
