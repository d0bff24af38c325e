//! Where a benchmark ran.

/// What of a machine and its programs changes figures.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Machine {
    /// How many processors clients and cache server share; `None` if unknown.
    pub processors: Option<usize>,
    /// Such as `linux`.
    pub os: &'static str,
    /// Such as `x86_64`.
    pub arch: &'static str,
    /// The version of dbdojo.
    pub dbdojo: &'static str,
    /// The version of SQLite.
    pub sqlite: &'static str,
    /// Whether dbdojo was built without optimisation.
    pub is_debug: bool,
}

impl Machine {
    /// This one.
    pub fn this() -> Machine {
        Machine {
            processors: std::thread::available_parallelism().ok().map(usize::from),
            os: std::env::consts::OS,
            arch: std::env::consts::ARCH,
            dbdojo: env!("CARGO_PKG_VERSION"),
            sqlite: rusqlite::version(),
            is_debug: cfg!(debug_assertions),
        }
    }
}
