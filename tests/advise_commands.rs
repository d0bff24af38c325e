//! Index advice, asked for on the command line and in the shell.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

use std::fs;

use rusqlite::Connection;

/// Runs the program on orders and customers of its own: (standard output, standard error, code).
fn dbdojo(args: &[&str], stdin: &str) -> (String, String, i32) {
    let home = tempfile::tempdir().unwrap();
    let file = home.path().join("shop.db");
    let made = Connection::open(&file).unwrap();
    made.execute_batch(include_str!("own_file/orders.sql"))
        .unwrap();
    drop(made);
    let before = fs::read(&file).unwrap();
    let output = assert_cmd::Command::cargo_bin("dbdojo")
        .unwrap()
        .env("DBDOJO_HOME", home.path())
        .env_remove("REDIS_URL")
        .env_remove("DBDOJO_REDIS_URL")
        .args(["--db", file.to_str().unwrap()])
        .args(args)
        .write_stdin(stdin)
        .output()
        .unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    let code = output.status.code().unwrap_or(-1);
    assert!(fs::read(&file).unwrap() == before, "{args:?}");
    (text(output.stdout), text(output.stderr), code)
}

const COUNT: &str = "select count(*) from orders where customer_id = 7";
const INDEX: &str = "create index orders_customer_id on orders(customer_id)";

#[test]
fn on_the_command_line() {
    let (out, _, code) = dbdojo(&["advise", COUNT], "");
    assert!(out.starts_with(&format!("{INDEX};\n")), "{out}");
    assert_eq!(code, 0);
    let (out, _, _) = dbdojo(&["advise", COUNT, "--format", "json"], "");
    let json: serde_json::Value = serde_json::from_str(&out).unwrap();
    assert_eq!(json["recommendations"][0]["ddl"][0], INDEX);

    let by_name = "select count(*) from orders where customer_id = :id";
    let (out, _, _) = dbdojo(&["advise", by_name, "--param", "id=7"], "");
    assert!(out.starts_with(&format!("{INDEX};\n")), "{out}");

    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("workload.sql");
    fs::write(&file, format!("-- weight: 2.5\n{COUNT};\nselect 1;\n")).unwrap();
    let (out, _, code) = dbdojo(&["advise", "--workload", file.to_str().unwrap()], "");
    assert!(out.starts_with(&format!("{INDEX};\n")), "{out}");
    assert!(out.contains("     2.5 "), "{out}");
    assert_eq!(code, 0);
    let file = file.to_str().unwrap();
    let (out, _, _) = dbdojo(&["advise", "--workload", file, "-f", "json"], "");
    let json: serde_json::Value = serde_json::from_str(&out).unwrap();
    assert_eq!(json["ddl"][0], INDEX);
    assert_eq!(json["statements"][0]["weight"], 2.5);

    fs::write(file, format!("select 1;\n\n-- weight: 2\n{by_name};\n")).unwrap();
    let (out, err, _) = dbdojo(&["advise", "--workload", file, "--param", "id=7"], "");
    assert!(out.starts_with(&format!("{INDEX};\n")), "{out}{err}");
    let (_, err, code) = dbdojo(&["advise", "--workload", file], "");
    let place = format!("{file}, line 4: there is no value for :id");
    assert!(err.contains(&place), "{err}");
    assert_eq!(code, 2);

    fs::write(file, "-- weight: often\nselect 1").unwrap();
    let wrong: [(&[&str], i32, &str); 7] = [
        (&["advise", by_name], 2, "no value for :id"),
        (&["advise", by_name, "--param", "id"], 2, "NAME=VALUE"),
        (&["advise"], 2, "required"),
        (
            &["advise", "select nam from customers"],
            1,
            "did you mean name?",
        ),
        (&["advise", "vacuum"], 2, "VACUUM has no query plan"),
        (
            &["advise", "--workload", "/nowhere.sql"],
            3,
            "could not read /nowhere.sql",
        ),
        (&["advise", "--workload", file], 2, "\"often\" is no weight"),
    ];
    for (args, code, said) in wrong {
        let (_, err, exit) = dbdojo(args, "");
        assert!(err.contains(said), "{args:?}: {err}");
        assert_eq!(exit, code, "{args:?}");
    }
}

#[test]
fn in_the_shell() {
    let script = format!("{COUNT};\n{COUNT};\n.advise\n.advise history\n");
    let (out, err, code) = dbdojo(&[], &script);
    assert_eq!(out.matches(INDEX).count(), 2, "{out}{err}");
    assert!(out.contains("       2 "), "run twice: {out}");
    assert_eq!(code, 0, "{err}");
    let script = "insert into few values (9, 'z');\n.param set c 7\n\
         select count(*) from orders where customer_id = :c;\n.advise history\n";
    let (out, err, code) = dbdojo(&[], script);
    assert!(out.contains(INDEX), "{out}{err}");
    assert!(
        out.contains("left out    UNIQUE constraint failed: few.id"),
        "{out}"
    );
    assert_eq!(code, 0, "{err}");
    let (_, err, code) = dbdojo(&[], "insert into few values (9, 'z');\n.advise history\n");
    assert!(err.contains("UNIQUE constraint failed: few.id"), "{err}");
    assert_ne!(code, 0);

    for (script, said) in [
        (".advise", "no query to advise on yet"),
        (".advise history", "no query in this session yet"),
        ("begin;\n.advise select 1", "COMMIT or ROLLBACK first"),
    ] {
        let (_, err, code) = dbdojo(&[], script);
        assert!(err.contains(said), "{err}");
        assert_eq!(code, 2, "{err}");
    }
}
