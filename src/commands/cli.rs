//! The command line: one definition, from which help, man page and shell
//! completions come.

use clap::{Parser, Subcommand};

use super::{
    Options, advise, bench, cache_serve, completions, data, explain, learn, lesson, man, simulate,
    worth,
};

/// Practise SQL and caching on data that answers back.
///
/// Without a subcommand: the shell; with SQL on standard input, runs it as a script.
#[derive(Debug, Parser)]
#[command(name = "dbdojo", version, max_term_width = 100)]
#[command(
    after_help = "Exit codes: 0 ok; 1 the SQL, answer or run failed; 2 usage; \
3 could not reach what was named; 4 time limit; 130 interrupted."
)]
pub struct Cli {
    /// What every command understands.
    #[command(flatten)]
    pub options: Options,

    /// Run this SQL, print the result and leave; may be given several times
    #[arg(
        short = 'c',
        long = "command",
        value_name = "SQL",
        allow_hyphen_values = true
    )]
    pub statements: Vec<String>,

    /// Go on after a statement that fails; the exit code tells all the same
    #[arg(long)]
    pub keep_going: bool,

    /// What to do, if not the shell.
    #[command(subcommand)]
    pub command: Option<Command>,
}

/// The subcommands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Two minutes: a slow query, an index, a cache, a stale read
    Tour,
    /// Guided lessons; with --answer, grade one answer
    Learn(learn::Args),
    /// The plan of a statement in words; --run adds what really happened
    Explain(explain::Args),
    /// Which indexes to build, really built and measured
    Advise(advise::Args),
    /// Would a cache help this query, or an index? Both, measured
    Worth(worth::Args),
    /// Cached against uncached reads on the wall clock
    Bench(Box<bench::Args>),
    /// Cache hit ratios in virtual time, with the theory beside them
    Simulate(Box<simulate::Args>),
    /// The datasets: list, build, import, info, remove, check
    Data(data::Args),
    /// The lessons, for their authors: list, show, check
    Lesson(lesson::Args),
    /// The built-in cache server
    #[command(subcommand)]
    Cache(CacheCommand),
    /// Completions for your shell, on standard output
    Completions(completions::Args),
    /// The manual page, on standard output
    Man(man::Args),
}

/// `dbdojo cache`.
#[derive(Debug, Subcommand)]
pub enum CacheCommand {
    /// Run the built-in cache server by itself until Ctrl-C
    Serve(cache_serve::Args),
}
