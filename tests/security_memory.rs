//! What happens at the end of the memory that SQLite may take. A process of its
//! own, because the limit is the process's.

use dbdojo::clock::Clock;
use dbdojo::interrupt::Interrupt;
use dbdojo::sandbox::{Budget, Connections, Error, ResultSet, Value};
use rusqlite::Connection;

/// The guard's own limit is higher, and a higher one lifts no lower one.
const LIMIT: i64 = 48 * 1024 * 1024;

#[test]
fn a_database_in_memory_ends_with_an_error_and_the_session_goes_on() {
    let home = tempfile::tempdir().unwrap();
    let first = Connection::open_in_memory().unwrap();
    first
        .query_row(&format!("PRAGMA hard_heap_limit = {LIMIT}"), [], |_| Ok(()))
        .unwrap();
    let clock = Clock::wall();
    let file = home.path().join("practice.db");
    let mut connections = Connections::create(&file, clock.clone(), Interrupt::new()).unwrap();
    let mut run = |sql: &str| {
        let mut rows = ResultSet::default();
        connections.run(sql, Budget::default(), &clock, &mut rows)?;
        Ok::<_, Error>(rows)
    };
    run("ATTACH ':memory:' AS m").unwrap();
    run("CREATE TABLE m.b(x)").unwrap();
    run("CREATE TABLE kept(x)").unwrap();
    run("INSERT INTO kept VALUES (1)").unwrap();
    let mut filled = 0;
    let error = loop {
        match run("INSERT INTO m.b VALUES (zeroblob(4000000))") {
            Ok(_) => filled += 1,
            Err(error) => break error,
        }
        assert!(filled < 100, "nothing bounds it");
    };
    assert!(error.to_string().contains("out of memory"), "{error}");
    let kept = run("SELECT count(*) FROM kept").unwrap();
    assert_eq!(kept.rows, [[Value::Integer(1)]]);
    run("DROP TABLE m.b").unwrap();
    run("INSERT INTO kept VALUES (2)").unwrap();
}
