//! The commands that read and write files, as a script uses them.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

use std::fs;
use std::path::Path;

use assert_cmd::Command;
use rusqlite::Connection;
use tempfile::TempDir;

/// Runs a script on `shop@tiny` in the folder `at`: (output, errors, code).
fn run(at: &Path, args: &[&str], script: &str) -> (String, String, i32) {
    let output = Command::cargo_bin("dbdojo")
        .unwrap()
        .current_dir(at)
        .env("DBDOJO_HOME", at.join("home"))
        .env_remove("REDIS_URL")
        .env_remove("DBDOJO_REDIS_URL")
        .args(args)
        .write_stdin(script)
        .output()
        .unwrap();
    (
        String::from_utf8(output.stdout).unwrap(),
        String::from_utf8(output.stderr).unwrap(),
        output.status.code().unwrap_or(-1),
    )
}

fn tiny(at: &Path, script: &str) -> (String, String, i32) {
    run(at, &["-d", "shop@tiny"], script)
}

fn folder() -> TempDir {
    tempfile::tempdir().unwrap()
}

/// Files in the folder, without the home and without what tests put there.
fn files(at: &Path) -> Vec<String> {
    let mut names: Vec<String> = fs::read_dir(at)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter(|name| name != "home")
        .collect();
    names.sort();
    names
}

/// One text that tells whether two databases hold the same.
fn content(path: &Path, queries: &[&str]) -> Vec<String> {
    let conn = Connection::open(path).unwrap();
    let mut told = Vec::new();
    for sql in queries {
        let mut statement = conn.prepare(sql).unwrap();
        let width = statement.column_count();
        let mut rows = statement.query([]).unwrap();
        while let Some(row) = rows.next().unwrap() {
            let values: Vec<String> = (0..width)
                .map(|i| format!("{:?}", row.get_ref(i).unwrap()))
                .collect();
            told.push(values.join(" "));
        }
    }
    told
}

const EVERYTHING: &str = "
create table mine(a integer primary key autoincrement, b, c as (b || 'x'), \"d e\" text);
insert into mine(b, \"d e\") values (1e999, ''), (-1e999, null), (x'00ff', 'it''s
.quit
two'), (cast(x'0d0a00ff' as text), 'ü'), (-9223372036854775808, 'x'), (0.1, 'y'), (1.0, 'z');
delete from mine where a = 7;
create table wr(k text primary key, v) without rowid;
insert into wr values ('b', 1), ('a', 2.5);
create table child(id integer primary key, parent references parent(id));
create table parent(id integer primary key);
insert into parent values (1);
insert into child values (1, 1);
create index by_b on mine(b) where b is not null;
create view seen as select a, b from mine;
create trigger into_seen instead of insert on seen begin
  insert into mine(b) values (new.b); insert into wr values ('from trigger', 1); end;
create trigger after_wr after insert on wr begin insert into mine(b) values ('fired'); end;
create virtual table words using fts5(x, y);
insert into words(rowid, x, y) values (7, 'hello', 'wide world');
create virtual table later using fts5(b, content='texts', content_rowid='id');
create table texts(id integer primary key, b);
insert into texts values (3, 'banana');
insert into later(later) values ('rebuild');
create virtual table places using rtree(id, low, high);
insert into places values (1, 0, 5);
analyze;
";

const LOOKS: &[&str] = &[
    "select count(*), sum(total) from orders",
    "select a, typeof(b), quote(b), c, \"d e\" from mine",
    "select * from wr",
    "select * from child",
    "select rowid, * from words where words match 'wide'",
    "select rowid from later where later match 'banana'",
    "select * from places",
    "select name, seq from sqlite_sequence order by name",
    "select type, name, sql from sqlite_schema where name not glob 'sqlite_*' \
     and tbl_name not glob 'words_*' and tbl_name not glob 'later_*' \
     and tbl_name not glob 'places_*' order by type, name",
    "select * from sqlite_stat1 order by tbl, idx",
    "pragma integrity_check",
    "pragma foreign_key_check",
];

#[test]
fn a_dump_rebuilds_everything_and_so_does_a_saved_file() {
    let at = folder();
    let script = format!("{EVERYTHING}\n.once all.sql\n.dump\n.save kept.db\n");
    let (_, err, code) = tiny(at.path(), &script);
    assert_eq!(code, 0, "{err}");
    assert!(err.contains("Wrote "), "{err}");
    assert!(err.contains("Saved shop@tiny as "), "{err}");
    let dump = fs::read_to_string(at.path().join("all.sql")).unwrap();
    let rebuilt = at.path().join("rebuilt.db");
    Connection::open(&rebuilt)
        .unwrap()
        .execute_batch(&dump)
        .unwrap();
    let kept = content(&at.path().join("kept.db"), LOOKS);
    assert_eq!(kept, content(&rebuilt, LOOKS));
    assert!(
        kept.iter()
            .any(|line| line.contains("banana") || line.contains("Integer(3)"))
    );
    // The real shell reads it, too, where there is one.
    let by_sqlite = at.path().join("by_sqlite.db");
    let sqlite = std::process::Command::new("sqlite3")
        .arg(&by_sqlite)
        .arg(format!(".read '{}'", at.path().join("all.sql").display()))
        .output();
    if let Ok(output) = sqlite {
        assert!(
            output.status.success() && output.stderr.is_empty(),
            "{output:?}"
        );
        assert_eq!(kept, content(&by_sqlite, LOOKS));
    }
    // And so does .read, into an empty database.
    Connection::open(at.path().join("empty.db"))
        .unwrap()
        .execute_batch("create table t(a); drop table t")
        .unwrap();
    let (_, err, code) = run(
        at.path(),
        &["--db", "empty.db"],
        ".read all.sql\n.save again.db\n",
    );
    assert_eq!(code, 0, "{err}");
    assert_eq!(kept, content(&at.path().join("again.db"), LOOKS));
}

#[test]
fn one_table_is_dumped_with_what_belongs_to_it() {
    let at = folder();
    let (out, _, code) = tiny(
        at.path(),
        "create table t(a, b);\ninsert into t values (1, 'x'), (null, 2.5);\ncreate index ti on t(a);\n.dump T\n",
    );
    assert_eq!(code, 0);
    assert_eq!(
        out,
        "PRAGMA foreign_keys=OFF;\nBEGIN TRANSACTION;\nCREATE TABLE t(a, b);\n\
         INSERT INTO t VALUES(1,'x');\nINSERT INTO t VALUES(NULL,2.5);\n\
         CREATE INDEX ti on t(a);\nCOMMIT;\n"
    );
    let (_, err, code) = tiny(at.path(), ".dump ordrs\n");
    assert_eq!(code, 2);
    assert!(err.contains("did you mean orders?"), "{err}");
}

#[test]
fn nothing_is_written_over_without_force() {
    let at = folder();
    fs::write(at.path().join("there.csv"), "mine").unwrap();
    for command in [
        ".export there.csv select 1",
        ".once there.csv",
        ".output there.csv",
        ".save there.csv",
    ] {
        let (_, err, code) = tiny(at.path(), &format!("{command}\nselect 2;\n"));
        assert_eq!(code, 2, "{command}");
        assert!(err.contains("there.csv exists already; --force"), "{err}");
        assert_eq!(fs::read(at.path().join("there.csv")).unwrap(), b"mine");
    }
    let (_, err, code) = tiny(at.path(), ".export there.csv --force select 1 as a\n");
    assert_eq!((code, files(at.path())), (0, vec!["there.csv".to_owned()]));
    assert!(err.contains("Wrote 1 row to "), "{err}");
    assert_eq!(fs::read(at.path().join("there.csv")).unwrap(), b"a\n1\n");
    for (command, why) in [
        (".export home select 1", "end it in .csv"),
        (".export a.cvs select 1", "did you mean .csv?"),
        (".save home", "this is a folder"),
        (".save no/such/x.db", "there is no such folder"),
        (".output /dev/null --force", "no regular file"),
    ] {
        let (_, err, code) = tiny(at.path(), command);
        assert!(code == 2 || code == 3, "{command}: {code}");
        assert!(err.contains(why), "{command}: {err}");
    }
}

#[test]
fn a_result_is_exported_whole_or_not_at_all() {
    let at = folder();
    let (_, err, code) = tiny(
        at.path(),
        "select id, status from orders order by id limit 60;\n.export all.csv\n.export 'my file.json' select 1 as a\n\
         .export b.jsonl select 2 as b;\n.export c.md select 3 as c\n.headers off\n.export d.csv select 4\n",
    );
    assert_eq!(code, 0, "{err}");
    let text = |name: &str| fs::read_to_string(at.path().join(name)).unwrap();
    assert_eq!(text("all.csv").lines().count(), 61);
    assert_eq!(text("my file.json"), "[{\"a\":1}]\n");
    assert_eq!(text("b.jsonl"), "{\"b\":2}\n");
    assert!(
        text("c.md").contains("| 3 |") || text("c.md").contains("3"),
        "{}",
        text("c.md")
    );
    assert_eq!(text("d.csv"), "4\n");
    let before = files(at.path());
    for command in [
        ".export e.csv select abs(-9223372036854775808)",
        ".export e.csv delete from orders",
        ".export e.csv update orders set total = 1 returning id",
        ".export e.csv select 1; select 2",
        ".export e.csv",
    ] {
        let (_, err, code) = tiny(at.path(), &format!("{command}\n"));
        assert!(code == 1 || code == 2, "{command}: {err}");
        assert_eq!(files(at.path()), before, "{command}");
    }
}

#[test]
fn output_and_once_take_what_is_printed() {
    let at = folder();
    let (out, err, code) = tiny(
        at.path(),
        ".mode csv\n.once one.csv\nselect 1 as a;\nselect 2 as b;\n.output rest.csv\nselect 3 as c;\n.tables orders\n.output\nselect 4 as d;\n.output end.csv\nselect 5 as e;\n",
    );
    assert_eq!((out.as_str(), code), ("b\n2\nd\n4\n", 0), "{err}");
    let text = |name: &str| fs::read_to_string(at.path().join(name)).unwrap();
    assert_eq!(text("one.csv"), "a\n1\n");
    assert!(
        text("rest.csv").starts_with("c\n3\n"),
        "{}",
        text("rest.csv")
    );
    assert!(text("rest.csv").contains("orders"), "{}", text("rest.csv"));
    assert_eq!(text("end.csv"), "e\n5\n");
    // A query that fails leaves no file.
    let (_, err, code) = tiny(at.path(), ".once gone.csv\nselect nope;\n");
    assert_eq!(code, 1);
    assert!(err.contains("Nothing was written to "), "{err}");
    assert_eq!(files(at.path()), ["end.csv", "one.csv", "rest.csv"]);
}

#[test]
fn headers_can_be_left_out() {
    let at = folder();
    let (out, _, _) = tiny(
        at.path(),
        ".headers\n.headers off\nselect 'a long name for a column' as x, 1 as a_long_name;\n.mode csv\nselect 1 as a;\n.headers on\nselect 2 as b;\n",
    );
    insta::assert_snapshot!(out, @r"
    on
    ┌──────────────────────────┬───┐
    │ a long name for a column │ 1 │
    └──────────────────────────┴───┘
    1
    b
    2
    ");
}

#[test]
fn a_script_that_fails_says_file_line_and_statement() {
    let at = folder();
    let write = |name: &str, text: &str| fs::write(at.path().join(name), text).unwrap();
    write(
        "inner.sql",
        "\u{feff}create table t(a unique);\n\ninsert into t values (1);\ninsert into t\n  values (1);\nselect 'after' as x;\n",
    );
    write(
        "outer.sql",
        "select 'first' as x;\n.read inner.sql\nselect 'last' as x;\n",
    );
    let (out, err, code) = run(
        at.path(),
        &["-d", "shop@tiny", "-f", "csv"],
        ".read outer.sql\nselect 'never' as x;\n",
    );
    assert_eq!((out.as_str(), code), ("x\nfirst\n", 1));
    insta::assert_snapshot!(err, @r"
    error: line 1: outer.sql, line 2: inner.sql, line 4: UNIQUE constraint failed: t.a
      4 | insert into t
      Another row already has this a.
    ");
    let (out, err, code) = run(
        at.path(),
        &["-d", "shop@tiny", "-f", "csv", "--keep-going"],
        ".read outer.sql\nselec 1;\nselect 'end' as x;\n",
    );
    assert_eq!(
        (out.as_str(), code),
        ("x\nfirst\nx\nafter\nx\nlast\nx\nend\n", 1)
    );
    assert!(
        err.contains("inner.sql, line 4") || err.contains("line 4"),
        "{err}"
    );
    assert!(err.contains("selec"), "{err}");
    // One script may keep going while the rest does not.
    let (out, _, code) = run(
        at.path(),
        &["-d", "shop@tiny", "-f", "csv"],
        ".read inner.sql --keep-going\nselect 'never' as x;\n",
    );
    assert_eq!((out.as_str(), code), ("x\nafter\n", 1));
    write("circle.sql", ".read circle.sql\n");
    let (_, err, code) = tiny(at.path(), ".read circle.sql\n");
    assert_eq!(code, 1);
    assert!(err.contains("do they read each other?"), "{err}");
    let (_, err, code) = tiny(at.path(), "select 1;\n.read nowhere.sql\n");
    assert_eq!(code, 3);
    assert!(
        err.contains("line 2: nowhere.sql: there is no such file"),
        "{err}"
    );
    fs::write(at.path().join("bytes.sql"), b"select 1;\n\xff\n").unwrap();
    let (_, err, _) = tiny(at.path(), ".read bytes.sql\n");
    assert!(err.contains("line 2 of bytes.sql is not UTF-8"), "{err}");
}

#[test]
fn several_c_arguments_keep_going_when_told_to() {
    let at = folder();
    let args = [
        "-d",
        "shop@tiny",
        "-f",
        "csv",
        "-c",
        "select nope; select 1 as a",
        "-c",
        "select 2 as b",
    ];
    let (out, _, code) = run(at.path(), &args, "");
    assert_eq!((out.as_str(), code), ("", 1));
    let (out, err, code) = run(at.path(), &[&args[..], &["--keep-going"]].concat(), "");
    assert_eq!((out.as_str(), code), ("a\n1\nb\n2\n", 1));
    assert!(err.contains("no such column: nope"), "{err}");
}

#[test]
fn other_data_is_opened_in_the_same_session() {
    let at = folder();
    Connection::open(at.path().join("own.db"))
        .unwrap()
        .execute_batch("create table pets(name); insert into pets values ('Rex')")
        .unwrap();
    let (out, err, code) = run(
        at.path(),
        &["-d", "shop@tiny", "-f", "csv"],
        ".databases\n.open own.db\nselect name from pets;\ncreate table x(a);\n.databases\n.open library@tiny\nselect count(*) > 0 as n from books;\n",
    );
    assert_eq!(code, 0, "{err}");
    assert!(out.contains("main      shop@tiny, read in place"), "{out}");
    assert!(out.contains("name\nRex\n"), "{out}");
    assert!(out.contains("main      own.db, your own copy"), "{out}");
    assert!(out.ends_with("n\n1\n"), "{out}");
    for (name, why, expected) in [
        ("librari", "did you mean library", 2),
        ("nowhere.db", "there is no such file", 3),
        ("", ".help open", 2),
    ] {
        let (_, err, code) = tiny(at.path(), &format!(".open {name}\n"));
        assert_eq!(code, expected, "{err}");
        assert!(err.contains(why), "{err}");
    }
    let (_, err, code) = tiny(at.path(), "begin;\n.open own.db\n");
    assert_eq!(code, 1);
    assert!(err.contains("COMMIT or ROLLBACK first"), "{err}");
}

#[test]
fn another_scale_gets_the_same_work() {
    let at = folder();
    let script = "create table mine(a primary key, b);\ninsert into mine values (1, 'one'), (2, 'two');\n\
        create index by_status on orders(status);\n\
        create view v as select count(*) as n from mine;\n\
        create trigger tr after insert on mine begin update mine set b = 'fired' where a = new.a; end;\n\
        create temp table scratch(a);\nalter table reviews add column mood;\n\
        update orders set total = id;\ncreate unique index one_each on orders(total);\n\
        .scale\n.scale small\n.scale\nselect b from mine order by a;\nselect n from v;\n\
        select count(*) > 1000 as larger from orders;\n.indexes orders\ninsert into mine values (3, 'x');\n\
        select b from mine where a = 3;\n";
    let (out, err, code) = tiny(at.path(), script);
    assert_eq!(code, 0, "{err}");
    assert!(out.contains("tiny\nsmall\n"), "{out}");
    for shown in ["one", "two", "by_status", "fired"] {
        assert!(out.contains(shown), "{shown}: {out}");
    }
    for told in [
        "On shop@small now.",
        "table mine with its rows",
        "index by_status",
        "view v",
        "trigger tr",
        "Left behind: index one_each (UNIQUE constraint failed",
        "Left behind: what ALTER TABLE did to reviews",
        "Left behind: what you changed in the rows of orders",
        "Left behind: temporary scratch",
    ] {
        assert!(err.contains(told), "{told}: {err}");
    }
    let (_, err, code) = tiny(at.path(), ".scale midium\n");
    assert_eq!(code, 2);
    assert!(err.contains("@medium"), "{err}");
}

#[test]
fn a_line_of_many_statements_is_read_in_one_go() {
    let at = folder();
    let many = "select 1;".repeat(20_000);
    let (out, _, code) = run(at.path(), &["-d", "shop@tiny", "-q", "-f", "csv"], &many);
    assert_eq!((out.len(), code), ("1\n1\n".len() * 20_000, 0));
}

#[test]
fn marks_that_cannot_come_along_are_told_and_parameters_do() {
    let folder = folder();
    let script = ".mark before\n.parameter set id 42\n.scale small\nselect :id as id;\n\
                  .mark\n.open shop@tiny\nselect :id + 1 as id;\n";
    let (out, err, code) = run(folder.path(), &["-d", "shop@tiny"], script);
    assert_eq!(code, 0, "{err}");
    assert!(out.contains("42") && out.contains("43"), "{out}");
    assert!(err.contains("Left behind: the mark before."), "{err}");
    assert!(err.contains("Thrown away of shop@small: mark 1."), "{err}");
}

#[test]
fn data_info_tells_of_the_file_that_db_names() {
    let folder = folder();
    let file = folder.path().join("own.db");
    Connection::open(&file)
        .unwrap()
        .execute_batch(
            "CREATE TABLE pets(id INTEGER PRIMARY KEY, name); INSERT INTO pets VALUES (1, 'Rex')",
        )
        .unwrap();
    let (out, err, code) = run(folder.path(), &["--db", "own.db", "data", "info"], "");
    assert_eq!(code, 0, "{err}");
    assert!(out.starts_with("own.db  1 row in 1 table"), "{out}");
    assert!(out.contains("pets") && !out.contains("customers"), "{out}");
}
