//! Finds out whether the bundled SQLite is compiled with scan statistics.
//!
//! `sqlite3_stmt_scanstatus_v2` exists only in a library that was compiled with
//! `SQLITE_ENABLE_STMT_SCANSTATUS`, so calling it without the flag would not
//! link. The flag reaches SQLite through `LIBSQLITE3_FLAGS`
//! (`.cargo/config.toml`), and this crate through `cfg(scanstatus)`.

fn main() {
    println!("cargo::rustc-check-cfg=cfg(scanstatus)");
    println!("cargo::rerun-if-env-changed=LIBSQLITE3_FLAGS");
    // include_dir! does not notice files that are added.
    println!("cargo::rerun-if-changed=datasets");
    println!("cargo::rerun-if-changed=lessons");
    println!("cargo::rerun-if-changed=words");
    let flags = std::env::var("LIBSQLITE3_FLAGS").unwrap_or_default();
    if flags.contains("SQLITE_ENABLE_STMT_SCANSTATUS") {
        println!("cargo::rustc-cfg=scanstatus");
    }
}
