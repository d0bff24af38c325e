//! Values for a statement's parameters: many, as the cost of a query is that
//! of all its keys.

use std::collections::HashSet;

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};
use rusqlite::Connection;

use super::subject::{Parameter, Subject};
use crate::lab::keys::shuffle;
use crate::sandbox::bindings::{literal, written};
use crate::sandbox::{Bindings, Value, owned};
use crate::sql::{self, TokenKind};

/// So many keys are sampled from a column.
pub const SAMPLED: usize = 1_000;
/// No more values than this are taken from a SELECT.
const MOST: usize = 100_000;

/// Where a parameter's values come from.
#[derive(Debug, Clone, PartialEq)]
pub enum Origin {
    /// A SELECT that was given.
    Select(String),
    /// A list that was given, of one value or more.
    List(Vec<Value>),
    /// A sample of the rows of a table.
    Column {
        /// The table.
        table: String,
        /// Its column.
        column: String,
    },
}

/// The keys of a workload: a value for each parameter.
#[derive(Debug, Clone, PartialEq)]
pub struct Keys {
    /// The values, in the order of the parameters; no two alike.
    pub tuples: Vec<Vec<Value>>,
    /// Each parameter's name, and where its values come from.
    pub origins: Vec<(String, Origin)>,
}

/// Why there are no keys.
#[derive(Debug, thiserror::Error)]
pub enum NoKeys {
    /// Nothing says which values a parameter takes.
    #[error(
        "which values does {0} take? give them with --param {bare}='SELECT ..' or \
         --param {bare}=1,2,3",
        bare = bare(.0)
    )]
    Unknown(String),
    /// What was given is no SELECT that can be used.
    #[error("the values of {name} come from a SELECT of one column, and this is none: {sql}")]
    NoSelect {
        /// The parameter.
        name: String,
        /// What was given.
        sql: String,
    },
    /// A SELECT that SQLite refuses, or that was stopped.
    #[error("the values of {name} could not be read: {error}")]
    Select {
        /// The parameter.
        name: String,
        /// Why not.
        #[source]
        error: rusqlite::Error,
    },
    /// Every read would ask for the same result.
    #[error(
        "this is a workload of one key: {why}. Every read but the first would hit, whatever the \
         cache, and that says nothing about it"
    )]
    OneKey {
        /// Where the one key comes from, and what would make it several.
        why: String,
    },
}

fn bare(name: &str) -> &str {
    name.trim_start_matches(['?', ':', '@', '$'])
}

/// What a value given for a parameter means: a SELECT, a list, or itself.
pub fn meant(value: &Value) -> Origin {
    let Value::Text(text) = value else {
        return Origin::List(vec![value.clone()]);
    };
    let first = sql::lex(text).find(|it| !it.is_blank());
    let begins_with = |word: &str| {
        first
            .as_ref()
            .is_some_and(|it| it.text(text).eq_ignore_ascii_case(word))
    };
    if ["select", "with", "values"].into_iter().any(begins_with) && text.contains(' ') {
        return Origin::Select(text.trim().trim_end_matches(';').to_owned());
    }
    Origin::List(list(text).unwrap_or_else(|| vec![value.clone()]))
}

/// Whether a value given for a parameter stands for several.
pub fn is_several(value: &Value) -> bool {
    match meant(value) {
        Origin::List(values) => values.len() > 1,
        _ => true,
    }
}

/// `1, 2, 'x'`, with or without parentheses: literals, two at least.
fn list(text: &str) -> Option<Vec<Value>> {
    let text = text.trim();
    let inner = text.strip_prefix('(').and_then(|it| it.strip_suffix(')'));
    let text = inner.unwrap_or(text);
    let mut values = Vec::new();
    let mut from = 0;
    let commas = sql::lex(text)
        .filter(|it| it.text(text) == ",")
        .map(|it| it.range);
    for end in commas
        .map(|it| it.start)
        .chain([text.len()])
        .collect::<Vec<_>>()
    {
        let part = text.get(from..end)?.trim();
        let is_literal = sql::lex(part.trim_start_matches(['-', '+'])).all(|it| {
            !it.unterminated
                && matches!(
                    it.kind,
                    TokenKind::Number | TokenKind::String | TokenKind::Blob
                )
        });
        if part.is_empty() || !is_literal {
            return None;
        }
        values.push(literal(part));
        from = end + 1;
    }
    (values.len() > 1).then_some(values)
}

/// Where the values of a parameter come from: what was given, else its column.
///
/// # Errors
/// [`NoKeys::Unknown`] when there is neither.
pub fn origin(parameter: &Parameter, given: &Bindings) -> Result<Origin, NoKeys> {
    match (given.get(&parameter.name), &parameter.column) {
        (Some(value), _) => Ok(meant(value)),
        (None, Some((table, column))) => Ok(Origin::Column {
            table: table.clone(),
            column: column.clone(),
        }),
        (None, None) => Err(NoKeys::Unknown(parameter.name.clone())),
    }
}

/// The keys of `subject`. Parameters whose columns are of one table get their
/// values from the same rows; others are independent of each other. One seed
/// gives one list.
///
/// # Errors
/// When a parameter has no values, when there is one key only.
pub fn find(
    conn: &Connection,
    subject: &Subject,
    given: &Bindings,
    seed: u64,
) -> Result<Keys, NoKeys> {
    if subject.parameters.is_empty() {
        return Err(NoKeys::OneKey {
            why: "nothing in the statement changes from read to read; write a parameter where \
                  something does, as in where id = :id"
                .to_owned(),
        });
    }
    let mut origins = Vec::new();
    for parameter in &subject.parameters {
        origins.push((parameter.name.clone(), origin(parameter, given)?));
    }
    // Each source: which parameters it fills, and its rows.
    let mut sources: Vec<(Vec<usize>, Vec<Vec<Value>>)> = Vec::new();
    let mut done: HashSet<usize> = HashSet::new();
    for (at, (name, origin)) in origins.iter().enumerate() {
        if done.contains(&at) {
            continue;
        }
        let salted = seed.wrapping_add(at as u64);
        let (fills, mut rows) = match origin {
            Origin::Column { table, .. } => {
                let same: Vec<usize> = (at..origins.len())
                    .filter(|it| matches!(&origins[*it].1, Origin::Column { table: other, .. } if other == table))
                    .collect();
                let columns: Vec<&str> = same
                    .iter()
                    .filter_map(|it| match &origins[*it].1 {
                        Origin::Column { column, .. } => Some(column.as_str()),
                        _ => None,
                    })
                    .collect();
                let rows = sampled(conn, table, &columns, salted);
                let failed = |error| NoKeys::Select {
                    name: name.clone(),
                    error,
                };
                (same, rows.map_err(failed)?)
            }
            Origin::Select(sql) => (vec![at], selected(conn, name, sql)?),
            Origin::List(values) => (vec![at], values.iter().map(|it| vec![it.clone()]).collect()),
        };
        if rows.is_empty() {
            return Err(NoKeys::OneKey {
                why: format!("there are no values for {name}"),
            });
        }
        shuffle(&mut rows, salted);
        done.extend(&fills);
        sources.push((fills, rows));
    }
    let most = sources.iter().map(|it| it.1.len()).max().unwrap_or(0);
    let mut seen = HashSet::new();
    let mut tuples = Vec::new();
    for row in 0..most {
        let mut tuple = vec![Value::Null; subject.parameters.len()];
        for (fills, rows) in &sources {
            for (place, value) in fills.iter().zip(&rows[row % rows.len()]) {
                tuple[*place] = value.clone();
            }
        }
        let spelt: Vec<String> = tuple.iter().map(written).collect();
        if seen.insert(spelt) {
            tuples.push(tuple);
        }
    }
    if let [only] = tuples.as_slice() {
        let names = origins
            .iter()
            .zip(only)
            .map(|((name, _), value)| format!("{name} is always {}", shortened(&written(value))));
        let names: Vec<String> = names.collect();
        return Err(NoKeys::OneKey {
            why: format!(
                "{}; --param {}='SELECT ..' gives it several",
                names.join(" and "),
                bare(&origins[0].0)
            ),
        });
    }
    Ok(Keys { tuples, origins })
}

fn shortened(text: &str) -> String {
    let short: String = text.chars().take(40).collect();
    if short.len() < text.len() {
        short + ".."
    } else {
        short
    }
}

fn selected(conn: &Connection, name: &str, sql: &str) -> Result<Vec<Vec<Value>>, NoKeys> {
    let failed = |error| NoKeys::Select {
        name: name.to_owned(),
        error,
    };
    let mut statement = conn.prepare(sql).map_err(failed)?;
    if !statement.readonly() || statement.column_count() != 1 || statement.parameter_count() > 0 {
        return Err(NoKeys::NoSelect {
            name: name.to_owned(),
            sql: shortened(sql),
        });
    }
    let rows = statement.query_map([], |row| Ok(vec![owned(row.get_ref(0)?)]));
    let values: Result<Result<Vec<_>, _>, _> = rows.map(|rows| rows.take(MOST).collect());
    values.and_then(|it| it).map_err(failed)
}

/// Up to [`SAMPLED`] rows, all equally likely (reservoir sampling, Vitter's
/// algorithm R), without those that hold a NULL.
fn sampled(
    conn: &Connection,
    table: &str,
    columns: &[&str],
    seed: u64,
) -> rusqlite::Result<Vec<Vec<Value>>> {
    let quoted = |name: &str| format!("\"{}\"", name.replace('"', "\"\""));
    let list: Vec<String> = columns.iter().map(|it| quoted(it)).collect();
    let not_null: Vec<String> = list.iter().map(|it| format!("{it} IS NOT NULL")).collect();
    let mut statement = conn.prepare(&format!(
        "SELECT {} FROM {} WHERE {}",
        list.join(", "),
        quoted(table),
        not_null.join(" AND ")
    ))?;
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    let mut sample: Vec<Vec<Value>> = Vec::new();
    let mut rows = statement.query([])?;
    let mut seen: u64 = 0;
    while let Some(row) = rows.next()? {
        seen += 1;
        let place = if sample.len() < SAMPLED {
            sample.len()
        } else {
            ((u128::from(random.next_u64()) * u128::from(seen)) >> 64) as usize
        };
        if place >= SAMPLED {
            continue;
        }
        let values = (0..columns.len()).map(|at| row.get_ref(at).map(owned));
        let values = values.collect::<rusqlite::Result<Vec<Value>>>()?;
        if place == sample.len() {
            sample.push(values);
        } else {
            sample[place] = values;
        }
    }
    Ok(sample)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sql::Schema;

    fn text(text: &str) -> Value {
        Value::Text(text.into())
    }

    #[test]
    fn a_value_is_a_select_a_list_or_itself() {
        assert_eq!(
            meant(&text(" select id from t; ")),
            Origin::Select("select id from t".into())
        );
        assert_eq!(
            meant(&text("(1, -2,'a,b')")),
            Origin::List(vec![Value::Integer(1), Value::Integer(-2), text("a,b")])
        );
        for single in ["Smith, John", "select", "1,", "'x", "with"] {
            assert_eq!(
                meant(&text(single)),
                Origin::List(vec![text(single)]),
                "{single}"
            );
        }
        assert!(!is_several(&Value::Integer(1)));
    }

    fn found(sql: &str, given: &[&str]) -> Result<Keys, NoKeys> {
        let conn = Connection::open_in_memory().unwrap();
        conn.execute_batch(
            "CREATE TABLE t(a INTEGER, b INTEGER, c INTEGER, d);
             WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 5000)
             INSERT INTO t SELECT i, i * 2, 7, NULL FROM n",
        )
        .unwrap();
        let column = |name: &str| crate::sql::ColumnDef {
            name: name.into(),
            ..Default::default()
        };
        let schema = Schema {
            tables: vec![crate::sql::Table {
                name: "t".into(),
                columns: ["a", "b", "c", "d"].map(column).into(),
                ..Default::default()
            }],
            functions: Vec::new(),
        };
        let mut bindings = Bindings::default();
        for text in given {
            bindings.set(text.parse().unwrap());
        }
        find(&conn, &Subject::of(sql, &schema, &bindings), &bindings, 1)
    }

    #[test]
    fn columns_of_one_table_are_sampled_together_and_one_seed_gives_one_sample() {
        let sql = "select * from t where a = 1 and b = 2";
        let keys = found(sql, &[]).unwrap();
        assert_eq!(keys.tuples.len(), SAMPLED);
        assert_eq!(keys, found(sql, &[]).unwrap());
        let mut sum = 0;
        for tuple in &keys.tuples {
            let [Value::Integer(a), Value::Integer(b)] = tuple[..] else {
                panic!("{tuple:?}")
            };
            assert_eq!(b, 2 * a);
            sum += a;
        }
        // The mean of 1 to 5,000, within four standard errors of a sample.
        assert!((sum / 1000 - 2500).abs() < 190, "{sum}");
    }

    #[test]
    fn what_is_given_is_taken() {
        let keys = found("select * from t where a = :x", &["x=3,4,3"]).unwrap();
        assert_eq!(keys.tuples.len(), 2);
        let given = "a=select a from t where a < 12";
        assert_eq!(
            found("select * from t where a = 1", &[given])
                .unwrap()
                .tuples
                .len(),
            11
        );
    }

    #[test]
    fn one_key_is_refused_with_the_reason() {
        for (sql, given, told) in [
            (
                "select * from t",
                &[][..],
                "nothing in the statement changes",
            ),
            ("select * from t where c = 9", &[], ":c is always 7"),
            (
                "select * from t where d = 9",
                &[],
                "there are no values for :d",
            ),
            ("select * from t where a = :x", &["x=3"], ":x is always 3"),
            (
                "select * from t where a = 1",
                &["a=select 5 as five"],
                ":a is always 5",
            ),
        ] {
            let error = found(sql, given).unwrap_err();
            assert!(matches!(error, NoKeys::OneKey { .. }), "{error}");
            assert!(error.to_string().contains(told), "{error}");
        }
        for (sql, given) in [
            ("select * from t where a + 1 = ?", &[][..]),
            ("select * from t where a = 1", &["a=select a, b from t"]),
            ("select * from t where a = 1", &["a=select nothing from t"]),
        ] {
            let error = found(sql, given).unwrap_err();
            assert!(!matches!(error, NoKeys::OneKey { .. }), "{error}");
        }
    }
}
