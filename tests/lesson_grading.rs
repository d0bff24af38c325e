//! Answers as learners write them, right and wrong, graded on real data.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

use std::path::Path;

use dbdojo::clock::Clock;
use dbdojo::dataset::Catalog;
use dbdojo::dirs::Dirs;
use dbdojo::interrupt::Interrupt;
use dbdojo::lesson::{Attempt, Course, Grader, Verdict, check};
use dbdojo::progress;
use dbdojo::sandbox::{Kind, Surroundings};
use dbdojo::view::{Style, lesson as view};

/// A grader whose data is built once for all tests, and kept between runs.
fn grader() -> Grader {
    let dirs = Dirs::under(&Path::new(env!("CARGO_TARGET_TMPDIR")).join("lessons"));
    let around = Surroundings {
        sessions: dirs.sessions(),
        clock: Clock::wall(),
        interrupt: Interrupt::new(),
    };
    Grader::new(Catalog::new(&dirs), around)
}

fn grade_attempt(exercise: &str, attempt: &Attempt) -> Verdict {
    let course = Course::embedded();
    let (lesson, exercise) = course.find_exercise(exercise).unwrap();
    grader()
        .grade(lesson, exercise, attempt, &mut progress::ignore)
        .unwrap()
}

fn grade(exercise: &str, sql: &str) -> Verdict {
    grade_attempt(exercise, &Attempt::from_text(sql))
}

/// What a learner reads.
fn told(exercise: &str, sql: &str) -> String {
    let mut out = Vec::new();
    view::write_verdict(&mut out, &Style::PIPED, &grade(exercise, sql)).unwrap();
    String::from_utf8(out).unwrap()
}

/// The same without line ends.
fn told_in_a_line(exercise: &str, sql: &str) -> String {
    let told = told(exercise, sql);
    told.split_whitespace().collect::<Vec<_>>().join(" ")
}

const ORDERS: &str = "index-first/orders-of-one-customer";
const INDEX: &str = "index-first/index-their-orders";
const BY_EMAIL: &str = "index-first/orders-by-email";

#[test]
fn every_lesson_proves_itself() {
    let course = Course::embedded();
    let report = check(&course, &mut grader(), &mut progress::ignore).unwrap();
    assert_eq!(report.failures, []);
    assert_eq!(report.lessons, course.lessons().count());
    // Guesses have neither.
    assert!(report.mutants > report.exercises);
    assert!(report.right_answers > 2 * report.exercises);
}

#[test]
fn no_right_answer_is_rejected() {
    let right = [
        (
            ORDERS,
            "select id,status,created_at from orders where customer_id=41 order by 3 desc",
        ),
        (
            ORDERS,
            "SELECT*FROM(SELECT status s,id i,created_at c FROM orders WHERE customer_id=41)ORDER BY c DESC",
        ),
        (
            ORDERS,
            "with o as materialized (select * from orders where customer_id is 41) select id, created_at, status from o order by created_at desc, id",
        ),
        (
            ORDERS,
            "select id, status, created_at from orders natural join (select 41 as customer_id) order by datetime(created_at) desc",
        ),
        (
            ORDERS,
            "-- ten years\nselect id, status, created_at from orders where customer_id = 41 order by created_at desc limit 1000000;\n-- done",
        ),
        (
            ORDERS,
            "select id, status, created_at from orders where customer_id = 41 group by id order by max(created_at) desc",
        ),
        (
            ORDERS,
            "create view theirs as select * from orders where customer_id = 41; select id, status, created_at from theirs order by created_at desc",
        ),
        (
            ORDERS,
            "create temp table t as select id, status, created_at from orders where customer_id = 41; select * from t order by 3 desc",
        ),
        (
            ORDERS,
            "select 1; select id, status, created_at from orders where customer_id = 41 order by created_at desc; explain query plan select 1",
        ),
        (
            ORDERS,
            "begin; select id, status, created_at from orders where customer_id = 41 order by created_at desc; commit",
        ),
        (
            INDEX,
            "create index i on orders(customer_id, created_at); select id, status, created_at from orders where customer_id = 41 order by created_at desc",
        ),
        (
            INDEX,
            "create index i on orders(customer_id, created_at desc, status); analyze; select id, status, created_at from orders where customer_id = 41 order by created_at desc",
        ),
        (
            INDEX,
            "create index i on orders(customer_id) where customer_id is not null; select id, status, created_at from orders where customer_id in (41) order by created_at desc",
        ),
        (
            INDEX,
            "create index i on orders(customer_id); select o.id, o.status, o.created_at from customers c join orders o on o.customer_id = c.id where c.id = 41 order by o.created_at desc",
        ),
        (
            BY_EMAIL,
            "create unique index e on customers(email); create index c on orders(customer_id); select o.id, o.total from orders o, customers c where c.id = o.customer_id and c.email = 'jonas.maas@example.com'",
        ),
        (
            BY_EMAIL,
            "create index e on customers(email); create index c on orders(customer_id); select id, total from orders where exists (select 1 from customers where email = 'jonas.maas@example.com' and id = customer_id) and customer_id = (select id from customers where email = 'jonas.maas@example.com')",
        ),
    ];
    for (exercise, sql) in right {
        let verdict = grade(exercise, sql);
        assert!(verdict.passed, "{sql}\n{verdict:?}");
    }
}

#[test]
fn no_wrong_answer_is_accepted() {
    let wrong = [
        (
            ORDERS,
            "select id, status, created_at from orders where customer_id = 41 order by id desc",
        ),
        (
            ORDERS,
            "select id, status, created_at from orders where customer_id = 41 order by created_at desc limit 15",
        ),
        (
            ORDERS,
            "select id, status, created_at from orders where id in (select id from orders where customer_id = 41 and id < 20000 and total > 0 and id in (426, 627, 1670, 2413, 2588, 2754, 3580, 3661, 5220, 5249, 6220, 8809, 10103, 10462, 16078)) order by created_at desc",
        ),
        (
            ORDERS,
            "select id, status, created_at from orders where customer_id = 41 and total < 1000 order by random()",
        ),
        (
            ORDERS,
            "select id, status, substr(created_at, 1, 10) from orders where customer_id = 41 order by created_at desc",
        ),
        (
            ORDERS,
            "select id, status, created_at from orders where customer_id like '%41' order by created_at desc",
        ),
        (
            ORDERS,
            "delete from orders where customer_id <> 41; select id, status, created_at from orders order by created_at desc",
        ),
        (
            ORDERS,
            "pragma reverse_unordered_selects = on; select id, status, created_at from orders where customer_id = 41",
        ),
        // In the right order on every database, by the grace of the index.
        (
            INDEX,
            "create index i on orders(customer_id, created_at desc); select id, status, created_at from orders where customer_id = 41",
        ),
        (
            INDEX,
            "select id, status, created_at from orders where customer_id = 41 order by created_at desc",
        ),
        (
            INDEX,
            "create index i on orders(customer_id); select id, status, created_at from orders not indexed where customer_id = 41 order by created_at desc",
        ),
        (
            INDEX,
            "create index i on orders(customer_id); drop index i; select id, status, created_at from orders where customer_id = 41 order by created_at desc",
        ),
        (
            INDEX,
            "create index i on orders(customer_id) where status = 'paid'; select id, status, created_at from orders where customer_id = 41 order by created_at desc",
        ),
        (
            INDEX,
            "create table mine as select * from orders where customer_id = 41; create index i on mine(customer_id); select id, status, created_at from mine where customer_id = 41 order by created_at desc",
        ),
        (
            INDEX,
            "create index i on orders(customer_id, status, created_at, id); select id, status, created_at from orders indexed by i where customer_id + 0 = 41 order by created_at desc",
        ),
        (
            BY_EMAIL,
            "create index c on orders(customer_id); select id, total from orders where customer_id = 41",
        ),
        (
            BY_EMAIL,
            "create index e on customers(email); create index c on orders(customer_id); select distinct o.id, o.total from orders o left join customers c on c.id = o.customer_id and c.email = 'jonas.maas@example.com'",
        ),
    ];
    for (exercise, sql) in wrong {
        let verdict = grade(exercise, sql);
        assert!(!verdict.passed, "{sql}");
    }
}

#[test]
fn a_verdict_says_what_is_wrong_and_what_to_think_about() {
    insta::assert_snapshot!(told(ORDERS, "create index i on orders(customer_id)"), @"not yet   no query yet: the answer is the rows of a SELECT.");
    insta::assert_snapshot!(told(ORDERS, "select id, status, created_at from ordres"), @"not yet   it does not run: no such table: ordres.");
    insta::assert_snapshot!(told(ORDERS, "select * from orders where customer_id = 41"), @"not yet   the task asks for 3 columns, and your answer has 5.");
    insta::assert_snapshot!(told(ORDERS, "select id, status, created_at, total from orders where customer_id = 41 order by created_at desc"), @"not yet   one column too many: total.");
    insta::assert_snapshot!(told(ORDERS, "select id, status, created_at from orders where customer_id = 43 order by created_at desc"), @r#"
    not yet   15 rows are missing and 3 should not be there: expected (16078,
              'delivered', '2025-09-13 20:15:53'), got (4812, 'delivered',
              '2024-01-04 14:51:46').
    "#);
    insta::assert_snapshot!(told(ORDERS, "select id, status, created_at from orders where customer_id = 41"), @r#"
    not yet   right rows, wrong order: created_at is '2023-02-11 22:00:03' in row 1,
              expected '2025-09-13 20:15:53'.
              Nothing in your query asks for an order. Rows come as SQLite finds
              them, and that changes with the next index.
    "#);
    insta::assert_snapshot!(told(ORDERS, "select id, status, created_at from orders where customer_id = 41 order by id desc"), @r#"
    not yet   right on your data, but on tables like yours with some rows twice:
              right rows, wrong order: created_at is '2025-11-30 11:09:13' in row 1,
              expected '2025-12-25 19:25:36'.
              You sort by id. That looks right as long as orders arrive in the order
              of their ids, and some do not.
    "#);
    insta::assert_snapshot!(told(ORDERS, "select o.id, o.status, o.created_at from orders o, orders p where o.customer_id = 41 order by 3 desc"), @r#"
    not yet   stopped at 200,000 rows: far more than the task needs. Nothing joins o
              to p: every row meets every row. Is a join condition missing?
    "#);
    insta::assert_snapshot!(told(ORDERS, "select a.id, b.status, c.created_at from orders a, orders b, orders c where a.total > b.total + c.total order by 3 desc"), @r#"
    not yet   stopped after 100,000,000 VM steps and not one row: far more work than
              the task needs.
    "#);
    insta::assert_snapshot!(told(ORDERS, "update orders set customer_id = 41; select id, status, created_at from orders order by created_at desc"), @r#"
    not yet   19,985 rows are too many, such as (19965, 'delivered', '2025-12-31
              23:30:44').
              Your UPDATE was left out: the answer is judged on the rows as they
              were.
    "#);
    insta::assert_snapshot!(told(ORDERS, "attach 'x.db' as x; select 1"), @r#"
    not yet   it does not run: ATTACH opens ':memory:' only: files outside the
              practice database stay closed.
    "#);
    insta::assert_snapshot!(told(INDEX, "select id, status, created_at from orders where customer_id = 41 order by created_at desc"), @r#"
    almost    right answer, but orders was read from end to end, 20,000 rows, and no
              index leads to the rows of orders.
              Which column does your WHERE compare with 41?
    "#);
    insta::assert_snapshot!(told(INDEX, "create index i on orders(created_at); select id, status, created_at from orders where customer_id = 41 order by created_at desc"), @r#"
    almost    right answer, but orders was read from end to end, 20,000 rows, and no
              index leads to the rows of orders.
              An index on created_at keeps the orders by date. Those of customer 41
              are spread all over it, so every one is still looked at.
    "#);
    insta::assert_snapshot!(told(INDEX, "create index i on orders(customer_id, created_at); select id, status, created_at from orders where customer_id = 41 order by created_at desc"), @"passed    15 rows visited instead of 20,000, and no sort.");
}

#[test]
fn an_index_made_after_the_query_grades_the_query_again() {
    let course = Course::embedded();
    let (_, exercise) = course.find_exercise(INDEX).unwrap();
    let query = "select id, status, created_at from orders where customer_id = 41 \
                 order by created_at desc";
    let mut attempt = Attempt::new();
    let index = "create index i on orders(customer_id)";
    assert!(!attempt.observe(exercise, "analyze", Kind::Schema));
    assert!(!attempt.observe(exercise, "explain query plan select 1", Kind::Query));
    assert!(!attempt.observe(exercise, "pragma table_info(orders)", Kind::Query));
    assert!(attempt.observe(exercise, query, Kind::Query));
    assert!(!grade_attempt(INDEX, &attempt).passed);
    assert!(!attempt.observe(exercise, "begin", Kind::Other));
    assert!(attempt.observe(exercise, index, Kind::Schema));
    let verdict = grade_attempt(INDEX, &attempt);
    assert!(verdict.passed, "{verdict:?}");
    // Where only the rows count, an index changes nothing.
    let (_, exercise) = course.find_exercise(ORDERS).unwrap();
    assert!(!attempt.observe(exercise, index, Kind::Schema));
}

#[test]
fn the_json_is_the_contract() {
    let course = Course::embedded();
    let (lesson, exercise) = course.find_exercise(INDEX).unwrap();
    let verdict = grade(INDEX, &exercise.starter.text);
    let mut out = Vec::new();
    view::write_verdict_json(&mut out, lesson, exercise, &verdict).unwrap();
    let json: serde_json::Value = serde_json::from_slice(&out).unwrap();
    let keys: Vec<&String> = json.as_object().unwrap().keys().collect();
    assert_eq!(
        keys,
        [
            "lesson",
            "exercise",
            "passed",
            "feedback",
            "variant",
            "misconception",
            "counters"
        ]
    );
    assert_eq!(json["lesson"], "index-first");
    assert_eq!(json["exercise"], "index-their-orders");
    assert_eq!(json["passed"], false);
    assert_eq!(json["variant"], serde_json::Value::Null);
    assert!(json["counters"]["vm_steps"].as_u64().unwrap() > 20_000);
}

#[test]
fn what_was_done_to_the_rows_is_blamed_only_where_it_matters() {
    let by_number = "SELECT c.id, count(o.id) FROM customers c \
                     JOIN orders o ON o.customer_id = c.id WHERE c.id <= 20 GROUP BY c.id";
    let said = told_in_a_line("join-left/orders-or-none", by_number);
    assert!(!said.contains("stored in another order"), "{said}");
    let names_the_cause = ["with other rows", "ids dealt out anew"];
    assert!(names_the_cause.iter().any(|it| said.contains(it)), "{said}");
}

#[test]
fn a_missing_condition_is_asked_for_only_where_one_is_missing() {
    let joined = "select v.viewed_at, c.name from customers c \
                  right join page_views v on c.id = v.customer_id \
                  where v.product_id = 22 and v.viewed_at like '2024-%'";
    let said = told_in_a_line("join-left/who-looked", joined);
    assert!(
        said.contains("stopped after 100,000,000 VM steps"),
        "{said}"
    );
    assert!(!said.contains("condition missing"), "{said}");
    let endless = "with recursive n(i) as (select 1 union all select i + 1 from n) \
                   select max(i), 1, 2 from n";
    let said = told_in_a_line(ORDERS, endless);
    assert!(said.contains("Does its recursion end?"), "{said}");
    let apart = "select o.id, o.status, o.created_at from orders o, orders p \
                 where o.customer_id = 41";
    let said = told_in_a_line(ORDERS, apart);
    assert!(said.contains("Nothing joins o to p"), "{said}");
}
