//! A session whose writes wait in the cache server, and what it says of them.

use std::time::Duration;

use dbdojo::cache::aside::{Rules, Strategy};
use dbdojo::cache::stats::QueueStats;
use dbdojo::cache::{Invalidation, Options};
use dbdojo::session::{Answer, Flushed, Session};

pub const QUEUE: u32 = 4;
pub const DELAY: Duration = Duration::from_secs(5);

pub fn options(invalidation: Invalidation) -> Options {
    Options {
        rules: Rules {
            invalidation,
            strategy: Strategy::WriteBehind {
                queue: QUEUE,
                delay: DELAY,
            },
            ..Rules::default()
        },
        ..Options::default()
    }
}

pub fn stats(session: &mut Session) -> QueueStats {
    session.cache().unwrap().stats().queue.unwrap()
}

pub fn flushed(answer: &Answer) -> Option<&Flushed> {
    answer.behind.as_ref()?.flushed.as_ref()
}

pub fn is_queued(answer: &Answer) -> bool {
    let behind = answer.behind.as_ref();
    behind.is_some_and(|behind| behind.queued.is_some())
}

/// What the database itself has, past the layer and the queue.
pub fn in_database(session: &mut Session, sql: &str) -> i64 {
    let connection = session.practice().connection();
    connection.query_row(sql, [], |row| row.get(0)).unwrap()
}
