//! A statement whose literals became parameters.

use std::ops::Range;

use crate::sandbox::bindings::{literal, numbered};
use crate::sandbox::{Bindings, Value};
use crate::sql::{self, Schema, Token, TokenKind};

/// A statement, and what may change in it from read to read.
#[derive(Debug, Clone, PartialEq)]
pub struct Subject {
    /// Its text, in which parameters stand for literals.
    pub sql: String,
    /// What became a parameter, and what was one, by number.
    pub parameters: Vec<Parameter>,
}

/// A parameter of a [`Subject`].
#[derive(Debug, Clone, PartialEq)]
pub struct Parameter {
    /// With its sign: `:customer_id`, `?1`.
    pub name: String,
    /// The literal that stood there.
    pub was: Option<Value>,
    /// The table and the column that it is compared with, where that is known.
    pub column: Option<(String, String)>,
}

/// A literal or parameter that is compared with a column, or limits the rows.
struct Slot {
    place: Range<usize>,
    /// A word without a sign; the column's, or `limit`.
    name: String,
    column: Option<(String, String)>,
    is_equality: bool,
    is_parameter: bool,
}

impl Subject {
    /// Reads one statement. The literals that a column is compared with by `=`
    /// become parameters with the column's name; with `given` values, instead,
    /// those literals that it names, ranges and LIMITs among them.
    pub fn of(sql: &str, schema: &Schema, given: &Bindings) -> Subject {
        let tokens: Vec<Token> = sql::lex(sql).filter(|it| !it.is_blank()).collect();
        let slots = slots(sql, &tokens, schema);
        let anything_given = slots
            .iter()
            .any(|slot| !slot.is_parameter && given.get(&slot.name).is_some())
            || numbered(sql)
                .iter()
                .any(|(place, _)| given.get(&sql[place.clone()]).is_some());
        let (mut text, mut at) = (String::new(), 0);
        let mut named: Vec<(String, String, Parameter)> = Vec::new();
        for slot in slots.iter().filter(|it| !it.is_parameter) {
            let varies = if anything_given {
                given.get(&slot.name).is_some()
            } else {
                slot.is_equality && slot.column.is_some()
            };
            if !varies {
                continue;
            }
            let written = &sql[slot.place.clone()];
            // The same value for the same column is one parameter.
            let known = named.iter().find(|(name, value, _)| {
                *name == slot.name && (*value == written || anything_given)
            });
            let name = match known {
                Some((_, _, parameter)) => parameter.name.clone(),
                None => {
                    let taken = |name: &str| {
                        named.iter().any(|it| it.2.name == name)
                            || tokens.iter().any(|it| it.text(sql) == name)
                    };
                    let plain = format!(":{}", slot.name);
                    let mut name = plain.clone();
                    let mut count = 1;
                    while taken(&name) {
                        count += 1;
                        name = format!("{plain}_{count}");
                    }
                    named.push((
                        slot.name.clone(),
                        written.to_owned(),
                        Parameter {
                            name: name.clone(),
                            was: Some(literal(written)),
                            column: slot.column.clone(),
                        },
                    ));
                    name
                }
            };
            text.push_str(&sql[at..slot.place.start]);
            text.push_str(&name);
            at = slot.place.end;
        }
        text.push_str(&sql[at..]);
        let text = text.trim().trim_end_matches(';').trim_end().to_owned();
        let literals: Vec<Parameter> = named.into_iter().map(|it| it.2).collect();
        let parameters = in_order(&text, &literals, sql, &slots);
        Subject {
            sql: text,
            parameters,
        }
    }

    /// The names that values can be given for, without their signs.
    pub fn names(sql: &str, schema: &Schema) -> Vec<String> {
        let tokens: Vec<Token> = sql::lex(sql).filter(|it| !it.is_blank()).collect();
        let mut names: Vec<String> = slots(sql, &tokens, schema)
            .into_iter()
            .filter(|it| !it.is_parameter)
            .map(|it| it.name)
            .collect();
        for (place, number) in numbered(sql) {
            let name = sql[place].trim_start_matches([':', '@', '$', '?']);
            names.push(if name.is_empty() {
                number.to_string()
            } else {
                name.to_owned()
            });
        }
        names.sort();
        names.dedup();
        names
    }
}

/// The parameters of `text` by their numbers in it.
fn in_order(text: &str, literals: &[Parameter], sql: &str, slots: &[Slot]) -> Vec<Parameter> {
    let mut parameters: Vec<Parameter> = Vec::new();
    for (place, number) in numbered(text) {
        let written = &text[place];
        let parameter = match literals.iter().find(|it| it.name == written) {
            Some(literal) => literal.clone(),
            None => {
                let slot = slots
                    .iter()
                    .find(|slot| slot.is_parameter && sql[slot.place.clone()] == *written);
                Parameter {
                    name: match written {
                        "?" => format!("?{number}"),
                        other => other.to_owned(),
                    },
                    was: None,
                    column: slot.and_then(|slot| slot.column.clone()),
                }
            }
        };
        // `?7` alone makes seven.
        while parameters.len() < number {
            parameters.push(Parameter {
                name: format!("?{}", parameters.len() + 1),
                was: None,
                column: None,
            });
        }
        parameters[number - 1] = parameter;
    }
    parameters
}

fn slots(sql: &str, tokens: &[Token], schema: &Schema) -> Vec<Slot> {
    let tables = Tables::of(sql, tokens, schema);
    let text = |at: usize| tokens.get(at).map_or("", |it| it.text(sql));
    let word = |at: usize, words: &[&str]| words.iter().any(|it| text(at).eq_ignore_ascii_case(it));
    let mut slots = Vec::new();
    for (at, token) in tokens.iter().enumerate().skip(1) {
        let is_parameter = token.kind == TokenKind::Parameter;
        let is_literal = matches!(
            token.kind,
            TokenKind::Number | TokenKind::String | TokenKind::Blob
        );
        if !is_parameter && (!is_literal || token.unterminated) {
            continue;
        }
        // A sign belongs to the number.
        let first = match at.checked_sub(2) {
            Some(two) if text(at - 1) == "-" && word(two, COMPARISONS) => at - 1,
            _ => at,
        };
        let operator = first - 1;
        let (column, operator) = if word(operator, LIMITS) {
            slots.push(Slot {
                place: tokens[first].range.start..token.range.end,
                name: text(operator).to_ascii_lowercase(),
                column: None,
                is_equality: false,
                is_parameter,
            });
            continue;
        } else if word(operator, COMPARISONS) && !word(at + 1, ARITHMETIC) {
            (tables.column_ending(sql, tokens, operator), operator)
        } else if word(at + 1, COMPARISONS) && !word(operator, ARITHMETIC) {
            (tables.column_beginning(sql, tokens, at + 2), at + 1)
        } else {
            continue;
        };
        let Some((name, column)) = column else {
            continue;
        };
        slots.push(Slot {
            place: tokens[first].range.start..token.range.end,
            name,
            column,
            is_equality: word(operator, EQUALITIES),
            is_parameter,
        });
    }
    slots
}

const EQUALITIES: &[&str] = &["=", "==", "is"];
const COMPARISONS: &[&str] = &[
    "=", "==", "is", "<", "<=", ">", ">=", "<>", "!=", "like", "glob", "between",
];
const ARITHMETIC: &[&str] = &[
    "+", "-", "*", "/", "%", "||", "->", "->>", "&", "|", "<<", ">>",
];
const LIMITS: &[&str] = &["limit", "offset"];

/// The tables that a statement names, with their aliases.
struct Tables<'a>(Vec<(String, &'a sql::Table)>);

type Compared = (String, Option<(String, String)>);

impl<'a> Tables<'a> {
    fn of(sql: &str, tokens: &[Token], schema: &'a Schema) -> Tables<'a> {
        let mut found = Vec::new();
        for (at, token) in tokens.iter().enumerate().filter(|(_, it)| it.is_name()) {
            let Some(table) = schema.table(&sql::unquote(token.text(sql))) else {
                continue;
            };
            let next = |by: usize| tokens.get(at + by);
            let is_as = |it: &&Token| it.text(sql).eq_ignore_ascii_case("as");
            let alias = match next(1) {
                Some(one) if is_as(&one) => next(2),
                other => other,
            };
            let is_alias = |it: &&Token| {
                matches!(it.kind, TokenKind::Identifier | TokenKind::QuotedIdentifier)
            };
            if let Some(alias) = alias.filter(is_alias) {
                found.push((sql::unquote(alias.text(sql)).into_owned(), table));
            }
            found.push((table.name.clone(), table));
        }
        Tables(found)
    }

    /// The column whose name ends before token `end`.
    fn column_ending(&self, sql: &str, tokens: &[Token], end: usize) -> Option<Compared> {
        let name = end.checked_sub(1)?;
        let text = |at: usize| tokens.get(at).map_or("", |it| it.text(sql));
        let is_qualified = name >= 2 && text(name - 1) == ".";
        let first = if is_qualified { name - 2 } else { name };
        let before = first.checked_sub(1).map_or("", text);
        if ARITHMETIC.contains(&before) {
            return None;
        }
        self.column(
            sql,
            tokens.get(name)?,
            is_qualified.then(|| &tokens[name - 2]),
        )
    }

    /// The column whose name begins at token `start`.
    fn column_beginning(&self, sql: &str, tokens: &[Token], start: usize) -> Option<Compared> {
        let text = |at: usize| tokens.get(at).map_or("", |it| it.text(sql));
        let is_qualified = text(start + 1) == ".";
        let name = if is_qualified { start + 2 } else { start };
        if ARITHMETIC.contains(&text(name + 1)) || text(name + 1) == "(" {
            return None;
        }
        self.column(sql, tokens.get(name)?, is_qualified.then(|| &tokens[start]))
    }

    fn column(&self, sql: &str, name: &Token, qualifier: Option<&Token>) -> Option<Compared> {
        if !matches!(
            name.kind,
            TokenKind::Identifier | TokenKind::QuotedIdentifier
        ) {
            // Words such as `key` are keywords and names.
            let is_known = |it: &&sql::Table| it.has_column(name.text(sql));
            self.0.iter().map(|it| it.1).find(is_known)?;
        }
        let name = sql::unquote(name.text(sql)).into_owned();
        let table = self.0.iter().find(|(called, table)| {
            let is_meant =
                qualifier.is_none_or(|it| sql::unquote(it.text(sql)).eq_ignore_ascii_case(called));
            is_meant && (table.has_column(&name) || is_rowid(&name))
        });
        let column = table.map(|(_, table)| (table.name.clone(), name.clone()));
        Some((parameter_name(&name), column))
    }
}

fn is_rowid(name: &str) -> bool {
    ["rowid", "oid", "_rowid_"]
        .iter()
        .any(|it| name.eq_ignore_ascii_case(it))
}

/// A column's name as one of a parameter: letters, digits and `_`.
fn parameter_name(column: &str) -> String {
    column
        .chars()
        .map(|it| {
            if it.is_alphanumeric() {
                it.to_ascii_lowercase()
            } else {
                '_'
            }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sql::{ColumnDef, Table};

    fn schema() -> Schema {
        let table = |name: &str, columns: &[&str]| Table {
            name: name.into(),
            columns: columns
                .iter()
                .map(|it| ColumnDef {
                    name: (*it).into(),
                    ..ColumnDef::default()
                })
                .collect(),
            ..Table::default()
        };
        Schema {
            tables: vec![
                table("customers", &["id", "email"]),
                table("orders", &["id", "customer_id", "status", "total"]),
            ],
            functions: Vec::new(),
        }
    }

    fn read(sql: &str, given: &[&str]) -> String {
        let mut bindings = Bindings::default();
        for text in given {
            bindings.set(text.parse().unwrap());
        }
        let subject = Subject::of(sql, &schema(), &bindings);
        let parameters: Vec<String> = subject
            .parameters
            .iter()
            .map(|it| match &it.column {
                Some((table, column)) => format!("{} of {table}.{column}", it.name),
                None => it.name.clone(),
            })
            .collect();
        format!("{} [{}]", subject.sql, parameters.join(", "))
    }

    #[test]
    fn literals_that_a_column_equals_become_parameters() {
        for (sql, expected) in [
            (
                "select * from orders where customer_id = 42 and total > 10 limit 5;",
                "select * from orders where customer_id = :customer_id and total > 10 limit 5 \
                 [:customer_id of orders.customer_id]",
            ),
            (
                "select 1 from orders o join customers as c on c.id = o.customer_id \
                 where 'a@b' = c.email and o.id = -7",
                "select 1 from orders o join customers as c on c.id = o.customer_id \
                 where :email = c.email and o.id = :id [:email of customers.email, :id of orders.id]",
            ),
            (
                "select * from orders where id = ? and \"status\" = 'paid'",
                "select * from orders where id = ? and \"status\" = :status \
                 [?1 of orders.id, :status of orders.status]",
            ),
            (
                "select * from orders where id = 1 or id = 2 or id = 1",
                "select * from orders where id = :id or id = :id_2 or id = :id \
                 [:id of orders.id, :id_2 of orders.id]",
            ),
            (
                "select * from orders where id + 1 = 5 or id = 4 + 1 or lower(status) = 'x'",
                "select * from orders where id + 1 = 5 or id = 4 + 1 or lower(status) = 'x' []",
            ),
        ] {
            assert_eq!(read(sql, &[]), expected);
        }
    }

    #[test]
    fn what_is_given_varies_and_nothing_else() {
        assert_eq!(
            read(
                "select * from orders where status = 'paid' and total > 10 limit 5",
                &["total=1,2", "limit=5,10"]
            ),
            "select * from orders where status = 'paid' and total > :total limit :limit \
             [:total of orders.total, :limit]"
        );
        assert_eq!(
            read(
                "select * from orders where status = 'paid' and id = :id",
                &["id=1,2"]
            ),
            "select * from orders where status = 'paid' and id = :id [:id of orders.id]"
        );
    }
}
