//! What an exercise gives, and whether an answer keeps it.

use super::content::Sql;
use super::stage::Stage;
use super::stop::Stop;
use crate::sandbox::Value;
use crate::sql;

/// The first thing that `given` makes and that is not there any more as it was
/// made, by its name.
///
/// # Errors
/// When SQLite does not tell what is there.
pub(super) fn lost(stage: &mut Stage, given: &Sql) -> Result<Option<String>, Stop> {
    for statement in sql::split(&given.text) {
        let Some(made) = made_by(statement.text) else {
            continue;
        };
        let name = made.name.replace('\'', "''");
        let asked = format!("SELECT sql FROM sqlite_schema WHERE name = '{name}' COLLATE NOCASE");
        let (rows, _) = stage.run(&asked)?;
        let is_kept = rows.rows.iter().flatten().any(|value| match value {
            Value::Text(sql) => made_by(sql).is_some_and(|now| now == made),
            _ => false,
        });
        if !is_kept {
            return Ok(Some(made.name));
        }
    }
    Ok(None)
}

/// A table, an index, a view or a trigger.
#[derive(PartialEq)]
struct Made {
    /// In lower case.
    name: String,
    /// The words that follow the name, in lower case.
    as_what: Vec<String>,
}

/// What a CREATE statement makes.
fn made_by(statement: &str) -> Option<Made> {
    let tokens = sql::lex(statement).filter(|token| !token.is_blank());
    let mut words = tokens.map(|token| token.text(statement).to_lowercase());
    if words.next()? != "create" {
        return None;
    }
    words.find(|word| matches!(word.as_str(), "table" | "index" | "view" | "trigger"))?;
    let mut rest: Vec<String> = words.filter(|word| word != ";").collect();
    if rest.first()? == "if" {
        rest.drain(..3.min(rest.len()));
    }
    let name = sql::unquote(rest.first()?).into_owned();
    rest.remove(0);
    Some(Made {
        name,
        as_what: rest,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_made_is_told_whatever_its_spelling() {
        let made = |sql| made_by(sql).map(|made| (made.name, made.as_what.join(" ")));
        let index = made("CREATE INDEX a_b ON a(b);");
        assert_eq!(index, Some(("a_b".into(), "on a ( b )".into())));
        assert_eq!(
            index,
            made("create unique index if not exists \"a_b\"\n on a (b)")
        );
        assert_ne!(index, made("create index a_b on a(c)"));
        assert_eq!(made("ANALYZE"), None);
        assert_eq!(made("create index"), None);
    }
}
