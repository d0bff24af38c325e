//! A learner's query as a workload: the value that it looks for becomes a
//! parameter, and the column that it is looked for in gives the keys.

use super::Workload;
use crate::lab::keys::Distribution;
use crate::sql::{Schema, Table, Token, TokenKind, lex, quote_if_needed, unquote};

/// A query that has no key to vary.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "the last query compares no column with a value, so each read would be the same one: \
     run one like select ... where id = 42, or name the keys with --sql and --values"
)]
pub struct NoKey;

/// A comparison of a column with a value.
struct Compared<'a> {
    table: &'a Table,
    column: &'a str,
    /// Where the value is written.
    value: Token,
}

impl Workload {
    /// The workload of `sql` with other values in the place of the one that it
    /// looks for: `customer_id = 42` reads the orders of each customer that
    /// has some. Of several such comparisons the first with a key's column is
    /// taken, else the first; the others stay as they are. Returns what the
    /// keys are, too, as `orders.customer_id`.
    ///
    /// # Errors
    /// [`NoKey`] when there is no such comparison.
    pub fn from_query(sql: &str, schema: &Schema) -> Result<(Workload, String), NoKey> {
        let compared = comparisons(sql, schema);
        let is_key = |it: &&Compared<'_>| {
            let lower = it.column.to_ascii_lowercase();
            let in_key = it
                .table
                .columns
                .iter()
                .any(|c| c.name == it.column && c.in_primary_key);
            in_key || lower == "id" || lower.ends_with("_id")
        };
        let Some(chosen) = compared.iter().find(is_key).or(compared.first()) else {
            return Err(NoKey);
        };
        let (table, column) = (&chosen.table.name, chosen.column);
        let range = chosen.value.range.clone();
        let with_parameter = format!("{}:key{}", &sql[..range.start], &sql[range.end..]);
        let (from, name) = (quote_if_needed(table), quote_if_needed(column));
        let values = format!("SELECT DISTINCT {name} FROM {from} WHERE {name} IS NOT NULL");
        let zipf = Distribution::Zipf { alpha: 0.99 };
        let mut workload = Workload::of(&with_parameter, &[":key"], &values, zipf);
        workload.title = format!("your query, for each {table}.{column}");
        Ok((workload, format!("{table}.{column}")))
    }
}

fn comparisons<'a>(sql: &str, schema: &'a Schema) -> Vec<Compared<'a>> {
    let tokens: Vec<Token> = lex(sql).filter(|token| !token.is_blank()).collect();
    let tables = tables_in(sql, &tokens, schema);
    let mut found = Vec::new();
    for (at, pair) in tokens.windows(3).enumerate() {
        let [name, equals, value] = pair else {
            continue;
        };
        let is_value = matches!(value.kind, TokenKind::Number | TokenKind::String);
        if !name.is_name() || !matches!(equals.text(sql), "=" | "==") || !is_value {
            continue;
        }
        let before = |back: usize| at.checked_sub(back).map(|at| tokens[at].text(sql));
        let qualifier = match before(1) {
            Some(".") => before(2).map(|word| unquote(word).into_owned()),
            _ => None,
        };
        let column = unquote(name.text(sql)).into_owned();
        let known = tables.iter().filter(|(alias, _)| {
            qualifier
                .as_ref()
                .is_none_or(|wanted| alias.eq_ignore_ascii_case(wanted))
        });
        let of = known.filter_map(|(_, table)| {
            let column = table
                .columns
                .iter()
                .find(|c| c.name.eq_ignore_ascii_case(&column))?;
            Some((*table, column.name.as_str()))
        });
        if let Some((table, column)) = of.into_iter().next() {
            found.push(Compared {
                table,
                column,
                value: value.clone(),
            });
        }
    }
    found
}

/// The tables that the text names after FROM, JOIN or a comma, by the name
/// they have there.
fn tables_in<'a>(sql: &str, tokens: &[Token], schema: &'a Schema) -> Vec<(String, &'a Table)> {
    let mut found = Vec::new();
    for (at, token) in tokens
        .iter()
        .enumerate()
        .filter(|(_, token)| token.is_name())
    {
        let before = at
            .checked_sub(1)
            .map(|at| tokens[at].text(sql).to_ascii_lowercase());
        if !matches!(before.as_deref(), Some("from" | "join" | ",")) {
            continue;
        }
        let Some(table) = schema.table(&unquote(token.text(sql))) else {
            continue;
        };
        let mut after = tokens[at + 1..].iter();
        let mut next = after.next();
        if next.is_some_and(|token| token.text(sql).eq_ignore_ascii_case("as")) {
            next = after.next();
        }
        let is_alias = |token: &&Token| {
            matches!(
                token.kind,
                TokenKind::Identifier | TokenKind::QuotedIdentifier
            )
        };
        if let Some(alias) = next.filter(is_alias) {
            found.push((unquote(alias.text(sql)).into_owned(), table));
        }
        found.push((table.name.clone(), table));
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sql::ColumnDef;

    fn schema() -> Schema {
        let table = |name: &str, columns: &[&str]| Table {
            name: name.to_owned(),
            columns: columns
                .iter()
                .map(|column| ColumnDef {
                    name: (*column).to_owned(),
                    ..ColumnDef::default()
                })
                .collect(),
            ..Table::default()
        };
        Schema {
            tables: vec![
                table("orders", &["id", "customer_id", "status"]),
                table("my customers", &["id", "email"]),
            ],
            ..Schema::default()
        }
    }

    #[test]
    fn the_value_of_a_key_becomes_the_parameter() {
        for (sql, with_parameter, keys) in [
            (
                "select * from orders where status = 'paid' and customer_id = 42 limit 3",
                "select * from orders where status = 'paid' and customer_id = :key limit 3",
                "SELECT DISTINCT customer_id FROM orders WHERE customer_id IS NOT NULL",
            ),
            (
                "select * from orders o join \"my customers\" c on c.id = o.customer_id where c.email = 'a'",
                "select * from orders o join \"my customers\" c on c.id = o.customer_id where c.email = :key",
                "SELECT DISTINCT email FROM \"my customers\" WHERE email IS NOT NULL",
            ),
            (
                "select status from orders as x where x.id=7 -- id = 9",
                "select status from orders as x where x.id=:key -- id = 9",
                "SELECT DISTINCT id FROM orders WHERE id IS NOT NULL",
            ),
        ] {
            let (workload, _) = Workload::from_query(sql, &schema()).unwrap();
            assert_eq!(workload.templates[0].sql, with_parameter);
            assert_eq!(workload.templates[0].values, keys);
        }
    }

    #[test]
    fn a_query_without_a_key_is_refused() {
        for sql in [
            "select count(*) from orders",
            "select * from orders where id > 7",
            "select 1 = 1",
        ] {
            assert_eq!(
                Workload::from_query(sql, &schema()).err(),
                Some(NoKey),
                "{sql}"
            );
        }
    }
}
