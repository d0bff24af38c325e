//! A learner's query as a workload: what it looks for becomes parameters, and
//! the columns that it is looked for in give the keys.

use super::Workload;
use crate::lab::keys::Distribution;
use crate::lab::worth::Subject;
use crate::lab::worth::keys::{NoKeys, Origin, origin};
use crate::sandbox::Bindings;
use crate::sandbox::bindings::{numbered, written};
use crate::sql::quote_if_needed;

/// A learner's query, ready to be measured.
#[derive(Debug, Clone, PartialEq)]
pub struct Yours {
    /// The query over its keys.
    pub workload: Workload,
    /// Where the keys come from, as `each orders.customer_id`.
    pub keys: String,
}

/// Some of the parameters, and a SELECT with a column for each.
struct Source {
    fills: Vec<usize>,
    select: String,
}

impl Workload {
    /// The workload of a query with many values in the place of those that it
    /// looks for: `customer_id = 42` reads the orders of each customer that has
    /// some. Parameters of one table get values that stand in one row, others
    /// are independent of each other.
    ///
    /// # Errors
    /// When nothing in the query changes from read to read; when a parameter
    /// has no values.
    pub fn from_query(subject: &Subject, given: &Bindings) -> Result<Yours, NoKeys> {
        let (sql, names) = with_names(subject);
        if names.is_empty() {
            return Err(NoKeys::OneKey {
                why: "it compares no column with a value; run one like select ... where id = 42"
                    .to_owned(),
            });
        }
        let mut origins = Vec::new();
        for parameter in &subject.parameters {
            origins.push(origin(parameter, given)?);
        }
        let values = values(&sources(&origins), names.len());
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        let keys: Vec<String> = origins.iter().zip(&names).map(told).collect();
        let keys = keys.join(", ");
        let zipf = Distribution::Zipf { alpha: 0.99 };
        let mut workload = Workload::of(&sql, &names, &values, zipf);
        workload.title = format!("your query, for {keys}");
        Ok(Yours { workload, keys })
    }
}

/// The text in which each parameter has a name, and the names by number.
fn with_names(subject: &Subject) -> (String, Vec<String>) {
    let names = subject.parameters.iter().enumerate().map(|(at, it)| {
        let bare = it.name.trim_start_matches([':', '@', '$', '?']);
        match bare.parse::<u32>() {
            Ok(_) => format!(":p{}", at + 1),
            Err(_) => format!(":{bare}"),
        }
    });
    let names: Vec<String> = names.collect();
    let mut sql = subject.sql.clone();
    for (place, number) in numbered(&subject.sql).into_iter().rev() {
        sql.replace_range(place, &names[number - 1]);
    }
    (sql, names)
}

fn told((origin, name): (&Origin, &&str)) -> String {
    match origin {
        Origin::Column { table, column } => format!("each {table}.{column}"),
        Origin::Select(_) => format!("{name} from your SELECT"),
        Origin::List(values) => format!("{} values of {name}", values.len()),
    }
}

fn sources(origins: &[Origin]) -> Vec<Source> {
    let mut sources: Vec<Source> = Vec::new();
    let mut tables: Vec<&str> = Vec::new();
    for (at, origin) in origins.iter().enumerate() {
        let select = match origin {
            Origin::Select(sql) => sql.clone(),
            Origin::List(values) => {
                let rows: Vec<String> = values
                    .iter()
                    .map(|it| format!("({})", written(it)))
                    .collect();
                format!("VALUES {}", rows.join(", "))
            }
            Origin::Column { table, .. } if tables.contains(&table.as_str()) => continue,
            Origin::Column { table, .. } => {
                tables.push(table);
                let of_table = |it: &Origin| match it {
                    Origin::Column { table: of, column } if of == table => {
                        Some(quote_if_needed(column).into_owned())
                    }
                    _ => None,
                };
                let all = origins.iter().enumerate();
                let (fills, columns): (Vec<usize>, Vec<String>) =
                    all.filter_map(|(at, it)| Some((at, of_table(it)?))).unzip();
                let list = columns.join(", ");
                let not_null: Vec<String> = columns
                    .iter()
                    .map(|it| format!("{it} IS NOT NULL"))
                    .collect();
                let (from, such) = (quote_if_needed(table), not_null.join(" AND "));
                sources.push(Source {
                    fills,
                    select: format!("SELECT DISTINCT {list} FROM {from} WHERE {such}"),
                });
                continue;
            }
        };
        let fills = vec![at];
        sources.push(Source { fills, select });
    }
    sources
}

/// A SELECT with a column for each of the parameters. Where there are several
/// sources, the rows of the longest are each joined with one of the others.
fn values(sources: &[Source], parameters: usize) -> String {
    if let [only] = sources {
        return only.select.clone();
    }
    let mut parts = Vec::new();
    let (mut numbers, mut joins) = (Vec::new(), Vec::new());
    for (at, source) in sources.iter().enumerate() {
        let columns: Vec<String> = source.fills.iter().map(|it| format!("v{it}")).collect();
        parts.push(format!(
            "s{at}({}) AS ({}), n{at} AS MATERIALIZED (SELECT row_number() OVER () - 1 AS n, * FROM s{at})",
            columns.join(", "),
            source.select
        ));
        numbers.push(format!("SELECT n FROM n{at}"));
        joins.push(format!(
            "JOIN n{at} ON n{at}.n = every.n % (SELECT count(*) FROM n{at})"
        ));
    }
    let columns: Vec<String> = (0..parameters).map(|it| format!("v{it}")).collect();
    format!(
        "WITH {}, every(n) AS ({}) SELECT {} FROM every {} ORDER BY every.n",
        parts.join(", "),
        numbers.join(" UNION "),
        columns.join(", "),
        joins.join(" ")
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sandbox::bindings::{Binding, literal};
    use crate::sql::{ColumnDef, Schema, Table};

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

    fn yours(sql: &str, given: &[(&str, &str)]) -> Result<Yours, NoKeys> {
        let mut bindings = Bindings::default();
        for (name, value) in given {
            bindings.set(Binding {
                name: (*name).to_owned(),
                value: literal(value),
            });
        }
        let subject = Subject::of(sql, &schema(), &bindings);
        Workload::from_query(&subject, &bindings)
    }

    #[test]
    fn values_become_parameters_and_their_columns_give_the_keys() {
        for (sql, with_parameters, values) in [
            (
                "select * from orders where status = 'paid' and customer_id = 42 limit 3",
                "select * from orders where status = :status and customer_id = :customer_id limit 3",
                "SELECT DISTINCT status, customer_id FROM orders WHERE status IS NOT NULL AND \
                 customer_id IS NOT NULL",
            ),
            (
                "select * from orders o join \"my customers\" c on c.id = o.customer_id where c.email = 'a'",
                "select * from orders o join \"my customers\" c on c.id = o.customer_id where c.email = :email",
                "SELECT DISTINCT email FROM \"my customers\" WHERE email IS NOT NULL",
            ),
            (
                "select status from orders as x where x.id = ? -- id = 9",
                "select status from orders as x where x.id = :p1 -- id = 9",
                "SELECT DISTINCT id FROM orders WHERE id IS NOT NULL",
            ),
        ] {
            let yours = yours(sql, &[]).unwrap();
            assert_eq!(yours.workload.templates[0].sql, with_parameters);
            assert_eq!(yours.workload.templates[0].values, values);
        }
    }

    #[test]
    fn several_sources_are_read_beside_each_other() {
        let sql = "select * from orders where customer_id = 1 and total > 2 limit 5";
        let yours = yours(sql, &[("customer_id", "1,2,3"), ("limit", "5, 10")]).unwrap();
        assert_eq!(yours.keys, "3 values of :customer_id, 2 values of :limit");
        let conn = rusqlite::Connection::open_in_memory().unwrap();
        let mut statement = conn.prepare(&yours.workload.templates[0].values).unwrap();
        let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?)));
        let rows: Vec<(i64, i64)> = rows.unwrap().collect::<Result<_, _>>().unwrap();
        assert_eq!(rows, [(1, 5), (2, 10), (3, 5)]);
    }

    #[test]
    fn a_query_without_a_key_is_refused() {
        for sql in ["select count(*) from orders", "select 1 = 1"] {
            let error = yours(sql, &[]).unwrap_err().to_string();
            assert!(error.contains("compares no column with a value"), "{error}");
        }
    }
}
