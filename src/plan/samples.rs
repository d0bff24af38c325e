//! Values for parameters that nobody gave: taken from the column that each is
//! compared with.

use rusqlite::Connection;
use rusqlite::types::Value;

use super::catalog::Catalog;
use super::error::Error;
use super::filters::{Reading, Scope};
use crate::sandbox::bindings::{self, Bindings, written};

/// A common value is looked for among so many rows, so that it costs no more
/// than a few milliseconds.
const LOOKED_AT: u64 = 100_000;

/// The rows that a LIMIT without a value stands for.
const A_PAGE: i64 = 20;

/// The values of a statement's parameters.
#[derive(Debug, Clone, PartialEq, Default)]
pub(super) struct Values {
    /// Those to plan and run with, in SQLite's order. Without a value for some
    /// parameter and without a column to take one from, it is `None`.
    pub(super) typical: Option<Vec<Value>>,
    /// The same with the most common values where samples were taken; `None`
    /// where those are no others.
    pub(super) common: Option<Vec<Value>>,
    /// What was taken, for people: `:id = 42, a typical orders.customer_id`.
    pub(super) taken: Vec<String>,
    /// The parameters that have no value.
    pub(super) open: Vec<String>,
}

/// Values for the parameters of `sql`: those given, else samples.
pub(super) fn values(conn: &Connection, sql: &str, given: &Bindings) -> Result<Values, Error> {
    let statement = conn.prepare(sql)?;
    let names = bindings::parameter_names(&statement, sql);
    let mut result = Values::default();
    if names.is_empty() {
        result.typical = Some(Vec::new());
        return Ok(result);
    }
    let reading = Reading::of(&bindings::replaced(sql, |number| format!("?{number}")));
    let (mut typical, mut common) = (Vec::new(), Vec::new());
    for (at, name) in names.iter().enumerate() {
        let known = match name {
            None => Some(Value::Null),
            Some(name) => given.get(name).cloned(),
        };
        if let Some(value) = known {
            typical.push(value.clone());
            common.push(value);
            continue;
        }
        let name = name.clone().unwrap_or_default();
        let number = format!("?{}", at + 1);
        let sample = reading
            .as_ref()
            .and_then(|it| sample(&Catalog(conn), it, &number));
        match sample {
            Some(sample) => {
                let taken = written(&sample.typical);
                result
                    .taken
                    .push(format!("{name} = {taken}, {}", sample.from));
                typical.push(sample.typical);
                common.push(sample.common);
            }
            None => result.open.push(name),
        }
    }
    if result.open.is_empty() {
        result.common = (common != typical).then_some(common);
        result.typical = Some(typical);
    }
    Ok(result)
}

struct Sample {
    typical: Value,
    common: Value,
    from: String,
}

fn sample(catalog: &Catalog<'_>, reading: &Reading, number: &str) -> Option<Sample> {
    reading
        .scopes
        .iter()
        .find_map(|scope| of_limit(scope, number).or_else(|| of_column(catalog, scope, number)))
}

fn of_limit(scope: &Scope, number: &str) -> Option<Sample> {
    let (limit, offset) = &scope.limit_parameters;
    let (value, from) = if limit.as_deref() == Some(number) {
        (A_PAGE, "a page of rows")
    } else if offset.as_deref() == Some(number) {
        (0, "the first page")
    } else {
        return None;
    };
    Some(Sample {
        typical: Value::Integer(value),
        common: Value::Integer(value),
        from: from.to_owned(),
    })
}

fn of_column(catalog: &Catalog<'_>, scope: &Scope, number: &str) -> Option<Sample> {
    let inside = scope.ors.iter().flat_map(|or| &or.sides);
    let column = scope
        .comparisons
        .iter()
        .chain(inside.flat_map(|(_, asked)| asked))
        .find(|it| it.parameters.iter().any(|it| it == number))
        .map(|it| &it.column)?;
    scope.tables.iter().find_map(|(alias, table)| {
        let here = column
            .qualifier
            .as_ref()
            .is_none_or(|it| it.eq_ignore_ascii_case(alias));
        let table = catalog.table(table).filter(|_| here)?;
        let name = catalog
            .columns(&table)
            .into_iter()
            .find(|it| it.eq_ignore_ascii_case(&column.name))?;
        let (typical, common) = catalog.sample(&table, &name, LOOKED_AT)?;
        Some(Sample {
            from: format!("a typical {table}.{name}"),
            typical,
            common,
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sample_comes_from_the_column_it_is_compared_with() {
        let conn = Connection::open_in_memory().unwrap();
        conn.execute_batch(
            "CREATE TABLE t(id INTEGER PRIMARY KEY, a TEXT, b INTEGER);
             WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 101)
             INSERT INTO t SELECT i, iif(i % 3 = 0, 'rare' || i, 'often'), i FROM n;",
        )
        .unwrap();
        let sql = "SELECT * FROM t AS x WHERE x.a = :a AND (b > ? OR id IN (?, 7)) LIMIT @n";
        let found = values(&conn, sql, &Bindings::default()).unwrap();
        assert_eq!(found.open, Vec::<String>::new());
        assert!(found.taken[0].starts_with(":a = '"), "{:?}", found.taken);
        assert!(
            found.taken[0].ends_with(", a typical t.a"),
            "{:?}",
            found.taken
        );
        assert_eq!(found.taken[3], "@n = 20, a page of rows");
        let common = found.common.unwrap();
        assert_eq!(common[0], Value::Text("often".to_owned()));
        let mut given = Bindings::default();
        given.set("a=5".parse().unwrap());
        let found = values(&conn, "SELECT :a, :b", &given).unwrap();
        assert_eq!((found.typical, found.open), (None, vec![":b".to_owned()]));
    }
}
