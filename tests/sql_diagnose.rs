//! Wrong statements, SQLite's own messages about them, and what we draw.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

use dbdojo::sql::{ColumnDef, Diagnosis, Schema, Table, TableKind, diagnose};
use dbdojo::view::{Style, diagnostic};
use proptest::prelude::*;
use rusqlite::config::DbConfig;
use rusqlite::{Connection, Error};
use unicode_width::UnicodeWidthStr;

const TABLES: &str = "
    create table customers(id integer primary key, name text not null, email text,
                           country text, created_at text);
    create table orders(id integer primary key, customer_id integer references customers(id),
                        status text check(status <> ''), total real, created_at text);
    create table products(id integer primary key, name text, category_id integer,
                          price real, stock integer);
    create unique index customers_email on customers(email);
    create view big_orders as select id, customer_id, total from orders where total > 100;
    insert into customers values (1, 'Ada', 'ada@example.org', 'HU', '2024-01-31');
    insert into orders values (1, 1, 'new', 10, '2024-01-31');
    pragma foreign_keys = on;
";

fn shop() -> (Connection, Schema) {
    let db = Connection::open_in_memory().unwrap();
    db.execute_batch(TABLES).unwrap();
    db.set_db_config(DbConfig::SQLITE_DBCONFIG_DQS_DML, false)
        .unwrap();
    let schema = schema(&db);
    (db, schema)
}

fn schema(db: &Connection) -> Schema {
    let names = |sql: &str| -> Vec<(String, String)> {
        let mut statement = db.prepare(sql).unwrap();
        let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?)));
        rows.unwrap().map(Result::unwrap).collect()
    };
    Schema {
        tables: names("select name, type from sqlite_schema where type in ('table', 'view')")
            .into_iter()
            .map(|(name, kind)| Table {
                kind: match kind.as_str() {
                    "view" => TableKind::View,
                    _ => TableKind::Table,
                },
                columns: names(&format!(
                    "select name, type from pragma_table_info('{name}')"
                ))
                .into_iter()
                .map(|(name, declared_type)| ColumnDef {
                    name,
                    declared_type,
                    ..ColumnDef::default()
                })
                .collect(),
                name,
                indexes: Vec::new(),
            })
            .collect(),
        functions: names("select distinct name, '' from pragma_function_list order by 1")
            .into_iter()
            .map(|(name, _)| name)
            .collect(),
    }
}

fn diagnosis_of(db: &Connection, schema: &Schema, sql: &str) -> Option<Diagnosis> {
    let run = || {
        let mut statement = db.prepare(sql)?;
        let mut rows = statement.query([])?;
        while rows.next()?.is_some() {}
        Ok(())
    };
    let (message, offset) = match run() {
        Ok(()) => return None,
        Err(Error::SqlInputError { msg, offset, .. }) => (msg, usize::try_from(offset).ok()),
        Err(Error::SqliteFailure(_, Some(message))) => (message, None),
        Err(other) => panic!("{sql}: {other:?}"),
    };
    Some(diagnose(sql, &message, offset, schema))
}

fn without_color(text: &str) -> String {
    let mut out = String::new();
    for part in text.split('\u{1b}') {
        out.push_str(match part.strip_prefix('[') {
            Some(rest) => rest.split_once('m').unwrap().1,
            None => part,
        });
    }
    out
}

/// The errors drawn for these statements, which all have to be wrong.
fn drawn<'a>(statements: impl IntoIterator<Item = &'a str>) -> String {
    let mut out = String::new();
    for sql in statements {
        let (db, schema) = shop();
        let Some(diagnosis) = diagnosis_of(&db, &schema, sql) else {
            panic!("this is no error: {sql}");
        };
        let mut text = Vec::new();
        diagnostic::write(&mut text, &Style::PIPED, &diagnosis).unwrap();
        let text = String::from_utf8(text).unwrap();
        let colored = Style {
            color: true,
            ..Style::PIPED
        };
        let mut in_color = Vec::new();
        diagnostic::write(&mut in_color, &colored, &diagnosis).unwrap();
        let in_color = String::from_utf8(in_color).unwrap();
        assert_eq!(without_color(&in_color), text, "colour adds no text");
        out.push_str(&text);
        out.push('\n');
    }
    for line in out.lines() {
        assert!(line.width() <= 80, "too wide: {line}");
    }
    out
}

#[test]
fn names() {
    insta::assert_snapshot!(drawn(include_str!("wrong_sql/names.sql").lines()));
}

#[test]
fn quotes() {
    insta::assert_snapshot!(drawn(include_str!("wrong_sql/quotes.sql").lines()));
}

#[test]
fn keywords() {
    insta::assert_snapshot!(drawn(include_str!("wrong_sql/keywords.sql").lines()));
}

#[test]
fn signs() {
    insta::assert_snapshot!(drawn(include_str!("wrong_sql/signs.sql").lines()));
}

#[test]
fn clauses() {
    insta::assert_snapshot!(drawn(include_str!("wrong_sql/clauses.sql").lines()));
}

#[test]
fn unfinished() {
    insta::assert_snapshot!(drawn(include_str!("wrong_sql/unfinished.sql").lines()));
}

#[test]
fn elsewhere() {
    insta::assert_snapshot!(drawn(include_str!("wrong_sql/elsewhere.sql").lines()));
}

#[test]
fn refused() {
    insta::assert_snapshot!(drawn(include_str!("wrong_sql/refused.sql").lines()));
}

#[test]
fn corners() {
    insta::assert_snapshot!(drawn(include_str!("wrong_sql/corners.sql").lines()));
}

/// Longer texts: the line in question only, aligned, within the screen.
#[test]
fn layout() {
    insta::assert_snapshot!(drawn([
        "select *\n  from customers\n  where nmae = 1\n  order by id;",
        "select id,\n\tnmae\nfrom customers",
        "select '東京', 'é', nmae from customers",
        "select '\u{1b}[31m\u{202e}', nmae from customers",
        "select id, name, email, country, created_at, id + 1 as one, id + 2 as two, nmae, id \
         + 3 as three, id + 4 as four from customers",
        "select id, name, email, country, created_at, id + 1 as one, id + 2 as two from custmers",
        "insert into customers\nvalues (2,\n  'x')",
        "select 'never\nclosed",
    ]));
}

#[test]
fn the_line_is_that_of_the_script() {
    let (db, schema) = shop();
    let diagnosis = diagnosis_of(&db, &schema, "select\nnam from customers").unwrap();
    insta::assert_snapshot!(diagnostic::text(&Style::PIPED, &diagnosis.at_line(41)), @r"
    no such column: nam
      42 | nam from customers
           ^^^ did you mean name?   (id, name, email, country, created_at)
    ");
}

proptest! {
    #[test]
    fn any_error_of_any_text_can_be_drawn(
        sql in "(select|from|customers|nam|where|'|\"|\\(|\\)|,|;|=|case|end|join|left|values|\n| |\\PC){0,20}",
        message in prop::sample::select(MESSAGES),
        name in "[a-z'\".é]{0,5}",
        offset in prop::option::of(0_usize..60),
        width in 0_usize..90,
    ) {
        let schema = Schema {
            tables: vec![Table {
                name: "customers".to_owned(),
                kind: TableKind::Table,
                columns: vec![ColumnDef { name: "name".to_owned(), ..ColumnDef::default() }],
                indexes: Vec::new(),
            }],
            functions: vec!["length".to_owned()],
        };
        let message = message.replace('%', &name);
        let diagnosis = diagnose(&sql, &message, offset, &schema).at_line(width);
        if let Some(span) = &diagnosis.span {
            prop_assert!(sql.get(span.clone()).is_some());
        }
        diagnostic::text(&Style { width, ..Style::PIPED }, &diagnosis);
    }
}

/// SQLite's messages that we read; `%` stands for a name.
const MESSAGES: &[&str] = &[
    "no such column: %",
    "no such column: \"%\" - should this be a string literal in single-quotes?",
    "no such table: %",
    "no such function: %",
    "no such index: %",
    "ambiguous column name: %",
    "table % has no column named %",
    "table % has 5 columns but 2 values were supplied",
    "1 values for 2 columns",
    "all VALUES must have the same number of terms",
    "near \"%\": syntax error",
    "incomplete input",
    "unrecognized token: \"%\"",
    "misuse of aggregate: %()",
    "misuse of aggregate function %()",
    "misuse of window function %()",
    "HAVING clause on a non-aggregate query",
    "no tables specified",
    "1st ORDER BY term out of range - should be between 1 and 1",
    "ORDER BY clause should come after % not before",
    "SELECTs to the left and right of % do not have the same number of result columns",
    "cannot join using column % - column not present in both tables",
    "UNIQUE constraint failed: customers.%",
    "use DROP TABLE to delete table %",
    "%",
];

#[test]
fn a_comment_of_mysql_is_told_how_to_begin() {
    let (db, schema) = shop();
    for (sql, told) in [
        ("# all of them\nselect 1", true),
        ("#all of them\nselect 1", true),
        ("select 1 # one", true),
        ("select * from customers where id = #1", false),
    ] {
        let diagnosis = diagnosis_of(&db, &schema, sql).unwrap();
        let reason = diagnosis.reason.unwrap_or_default();
        assert_eq!(
            reason == "A comment begins with --, not with #.",
            told,
            "{sql}: {reason}"
        );
    }
}
