//! A session with the cache on, over a database of three tables, a view and a
//! trigger.

use dbdojo::cache::{Choice, Options};
use dbdojo::clock::Clock;
use dbdojo::interrupt::Interrupt;
use dbdojo::progress::ignore;
use dbdojo::sandbox::{ResultSet, Source, Surroundings};
use dbdojo::session::{About, Answer, Session};
use tempfile::TempDir;

/// What the database is made of.
pub const SCHEMA: &str = "create table a(id integer primary key, v);
     create table b(id integer primary key, v);
     create table c(id integer primary key, v);
     insert into a values (1, 10), (2, 20), (3, 30);
     insert into b select * from a;
     insert into c select * from a;
     create view w as select a.v + c.v as s from a join c using (id) order by id;
     create trigger follow after update on c begin
         update b set v = v + 1 where id = new.id;
     end;";

/// A join, a view, an aggregate, a query without rows, a table by itself.
pub const QUERIES: [&str; 5] = [
    "select a.id, b.v from a join b on b.id = a.id order by a.id",
    "select * from w",
    "select sum(v), count(*) from b",
    "select v from a where v < 0",
    "select id, v from c order by id",
];

/// Opens the session; the folder goes with what is returned.
pub fn open(choice: &Choice, options: Options, clock: &Clock) -> (Session, TempDir) {
    let home = tempfile::tempdir().unwrap();
    let file = home.path().join("three.db");
    let connection = rusqlite::Connection::open(&file).unwrap();
    connection.execute_batch(SCHEMA).unwrap();
    drop(connection);
    let around = Surroundings {
        sessions: home.path().join("sessions"),
        clock: clock.clone(),
        interrupt: Interrupt::new(),
    };
    let name = "three.db".into();
    let about = About::File { name };
    let mut session = Session::open(Source::File(file), about, around, &mut ignore).unwrap();
    session.start_cache(choice, options, &mut ignore).unwrap();
    (session, home)
}

/// Runs a statement that does not fail.
pub fn run(session: &mut Session, sql: &str) -> (ResultSet, Answer) {
    let mut rows = ResultSet::default();
    let answer = session.run(sql, &mut rows, &mut ignore);
    let answer = answer.unwrap_or_else(|error| panic!("{sql}: {error}"));
    (rows, answer)
}

/// A connection to the cache server, past the layer.
pub fn server(session: &mut Session) -> redis::Connection {
    let address = session.cache().unwrap().server().address.clone();
    let client = redis::Client::open(format!("redis+unix://{address}")).unwrap();
    client.get_connection().unwrap()
}
