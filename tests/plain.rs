//! `--ascii` and `--plain` on a long session: whatever is drawn, no sign that
//! a simple console cannot show, and nothing that a screen reader stumbles on.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

use std::path::Path;

use assert_cmd::Command;

/// Something of everything that the shell can draw. No data in it is beyond
/// ASCII.
const SESSION: &str = "\
.help
.help cache
.what
.what page fetch
.cheat
.tables
.schema orders
.set
.why
.why offset-paging
select id, status, total from orders limit 3;
select * from reviews where id < 3;
select null as n, '' as e, x'00ff' as b, printf('%.500c', 'x') as long;
select count(*) from orders where total > 100;
.explain --run select o.id, c.id from orders o join customers c on c.id = o.customer_id \
where o.total > (select avg(total) from orders) order by o.total
.explain select country from customers union select 'x'
.try create index orders_customer on orders(customer_id) -- \
select id from orders where customer_id = 7
.compare select id from orders where id = 7 -- select id from orders where id + 0 = 7
.indexes
create index i on orders(customer_id);
.indexes orders
.cache on builtin --ttl 30s
.cache trace on
select status, count(*) as n from orders where id < 20 group by status;
select status, count(*) as n from orders where id < 20 group by status;
update orders set status = 'returned' where id = 7;
.cache stats
.cache show
.cache off
.mode line
select id, status from orders limit 2;
.mode markdown
select id, status from orders limit 2;
.mode table
.reset
.learn
.hint
.task
";

const COMMANDS: &[&[&str]] = &[
    &["data", "list"],
    &["data", "info", "shop"],
    &["data", "check"],
    &[
        "explain",
        "select id from orders where total > 100 order by total",
    ],
    &["explain", "--run", "select id from orders order by total"],
    &[
        "simulate",
        "--keys",
        "1000",
        "--requests",
        "2000",
        "--warmup",
        "100",
    ],
    &["lesson", "list"],
    &["lesson", "show", "index-first"],
    &["bench", "list"],
    &[
        "bench",
        "run",
        "--requests",
        "200",
        "--warmup",
        "50",
        "--rounds",
        "1",
        "--cache",
        "builtin",
    ],
    &["-c", "select nam from customers"],
    &["--help"],
];

/// Both streams of everything above.
fn told(home: &Path, flags: &[&str]) -> String {
    let mut all = String::new();
    let session: &[&str] = &[];
    for (args, stdin) in
        std::iter::once((&session, SESSION)).chain(COMMANDS.iter().map(|args| (args, "")))
    {
        let run = Command::cargo_bin("dbdojo")
            .unwrap()
            .env("DBDOJO_HOME", home)
            .args(["-d", "shop@tiny"])
            .args(flags)
            .args(*args)
            .write_stdin(stdin)
            .output()
            .unwrap();
        let [out, err] = [run.stdout, run.stderr].map(|it| String::from_utf8(it).unwrap());
        assert!(
            run.status.success() || args.first() == Some(&"-c"),
            "{args:?}: {out}{err}"
        );
        all += &format!("{args:?}\n{out}{err}\n");
    }
    all
}

fn without_escapes(text: &str) -> String {
    let mut parts = text.split('\x1b');
    let first = parts.next().unwrap_or_default().to_owned();
    parts.fold(first, |all, part| {
        let end = part.find(|c: char| c.is_ascii_alphabetic()).unwrap();
        all + &part[end + 1..]
    })
}

#[test]
fn ascii_is_ascii() {
    let home = tempfile::tempdir().unwrap();
    // Where nothing is asked for, the same session has such signs.
    assert!(!told(home.path(), &[]).is_ascii());
    for flags in [&["--ascii"][..], &["--ascii", "--color", "always"]] {
        let text = told(home.path(), flags);
        for line in text.lines() {
            assert!(line.is_ascii(), "{line}");
        }
        assert!(text.contains('+'), "tables have boxes of ASCII");
    }
}

/// Whether `line` draws instead of telling: boxes, blocks, rules.
fn draws(line: &str) -> bool {
    let box_or_block = |c: char| ('\u{2500}'..='\u{259f}').contains(&c);
    line.contains(box_or_block)
        || line.contains('\r')
        || line.contains("+--")
        || line.contains("###")
        || line.trim_start().starts_with("|-")
        || line.trim_start().starts_with("`-")
}

#[test]
fn plain_is_told_and_not_drawn() {
    let home = tempfile::tempdir().unwrap();
    for flags in [&["--plain"][..], &["--plain", "--ascii"]] {
        let text = told(home.path(), flags);
        // A table for Markdown was asked for by name.
        let lines = text.lines().filter(|line| !line.starts_with("| -"));
        for line in lines.filter(|line| !line.starts_with("|-")) {
            assert!(!draws(line), "{line}");
        }
        assert!(text.contains("status: "), "rows are name: value");
    }
}

#[test]
fn both_can_be_set_for_good_and_for_now() {
    let home = tempfile::tempdir().unwrap();
    let run = |stdin: &str| {
        let run = Command::cargo_bin("dbdojo")
            .unwrap()
            .env("DBDOJO_HOME", home.path())
            .args(["-d", "shop@tiny"])
            .write_stdin(stdin)
            .output()
            .unwrap();
        String::from_utf8(run.stdout).unwrap()
    };
    let sql = "select 1 as one;\n";
    assert!(run(sql).contains('┌'));
    let told = run(&format!(
        ".set plain on\n{sql}.set plain off\n.set ascii on\n{sql}"
    ));
    assert!(
        told.contains("one: 1") && told.contains("| one |"),
        "{told}"
    );
    run(".set ascii on --save\n");
    assert!(run(sql).contains("+-----+"));
    run(".set plain on --save\n");
    assert_eq!(run(sql), "one: 1\n");
}

/// Black, white, yellow and the bright colours vanish on one or the other;
/// backgrounds and fixed colours fight with the theme.
#[test]
fn no_colour_vanishes_on_light_or_dark() {
    let home = tempfile::tempdir().unwrap();
    let text = told(home.path(), &["--color", "always"]);
    let mut seen = 0;
    for part in text.split('\x1b').skip(1) {
        let code = part.strip_prefix('[').unwrap();
        let code = &code[..code.find(|c: char| c.is_ascii_alphabetic()).unwrap()];
        // The long way to say 36.
        for number in code.replace("38;5;6", "36").split(';') {
            seen += 1;
            assert!(
                [
                    "", "0", "1", "2", "3", "4", "9", "22", "31", "32", "34", "35", "36", "39",
                    "49"
                ]
                .contains(&number),
                "{code:?}: {part:?}"
            );
        }
    }
    assert!(seen > 50, "{seen}");
    assert!(!without_escapes(&text).contains('\x1b'));
}
