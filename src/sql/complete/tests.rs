use proptest::prelude::*;

use super::*;
use crate::sql::{ColumnDef, Table, TableKind, lex, unquote};

fn table(name: &str, columns: &[&str]) -> Table {
    Table {
        name: name.to_owned(),
        kind: TableKind::Table,
        columns: columns
            .iter()
            .map(|name| ColumnDef {
                name: (*name).to_owned(),
                ..ColumnDef::default()
            })
            .collect(),
        ..Table::default()
    }
}

fn shop() -> Schema {
    Schema {
        tables: vec![
            table("customers", &["id", "name", "email", "country"]),
            table("orders", &["id", "customer_id", "status", "placed_at"]),
            table("order_items", &["order_id", "product_id", "quantity"]),
            table("odd names", &["two words", "group", "Größe"]),
        ],
        functions: ["abs", "count", "coalesce", "sum", "->"]
            .map(str::to_owned)
            .to_vec(),
    }
}

/// The candidates at the `|` of `text`.
fn at(text: &str) -> Vec<String> {
    let cursor = text.find('|').unwrap();
    let whole = text.replacen('|', "", 1);
    complete(&whole, cursor, &shop()).candidates
}

fn joined(text: &str) -> String {
    at(text).join(" ")
}

#[test]
fn tables_come_where_a_table_stands() {
    for start in [
        "select * from o|",
        "select * from customers join o|",
        "insert into o|",
        "update o|",
        "update or ignore o|",
        "delete from o|",
        "drop table o|",
        "drop table if exists o|",
        "alter table o|",
        "select * from customers c, o|",
        "select * from (o|",
        "create index i on o|",
        "create table t(a references o|",
        "select * from ((o|",
        "select * from customers c join orders on c.id = 1 join o|",
        "analyze o|",
        "explain query plan select * from o|",
        "select 1; delete from o|",
        "select (select 1 from o|) from customers",
        "select * from main.o|",
    ] {
        assert_eq!(joined(start), "orders order_items \"odd names\"", "{start}");
    }
    assert_eq!(joined("select * from (se|"), "select");
    assert_eq!(
        joined("select * from |"),
        "customers orders order_items \"odd names\""
    );
    assert_eq!(
        joined("select 1 is distinct from co|"),
        "country count( coalesce( collate column commit conflict constraint"
    );
}

#[test]
fn an_alias_offers_the_columns_of_its_table() {
    let orders = "id customer_id status placed_at";
    for start in [
        "select o.| from orders o",
        "select o.| from orders as o",
        "select orders.| from orders",
        "select orders.|",
        "select * from orders o where o.|",
        "select O.| from Orders \"o\"",
        "select * from customers c join orders o on o.| = c.id",
        "update orders set id = orders.|",
        "select * from customers c, orders o where o.|",
        "select * from main.orders o where o.|",
        "select * from customers c where exists (select 1 from orders o where o.|)",
        "select * from orders o where exists (select 1 from customers c where o.|",
        "select * from (customers c join orders o) where o.|",
    ] {
        assert_eq!(joined(start), orders, "{start}");
    }
    assert_eq!(joined("select o.st| from orders o"), "status");
    assert_eq!(joined("select x.| from orders o"), "");
    assert_eq!(joined("select .| from orders o"), "");
    // The inner query's o is not the outer one's.
    assert_eq!(
        joined("select * from orders o where exists (select 1 from customers o where o.|)"),
        "id name email country"
    );
}

#[test]
fn values_offer_what_is_in_scope_first() {
    assert_eq!(joined("select c| from orders"), "customer_id coalesce( count( cascade case cast check collate column commit conflict constraint create cross current current_date current_time current_timestamp".replace("coalesce( count(", "count( coalesce("));
    assert_eq!(
        joined("select | from orders o"),
        "id customer_id status placed_at o"
    );
    assert_eq!(joined("select * from orders o where st|"), "status");
    assert_eq!(joined("update orders set st|"), "status");
    assert_eq!(joined("insert into orders (st|"), "status");
    assert_eq!(joined("insert into orders (id, st|"), "status");
    assert_eq!(joined("create index i on orders (st|"), "status");
    assert_eq!(joined("delete from orders where st|"), "status");
    assert_eq!(joined("alter table orders drop column st|"), "status");
    assert_eq!(joined("select count(st|) from orders"), "status");
    // Nothing is in scope yet: all columns and tables.
    assert_eq!(joined("select em|"), "email");
    assert_eq!(joined("select cus|"), "customer_id customers");
    // Of a compound only the query that is being typed; inner before outer.
    assert_eq!(
        joined("select em| from orders union select id from customers"),
        ""
    );
    assert_eq!(
        joined("select * from customers where id in (select i| from orders o)"),
        "id if ignore immediate in index indexed initially inner insert instead intersect into is isnull"
    );
    assert_eq!(
        at("select * from customers where id in (select  | from orders o)")[..6],
        ["id", "customer_id", "status", "placed_at", "o", "name"]
    );
    // What SELECT names can be ordered by.
    assert_eq!(
        joined("select sum(quantity) as units from order_items order by un|"),
        "units unbounded union unique"
    );
}

#[test]
fn common_table_expressions_and_subqueries_have_columns() {
    let with = "with best(k, n) as (select 1, 2), recent as (select o.id, status s, sum(id) total, o.* from orders o) ";
    assert_eq!(joined(&format!("{with}select * from r|")), "recent");
    assert_eq!(joined(&format!("{with}select best.| from best")), "k n");
    assert_eq!(
        joined(&format!("{with}select r.| from recent r")),
        "id s total customer_id status placed_at"
    );
    assert_eq!(
        joined("select x.| from (select name as who, id from customers) x"),
        "who id"
    );
    assert_eq!(
        joined("select x.| from (values (1, 2)) as x"),
        "column1 column2"
    );
    assert_eq!(
        joined("with a as (select * from orders), b as (select a.st| from a) select 1"),
        "status"
    );
    assert_eq!(
        joined("with recursive n(i) as (select 1 union all select n.| from n) select 1"),
        "i"
    );
    assert_eq!(joined("select j.a| from json_each('[]') j"), "atom");
}

#[test]
fn keywords_follow_the_case_that_is_typed() {
    assert_eq!(joined("SEL|"), "SELECT");
    assert_eq!(joined("sel|"), "select");
    assert_eq!(joined("select * fr|"), "from");
    assert_eq!(joined("select id FR| orders"), "FROM");
    assert_eq!(joined("SELECT * FROM orders ORDER |"), "BY");
    assert_eq!(joined("select SU| from orders"), "SUM(");
    assert_eq!(joined("select su|(id) from orders"), "sum");
    assert_eq!(joined("insert |"), "into or");
    assert_eq!(joined("select * from orders wh|"), "when where");
    assert_eq!(joined("explain sel|"), "select");
    assert_eq!(joined("create view v as sel|"), "select");
    // Not columns: an operand stands before.
    assert_eq!(joined("select id st| from orders"), "");
}

#[test]
fn names_are_quoted_where_they_must_be() {
    assert_eq!(joined("select * from od|"), "\"odd names\"");
    assert_eq!(
        joined("select * from \"o|"),
        "\"orders\" \"order_items\" \"odd names\""
    );
    assert_eq!(joined("select * from `od|"), "`odd names`");
    assert_eq!(joined("select [tw| from \"odd names\""), "[two words]");
    assert_eq!(joined("select \"or|\" from orders"), "\"orders");
    assert_eq!(joined("select \"st|\" from orders"), "\"status");
    assert_eq!(
        joined("select gr| from \"odd names\""),
        "\"group\" Größe group groups"
    );
    assert_eq!(joined("select x.GRÖ| from \"odd names\" x"), "");
    assert_eq!(joined("select x.Grö| from \"odd names\" x"), "Größe");
    // The quote that is not closed yet hides nothing behind it.
    assert_eq!(joined("select o.\"st| from orders o"), "\"status\"");
}

#[test]
fn nothing_comes_where_names_mean_nothing() {
    for text in [
        "select 'or|",
        "select 'or|der'",
        "select 'a'|",
        "-- or|",
        "select 1 -- or|\nfrom orders",
        "/* or|",
        "/* or| */ select 1",
        "select 12|",
        "select :o|",
        "select x'0|",
        "select 1o|",
        "select id as o| from orders",
        "create table o|",
        "create table if not exists o|",
        "create index o|",
        "with o|",
        "with a as (select 1), o|",
        "savepoint o|",
        "pragma o|",
        "alter table orders rename to o|",
        "drop index o|",
        "select \"id\"| from orders",
    ] {
        assert_eq!(joined(text), "", "{text}");
    }
    // Right behind them there is something again.
    assert_eq!(joined("/* a */sel|"), "select");
    assert_eq!(joined("-- a\nsel|"), "select");
    assert_eq!(joined("select ';' fr|"), "from");
}

#[test]
fn the_word_ends_at_the_cursor() {
    let text = "select cust_id from orders";
    let completion = complete(text, 10, &shop());
    assert_eq!(
        (completion.start, completion.candidates),
        (7, vec!["customer_id".to_owned()])
    );
    // Inside a character, behind the end.
    assert_eq!(complete("é", 1, &shop()).start, 0);
    assert_eq!(complete("sel", 99, &shop()).candidates, ["select"]);
}

#[test]
fn a_schema_of_a_thousand_tables_is_looked_through_a_few_times_at_most() {
    let columns: Vec<String> = (0..20).map(|i| format!("column_{i}")).collect();
    let columns: Vec<&str> = columns.iter().map(String::as_str).collect();
    let tables: Vec<Table> = (0..1000)
        .map(|i| table(&format!("table_{i}"), &columns))
        .collect();
    let joins: String = (0..60).map(|i| format!(" join table_{i} t{i}")).collect();
    let schema = Schema {
        tables,
        functions: Vec::new(),
    };
    let names = 1000 * 21;
    for text in [
        "select col".to_owned(),
        "select * from tab".to_owned(),
        format!("select * from table_9{joins} where col"),
        format!(
            "select * from{} where col",
            " (select * from table_1,".repeat(1000)
        ),
        "select (".repeat(1000) + "col",
        format!(
            "{}select col",
            "with a as (select * from table_1, table_2) ".repeat(1000)
        ),
    ] {
        let cursor = Cursor::find(&text, text.len()).unwrap();
        let looked_at = gather(&cursor, false, &schema).looked_at;
        assert!(
            looked_at > 0 && looked_at < 2 * names,
            "{looked_at}: {text:.40}"
        );
    }
}

/// A thousand queries around the cursor are not read a thousand times, and the
/// tables of the first WITH are known in the last.
#[test]
fn of_deep_nesting_the_outermost_and_the_innermost_are_read() {
    let nested = " from (select *".repeat(1000);
    let text = format!("with totals as (select 1 as sum) select *{nested} from orders where ");
    let cursor = Cursor::find(&text, text.len()).unwrap();
    let scopes = Scopes::around(&cursor, &shop());
    assert!((2..=17).contains(&scopes.levels().count()));
    assert!(scopes.relation("orders").is_some());
    assert_eq!(scopes.common_tables().collect::<Vec<_>>(), ["totals"]);
}

proptest! {
    #[test]
    fn any_text_and_cursor_are_answered(
        text in "(\\PC|[-/*'\"\\[\\]`.,();= \n]|select |from |join |orders |o|\\(select |with a as \\(|union |update |into |as |on |values ){0,30}",
        cursor in 0usize..200,
    ) {
        let schema = shop();
        let completion = complete(&text, cursor, &schema);
        let mut end = cursor.min(text.len());
        while !text.is_char_boundary(end) {
            end -= 1;
        }
        prop_assert!(completion.start <= end && text.is_char_boundary(completion.start));
        let typed = text[completion.start..end].trim_start_matches(['"', '`', '[']);
        for candidate in &completion.candidates {
            let closed = format!("{candidate}{}", if lex(candidate).any(|t| t.unterminated) { &candidate[..1] } else { "" });
            let name = unquote(closed.trim_end_matches('('));
            prop_assert!(
                name.get(..typed.len()).is_some_and(|head| head.eq_ignore_ascii_case(typed)),
                "{typed:?} became {candidate:?}"
            );
        }
    }
}
