//! A benchmark as a page.

use crate::lab::report::BenchReport;

/// One self-contained page: the verdict first, then charts, tables and how to
/// measure it again. `command` is the command line.
pub fn page(report: &BenchReport, command: &str) -> String {
    let _ = (report, command);
    String::new()
}
