//! Each kind of exercise, on a course of its own.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

use std::path::Path;

use dbdojo::clock::Clock;
use dbdojo::dataset::Catalog;
use dbdojo::dirs::Dirs;
use dbdojo::interrupt::Interrupt;
use dbdojo::lesson::{Attempt, Course, Grader, Verdict, check};
use dbdojo::progress;
use dbdojo::sandbox::Surroundings;
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

fn course() -> Course {
    Course::read(&Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/course")).unwrap()
}

fn grade(exercise: &str, answer: &str) -> Verdict {
    let course = course();
    let (lesson, exercise) = course.find_exercise(exercise).unwrap();
    grader()
        .grade(
            lesson,
            exercise,
            &Attempt::from_text(answer),
            &mut progress::ignore,
        )
        .unwrap()
}

/// What a learner reads.
fn told(exercise: &str, answer: &str) -> String {
    let mut out = Vec::new();
    view::write_verdict(&mut out, &Style::PIPED, &grade(exercise, answer)).unwrap();
    String::from_utf8(out).unwrap()
}

#[test]
fn the_course_of_kinds_proves_itself() {
    let course = course();
    let report = check(&course, &mut grader(), &mut progress::ignore).unwrap();
    assert_eq!(report.failures, []);
    assert_eq!(report.lessons, course.lessons().count());
}

#[test]
fn a_guess_stands_beside_the_measurement_and_always_passes() {
    insta::assert_snapshot!(told("guesses/no-index", "2"), @r"
    you said  2 rows visited
    measured  5,000 rows visited: you were off by a factor of 2500.
    ");
    insta::assert_snapshot!(told("guesses/no-index", "60 rows"), @r"
    you said  60 rows visited
    measured  5,000 rows visited: you were off by a factor of 83.
    ");
    insta::assert_snapshot!(told("guesses/no-index", ""), @"measured  5,000 rows visited.");
    insta::assert_snapshot!(told("guesses/cheaper", "a"), @r"
    you said  a (the customer by name)
    measured  b (the customer by id); a 94 pages fetched, b 2 pages fetched: you
              expected something else.
    ");
    insta::assert_snapshot!(told("guesses/which-index", "by_status"), @r"
    you said  by_status
    measured  by_customer: you expected something else.
    ");
    assert!(grade("guesses/cheaper", "a").passed);
}

#[test]
fn what_a_change_leaves_is_compared_both_ways() {
    let ship = "changes/ship";
    insta::assert_snapshot!(told(ship, "update orders set status = 'shipped'"), @r"
    not yet   in orders: 171 rows are missing and 171 should not be there: expected
              (1, 8, 'delivered', 55.44, '2023-01-13 23:08:56'), got (1, 8,
              'shipped', 55.44, '2023-01-13 23:08:56').
              Without WHERE every order is shipped, those that are cancelled, too.
    ");
    insta::assert_snapshot!(told(ship, "select 1"), @"not yet   nothing has been changed yet.");
    insta::assert_snapshot!(told(ship, "begin; update orders set status = 'shipped' where status = 'paid'"), @"not yet   a transaction is still open: nothing of it is kept before COMMIT.");
    insta::assert_snapshot!(told(ship, "update orders set status = 'shipped' where status = 'paid'; delete from reviews where id = 1"), @"not yet   reviews was changed, too, and should be as it was.");
    insta::assert_snapshot!(told(ship, "update orders set status = 'shipped' where status = 'paid'; update reviews set rating = rating"), @"passed    as asked, on your data and on other data like it.");
    insta::assert_snapshot!(told(ship, "update orders set stat = 1"), @"not yet   it does not run: no such column: stat.");
    insta::assert_snapshot!(told(ship, "alter table orders add column note; update orders set status = 'shipped' where status = 'paid'"), @r"
    not yet   in orders: the columns should be called id, customer_id, status,
              total, created_at, and yours are id, customer_id, status, total,
              created_at, note.
    ");
    insta::assert_snapshot!(told(ship, "update orders set status = 'shipped' where status = 'paid' and id < 3"), @r"
    not yet   in orders: 9 rows are missing and 9 should not be there: expected (33,
              11, 'shipped', 292.76, '2023-11-06 01:08:54'), got (33, 11, 'paid',
              292.76, '2023-11-06 01:08:54').
    ");
    insta::assert_snapshot!(told("changes/ship-and-tell", "update orders set status = 'shipped' where status = 'paid' returning id, status"), @"not yet   one column too many: status.");
}

#[test]
fn an_answer_begins_with_what_is_given() {
    let one = "changes/one-too-many";
    assert!(grade(one, "drop index again").passed);
    insta::assert_snapshot!(told(one, "drop index orders_status; drop index again"), @r"
    not yet   the number of indexes on orders: expected (1), got (0).
              Now none is left.
    ");
}

#[test]
fn rows_that_differ_are_shown_by_one_of_them() {
    let countries = "rows/countries";
    insta::assert_snapshot!(told(countries, "select country, name from customers"), @"not yet   one column too many: name.");
    insta::assert_snapshot!(told(countries, "select distinct country from customers"), @r"
    not yet   duplicates lost: 32 rows are missing, such as another ('Italy').
              DISTINCT leaves one row a country.
    ");
    insta::assert_snapshot!(told(countries, "select country from customers where country is not null"), @r"
    not yet   right on your data, but on the same tables with other rows: NULLs
              dropped: 1 row is missing, such as (NULL).
              Of whom no country is known, it is not unequal to anything.
    ");
    insta::assert_snapshot!(told(countries, "select upper(country) from customers"), @r"
    not yet   50 rows are missing and 50 should not be there: expected ('Austria'),
              got ('AUSTRIA').
    ");
    insta::assert_snapshot!(told(countries, "select country from customers where id < 3"), @"not yet   48 rows are missing, such as ('Italy').");
    insta::assert_snapshot!(told(countries, "select country from customers union all select 'Norway'"), @"not yet   1 row is too many, such as ('Norway').");
}

#[test]
fn what_is_given_can_be_meant_to_stay() {
    let more = "changes/one-more";
    insta::assert_snapshot!(told(more, "drop index orders_status; create index mine on orders(customer_id)"), @r"
    not yet   orders_status was made already and should stay as it is; it is gone or
              is another now.
              The report reads all orders now.
    ");
    insta::assert_snapshot!(told(more, "drop index orders_status; create index orders_status on orders(customer_id)"), @r"
    not yet   orders_status was made already and should stay as it is; it is gone or
              is another now.
              The report reads all orders now.
    ");
    assert!(grade(more, "create index mine on orders(customer_id)").passed);
}

#[test]
fn a_schema_is_judged_by_what_it_refuses() {
    let votes = "changes/votes";
    insta::assert_snapshot!(told(votes, "create table votes(customer_id, product_id, primary key (customer_id, product_id))"), @"not yet   a vote of nobody should be refused, and is accepted.");
    insta::assert_snapshot!(told(votes, "create table votes(customer, product)"), @r"
    not yet   a first vote was tried, and does not fit your schema: table votes has
              no column named customer_id.
    ");
    insta::assert_snapshot!(told(votes, "create table votes(customer_id not null unique references customers, product_id not null)"), @r"
    not yet   two products of one customer should be accepted, and is refused:
              UNIQUE constraint failed: votes.customer_id.
              One UNIQUE on customer_id alone lets a customer vote once in their
              life.
    ");
    insta::assert_snapshot!(told(votes, "create table votes as select 1 as customer_id, 1 as product_id"), @"not yet   a first vote: expected (1), got (2).");
}

#[test]
fn connections_take_turns_and_some_are_refused() {
    let sell = "turns/both-sell";
    insta::assert_snapshot!(told(sell, "a: begin; update products set stock = stock - 2 where id = 7; commit; b: select 1"), @"not yet   the task lets the connections take turns so: a b a b; yours took a b.");
    insta::assert_snapshot!(told(sell, "a: select 1;\nb: update products set stock = stock - 3 where id = 7;\na: update products set stock = stock - 2 where id = 7;\nb: select 1;"), @"not yet   turn 2 (b): expected a refusal, got no refusal.");
    insta::assert_snapshot!(told(sell, "a: begin immediate; update products set stock = stock - 2 where id = 7;\nb: begin immediat;\na: commit;\nb: select 1;"), @r#"not yet   it does not run: b: near "immediat": syntax error."#);
    insta::assert_snapshot!(told(sell, ""), @"not yet   nothing has been changed yet.");
}

#[test]
fn commands_are_judged_by_what_they_leave() {
    let session = "commands/session";
    insta::assert_snapshot!(told(session, "SET session:7 alice EX 3600"), @r#"
    not yet   the key session:7: expected the string "alice", for 1800 s, got the
              string "alice", for 3600 s.
    "#);
    insta::assert_snapshot!(told(session, "SET session:7 alice EX 1800 NX"), @r#"
    not yet   right on your data, but with other keys in the cache: the key
              session:7: expected the string "alice", for 1800 s, got the string
              "mallory", without a TTL.
              NX stores it only where there is none, and an old session stays.
    "#);
    insta::assert_snapshot!(told(session, "SETT session:7 alice"), @r"
    not yet   it does not run: SETT session:7 alice: unknown command 'SETT', with
              args beginning with: 'session:7' 'alice'.
    ");
    insta::assert_snapshot!(told(session, "# nothing yet"), @"not yet   nothing has been changed yet.");
    insta::assert_snapshot!(told(session, "SET session:7 alice EX 1800\nwait 10s"), @"not yet   it does not run: time passes in the task, not in an answer.");
    insta::assert_snapshot!(told(session, "SET session:7 \"alice"), @r#"
    not yet   it does not run: `SET session:7 "alice` cannot be read: is a quote
              open?
    "#);
    insta::assert_snapshot!(told(session, ".redis SET session:7 alice EX 1800"), @"passed    as asked, on your data and on other data like it.");
    insta::assert_snapshot!(told("commands/five", "INCR calls:7\nEXPIRE calls:7 60"), @r#"
    not yet   61 s after the first call, GET calls:7: expected (nil), got "2".
              Each call gives the counter a new minute, so it never ends for someone
              who keeps calling.
    "#);
}

#[test]
fn where_commands_read_the_last_reply_counts() {
    let both = "commands/two-in-one";
    insta::assert_snapshot!(told(both, "GET session:9\nMGET session:1 session:2"), @"passed    as asked, on your data and on other data like it.");
    insta::assert_snapshot!(told(both, "GET session:1\nGET session:2"), @r#"
    not yet   the last reply: expected 1) "alice" 2) "bob", got "bob".
              Each GET has a reply of its own.
    "#);
}

#[test]
fn settings_are_judged_by_what_comes_of_them() {
    let fresh = "settings/fresh";
    insta::assert_snapshot!(told(fresh, ".cache on --ttl 1m --invalidation ttl"), @r"
    not yet   stale reads: expected at most 0, got 2,401.
              In virtual time: 6,037 reads, hit ratio 93.8%, 376 database reads,
              2,401 stale (for up to 39.9 s), mean 1.15 ms, p99 11.0 ms.
              Nothing drops an old result, so it is answered as long as it lives.
    ");
    insta::assert_snapshot!(told(fresh, "cache on --invalidate versioned"), @r"
    passed    within the bounds, with these readers and with others like them.
                            yours        asked for   at first
              hit ratio     92.8%   at least 80.0%       0.0%
              stale reads       0        at most 0          0
              In virtual time: 6,037 reads, hit ratio 92.8%, 434 database reads, 0
              stale, mean 1.25 ms, p99 11.0 ms.
    ");
    insta::assert_snapshot!(told(fresh, ".cache on --ttl 2m --invalidation ttll"), @r#"
    not yet   it does not run: unknown invalidation "ttll": there are none, ttl,
              delete-on-write and versioned.
    "#);
    insta::assert_snapshot!(told(fresh, "-- nothing"), @"not yet   nothing has been changed yet.");
}

#[test]
fn a_job_that_reads_everything_asks_for_another_policy() {
    insta::assert_snapshot!(told("settings/scan", ".cache on"), @r"
    not yet   the hit ratio: expected at least 58.0%, got 52.6%.
              In virtual time: 8,995 reads, hit ratio 52.6%, 4,261 database reads, 0
              stale, mean 5.47 ms, p99 11.0 ms.
              Least recently used forgets what is read often as soon as something
              new is read once.
    ");
    insta::assert_snapshot!(told("settings/scan", ".cache on --policy lfu"), @r"
    passed    within the bounds, with these readers and with others like them.
                          yours        asked for   at first
              hit ratio   64.7%   at least 58.0%      52.6%
              In virtual time: 8,995 reads, hit ratio 64.7%, 3,177 database reads, 0
              stale, mean 4.21 ms, p99 11.0 ms.
    ");
}

#[test]
fn what_a_cache_does_can_be_guessed() {
    insta::assert_snapshot!(told("settings/down", "90%"), @r"
    you said  90.0%
    measured  49.3%: you were off by 41 points.
              In virtual time: 17,901 reads, hit ratio 49.3%, 9,083 database reads,
              0 stale, mean 5.48 ms, p99 10.0 ms.
    ");
    insta::assert_snapshot!(told("settings/down", "about 0.66"), @r"
    you said  66.0%
    measured  49.3%: you were off by 17 points.
              In virtual time: 17,901 reads, hit ratio 49.3%, 9,083 database reads,
              0 stale, mean 5.48 ms, p99 10.0 ms.
    ");
    insta::assert_snapshot!(told("settings/how-old", "10 s"), @r"
    you said  10.0 s
    measured  9.86 s: you were within 10%.
              In virtual time: 6,070 reads, hit ratio 97.9%, 127 database reads,
              2,252 stale (for up to 9.86 s), mean 0.72 ms, p99 11.0 ms.
    ");
    insta::assert_snapshot!(told("settings/sooner", "a"), @r"
    you said  a (with the cache)
    measured  b (without the cache); a 0.57 ms, b 0.40 ms: you expected something
              else.
    ");
    assert!(grade("settings/sooner", "").passed);
}
