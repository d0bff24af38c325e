//! A learner's own data: `data import`, `.import`, and a folder that was
//! dropped in the data directory.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use assert_cmd::Command;
use dbdojo::dataset::import::{self, Layout, Wishes};
use dbdojo::dataset::{Catalog, Error, Imported};
use dbdojo::dirs::Dirs;
use dbdojo::interrupt::Interrupt;
use dbdojo::progress;
use rusqlite::Connection;
use tempfile::TempDir;

/// A folder with a home for dbdojo and files to import.
struct Desk(TempDir);

impl Desk {
    fn new() -> Desk {
        Desk(tempfile::tempdir().unwrap())
    }

    fn home(&self) -> PathBuf {
        self.0.path().join("home")
    }

    fn file(&self, name: &str, content: impl AsRef<[u8]>) -> PathBuf {
        let path = self.0.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, content).unwrap();
        path
    }

    /// Standard output, standard error with the desk's path taken out, code.
    fn run(&self, args: &[&str], stdin: &str) -> (String, String, i32) {
        let output = Command::cargo_bin("dbdojo")
            .unwrap()
            .env("DBDOJO_HOME", self.home())
            .env_remove("NO_COLOR")
            .current_dir(self.0.path())
            .args(args)
            .write_stdin(stdin)
            .output()
            .unwrap();
        (
            String::from_utf8(output.stdout).unwrap(),
            String::from_utf8(output.stderr).unwrap(),
            output.status.code().unwrap_or(-1),
        )
    }

    fn ok(&self, args: &[&str]) -> String {
        let (out, err, code) = self.run(args, "");
        assert_eq!(code, 0, "{args:?}: {err}");
        out
    }

    fn fails(&self, args: &[&str]) -> (String, i32) {
        let (out, err, code) = self.run(args, "");
        assert_eq!(out, "", "{args:?}");
        (err.trim().to_owned(), code)
    }

    /// What stands in the folder of imported datasets, locks apart.
    fn kept(&self) -> Vec<String> {
        let entries = fs::read_dir(self.home().join("data/imported"));
        let mut names: Vec<String> = entries
            .into_iter()
            .flatten()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .filter(|name| !name.ends_with(".lock"))
            .collect();
        names.sort();
        names
    }

    fn catalog(&self) -> Catalog {
        Catalog::new(&Dirs::under(&self.home()))
    }
}

const WISHES: Wishes = Wishes {
    layout: Layout {
        delimiter: None,
        header: None,
    },
    skip_bad_rows: false,
};

#[test]
fn a_file_becomes_a_dataset_that_works_everywhere() {
    let desk = Desk::new();
    desk.file(
        "people.csv",
        "\u{feff}id;name;zip;born;height\r\n1;Ada;01234;1990-05-01;1.70\r\n2;\"Bo; the second\";00999;;2\r\n",
    );
    insta::assert_snapshot!(desk.ok(&["data", "import", "mine", "people.csv"]), @r"
    mine  2 rows in 1 table, 8.2 kB
    people  2 rows
      id INTEGER, name TEXT, zip TEXT, born TEXT, height REAL
      id is the primary key: each row has one, no two the same
    dbdojo -d mine opens it; data info mine draws it
    ");
    let rows = desk.ok(&[
        "-d",
        "mine",
        "-f",
        "csv",
        "-c",
        "select *, typeof(height) as t from people",
    ]);
    insta::assert_snapshot!(rows, @r#"
    id,name,zip,born,height,t
    1,Ada,01234,1990-05-01,1.7,real
    2,Bo; the second,00999,,2.0,real
    "#);
    let list = desk.ok(&["data", "list"]);
    assert!(list.contains("  imported from people.csv"), "{list}");
    let info = desk.ok(&["data", "info", "mine"]);
    assert!(
        info.contains("┌ people") && info.contains("2 rows"),
        "{info}"
    );
    let script = "insert into people (name) values ('Eve');\nselect count(*) as n from people;\n.reset\nselect count(*) as n from people;\n";
    let (out, err, code) = desk.run(&["-d", "mine", "-f", "csv"], script);
    assert_eq!((out.as_str(), code), ("n\n3\nn\n2\n", 0), "{err}");
    let error = "error: mine was imported: it has one scale; write mine without @medium";
    assert_eq!(
        desk.fails(&["-d", "mine@medium", "-c", "select 1"]),
        (error.to_owned(), 2)
    );
    assert_eq!(
        desk.fails(&["data", "info", "mine@medium"]),
        (error.to_owned(), 2)
    );
    assert_eq!(
        desk.fails(&["data", "remove", "mine@medium"]),
        (error.to_owned(), 2)
    );
    assert_eq!(desk.fails(&["data", "build", "mine"]).1, 2);
    assert!(
        desk.fails(&["-d", "mien", "-c", "select 1"])
            .0
            .ends_with("did you mean mine?")
    );
    desk.ok(&["data", "check"]);
    desk.ok(&["data", "remove", "mine"]);
    assert!(desk.kept().is_empty());
    assert_eq!(desk.fails(&["-d", "mine", "-c", "select 1"]).1, 2);
}

#[test]
fn a_folder_becomes_a_table_each_with_the_keys_that_the_data_proves() {
    let desk = Desk::new();
    desk.file("data/customers.csv", "customer_id,name\n7,Ada\n3,Bo\n");
    desk.file(
        "data/orders.CSV",
        "id,customer_id,total\n1,7,1.5\n2,3,2\n3,,4\n",
    );
    desk.file("data/items.tsv", "id\torder_id\tsku\n1\t1\tA\n1\t9\tB\n");
    desk.file("data/skus.csv", "id,what\nB,x\nA,y\n");
    desk.file("data/notes.txt", "not a table");
    insta::assert_snapshot!(desk.ok(&["data", "import", "mine", "data"]), @r"
    mine  9 rows in 4 tables, 25 kB
    customers  2 rows
      customer_id INTEGER, name TEXT
      customer_id is the primary key: each row has one, no two the same
    items  2 rows
      id INTEGER, order_id INTEGER, sku TEXT
    orders  3 rows
      id INTEGER, customer_id INTEGER, total REAL
      id is the primary key: each row has one, no two the same
      customer_id refers to customers: every value is there
    skus  2 rows
      id TEXT, what TEXT
      id is the primary key: each row has one, no two the same
    dbdojo -d mine opens it; data info mine draws it
    ");
    let schema = desk.ok(&[
        "-d",
        "mine",
        "-f",
        "csv",
        "-c",
        "select f.\"table\", f.\"to\" from pragma_foreign_key_list('orders') f",
    ]);
    assert_eq!(schema, "table,to\ncustomers,customer_id\n");
    let check = "select count(*) as n from pragma_foreign_key_check";
    assert_eq!(desk.ok(&["-d", "mine", "-f", "csv", "-c", check]), "n\n0\n");
    let whole = "select integrity_check as ok from pragma_integrity_check";
    assert_eq!(
        desk.ok(&["-d", "mine", "-f", "csv", "-c", whole]),
        "ok\nok\n"
    );
}

#[test]
fn a_bad_row_is_told_with_its_line_and_leaves_nothing() {
    let desk = Desk::new();
    desk.file("bad.csv", "id,name\n1,Ada\n2\n3,\"B\"o\n4,Eve\n");
    desk.file("data/a.csv", "x,y\n1,2\n");
    desk.file("data/b.csv", "x,y\n1,2,3\n");
    desk.file("latin.csv", b"id,name\n1,Zo\xeb\n");
    desk.file("wide.csv", b"\xff\xfei\0d\0");
    desk.file("void.csv", "\n\n");
    desk.file("all.csv", "a,b\n1\n2\n");
    desk.file(
        "broken.db",
        [b"SQLite format 3\0".as_slice(), &[7; 4096]].concat(),
    );
    fs::create_dir(desk.0.path().join("empty")).unwrap();
    let mut told = String::new();
    for path in [
        "bad.csv",
        "data",
        "latin.csv",
        "wide.csv",
        "void.csv",
        "empty",
        "nope.csv",
        "/dev/null",
    ] {
        let (error, code) = desk.fails(&["data", "import", "mine", path]);
        writeln!(told, "{code} {error}").unwrap();
    }
    let (error, code) = desk.fails(&["data", "import", "mine", "all.csv", "--skip-bad-rows"]);
    writeln!(told, "{code} {error}").unwrap();
    insta::assert_snapshot!(told, @r#"
    1 error: bad.csv, line 3: 1 field where 2 are expected, and 1 bad row more; nothing was imported (--skip-bad-rows sets them aside)
    1 error: data/b.csv, line 2: 3 fields where 2 are expected; nothing was imported (--skip-bad-rows sets it aside)
    1 error: latin.csv: line 2, byte 5: 0xeb is not UTF-8 (in Latin-1 it is ë); save the file as UTF-8 (iconv -f latin1 -t utf-8)
    1 error: wide.csv: this is UTF-16; save it as UTF-8 (iconv -f utf-16 -t utf-8)
    1 error: void.csv: there is nothing in it
    3 error: empty: there are no .csv or .tsv files in this folder
    3 error: could not read nope.csv: No such file or directory (os error 2)
    3 error: /dev/null: this is no regular file, and an import reads it twice
    1 error: all.csv: not one of 2 rows could be imported; the first: line 2: 1 field where 2 are expected
    "#);
    assert_ne!(desk.fails(&["data", "import", "mine", "broken.db"]).1, 0);
    assert!(desk.kept().is_empty(), "{:?}", desk.kept());
    assert_eq!(desk.catalog().disk_used(), 0);
}

#[test]
fn bad_rows_are_set_aside_and_can_be_mended() {
    let desk = Desk::new();
    desk.file("bad.csv", "id,name\n1,Ada\n2\n3,\"B\"o\n4,Eve");
    let said = desk.ok(&["data", "import", "mine", "bad.csv", "--skip-bad-rows"]);
    assert!(
        said.contains("2 bad rows set aside in bad.csv.bad"),
        "{said}"
    );
    assert!(said.contains("the first: line 3: 1 field"), "{said}");
    let read = |name| fs::read_to_string(desk.0.path().join(name)).unwrap();
    assert_eq!(read("bad.csv.bad"), "id,name\n2\n3,\"B\"o\n");
    // An earlier one is not written over.
    desk.ok(&[
        "data",
        "import",
        "mine",
        "bad.csv",
        "--skip-bad-rows",
        "--replace",
    ]);
    assert_eq!(read("bad.csv.bad.2"), read("bad.csv.bad"));
    let count = desk.ok(&[
        "-d",
        "mine",
        "-f",
        "csv",
        "-c",
        "select count(*) as n from bad",
    ]);
    assert_eq!(count, "n\n2\n");
}

#[test]
fn a_name_is_taken_once() {
    let desk = Desk::new();
    desk.file("a.csv", "x\n1\n");
    for (args, expected) in [
        (
            &["shop", "a.csv"][..],
            "error: shop is a dataset of dbdojo: choose another name for yours",
        ),
        (
            &["My Data", "a.csv"],
            "error: \"My Data\" cannot name a dataset: write it like shop or shop@small",
        ),
        (
            &["../x", "a.csv"],
            "error: \"../x\" cannot name a dataset: write it like shop or shop@small",
        ),
    ] {
        let args = [&["data", "import"], args].concat();
        assert_eq!(desk.fails(&args), (expected.to_owned(), 2));
    }
    desk.ok(&["data", "import", "mine", "a.csv"]);
    let exists = "error: there is a dataset mine already; --replace imports it again";
    assert_eq!(
        desk.fails(&["data", "import", "mine", "a.csv"]),
        (exists.to_owned(), 2)
    );
    // A failed replacement leaves what was there.
    desk.file("a.csv", "x,y\n1\n");
    assert_eq!(
        desk.fails(&["data", "import", "mine", "a.csv", "--replace"])
            .1,
        1
    );
    let all = "select * from a";
    assert_eq!(desk.ok(&["-d", "mine", "-f", "csv", "-c", all]), "x\n1\n");
    desk.file("a.csv", "y\n2\n");
    desk.ok(&["data", "import", "mine", "a.csv", "--replace"]);
    assert_eq!(desk.ok(&["-d", "mine", "-f", "csv", "-c", all]), "y\n2\n");
}

#[test]
fn a_database_is_copied_with_what_its_wal_holds() {
    let desk = Desk::new();
    let path = desk.0.path().join("own.db");
    let connection = Connection::open(&path).unwrap();
    connection
        .execute_batch(
            "PRAGMA journal_mode = WAL; CREATE TABLE t (a); INSERT INTO t VALUES (1), (2)",
        )
        .unwrap();
    let out = desk.ok(&["data", "import", "mine", "own.db"]);
    assert!(out.starts_with("mine  2 rows in 1 table"), "{out}");
    drop(connection);
    fs::remove_file(&path).unwrap();
    assert_eq!(
        desk.ok(&["-d", "mine", "-f", "csv", "-c", "select sum(a) as n from t"]),
        "n\n3\n"
    );
    assert_eq!(desk.kept(), ["mine.db", "mine.json"]);
    // Without the record, the rows are counted.
    fs::remove_file(desk.home().join("data/imported/mine.json")).unwrap();
    assert_eq!(desk.catalog().imported()[0].rows(), 2);
    let empty = desk.0.path().join("none.db");
    Connection::open(&empty)
        .unwrap()
        .execute_batch("CREATE VIEW v AS SELECT 1")
        .unwrap();
    let (error, code) = desk.fails(&["data", "import", "none", "none.db"]);
    assert_eq!(
        (error.as_str(), code),
        ("error: none.db: this database holds no tables", 1)
    );
}

fn imported(
    desk: &Desk,
    rows: usize,
    interrupt: &Interrupt,
    stop_at: &str,
) -> Result<Imported, Error> {
    let mut text = "id,name\n".to_owned();
    (0..rows).for_each(|n| writeln!(text, "{n},some text").unwrap());
    let file = desk.file("many.csv", text);
    let files = import::table_files(&file)?;
    let mut watcher = |progress: progress::Progress<'_>| {
        if progress.what.starts_with(stop_at) && progress.done > 0 {
            interrupt.raise();
        }
    };
    let catalog = desk.catalog();
    let done = catalog.import(
        "mine",
        "many.csv",
        false,
        interrupt,
        &mut watcher,
        |part, watcher| import::load_files(part, &files, WISHES, interrupt, watcher),
    );
    done.map(|(imported, _)| imported)
}

#[test]
fn an_interrupted_import_leaves_nothing() {
    let desk = Desk::new();
    for stop_at in ["reading", "importing"] {
        let error = imported(&desk, 10_000, &Interrupt::new(), stop_at).unwrap_err();
        assert!(matches!(error, Error::Interrupted), "{error}");
        assert!(desk.kept().is_empty(), "{stop_at}: {:?}", desk.kept());
    }
    // What a killed one has left goes with the next.
    desk.file("home/data/imported/mine.db.part", "half");
    desk.file("home/data/imported/other.db.part", "half");
    let made = imported(&desk, 10_000, &Interrupt::new(), "never").unwrap();
    assert_eq!(
        (made.rows(), desk.kept()),
        (10_000, vec!["mine.db".to_owned(), "mine.json".to_owned()])
    );
}

#[test]
fn a_full_disk_is_told_and_the_database_is_as_it_was() {
    let desk = Desk::new();
    let mut text = "id,name\n".to_owned();
    (0..10_000).for_each(|n| writeln!(text, "{n},some text").unwrap());
    let file = desk.file("many.csv", text);
    let connection = Connection::open(desk.0.path().join("small.db")).unwrap();
    connection
        .execute_batch("PRAGMA max_page_count = 20")
        .unwrap();
    let load = |file: &Path| {
        import::load_table(
            &connection,
            file,
            "t",
            WISHES,
            &Interrupt::new(),
            &mut progress::ignore,
        )
    };
    let error = load(&file).unwrap_err();
    assert!(matches!(error, Error::DiskFull), "{error}");
    let tables: i64 = connection
        .query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0))
        .unwrap();
    assert_eq!((tables, connection.is_autocommit()), (0, true));
    load(&desk.file("few.csv", "id\n1\n")).unwrap();
}

#[test]
fn dot_import_fills_a_table_of_the_practice_database() {
    let desk = Desk::new();
    desk.file("my labels.csv", "code,label\nA,x\nB,007\n");
    desk.file("more.csv", "code,label\nC,z\nA,twice\n");
    let script = ".import 'my labels.csv' labels\n\
                  .import 'my labels.csv' strict\n\
                  delete from strict; create unique index u on strict(code);\n\
                  .import more.csv strict\n\
                  begin;\n\
                  .import --skip-bad-rows more.csv strict\n\
                  rollback;\n\
                  .import more.csv labels\n\
                  select count(*) as labels, max(label) as last, (select count(*) from strict) as strict from labels;\n";
    let (out, err, code) = desk.run(&["-d", "shop@tiny", "-f", "csv"], script);
    assert_eq!(
        (out.as_str(), code),
        ("labels,last,strict\n4,z,2\n", 0),
        "{err}"
    );
    // Words are no header for a table that has no such column.
    desk.file("plain.csv", "Ada,Bo\nEve,Flo\n");
    let script = "create table pairs (one, two);\n.import plain.csv pairs\nselect count(*) as n from pairs;\n\
                  .import --header plain.csv pairs\nselect count(*) as n from pairs;\n";
    let (out, err, code) = desk.run(&["-d", "shop@tiny", "-f", "csv"], script);
    assert_eq!((out.as_str(), code), ("n\n2\nn\n3\n", 0), "{err}");
    // The table has a rule of its own: the row that breaks it is named.
    let script = "create table strict (code unique, label);\n.import more.csv strict\n.import more.csv strict\n";
    let (_, err, code) = desk.run(&["-d", "shop@tiny"], script);
    assert_eq!(code, 1);
    assert!(
        err.contains("more.csv, line 2: UNIQUE constraint failed: strict.code"),
        "{err}"
    );
    for (script, expected, exit) in [
        (".import nope.csv\n", "could not read nope.csv", 3),
        (
            ".import more.csv orders\n",
            "more.csv: 2 columns, but the table orders has 5",
            1,
        ),
        (".import\n", "write .import", 2),
        (".import 'open.csv\n", "write .import", 2),
        (".import home t\n", "home: this is a folder", 3),
    ] {
        let (_, err, code) = desk.run(&["-d", "shop@tiny"], script);
        assert!(
            err.contains(expected) && code == exit,
            "{script}: {code} {err}"
        );
    }
}

#[test]
fn dot_erd_draws_the_tables_of_ones_own() {
    let desk = Desk::new();
    let script = "create table notes (id integer primary key, order_id integer references orders(id));\n\
                  .erd\n.erd svg mine.svg\n.erd svg mine.svg\n";
    let (out, err, code) = desk.run(&["-d", "shop@tiny"], script);
    assert!(
        out.contains("┌ notes") && out.contains("order_id?  → orders"),
        "{out}"
    );
    assert!(out.lines().all(|line| line.chars().count() <= 80), "{out}");
    let svg = fs::read_to_string(desk.0.path().join("mine.svg")).unwrap();
    assert!(svg.starts_with("<svg") && svg.contains(">notes<"));
    // It is not written over without being told to.
    assert_eq!(code, 2, "{err}");
}

/// A dataset folder that was dropped in the data directory, at every command.
#[test]
fn a_folder_of_ones_own_is_a_dataset() {
    let desk = Desk::new();
    desk.file(
        "home/data/datasets/zoo/schema.sql",
        "CREATE TABLE keepers (id INTEGER PRIMARY KEY, name TEXT NOT NULL);\n\
         CREATE TABLE animals (id INTEGER PRIMARY KEY,\n\
         keeper_id INTEGER NOT NULL REFERENCES keepers (id), weight REAL NOT NULL);\n",
    );
    desk.file("home/data/datasets/zoo/texts/names.txt", "Ada\nBo\nEve\n");
    let toml = "name = \"zoo\"\nstory = \"A zoo with a few keepers.\"\n\
                [[table]]\nname = \"keepers\"\nrows = { list = \"names\" }\n\
                [table.columns]\nid = { rule = \"key\" }\nname = { rule = \"line\" }\n\
                [[table]]\nname = \"animals\"\nrows = { per = 0.5 }\n\
                [table.columns]\nid = { rule = \"key\" }\n\
                keeper_id = { rule = \"reference\", to = \"keepers\", zipf = 0.8 }\n\
                weight = { rule = \"lognormal\", median = 20.0, sigma = 1.0, decimals = 2 }\n";
    desk.file("home/data/datasets/zoo/dataset.toml", toml);
    let list = desk.ok(&["data", "list"]);
    assert!(
        list.contains("zoo@small          10,003 rows") || list.contains("zoo@small"),
        "{list}"
    );
    assert!(
        desk.ok(&["data", "build", "zoo@tiny"])
            .starts_with("zoo@tiny  103 rows")
    );
    let info = desk.ok(&["data", "info", "zoo@tiny"]);
    assert!(
        info.contains("A zoo with a few keepers.") && info.contains("keeper_id  → keepers"),
        "{info}"
    );
    let check = desk.ok(&["data", "check", "home/data/datasets/zoo"]);
    assert!(check.contains("no problems"), "{check}");
    let count = desk.ok(&[
        "-d",
        "zoo@tiny",
        "-f",
        "csv",
        "-c",
        "select count(*) as n from animals",
    ]);
    assert_eq!(count, "n\n100\n");
    let (error, code) = desk.fails(&["data", "import", "zoo", "home"]);
    assert!(error.contains("zoo") && code == 2, "{error}");
    assert!(desk.ok(&["data", "remove", "zoo"]).contains("freed"));
    // A mistake in it is told with its place, and the others are listed all the same.
    desk.file(
        "home/data/datasets/zoo/dataset.toml",
        toml.replace("weight =", "wieght ="),
    );
    let (out, err, code) = desk.run(&["data", "list"], "");
    assert!(
        out.contains("shop@tiny") && err.contains("wieght") && code == 0,
        "{err}"
    );
    assert_eq!(
        desk.fails(&["data", "check", "home/data/datasets/zoo"]).1,
        1
    );
}

#[test]
fn a_header_says_which_column_is_which() {
    let desk = Desk::new();
    desk.file("turned.csv", "email,NAME\nada@x.org,Ada\n");
    desk.file("wrong.csv", "mail,name\nada@x.org,Ada\n");
    let script = "create table t (name, email);\n.import turned.csv t\nselect * from t;\n\
                  .import wrong.csv t\n";
    let (out, err, code) = desk.run(&["-d", "shop@tiny", "-f", "csv"], script);
    assert_eq!(
        (out.as_str(), code),
        ("name,email\nAda,ada@x.org\n", 1),
        "{err}"
    );
    let told =
        "wrong.csv: its header names mail, and the table t has no such column; did you mean email?";
    assert!(err.contains(told), "{err}");
}

#[test]
fn the_empty_text_and_null_come_back_as_they_were_exported() {
    let desk = Desk::new();
    let made = "create table t (a text, b text, n integer); insert into t values ('', null, 1), ('x', '', null);";
    let exported = desk.ok(&[
        "-d",
        "shop@tiny",
        "-q",
        "-f",
        "csv",
        "-c",
        made,
        "-c",
        "select * from t",
    ]);
    assert_eq!(exported, "a,b,n\n\"\",,1\nx,\"\",\n");
    desk.file("t.csv", &exported);
    desk.ok(&["data", "import", "mine", "t.csv"]);
    let again = desk.ok(&["-d", "mine", "-q", "-f", "csv", "-c", "select * from t"]);
    assert_eq!(again, exported);
    let script = "create table u (a text, b text, n integer);\n.import t.csv u\nselect * from u;\n";
    let (out, err, _) = desk.run(&["-d", "shop@tiny", "-f", "csv"], script);
    assert_eq!(out, exported, "{err}");
    // Where every field is quoted, a missing number is no text.
    desk.file("quoted.csv", "\"n\",\"s\"\n\"1\",\"\"\n\"\",\"x\"\n");
    desk.ok(&["data", "import", "quoted", "quoted.csv"]);
    let types = "select typeof(n) as n, typeof(s) as s from quoted";
    let types = desk.ok(&["-d", "quoted", "-q", "-f", "csv", "-c", types]);
    assert_eq!(types, "n,s\ninteger,text\nnull,text\n");
}
