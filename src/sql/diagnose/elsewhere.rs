//! What other databases have and SQLite writes differently.

/// Functions of other databases, in lower case, and what to write here.
pub(super) const FUNCTIONS: &[(&str, &str)] = &[
    ("now", "datetime('now')"),
    ("getdate", "datetime('now')"),
    ("sysdate", "datetime('now')"),
    ("curdate", "date('now')"),
    ("curtime", "time('now')"),
    ("today", "date('now')"),
    ("year", "strftime('%Y', created_at)"),
    ("month", "strftime('%m', created_at)"),
    ("day", "strftime('%d', created_at)"),
    ("hour", "strftime('%H', created_at)"),
    ("to_char", "strftime('%Y-%m', created_at)"),
    ("date_format", "strftime('%Y-%m', created_at)"),
    ("date_trunc", "date(created_at, 'start of month')"),
    ("date_add", "date(created_at, '+30 days')"),
    ("dateadd", "date(created_at, '+30 days')"),
    ("date_sub", "date(created_at, '-30 days')"),
    ("datediff", "julianday(a) - julianday(b)"),
    ("to_date", "date('2024-01-31')"),
    ("len", "length(x)"),
    ("char_length", "length(x)"),
    ("ucase", "upper(x)"),
    ("lcase", "lower(x)"),
    ("left", "substr(x, 1, n)"),
    ("right", "substr(x, -n)"),
    ("lpad", "printf('%5d', x)"),
    ("rpad", "printf('%-5s', x)"),
    ("locate", "instr(text, part)"),
    ("position", "instr(text, part)"),
    ("charindex", "instr(text, part)"),
    ("isnull", "ifnull(x, y)"),
    ("nvl", "ifnull(x, y)"),
    ("greatest", "max(a, b)"),
    ("least", "min(a, b)"),
    ("rand", "random()"),
    ("newid", "random()"),
    ("extract", "strftime('%Y', created_at)"),
    ("array_agg", "json_group_array(x)"),
    ("json_agg", "json_group_array(x)"),
    ("listagg", "group_concat(x, ', ')"),
    ("stdev", "sqrt(avg(x*x) - avg(x)*avg(x))"),
    ("convert", "cast(x as integer)"),
    ("to_number", "cast(x as real)"),
    ("truncate", "trunc(x)"),
    ("database", "pragma database_list"),
    ("version", "sqlite_version()"),
    ("last_insert_id", "last_insert_rowid()"),
    ("row_count", "changes()"),
    ("found_rows", "changes()"),
];

/// First words of other databases' statements, in lower case, and a sentence.
pub(super) const STATEMENTS: &[(&str, &str)] = &[
    (
        "show",
        "SQLite has no SHOW. In the shell, .tables lists the tables.",
    ),
    (
        "describe",
        "SQLite has no DESCRIBE. In the shell, .schema TABLE shows a table.",
    ),
    (
        "desc",
        "SQLite has no DESC. In the shell, .schema TABLE shows a table.",
    ),
    (
        "use",
        "SQLite has no USE: there is one database, and it is open.",
    ),
    (
        "truncate",
        "SQLite has no TRUNCATE: write delete from TABLE.",
    ),
    ("grant", "SQLite has no users, so it has no GRANT."),
    ("revoke", "SQLite has no users, so it has no REVOKE."),
    (
        "merge",
        "SQLite has no MERGE: write insert ... on conflict do update.",
    ),
    ("call", "SQLite has no stored procedures."),
    ("exec", "SQLite has no stored procedures."),
    ("execute", "SQLite has no stored procedures."),
    ("declare", "SQLite has no variables."),
    (
        "set",
        "SQLite has no variables; settings are made with pragma.",
    ),
    (
        "upsert",
        "SQLite has no UPSERT: write insert ... on conflict do update.",
    ),
    (
        "lock",
        "SQLite has no LOCK: begin immediate takes the only write lock.",
    ),
    (
        "from",
        "A query begins with SELECT, and FROM comes after it.",
    ),
    (
        "where",
        "A query begins with SELECT, and WHERE comes after FROM.",
    ),
    ("help", "In the shell, .help lists the commands."),
];

/// Words in mid-statement, in lower case, and a sentence.
pub(super) const WORDS: &[(&str, &str)] = &[
    (
        "ilike",
        "SQLite has no ILIKE: its LIKE ignores the case of a to z already.",
    ),
    (
        "top",
        "SQLite has no TOP: write LIMIT and the number at the end.",
    ),
    (
        "fetch",
        "SQLite has no FETCH FIRST: write LIMIT and the number.",
    ),
    (
        "auto_increment",
        "SQLite writes AUTOINCREMENT, and rarely needs it: an integer primary key counts by itself.",
    ),
    ("minus", "SQLite has no MINUS: write EXCEPT."),
    (
        "rlike",
        "SQLite has no RLIKE: LIKE and GLOB match patterns.",
    ),
    (
        "similar",
        "SQLite has no SIMILAR TO: LIKE and GLOB match patterns.",
    ),
    (
        "modify",
        "SQLite's ALTER TABLE only renames, adds and drops: make a new table and copy.",
    ),
    (
        "change",
        "SQLite's ALTER TABLE only renames, adds and drops: make a new table and copy.",
    ),
    (
        "lateral",
        "SQLite has no LATERAL: a subquery in the result list may refer to the row.",
    ),
    (
        "tablesample",
        "SQLite has no TABLESAMPLE: write order by random() limit 10.",
    ),
    (
        "qualify",
        "SQLite has no QUALIFY: put the window function into a subquery and filter outside.",
    ),
    (
        "interval",
        "SQLite has no INTERVAL: write date(created_at, '+30 days').",
    ),
    (
        "div",
        "SQLite has no DIV: / between whole numbers drops the rest.",
    ),
    ("xor", "SQLite has no XOR: <> does that for conditions."),
];

/// The entry for `word` in one of these tables, in any case.
pub(super) fn advice(table: &[(&str, &'static str)], word: &str) -> Option<&'static str> {
    table
        .iter()
        .find(|(name, _)| name.eq_ignore_ascii_case(word))
        .map(|(_, advice)| *advice)
}
