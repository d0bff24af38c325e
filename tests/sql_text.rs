//! What we say about SQL's text, against what SQLite itself says.

#![expect(clippy::unwrap_used, reason = "a test may panic")]
#![expect(
    unsafe_code,
    reason = "SQLite offers its own splitter and keyword list through C only"
)]

use std::ffi::CString;

use dbdojo::sql::{KEYWORDS, is_complete, is_reserved, normalize, split};
use proptest::prelude::*;
use rusqlite::{Connection, ffi};

fn sqlite_calls_it_complete(sql: &str) -> bool {
    // The line end lets SQLite see that a last `--` comment is over.
    let sql = CString::new(format!("{sql}\n")).unwrap();
    // SAFETY: the text is NUL-terminated and outlives the call.
    unsafe { ffi::sqlite3_complete(sql.as_ptr()) == 1 }
}

const FRAGMENTS: &[&str] = &[
    "create ",
    "CREATE ",
    "temp ",
    "temporary ",
    "trigger ",
    "end ",
    "end",
    "explain ",
    "query ",
    "plan ",
    "select ",
    "x",
    "1.5 ",
    "(",
    ")",
    ",",
    ";",
    "; ",
    " ;",
    "'",
    "''",
    "\"",
    "`",
    "[",
    "]",
    "--",
    "-",
    "/",
    "*",
    "/*",
    "*/",
    "\n",
    " ",
    "\t",
    "é",
];

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn statements_end_where_sqlite_ends_them(
        fragments in prop::collection::vec(prop::sample::select(FRAGMENTS), 0..24)
    ) {
        let sql = fragments.concat();
        prop_assert_eq!(is_complete(&sql), sqlite_calls_it_complete(&sql), "{}", sql);
    }

    #[test]
    fn triggers_end_where_sqlite_ends_them(
        fragments in prop::collection::vec(
            prop::sample::select(&["; ", ";end", ";end;", "end ", "x ", "';' ", "/*;*/", "-- ;\n"][..]),
            0..12,
        )
    ) {
        let sql = format!("explain create temp trigger {}", fragments.concat());
        prop_assert_eq!(is_complete(&sql), sqlite_calls_it_complete(&sql), "{}", sql);
    }
}

#[test]
fn the_keywords_are_those_of_the_linked_sqlite() {
    // SAFETY: the call takes nothing and only reads a constant.
    let count = unsafe { ffi::sqlite3_keyword_count() };
    let mut theirs: Vec<String> = (0..count)
        .map(|i| {
            let mut name = std::ptr::null();
            let mut length = 0;
            // SAFETY: both pointers are valid for the call; the name that comes
            // back is `length` bytes of a constant.
            let bytes = unsafe {
                assert_eq!(
                    ffi::sqlite3_keyword_name(i, &raw mut name, &raw mut length),
                    ffi::SQLITE_OK
                );
                std::slice::from_raw_parts(name.cast::<u8>(), usize::try_from(length).unwrap())
            };
            String::from_utf8(bytes.to_vec()).unwrap()
        })
        .collect();
    theirs.sort();
    assert_eq!(theirs, KEYWORDS);
}

#[test]
fn reserved_is_what_sqlite_takes_for_no_name() {
    let db = Connection::open_in_memory().unwrap();
    for word in KEYWORDS {
        let taken = db.prepare(&format!("select 1 as {word}")).is_ok();
        assert_eq!(is_reserved(word), !taken, "{word}");
    }
}

#[test]
fn normalizing_changes_no_column_name() {
    let db = Connection::open_in_memory().unwrap();
    db.execute_batch("create table T(A int, b text); insert into T values (1, 'x'), (2, 'y')")
        .unwrap();
    let answer = |sql: &str| {
        let mut statement = db.prepare(sql).unwrap();
        let names: Vec<String> = statement.column_names().map(str::to_owned).collect();
        let mut rows = statement.query([]).unwrap();
        let mut values = Vec::new();
        while let Some(row) = rows.next().unwrap() {
            for i in 0..names.len() {
                values.push(format!("{:?}", row.get_ref(i).unwrap()));
            }
        }
        (names, values)
    };
    for sql in [
        "SELECT  A+  1 , COUNT( * )  FROM  T -- all\n GROUP  BY  A;",
        "SELECT a AS  Total, b  AS \"B  b\" , NOT  a  FROM T  ORDER  BY  TOTAL  DESC",
        "SELECT  DISTINCT  A IS  DISTINCT  FROM  2  FROM T",
        "SELECT * FROM (SELECT A/* one */+1 , (SELECT  MAX( a )  FROM t)  FROM T)  WHERE  1",
        "WITH x ( KEY , Left ) AS  ( SELECT  1 , 2 ) SELECT  * FROM x",
        "SELECT CASE  WHEN A=1  THEN  'one' ELSE NULL END , CAST( A AS  TEXT ) FROM T",
        "VALUES  ( 1 , 2 )",
        "SELECT a total FROM t UNION  ALL SELECT  9  +  9",
        "SELECT SUM( a ) OVER ( ORDER  BY  a ), x.b FROM T  AS  x",
        "SELECT EXISTS ( SELECT  1 )  , - -1, x'0F' , .5",
    ] {
        assert_eq!(answer(&normalize(sql)), answer(sql), "{}", normalize(sql));
    }
}

#[test]
fn splitting_runs_the_statements_that_sqlite_runs() {
    let script = "create table t(a); create temp trigger on_t after insert on t begin \
                  select ';'; update t set a = a + 1; end; -- done;\n\
                  insert into t values (1);; /* ; */ select a from t";
    let db = Connection::open_in_memory().unwrap();
    let statements: Vec<_> = split(script).collect();
    assert_eq!(statements.len(), 4);
    for statement in &statements[..3] {
        db.execute(statement.text, []).unwrap();
    }
    let a: i64 = db
        .query_row(statements[3].text, [], |row| row.get(0))
        .unwrap();
    assert_eq!(a, 2);
}
