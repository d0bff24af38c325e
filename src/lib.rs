//! dbdojo: a sandboxed SQL and caching playground for people learning backend
//! development.
//!
//! # The life of a statement
//!
//! 1. [`shell`] reads keys until SQLite says that the statement is complete
//!    ([`sql::split`]), or [`commands`] takes it from `-c` or a script.
//! 2. [`session`] knows what this learner holds: the practice database, the
//!    cache, the settings. It decides who answers.
//! 3. [`sandbox`] prepares the statement under the guard. While SQLite
//!    compiles it, the authorizer notes which tables it reads and whether it
//!    needs a private copy of the data; the copy is made now, if at all.
//! 4. With the cache on, [`cache`] asks the cache server first: a hit is
//!    decoded, a miss is read from the database and stored.
//! 5. Otherwise SQLite runs it, one row at a time into a sink, within a budget
//!    of time and steps, and its free counters are read afterwards.
//! 6. [`plan`] explains what SQLite chose and what that cost, from the plan
//!    and the counters.
//! 7. [`view`] draws the rows, the footer, the tree. Nothing below it prints,
//!    and nothing in it queries.
//!
//! [`dataset`] makes the data to practise on, [`lesson`] checks answers with
//! steps 3 and 6 on databases of its own, and [`lab`] repeats steps 3 to 5
//! many times, on the wall clock or in virtual time.
//!
//! Imports point downwards only, in the order of the modules below;
//! `tests/architecture.rs` holds them to it.

pub mod shell;

pub mod commands;

pub mod view;

pub mod lesson;

pub mod lab;

pub mod session;

pub mod cache;

pub mod plan;

pub mod sandbox;

pub mod dataset;

pub mod sql;

pub mod clock;
pub mod dirs;
pub mod interrupt;
pub mod progress;
pub mod units;
pub mod words;
